// SPDX-License-Identifier: MIT
#include "summary/document.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"

void doc_about(struct document *d, enum doc_subject about, size_t set)
{
	d->about = about;
	d->set = set;
}

static struct doc_block *add(struct document *d, enum doc_kind kind, unsigned int form)
{
	struct doc_block *b;

	d->block = xgrow(d->block, d->n, sizeof(*d->block));
	b = &d->block[d->n++];
	*b = (struct doc_block){
		.kind = kind, .about = d->about, .set = d->set, .form = form
	};
	return b;
}

struct doc_block *doc_add(struct document *d, enum doc_kind kind, unsigned int form,
			  const char *lead, const char *format, ...)
{
	struct doc_block *b = add(d, kind, form);
	va_list args;

	va_start(args, format);
	b->text = xvasprintf(format, args);
	va_end(args);
	b->lead = lead ? xstrdup(lead) : NULL;
	return b;
}

struct doc_table *doc_add_table(struct document *d, unsigned int form,
				const char *caption, ...)
{
	struct doc_block *b = add(d, BLOCK_TABLE, form);
	va_list args;

	va_start(args, caption);
	b->text = xvasprintf(caption, args);
	va_end(args);
	b->table = xcalloc(1, sizeof(*b->table));
	return b->table;
}

void doc_row(struct doc_table *t, unsigned int form)
{
	t->row = xgrow(t->row, t->rows, sizeof(*t->row));
	t->row[t->rows++] =
		(struct doc_row){ form, xcalloc(t->columns, sizeof(struct doc_cell)) };
}

struct doc_cell *doc_cell(struct doc_table *t, size_t column, const char *format, ...)
{
	struct doc_cell *cell = &t->row[t->rows - 1].cell[column];
	va_list args;

	va_start(args, format);
	cell->text = xvasprintf(format, args);
	va_end(args);
	return cell;
}

const char *doc_title(struct document *d, const char *format, ...)
{
	va_list args;

	d->title = xgrow(d->title, d->titles, sizeof(*d->title));
	va_start(args, format);
	d->title[d->titles] = xvasprintf(format, args);
	va_end(args);
	return d->title[d->titles++];
}

bool doc_has(const struct document *d, enum doc_subject about, unsigned int form)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->block[i].about == about && d->block[i].form & form)
			return true;
	return false;
}

bool doc_has_rows(const struct doc_table *t, unsigned int form)
{
	for (size_t i = 0; i < t->rows; i++)
		if (t->row[i].form & form)
			return true;
	return false;
}

bool doc_begins_group(const struct doc_table *t, size_t row, unsigned int form)
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
		}
		free(t->row[r].cell);
	}
	free(t->row);
	free(t);
}

void doc_free(struct document *d)
{
	for (size_t i = 0; i < d->n; i++) {
		struct doc_block *b = &d->block[i];

		free(b->lead);
		free(b->name);
		free(b->text);
		if (b->table)
			free_table(b->table);
	}
	for (size_t i = 0; i < d->titles; i++)
		free(d->title[i]);
	free(d->title);
	free(d->block);
	*d = (struct document){ 0 };
}
