// SPDX-License-Identifier: MIT
/* Several kernels in one table: a column each, for a mail that is read from left to right. */
#include "say/say_kernels.h"

#include <stdio.h>
#include <string.h>

#include "say/say_set.h"
#include "system/cleanup.h"
#include "system/text.h"

/* So many kernels, the base among them, with such names, fit into the width of a mail. */
#define KERNELS_MOST 3
#define NAME_MOST    15

bool say_in_columns(const struct comparison *c)
{
	bool fit = c->sets > 2 && c->sets <= KERNELS_MOST;

	for (size_t s = 0; s < c->sets && fit; s++)
		fit = text_width(c->set[s]->name) <= NAME_MOST;
	return fit;
}

/* The row of new set @s that is about the same as @row of another one, or NULL. */
static const struct compare_row *same_row(const struct comparison *c, size_t s,
					  const struct compare_row *row)
{
	for (const struct compare_row *other = NULL;
	     (other = compare_next_row(c, s, other));)
		if (other->cell[DECIDE_BASE] == row->cell[DECIDE_BASE] &&
		    other->metric == row->metric)
			return other;
	return NULL;
}

static char mark_of(const struct compare_row *row)
{
	switch (row->d->verdict) {
	case VERDICT_WORSE:
	case VERDICT_BETTER:
		return '*';
	case VERDICT_SAME:
		return '=';
	default:
		return ' ';
	}
}

/* "280ms* x30.1": what @row has in its new set; "-" where it has none. */
static void say_kernel(struct doc_table *t, const struct comparison *c,
		       const struct compare_row *row)
{
	char value[CELL_SIZE], change[CELL_SIZE];

	if (!row) {
		doc_cell(t, "-");
		return;
	}
	side_text(c, row, DECIDE_NEW, value, sizeof(value));
	if (*row_change_text(c, row, change, sizeof(change)))
		doc_cell(t, "%s%c %s", value, mark_of(row), change);
	else
		doc_cell(t, "%s", value);
}

static void say_row(struct doc_table *t, const struct comparison *c,
		    const struct compare_row *row)
{
	CLEANUP_FREE char *name = compare_cell_name(c, row->cell[DECIDE_BASE]);
	char buf[CELL_SIZE];

	doc_row(t, FOR_MAIL);
	doc_cell(t, "%s", name);
	doc_cell(t, "%s", metric_words(compare_metric(c, row), buf, sizeof(buf)));
	doc_cell(t, "%s", side_text(c, row, DECIDE_BASE, buf, sizeof(buf)));
	for (size_t s = 1; s < c->sets; s++)
		say_kernel(t, c, same_row(c, s, row));
}

void say_kernels(struct document *d, const struct comparison *c)
{
	struct doc_column column[2 + KERNELS_MOST] = {
		DOC_COLUMN(FOR_MAIL, COLUMN_GROUP, "subtest"),
		DOC_COLUMN(FOR_MAIL, COLUMN_WORDS, ""),
	};
	struct doc_table *t;

	for (size_t s = 0; s < c->sets; s++)
		column[2 + s] = (struct doc_column)DOC_COLUMN(FOR_MAIL, COLUMN_NUMBER,
							      c->set[s]->name);
	d->about = ABOUT_JUDGED;
	t = doc_add_table(d, FOR_MAIL, "Each kernel, with its change against the first",
			  column, 2 + c->sets);
	for (const struct compare_row *row = NULL; (row = compare_next_row(c, 1, row));)
		if (is_chosen(c, row, ROWS_JUDGED) ||
		    (is_chosen(c, row, ROWS_OTHER_QUANTILES) &&
		     is_under_judged_load(c, row)))
			say_row(t, c, row);
	doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL,
		"Medians, with the change against %s. *: proven, p at most %.3g after Holm's correction for %zu numbers. =: the same, within its margin. p50, p90, p99: %s. pp: percentage points.",
		c->set[0]->name, c->options->decide.alpha, c->primary,
		c->options->woken ? "of wake-ups" : "as scheduled");
}
