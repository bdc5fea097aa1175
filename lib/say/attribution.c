// SPDX-License-Identifier: MIT
#include "say/attribution.h"

#include <inttypes.h>
#include <stdio.h>

#include "summary/words.h"
#include "sets/cell.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* What one of the runs could not see is unexplained for all. */
static void forget(struct attribution_split *split, unsigned int seen)
{
	for (int i = 0; i < CAUSES; i++) {
		if (seen & 1u << i)
			continue;
		split->unexplained_ns += split->cause_ns[i];
		split->cause_ns[i] = 0;
	}
}

size_t compare_attribution(const struct cell *cell, struct compare_attribution *a)
{
	return compare_attribution_on(cell, ALL_MACHINES, a);
}

size_t compare_attribution_on(const struct cell *cell, size_t machine,
			      struct compare_attribution *a)
{
	*a = (struct compare_attribution){ .seen = ~0u };
	for (size_t i = 0; i < cell->runs; i++) {
		const struct run *run = &cell->run[i];

		if (!run->attributed || !run_is_on(run, machine))
			continue;
		a->runs++;
		a->seen &= run->seen;
		attribution_split_merge(&a->all, &run->all);
		attribution_split_merge(&a->slow, &run->slow);
	}
	forget(&a->all, a->seen);
	forget(&a->slow, a->seen);
	return a->runs;
}

static const char *slow_text(const struct cell *cell, char *buf, size_t size)
{
	struct compare_attribution a;
	char parts[300], time[32];

	if (compare_attribution(cell, &a) == 0 || a.slow.count == 0)
		snprintf(buf, size, "not recorded");
	else
		snprintf(buf, size, "%s on average: %s",
			 format_time(a.slow.total_ns / a.slow.count, time, sizeof(time)),
			 attribution_describe(&a.slow, a.seen, parts, sizeof(parts)));
	return buf;
}

static bool has_attribution(const struct comparison *c, size_t s)
{
	struct compare_attribution a;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));)
		for (int side = 0; side < DECIDE_SIDES; side++)
			if (compare_attribution(row->cell[side], &a) > 0)
				return true;
	return false;
}

static struct doc_table *say_table(struct document *d)
{
	static const struct doc_column columns[] = {
		PAGE_COLUMN(COLUMN_SET, "set"),
		PAGE_COLUMN(COLUMN_WORDS, "subtest"),
		PAGE_COLUMN(COLUMN_NUMBER, "runs", .hint = "that recorded it"),
		PAGE_COLUMN(COLUMN_NUMBER, "slow samples",
			    .hint = "the largest hundredth of each run"),
		PAGE_COLUMN(COLUMN_NUMBER, "mean", .hint = "latency of these"),
		PAGE_COLUMN(COLUMN_FIGURE, "of their time"),
		PAGE_COLUMN(COLUMN_WORDS, "went to"),
	};

	return doc_table(d, FOR_PAGE, "Time of the slow samples by cause", columns);
}

static void say_cell(struct doc_table *t, const struct comparison *c, size_t set,
		     const struct cell *cell)
{
	struct compare_attribution a;
	CLEANUP_FREE char *name = NULL;
	char buf[300];

	if (compare_attribution(cell, &a) == 0 || a.slow.total_ns == 0)
		return;
	name = set_cell_name(c->set[set], cell);
	doc_set_row(t, c->set[set]->name, set);
	doc_cell(t, "%s", name);
	doc_cell(t, "%zu", a.runs);
	doc_cell(t, "%" PRIu64, a.slow.count);
	doc_cell(t, "%s", format_time(a.slow.total_ns / a.slow.count, buf, sizeof(buf)));
	doc_cell(t, "%s", "")->drawn = cell;
	doc_cell(t, "%s", attribution_describe(&a.slow, a.seen, buf, sizeof(buf)));
}

/* What the parts of a page about all sets begin with. */
static void begin_attribution(struct document *d)
{
	size_t set = d->set;

	for (size_t i = 0; i < d->n; i++)
		if (d->block[i].about == ABOUT_ATTRIBUTION && d->block[i].form & FOR_PAGE)
			return;
	d->set = 0;
	doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE,
		"The slowest 1%% of the samples of each run, as the kernel accounts for their time. A timer sleeps until it is woken: time before the wake-up, and the way back from the kernel, are unexplained.");
	doc_add(d, BLOCK_FIGURE, FOR_PAGE, "%s", "");
	d->set = set;
}

void say_attribution(struct document *d, const struct comparison *c, size_t set)
{
	static const char *const side[] = { "base", "new" };
	const struct cell *before = NULL;
	struct doc_table *t;
	char buf[LINE_SIZE];

	d->about = ABOUT_ATTRIBUTION;
	if (!has_attribution(c, set))
		return;
	begin_attribution(d);
	t = say_table(d);
	doc_add(d, BLOCK_HEADING, FOR_TEXT | FOR_MARKDOWN,
		"Where the time of the slow samples went (the largest hundredth)");
	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, set, row));) {
		for (int k = 0; row->cell[0] != before && k < DECIDE_SIDES; k++) {
			doc_lead(doc_add(d, BLOCK_ENTRY, FOR_TEXT | FOR_MARKDOWN, "%s",
					 slow_text(row->cell[k], buf, sizeof(buf))),
				 side[k], TONE_NONE);
			d->block[d->n - 1].name = compare_cell_name(c, row->cell[0]);
			say_cell(t, c, k ? set : 0, row->cell[k]);
		}
		before = row->cell[0];
	}
}

void say_attributions(struct document *d, const struct comparison *c)
{
	struct compare_attribution a;
	struct doc_table *t = NULL;

	d->about = ABOUT_ATTRIBUTION;
	for (size_t s = 0; s < c->sets; s++) {
		for (size_t i = 0; i < c->set[s]->cells; i++) {
			if (compare_attribution(&c->set[s]->cell[i], &a) == 0)
				continue;
			begin_attribution(d);
			t = t ? t : say_table(d);
			say_cell(t, c, s, &c->set[s]->cell[i]);
		}
	}
}
