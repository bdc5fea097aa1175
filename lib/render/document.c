// SPDX-License-Identifier: MIT
#include "render/document.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"

struct doc_block *doc_add(struct document *d, enum doc_kind kind, unsigned int form,
			  const char *format, ...)
{
	struct doc_block *b;
	va_list args;

	d->block = xgrow(d->block, d->n, sizeof(*d->block));
	b = &d->block[d->n++];
	va_start(args, format);
	*b = (struct doc_block){
		.kind = kind,
		.about = d->about,
		.set = d->set,
		.form = form,
		.text = xvasprintf(format, args),
	};
	va_end(args);
	return b;
}

void doc_lead(struct doc_block *b, const char *word, enum doc_tone tone)
{
	b->lead = xstrdup(word);
	b->tone = tone;
}

struct doc_table *doc_add_table(struct document *d, unsigned int form,
				const char *caption, const struct doc_column *column,
				size_t columns)
{
	struct doc_table *t = xcalloc(1, sizeof(*t));

	memcpy(t->column, column, columns * sizeof(*column));
	t->columns = columns;
	doc_add(d, BLOCK_TABLE, form, "%s", caption)->table = t;
	return t;
}

void doc_row(struct doc_table *t, unsigned int form)
{
	t->row = xgrow(t->row, t->rows, sizeof(*t->row));
	t->row[t->rows++] =
		(struct doc_row){ .form = form,
				  .cell = xcalloc(t->columns, sizeof(struct doc_cell)) };
	t->cells = 0;
}

struct doc_cell *doc_cell(struct doc_table *t, const char *format, ...)
{
	struct doc_cell *cell = &t->row[t->rows - 1].cell[t->cells++];
	va_list args;

	va_start(args, format);
	cell->text = xvasprintf(format, args);
	va_end(args);
	return cell;
}

void doc_set_row(struct doc_table *t, const char *name, size_t set)
{
	doc_row(t, FOR_PAGE);
	doc_cell(t, "%s", name)->set = set;
}

void doc_group(struct doc_table *t, const char *title)
{
	doc_row(t, FOR_PAGE);
	t->row[t->rows - 1].group = true;
	doc_cell(t, "%s", title);
}

const char *doc_title(const struct doc_column *column)
{
	return *column->named ? column->named : column->title;
}

static bool has_rows(const struct doc_table *t, enum doc_form form)
{
	for (size_t i = 0; i < t->rows; i++)
		if (t->row[i].form & form)
			return true;
	return false;
}

/* Whether @b stands below @heading. */
static bool is_below(const struct doc_block *heading, const struct doc_block *b)
{
	return b && b->kind > BLOCK_HEADING && b->about == heading->about;
}

const struct doc_block **doc_select(const struct document *d, enum doc_subject about,
				    enum doc_form form)
{
	const struct doc_block **list = xcalloc(d->n + 1, sizeof(*list)), **to = list;
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct doc_block *b = &d->block[i];

		if (b->form & form && (about == ABOUT_ALL || b->about == about) &&
		    (!b->table || has_rows(b->table, form)))
			list[n++] = b;
	}
	for (size_t i = 0; i < n; i++)
		if (list[i]->kind != BLOCK_HEADING || is_below(list[i], list[i + 1]))
			*to++ = list[i];
	*to = NULL;
	return list;
}

bool doc_is_number(const struct doc_column *column)
{
	return column->type == COLUMN_NUMBER || column->type == COLUMN_INTERVAL ||
	       column->type == COLUMN_P;
}

bool doc_begins_group(const struct doc_table *t, size_t row, enum doc_form form)
{
	if (!(t->row[row].form & form))
		return false;
	for (size_t i = row; i-- > 0;)
		if (t->row[i].form & form)
			return strcmp(t->row[i].cell->text, t->row[row].cell->text) != 0;
	return true;
}

static void free_table(struct doc_table *t)
{
	for (size_t r = 0; r < t->rows; r++) {
		for (size_t c = 0; c < t->columns; c++) {
			free(t->row[r].cell[c].text);
			free(t->row[r].cell[c].hint);
			free(t->row[r].cell[c].below);
		}
		free(t->row[r].cell);
	}
	free(t->row);
	free(t);
}

void doc_free(struct document *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->block[i].lead);
		free(d->block[i].name);
		free(d->block[i].text);
		if (d->block[i].table)
			free_table(d->block[i].table);
	}
	free(d->block);
	*d = (struct document){ 0 };
}
