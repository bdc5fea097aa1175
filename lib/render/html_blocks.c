// SPDX-License-Identifier: MIT
/* A document as parts of a page. */
#include <stdint.h>
#include <stdlib.h>

#include "render/html.h"
#include "render/render.h"
#include "system/cleanup.h"

/* Characters of a text from elsewhere, before it folds. */
#define CELL_SHOWN 120
#define KEY_SHOWN  400
#define ITEM_SHOWN 1000
/* So much of a list is not folded. */
#define LIST_OPEN 8

struct html {
	FILE *out;
	const struct page_hooks *hooks;
	const char *id; /* what the ids of tables begin with */
	size_t tables;
};

static const char *class_of(enum doc_tone tone)
{
	static const char *const class[] = {
		[TONE_NONE] = "",
		[TONE_SAME] = " same",
		[TONE_GOOD] = " better",
		[TONE_BAD] = " worse",
		[TONE_UNKNOWN] = " unclear",
	};

	return class[tone];
}

static void put_verdict(FILE *out, enum doc_tone tone, const char *word)
{
	fprintf(out, "<span class=\"verdict%s\">", class_of(tone));
	html_text(out, word);
	fputs("</span>", out);
}

static void put_lead(FILE *out, const struct doc_block *b)
{
	if (!b->lead)
		return;
	put_verdict(out, b->tone, b->lead);
	fputs(": ", out);
}

/* What stands below a cell's text, in the colour of its news. */
static void put_below(FILE *out, const struct doc_cell *cell)
{
	if (!cell->below || !*cell->below)
		return;
	fprintf(out, "<br><small class=\"below%s\">", class_of(cell->tone));
	html_text(out, cell->below);
	fputs("</small>", out);
}

static void put_cell(const struct html *h, const struct doc_block *b,
		     const struct doc_column *column, const struct doc_cell *cell)
{
	const char *text = cell->text;

	switch (column->type) {
	case COLUMN_GROUP:
	case COLUMN_NAME:
		html_head_cell(h->out, text);
		break;
	case COLUMN_SET:
		html_open_head_cell(h->out);
		h->hooks->draw(h->hooks->data, FIGURE_SET, b->about, NULL, cell->set);
		html_isolated(h->out, text, CELL_SHOWN);
		break;
	case COLUMN_WORDS:
		html_open_cell(h->out);
		if (cell->link)
			html_name(h->out, text, CELL_SHOWN, cell->link);
		else
			html_isolated(h->out, text, CELL_SHOWN);
		break;
	case COLUMN_LONG:
		fputs("<td align=\"left\" class=\"wide\">", h->out);
		html_isolated(h->out, text, KEY_SHOWN);
		break;
	case COLUMN_NUMBER:
	case COLUMN_INTERVAL:
	case COLUMN_P:
		html_cell_hint(h->out, cell->tone ? "" : text, cell->hint);
		if (cell->tone)
			put_verdict(h->out, cell->tone, text);
		break;
	case COLUMN_VERDICT:
		html_open_cell(h->out);
		put_verdict(h->out, cell->tone, text);
		break;
	case COLUMN_FIGURE:
		html_open_cell(h->out);
		h->hooks->draw(h->hooks->data, FIGURE_IN_CELL, b->about, cell->drawn,
			       b->set);
		break;
	}
	put_below(h->out, cell);
}

static void put_row(const struct html *h, const struct doc_block *b,
		    const struct doc_row *row, size_t shown)
{
	const struct doc_table *t = b->table;

	html_row(h->out);
	if (row->group) {
		fprintf(h->out, "<th class=\"group\" align=\"left\" colspan=\"%zu\">",
			shown);
		html_text(h->out, row->cell->text);
		return;
	}
	for (size_t c = 0; c < t->columns; c++)
		if (t->column[c].form & FOR_PAGE)
			put_cell(h, b, &t->column[c], &row->cell[c]);
}

/* A row that has the axis of the figures in their column, and nothing else. */
static void put_axis(const struct html *h, const struct doc_block *b,
		     const enum doc_type *type, size_t n)
{
	size_t at = 0;

	while (at < n && type[at] != COLUMN_FIGURE)
		at++;
	if (at == n)
		return;
	html_row(h->out);
	fprintf(h->out, "<td colspan=\"%zu\">", at);
	html_open_cell(h->out);
	h->hooks->draw(h->hooks->data, FIGURE_AXIS, b->about, NULL, b->set);
	fprintf(h->out, "<td colspan=\"%zu\">", n - at - 1);
}

static void put_table(struct html *h, const struct doc_block *b)
{
	const struct doc_table *t = b->table;
	struct html_column column[DOC_COLUMNS_MAX];
	enum doc_type type[DOC_COLUMNS_MAX];
	char id[40], title[DOC_COLUMNS_MAX][256 + 1];
	size_t n = 0;

	for (size_t c = 0; c < t->columns; c++) {
		if (!(t->column[c].form & FOR_PAGE))
			continue;
		type[n] = t->column[c].type;
		snprintf(title[n], sizeof(title[n]), "%s%s",
			 doc_is_number(&t->column[c]) ? "" : HTML_WORDS,
			 doc_title(&t->column[c]));
		column[n] = (struct html_column){ title[n], t->column[c].hint };
		n++;
	}
	snprintf(id, sizeof(id), "%s-%zu", h->id, ++h->tables);
	html_table_begin(h->out, id, b->text, column, n);
	for (size_t r = 0; r < t->rows; r++)
		if (t->row[r].form & FOR_PAGE)
			put_row(h, b, &t->row[r], n);
	if (t->axis)
		put_axis(h, b, type, n);
	html_table_end(h->out);
}

/* The @n blocks at @list as a list; of many, those after the first few are folded. */
static void put_list(FILE *out, const struct doc_block *const *list, size_t n)
{
	size_t open = n > LIST_OPEN + 3 ? LIST_OPEN : n;

	fputs("<ul class=\"plain\">\n", out);
	for (size_t i = 0; i < n; i++) {
		if (i == open)
			fprintf(out,
				"</ul>\n<details><summary>%zu more</summary>\n<ul class=\"plain\">\n",
				n - open);
		fputs("<li>", out);
		put_lead(out, list[i]);
		html_isolated(out, list[i]->text, ITEM_SHOWN);
		fputs("</li>\n", out);
	}
	fputs(open < n ? "</ul>\n</details>\n" : "</ul>\n", out);
}

static void put_tags(FILE *out, const struct doc_block *const *list, size_t n)
{
	fputs("<ul class=\"tags\">\n", out);
	for (size_t i = 0; i < n; i++) {
		fputs(list[i]->tone == TONE_NONE ? "<li>" : "<li class=\"caution\">",
		      out);
		html_isolated(out, list[i]->text, ITEM_SHOWN);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void put_keys(FILE *out, const struct doc_block *const *list, size_t n)
{
	fputs("<dl>\n", out);
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "<dt>%s</dt><dd>", list[i]->lead);
		html_isolated(out, list[i]->text, KEY_SHOWN);
		fputs("</dd>\n", out);
	}
	fputs("</dl>\n", out);
}

/* No element may stand in it: nothing of it is folded. */
static void put_heading(FILE *out, const char *tag, const struct doc_block *b)
{
	fprintf(out, "<%s>", tag);
	put_lead(out, b);
	if (b->name && !b->lead) {
		html_isolated(out, b->name, SIZE_MAX);
		fputs(": ", out);
	}
	html_isolated(out, b->text, SIZE_MAX);
	fprintf(out, "</%s>\n", tag);
}

static void put_paragraph(FILE *out, const struct doc_block *b)
{
	if (b->about == ABOUT_VERDICT)
		fputs("<p class=\"lead\">", out);
	else
		fputs(b->about == ABOUT_JUDGED ? "<p class=\"note\">" : "<p>", out);
	put_lead(out, b);
	html_isolated(out, b->text, SIZE_MAX);
	fputs("</p>\n", out);
}

/* Puts the first block of @list, and those of a list that it begins; returns how many. */
static size_t put_blocks(struct html *h, const struct doc_block *const *list)
{
	const struct doc_block *b = list[0];
	size_t n = 1;

	while (list[n] && list[n]->kind == b->kind && list[n]->set == b->set)
		n++;
	switch (b->kind) {
	case BLOCK_WHERE:
		fputs("<p class=\"where\">", h->out);
		html_isolated(h->out, b->text, SIZE_MAX);
		fputs("</p>\n", h->out);
		break;
	case BLOCK_TAG:
		put_tags(h->out, list, n);
		return n;
	case BLOCK_TITLE:
		put_heading(h->out, "h1", b);
		break;
	case BLOCK_CHAPTER:
	case BLOCK_HEADING:
		put_heading(h->out, "h2", b);
		break;
	case BLOCK_PARAGRAPH:
		put_paragraph(h->out, b);
		break;
	case BLOCK_KEY:
	case BLOCK_ENTRY:
		put_keys(h->out, list, n);
		return n;
	case BLOCK_ITEM:
	case BLOCK_POINT:
		put_list(h->out, list, n);
		return n;
	case BLOCK_TABLE:
		put_table(h, b);
		break;
	case BLOCK_FIGURE:
		h->hooks->draw(h->hooks->data, FIGURE_ALONE, b->about, NULL, b->set);
		break;
	case BLOCK_FOLD:
		fputs("<details><summary>", h->out);
		html_isolated(h->out, b->text, SIZE_MAX);
		fputs("</summary>\n", h->out);
		break;
	case BLOCK_FOLD_END:
		fputs("</details>\n", h->out);
		break;
	}
	return 1;
}

void render_html(FILE *out, const struct document *d, enum doc_subject about,
		 const char *id, const struct page_hooks *hooks)
{
	CLEANUP_FREE const struct doc_block **list = doc_select(d, about, FOR_PAGE);
	struct html h = { out, hooks, id, 0 };

	for (size_t i = 0; list[i];) {
		size_t set = list[i]->set;

		if (set > 0)
			hooks->begin_set(hooks->data, set);
		while (list[i] && list[i]->set == set)
			i += put_blocks(&h, &list[i]);
		if (set > 0)
			hooks->end_set(hooks->data, set);
	}
}
