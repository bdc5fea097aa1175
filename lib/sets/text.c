// SPDX-License-Identifier: MIT
#include "sets/text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int text_list_add(struct text_list *list, const char *format, ...)
{
	char **longer = realloc(list->text, (list->n + 1) * sizeof(*longer)), *text;
	va_list args;
	int n;

	if (!longer)
		return -ENOMEM;
	list->text = longer;
	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	list->text[list->n++] = text;
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
	char *joined = NULL;
	size_t size;
	FILE *out = open_memstream(&joined, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < list->n; i++)
		fprintf(out, "%s%s", i ? between : "", list->text[i]);
	if (fclose(out) == 0)
		return joined;
	free(joined);
	return NULL;
}

void text_list_free(struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->text[i]);
	free(list->text);
	*list = (struct text_list){ 0 };
}

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
	char *plain = malloc(strlen(text) + 4), *at = plain, *cut = plain;
	size_t n = 0;

	if (!plain)
		return NULL;
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

const char *text_change(double change, char *buf, size_t size)
{
	double percent = 100 * change;

	if (!isfinite(change))
		snprintf(buf, size, "?");
	else if (percent >= 899.5)
		snprintf(buf, size, percent < 9900 ? "x%.1f" : "x%.0f", 1 + change);
	else if (fabs(percent) < 0.05)
		snprintf(buf, size, "0.0%%");
	else if (percent <= -99.5)
		snprintf(buf, size, "%+.2f%%", percent);
	else
		snprintf(buf, size, fabs(percent) < 9.95 ? "%+.1f%%" : "%+.0f%%",
			 percent);
	return buf;
}

const char *text_change_interval(double low, double high, char *buf, size_t size)
{
	char a[32], b[32];

	/* ln(-inf) comes back as -100 %: there is no end. */
	if (!isfinite(high) || !(low > -1))
		snprintf(buf, size, "[unknown]");
	else
		snprintf(buf, size, "[%s .. %s]", text_change(low, a, sizeof(a)),
			 text_change(high, b, sizeof(b)));
	return buf;
}
