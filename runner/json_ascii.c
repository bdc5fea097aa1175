// SPDX-License-Identifier: MIT
#include "json_ascii.h"

#include <errno.h>
#include <inttypes.h>

/* A character outside ASCII as \uXXXX, two of them above U+FFFF. */
static void print_escape(FILE *out, uint32_t code)
{
	if (code < 0x10000) {
		fprintf(out, "\\u%04" PRIx32, code);
		return;
	}
	code -= 0x10000;
	fprintf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + (code >> 10),
		0xdc00 + (code & 0x3ff));
}

/*
 * @text, which is UTF-8, in ASCII: some characters beyond it move a terminal's cursor or turn
 * the direction of writing, and outside of strings JSON has none.
 */
static void print_ascii(FILE *out, const char *text)
{
	const unsigned char *u = (const unsigned char *)text;

	while (*u) {
		int more = *u < 0xc0 ? 0 : *u < 0xe0 ? 1 : *u < 0xf0 ? 2 : 3;
		uint32_t code = more ? *u & (0x3fu >> more) : *u;

		for (u++; more > 0 && (*u & 0xc0) == 0x80; more--)
			code = code << 6 | (*u++ & 0x3f);
		if (code < 0x7f)
			fputc((int)code, out);
		else
			print_escape(out, code);
	}
}

/* @o on one line. Returns 0 or -ENOMEM. */
static int print_line(FILE *out, json_object *o)
{
	const char *line = json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (line)
		print_ascii(out, line);
	return line ? 0 : -ENOMEM;
}

/* An array with a line an element: rows can be read, and told apart by diff(1). */
static int print_array(FILE *out, json_object *array)
{
	size_t n = json_object_array_length(array);
	int ret = 0;

	fputs("[", out);
	for (size_t i = 0; i < n && ret == 0; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		ret = print_line(out, json_object_array_get_idx(array, i));
	}
	fputs(n ? "\n ]" : "]", out);
	return ret;
}

int print_json(FILE *out, json_object *root)
{
	const char *between = "\n";

	fputs("{", out);
	json_object_object_foreach(root, key, member) {
		int ret;

		fprintf(out, "%s \"%s\": ", between, key);
		ret = json_object_get_type(member) == json_type_array
			      ? print_array(out, member)
			      : print_line(out, member);
		if (ret < 0)
			return ret;
		between = ",\n";
	}
	fputs("\n}\n", out);
	return 0;
}
