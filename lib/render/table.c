// SPDX-License-Identifier: MIT
#include "render/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"
#include "system/text.h"

void table_init(struct table *t, const char *align)
{
	*t = (struct table){ .columns = strlen(align), .align = align };
}

void table_row(struct table *t)
{
	t->cell = xrealloc(t->cell, (t->rows + 1) * t->columns * sizeof(*t->cell));
	memset(t->cell + t->rows * t->columns, 0, t->columns * sizeof(*t->cell));
	t->rows++;
}

void table_set(struct table *t, size_t column, const char *format, ...)
{
	char **cell = &t->cell[(t->rows - 1) * t->columns + column];
	va_list args;

	free(*cell);
	va_start(args, format);
	*cell = xvasprintf(format, args);
	va_end(args);
}

static const char *text_at(const struct table *t, size_t row, size_t column)
{
	const char *text = t->cell[row * t->columns + column];

	return text ? text : "";
}

/* Widths of all columns into @width; returns their sum. Empty columns have none. */
static size_t measure(const struct table *t, size_t width[TABLE_COLUMNS_MAX],
		      size_t *used)
{
	size_t sum = 0;

	*used = 0;
	for (size_t c = 0; c < t->columns; c++) {
		width[c] = 0;
		for (size_t r = 0; r < t->rows; r++) {
			size_t w = text_width(text_at(t, r, c));

			width[c] = w > width[c] ? w : width[c];
		}
		sum += width[c];
		*used += width[c] > 0;
	}
	return sum;
}

static void print_row(const struct table *t, size_t row, const size_t *width, size_t gap,
		      FILE *out)
{
	size_t owed = 0; /* blanks that only what follows makes worth printing */

	for (size_t c = 0; c < t->columns; c++) {
		const char *text = text_at(t, row, c);
		size_t pad = width[c] - text_width(text);

		if (t->align[c] == 'r')
			owed += pad;
		if (*text) {
			fprintf(out, "%*s%s", (int)owed, "", text);
			owed = 0;
		}
		if (t->align[c] == 'l')
			owed += pad;
		if (width[c] > 0)
			owed += gap;
	}
	fputc('\n', out);
}

size_t table_width(const struct table *t)
{
	size_t width[TABLE_COLUMNS_MAX], used;
	size_t sum = measure(t, width, &used);

	return used > 0 ? sum + used - 1 : 0;
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->rows * t->columns; i++)
		free(t->cell[i]);
	free(t->cell);
	t->cell = NULL;
	t->rows = 0;
}

void table_print(struct table *t, FILE *out, size_t limit)
{
	size_t width[TABLE_COLUMNS_MAX], used;
	size_t sum = measure(t, width, &used);
	size_t gap = used > 0 && sum + 2 * (used - 1) > limit ? 1 : 2;

	for (size_t r = 0; r < t->rows; r++)
		print_row(t, r, width, gap, out);
	table_free(t);
}

/* Bytes of @text that @width columns hold, up to a blank if there is one. */
static size_t fitting(const char *text, size_t width)
{
	size_t columns = 0, i = 0, blank = 0;

	for (; text[i]; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80 && columns++ == width)
			break;
		if (text[i] == ' ')
			blank = i;
	}
	if (!text[i] || text[i] == ' ')
		return i;
	return blank ? blank : i;
}

void print_wrapped(FILE *out, const char *text, size_t width, size_t at, size_t indent)
{
	while (*text) {
		size_t n = fitting(text, width > at ? width - at : 1);

		fprintf(out, "%.*s\n", (int)n, text);
		text += n;
		text += strspn(text, " ");
		if (*text)
			fprintf(out, "%*s", (int)indent, "");
		at = indent;
	}
}
