// SPDX-License-Identifier: MIT
#include <string.h>

#include "render/render.h"

/* @text as itself: nothing of it is markup, ends a cell, calls somebody or is a link. */
static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '@')
			fputs("&#64;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (strchr("\\`*_{}[]#|!~", *text))
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static bool is_shown(const struct doc_column *column)
{
	return column->form & FOR_MARKDOWN;
}

static bool is_number(const struct doc_column *column)
{
	return column->type == COLUMN_NUMBER || column->type == COLUMN_INTERVAL;
}

static void put_cell(FILE *out, const struct doc_cell *cell)
{
	const char *mark = cell->tone == TONE_GOOD || cell->tone == TONE_BAD ? "**" : "";

	fprintf(out, " %s", mark);
	if (cell->text)
		put_escaped(out, cell->text);
	fprintf(out, "%s |", mark);
}

static void put_table(FILE *out, const struct doc_table *t)
{
	fputs("\n|", out);
	for (size_t c = 0; c < t->columns; c++)
		if (is_shown(&t->column[c]))
			fprintf(out, " %s |", t->column[c].title);
	fputs("\n|", out);
	for (size_t c = 0; c < t->columns; c++)
		if (is_shown(&t->column[c]))
			fputs(is_number(&t->column[c]) ? "--:|" : ":--|", out);
	for (size_t r = 0; r < t->rows; r++) {
		if (!(t->row[r].form & FOR_MARKDOWN))
			continue;
		fputs("\n|", out);
		for (size_t c = 0; c < t->columns; c++)
			if (is_shown(&t->column[c]))
				put_cell(out, &t->row[r].cell[c]);
	}
	fputs("\n", out);
}

/* "- NAME, LEAD: TEXT", an item of the list that @before is of or is not. */
static void put_item(FILE *out, const struct doc_block *b, const struct doc_block *before,
		     const char *first, const char *second)
{
	fputs(before && before->kind == b->kind ? "- " : "\n- ", out);
	if (first)
		put_escaped(out, first);
	if (first && second)
		fputs(b->kind == BLOCK_KEY ? " " : ", ", out);
	if (second)
		put_escaped(out, second);
	if (first || second)
		fputs(": ", out);
	put_escaped(out, b->text);
	fputs("\n", out);
}

static void put_paragraph(FILE *out, const struct doc_block *b,
			  const struct doc_block *before)
{
	const char *mark = b->tone != TONE_NONE ? "**" : "";

	fputs(before ? "\n" : "", out);
	if (b->lead)
		fprintf(out, "%s%s%s: ", mark, b->lead, mark);
	put_escaped(out, b->text);
	fputs("\n", out);
}

static void put_block(FILE *out, const struct doc_block *b,
		      const struct doc_block *before)
{
	switch (b->kind) {
	case BLOCK_TITLE:
	case BLOCK_CHAPTER:
		fputs("\n### ", out);
		put_escaped(out, b->text);
		fputs("\n", out);
		break;
	case BLOCK_HEADING:
		fputs("\n", out);
		put_escaped(out, b->text);
		fputs(":\n", out);
		break;
	case BLOCK_PARAGRAPH:
		put_paragraph(out, b, before);
		break;
	case BLOCK_KEY:
		put_item(out, b, before, b->lead, b->name);
		break;
	case BLOCK_ENTRY:
		put_item(out, b, before, b->name, b->lead);
		break;
	case BLOCK_ITEM:
	case BLOCK_TAG:
	case BLOCK_POINT:
		put_item(out, b, before, NULL, NULL);
		break;
	case BLOCK_TABLE:
		if (doc_has_rows(b->table, FOR_MARKDOWN))
			put_table(out, b->table);
		break;
	case BLOCK_FIGURE:
		break;
	case BLOCK_FOLD:
		fputs("\n<details><summary>", out);
		put_escaped(out, b->text);
		fputs("</summary>\n", out);
		break;
	case BLOCK_FOLD_END:
		fputs("\n</details>\n", out);
		break;
	}
}

void render_markdown(FILE *out, const struct document *d)
{
	const struct doc_block *before = NULL;

	for (size_t i = 0; i < d->n; i++) {
		if (!(d->block[i].form & FOR_MARKDOWN))
			continue;
		put_block(out, &d->block[i], before);
		before = &d->block[i];
	}
}
