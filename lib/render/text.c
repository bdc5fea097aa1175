// SPDX-License-Identifier: MIT
/* Text for a terminal, and for a mail: the same blocks, with less room and fewer of them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "render/render.h"
#include "render/table.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

#define MAIL_WIDTH 72

/* The longest names that leave room for the other columns; those of a mail take all of it. */
#define TEXT_NAMES 20
#define MAIL_NAMES 0

/* Where the text after a key begins. */
#define KEY_WIDTH 9

/* Columns may be spared in so many steps. */
#define SPARED_MOST 3

struct text {
	FILE *out;
	enum doc_form form; /* FOR_TEXT or FOR_MAIL */
	bool colour;
	size_t width;
	bool names_fit; /* into tables; else each group has one of its own, below its name */
};

static const char *colour_of(const struct text *t, enum doc_tone tone)
{
	static const char *const code[] = {
		[TONE_NONE] = "",
		[TONE_SAME] = "\033[32m",
		[TONE_GOOD] = "\033[1;32m",
		[TONE_BAD] = "\033[1;31m",
		[TONE_UNKNOWN] = "\033[33m",
	};

	return t->colour ? code[tone] : "";
}

static const char *colour_end(const struct text *t, enum doc_tone tone)
{
	return t->colour && tone != TONE_NONE ? "\033[0m" : "";
}

/* Whether the names of all groups, in any table, fit @width columns. */
static bool do_names_fit(const struct document *d, size_t width)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct doc_table *table = d->block[i].table;
		bool named = table && table->column[0].type == COLUMN_GROUP;

		for (size_t r = 0; named && r < table->rows; r++)
			if (text_width(table->row[r].cell->text) > width)
				return false;
	}
	return true;
}

/* Says row @r of @table (its head: SIZE_MAX) in columns @chosen. */
static void add_row(const struct text *t, struct table *lines,
		    const struct doc_table *table, size_t r, const size_t *chosen)
{
	table_row(lines);
	for (size_t i = 0; i < lines->columns; i++) {
		const struct doc_column *column = &table->column[chosen[i]];
		const struct doc_cell *cell =
			r < table->rows ? &table->row[r].cell[chosen[i]] : NULL;
		bool is_name = column->type == COLUMN_GROUP;

		if (is_name &&
		    (!t->names_fit || (cell && !doc_begins_group(table, r, t->form))))
			continue;
		if (cell)
			table_set(lines, i, "%s%s%s", colour_of(t, cell->tone),
				  cell->text, colour_end(t, cell->tone));
		else
			table_set(lines, i, "%s", doc_title(column));
	}
}

/* Makes @lines of rows @from to @to of @table. */
static void make_lines(const struct text *t, struct table *lines, char *align,
		       const struct doc_table *table, size_t from, size_t to, int spared)
{
	size_t chosen[DOC_COLUMNS_MAX] = { 0 }, n = 0;

	for (size_t c = 0; c < table->columns; c++) {
		const struct doc_column *of = &table->column[c];

		if (!(of->form & t->form) || (of->spare > 0 && of->spare <= spared))
			continue;
		/* the signs of intervals stand below each other */
		align[n] = doc_is_number(of) && of->type != COLUMN_INTERVAL ? 'r' : 'l';
		chosen[n++] = c;
	}
	align[n] = '\0';
	table_init(lines, align);
	add_row(t, lines, table, SIZE_MAX, chosen);
	for (size_t r = from; r < to; r++)
		if (table->row[r].form & t->form)
			add_row(t, lines, table, r, chosen);
}

static void put_rows(const struct text *t, const struct doc_table *table, size_t from,
		     size_t to)
{
	char align[DOC_COLUMNS_MAX + 1];
	struct table lines;

	make_lines(t, &lines, align, table, from, to, 0);
	for (int spared = 1; spared <= SPARED_MOST && table_width(&lines) > t->width;
	     spared++) {
		table_free(&lines);
		make_lines(t, &lines, align, table, from, to, spared);
	}
	table_print(&lines, t->out, t->width);
}

static void put_table(const struct text *t, const struct doc_table *table)
{
	const char *gap = t->form == FOR_MAIL ? "\n" : "";
	size_t end;

	if (t->names_fit || table->column[0].type != COLUMN_GROUP) {
		fputs(gap, t->out);
		put_rows(t, table, 0, table->rows);
		return;
	}
	for (size_t r = 0; r < table->rows; r = end) {
		for (end = r + 1; end < table->rows; end++)
			if (doc_begins_group(table, end, t->form))
				break;
		if (!doc_begins_group(table, r, t->form))
			continue;
		fputs(gap, t->out);
		print_wrapped(t->out, table->row[r].cell->text, t->width, 0, 2);
		put_rows(t, table, r, end);
	}
}

static void put_heading(const struct text *t, const struct doc_block *b)
{
	if (t->form == FOR_MAIL)
		fprintf(t->out, "\n%s%s", b->text, *b->text ? ":\n" : "");
	else
		fprintf(t->out, "\n%s%s%s\n", t->colour ? "\033[1m" : "", b->text,
			t->colour ? "\033[0m" : "");
}

static void put_paragraph(const struct text *t, const struct doc_block *b)
{
	size_t at = 0;

	if (b->lead && t->form == FOR_MAIL)
		fputs("\n", t->out);
	if (b->lead) {
		fprintf(t->out, "%s%s%s: ", colour_of(t, b->tone), b->lead,
			colour_end(t, b->tone));
		at = text_width(b->lead) + 2;
	}
	print_wrapped(t->out, b->text, t->width, at,
		      b->lead || b->about == ABOUT_VERDICT ? 2 : 0);
}

static void put_key(const struct text *t, const struct doc_block *b,
		    const struct doc_block *before)
{
	CLEANUP_FREE char *named = b->name ? xasprintf("%s: %s", b->name, b->text) : NULL;

	if (!before || before->kind != BLOCK_KEY)
		fputs("\n", t->out);
	fprintf(t->out, "%-*s ", KEY_WIDTH - 1, b->lead);
	print_wrapped(t->out, named ? named : b->text, t->width, KEY_WIDTH, KEY_WIDTH);
}

static void put_entry(const struct text *t, const struct doc_block *b,
		      const struct doc_block *before)
{
	if (!before || before->kind != BLOCK_ENTRY || strcmp(before->name, b->name) != 0)
		print_wrapped(t->out, b->name, t->width, 0, 2);
	fprintf(t->out, "  %-4s ", b->lead);
	print_wrapped(t->out, b->text, t->width, 7, 7);
}

static void put_block(const struct text *t, const struct doc_block *b,
		      const struct doc_block *before)
{
	switch (b->kind) {
	case BLOCK_WHERE:
		print_wrapped(t->out, b->text, t->width, 0, 2);
		break;
	case BLOCK_TITLE:
	case BLOCK_CHAPTER:
	case BLOCK_HEADING:
		put_heading(t, b);
		break;
	case BLOCK_PARAGRAPH:
		put_paragraph(t, b);
		break;
	case BLOCK_KEY:
		put_key(t, b, before);
		break;
	case BLOCK_ENTRY:
		put_entry(t, b, before);
		break;
	case BLOCK_ITEM: /* what leads it stands in it */
		fputs("  ", t->out);
		print_wrapped(t->out, b->text, t->width, 2, 4);
		break;
	case BLOCK_POINT:
		fputs("- ", t->out);
		print_wrapped(t->out, b->text, t->width, 2, 2);
		break;
	case BLOCK_TABLE:
		put_table(t, b->table);
		break;
	case BLOCK_TAG:
	case BLOCK_FIGURE:
	case BLOCK_FOLD:
	case BLOCK_FOLD_END:
		break;
	}
}

static void put_all(const struct text *t, const struct document *d)
{
	CLEANUP_FREE const struct doc_block **list = doc_select(d, ABOUT_ALL, t->form);

	for (size_t i = 0; list[i]; i++)
		put_block(t, list[i], i > 0 ? list[i - 1] : NULL);
}

void render_text(FILE *out, const struct document *d, const struct look *look)
{
	const struct text t = { out, FOR_TEXT, look->colour, look->width,
				do_names_fit(d, TEXT_NAMES) };

	put_all(&t, d);
}

void print_ascii(FILE *out, const char *text)
{
	for (const unsigned char *u = (const unsigned char *)text; *u; u++) {
		if (u[0] == 0xc2 && u[1] == 0xb5)
			fputc('u', out); /* its second byte is skipped below */
		else if (*u < 0x80)
			fputc(*u, out);
		else if ((*u & 0xc0) != 0x80)
			fputc('?', out);
	}
}

void render_mail(FILE *out, const struct document *d, const struct look *look)
{
	struct memstream m;
	const struct text t = { memstream_open(&m), FOR_MAIL, false, MAIL_WIDTH,
				do_names_fit(d, MAIL_NAMES) };
	CLEANUP_FREE char *text = NULL;

	(void)look;
	put_all(&t, d);
	text = memstream_close(&m);
	print_ascii(out, text);
}
