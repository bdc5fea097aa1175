// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "render/render.h"
#include "system/cleanup.h"

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

static void put_cell(FILE *out, const struct doc_cell *cell)
{
	const char *mark = cell->tone == TONE_GOOD || cell->tone == TONE_BAD ? "**" : "";

	fprintf(out, " %s", mark);
	put_escaped(out, cell->text);
	fprintf(out, "%s |", mark);
}

static void put_table(FILE *out, const struct doc_table *t)
{
	bool shown[DOC_COLUMNS_MAX];

	fputs("\n|", out);
	for (size_t c = 0; c < t->columns; c++) {
		shown[c] = t->column[c].form & FOR_MARKDOWN;
		if (shown[c])
			fprintf(out, " %s |", doc_title(&t->column[c]));
	}
	fputs("\n|", out);
	for (size_t c = 0; c < t->columns; c++)
		if (shown[c])
			fputs(doc_is_number(&t->column[c]) ? "--:|" : ":--|", out);
	for (size_t r = 0; r < t->rows; r++) {
		if (!(t->row[r].form & FOR_MARKDOWN))
			continue;
		fputs("\n|", out);
		for (size_t c = 0; c < t->columns; c++)
			if (shown[c])
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
	static const struct {
		const char *before, *after;
	} around[] = {
		[BLOCK_TITLE] = { "\n### ", "\n" },
		[BLOCK_CHAPTER] = { "\n### ", "\n" },
		[BLOCK_HEADING] = { "\n", ":\n" },
		[BLOCK_FOLD] = { "\n<details><summary>", "</summary>\n" },
		[BLOCK_FOLD_END] = { "\n</details>\n", "" },
	};

	switch (b->kind) {
	case BLOCK_WHERE:
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
	case BLOCK_POINT:
		put_item(out, b, before, NULL, NULL);
		break;
	case BLOCK_TABLE:
		put_table(out, b->table);
		break;
	case BLOCK_TAG:
	case BLOCK_FIGURE:
		break;
	default:
		fputs(around[b->kind].before, out);
		put_escaped(out, b->text);
		fputs(around[b->kind].after, out);
	}
}

void render_markdown(FILE *out, const struct document *d, const struct look *look)
{
	CLEANUP_FREE const struct doc_block **list =
		doc_select(d, ABOUT_ALL, FOR_MARKDOWN);

	(void)look;
	for (size_t i = 0; list[i]; i++)
		put_block(out, list[i], i > 0 ? list[i - 1] : NULL);
}
