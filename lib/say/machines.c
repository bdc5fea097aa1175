// SPDX-License-Identifier: MIT
#include "say/machines.h"

#include <math.h>
#include <stdlib.h>

#include "summary/machines.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"

static const struct doc_column columns[] = {
	DOC_COLUMN(FOR_ALL, COLUMN_GROUP, "number"),
	DOC_COLUMN(FOR_ALL, COLUMN_WORDS, "machine"),
	DOC_COLUMN(FOR_ALL, COLUMN_NUMBER, "change",
		   .hint = "median over all pairs on this machine"),
	DOC_COLUMN(FOR_ALL, COLUMN_INTERVAL, "interval", .hint = "of this machine alone"),
	DOC_COLUMN(FOR_TEXT | FOR_PAGE, COLUMN_NUMBER, "n",
		   .hint = "runs, or boots, of base and new"),
	DOC_COLUMN(
		FOR_ALL, COLUMN_P, "p (agree)",
		.hint = "of machines that all have the same change, corrected for all judged numbers"),
};

static void say_machine(struct doc_table *t, const struct comparison *c,
			const struct compare_row *row, const char *name,
			const struct machine_change *m)
{
	struct decide_row d;
	struct compare_row on = machines_row(row, m, &d);
	char buf[CELL_SIZE];

	doc_row(t, FOR_ALL);
	doc_cell(t, "%s", name);
	doc_cell(t, "%s", machine_name(c, m->machine));
	doc_cell(t, "%s", row_change_text(c, &on, buf, sizeof(buf)));
	doc_cell(t, "%s", range_text(&on, buf, sizeof(buf)));
	doc_cell(t, "%zu/%zu", m->n[DECIDE_BASE], m->n[DECIDE_NEW]);
	doc_cell(t, "%s", p_text(row->d->agree_adjusted, buf, sizeof(buf)));
}

static void say_number(struct doc_table *t, const struct comparison *c,
		       const struct compare_row *row)
{
	CLEANUP_FREE struct machine_change *list = NULL;
	CLEANUP_FREE char *cell = compare_cell_name(c, row->cell[DECIDE_BASE]);
	CLEANUP_FREE char *name = NULL;
	char words[CELL_SIZE];
	size_t n = machines_changes(row->d, c->options->decide.level, &list);

	name = xasprintf("%s %s", cell,
			 metric_words(compare_metric(c, row), words, sizeof(words)));
	for (size_t i = 0; i < n; i++)
		say_machine(t, c, row, name, &list[i]);
}

/* What is proven, or differs from machine to machine. */
static bool is_said(const struct comparison *c, const struct compare_row *row)
{
	return row->d->verdict == VERDICT_WORSE || row->d->verdict == VERDICT_BETTER ||
	       machines_disagree(c, row);
}

void say_machines(struct document *d, const struct comparison *c, size_t set)
{
	const struct compare_row *row = NULL, *largest = NULL;
	struct doc_table *t;
	size_t said = 0;

	if (!machines_are_blocks(c, set))
		return;
	d->about = ABOUT_JUDGED;
	doc_add(d, BLOCK_HEADING, FOR_TEXT | FOR_MAIL,
		"On each machine, for information (the answer is that of all)");
	t = doc_table(d, FOR_ALL, "On each machine, for information", columns);
	while ((row = compare_next_judged(c, set, row))) {
		if (row->d->machines < 2)
			continue;
		if (!largest ||
		    fabs(row_ratio(row, row->d->change.estimate) - 1) >
			    fabs(row_ratio(largest, largest->d->change.estimate) - 1))
			largest = row;
		if (!is_said(c, row))
			continue;
		say_number(t, c, row);
		said++;
	}
	if (said == 0 && largest)
		say_number(t, c, largest);
	doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_PAGE,
		"Kernels are compared within each machine. p (agree): small where the change is not the same on all machines.");
}

void put_machines(struct json_out *out, json_object *o, const struct comparison *c,
		  const struct compare_row *row)
{
	CLEANUP_FREE struct machine_change *list = NULL;
	bool difference = row->d->difference;
	json_object *array;
	size_t n;

	if (row->d->machines < 2)
		return;
	json_put_number(out, o, "p_machines_agree", row->d->agree_adjusted);
	array = json_put_array(out, o, "machines");
	n = machines_changes(row->d, c->options->decide.level, &list);
	for (size_t i = 0; i < n; i++) {
		const struct machine_change *m = &list[i];
		json_object *of = json_put_object(out, array, NULL), *pair;
		double scale = difference ? 1 : 100;

		json_put_text(out, of, "machine", machine_name(c, m->machine));
		pair = json_put_array(out, of, "n");
		json_put_u64(out, pair, NULL, m->n[DECIDE_BASE]);
		json_put_u64(out, pair, NULL, m->n[DECIDE_NEW]);
		json_put_number(out, of, difference ? "difference" : "change_percent",
				scale * m->change.estimate);
		if (!isfinite(m->change.low) || !isfinite(m->change.high)) {
			json_put_null(out, of, difference ? "difference_ci" : "ci");
			continue;
		}
		pair = json_put_array(out, of, difference ? "difference_ci" : "ci");
		json_put_number(out, pair, NULL, scale * m->change.low);
		json_put_number(out, pair, NULL, scale * m->change.high);
	}
}
