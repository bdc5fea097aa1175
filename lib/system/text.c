// SPDX-License-Identifier: MIT
#include "system/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"

size_t text_decode(const char *text, uint32_t *code)
{
	const unsigned char *u = (const unsigned char *)text;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *u < 0x80 ? 1 : *u < 0xc0 ? 0 : *u < 0xe0 ? 2 : *u < 0xf0 ? 3 : 4;

	*code = n == 1 ? *u : *u & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (u[i] & 0x3f);
	}
	if (*u > 0xf4 || *code < least[n] || *code > 0x10ffff || (*code >> 11) == 0x1b)
		return 0;
	return n;
}

bool text_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c ||
	       code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff ||
	       (code & 0xfffe) == 0xfffe;
}

char *text_plain(const char *text, size_t most)
{
	char *plain = xmalloc(strlen(text) + 4), *at = plain, *cut = plain;
	size_t n = 0;

	while (*text) {
		uint32_t code;
		size_t length = text_decode(text, &code);

		if (n == most) {
			memcpy(cut, "...", 4);
			return plain;
		}
		if (n++ + 3 == most)
			cut = at;
		if (length == 0 || text_is_control(code))
			*at++ = '?';
		else
			at = (char *)memcpy(at, text, length) + length;
		text += length ? length : 1;
	}
	*at = '\0';
	return plain;
}

char *make_printable(char *text)
{
	unsigned char *u = (unsigned char *)text;

	for (; *u; u++) {
		if (*u < 0x20 || *u == 0x7f)
			*u = '?';
		/* U+0080 to U+009F: some terminals obey them like ESC sequences */
		else if (u[0] == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f)
			u[0] = u[1] = '?';
	}
	return text;
}

const char *printable(const char *text, char *buf, size_t size)
{
	size_t n = strlen(text);

	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--; /* not within a character */
	}
	memcpy(buf, text, n);
	buf[n] = '\0';
	return make_printable(buf);
}

size_t text_width(const char *text)
{
	size_t n = 0;

	while (*text) {
		if (*text == '\033') {
			text += strcspn(text, "m"); /* ours: labels hold none */
			text += *text == 'm';
			continue;
		}
		n += ((unsigned char)*text++ & 0xc0) != 0x80;
	}
	return n;
}

char *text_quoted(const char *word)
{
	bool quote = !*word || word[strspn(word, TEXT_SHELL_PLAIN)];
	struct memstream m;
	FILE *out = memstream_open(&m);

	fputs(quote ? "'" : "", out);
	for (const char *c = word; *c; c++)
		if (*c == '\'')
			fputs("'\\''", out);
		else
			fputc(*c, out);
	fputs(quote ? "'" : "", out);
	return memstream_close(&m);
}

int text_list_add(struct text_list *list, const char *format, ...)
{
	va_list args;

	list->text = xgrow(list->text, list->n, sizeof(*list->text));
	va_start(args, format);
	list->text[list->n++] = xvasprintf(format, args);
	va_end(args);
	return 0;
}

int text_list_try(struct text_list *list, const char *text)
{
	char **longer = grow(list->text, list->n, sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	list->text = longer;
	longer[list->n] = strdup(text);
	if (!longer[list->n])
		return -ENOMEM;
	list->n++;
	return 0;
}

bool text_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->text[i], text) == 0)
			return true;
	return false;
}

char *text_list_join(const struct text_list *list, const char *between)
{
	struct memstream m;
	FILE *out = memstream_open(&m);

	for (size_t i = 0; i < list->n; i++)
		fprintf(out, "%s%s", i ? between : "", list->text[i]);
	return memstream_close(&m);
}

void text_list_free(struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->text[i]);
	free(list->text);
	*list = (struct text_list){ 0 };
}
