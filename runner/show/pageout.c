// SPDX-License-Identifier: MIT
#include "show/pageout.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/table.h"
#include "sets/cell.h"
#include "show/record.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

enum column { SUBTEST, BY, OF, CALLS, FREED, UNMAPPED, P50, P90, MAX, WAITED };

static void set_head(struct table *t)
{
	static const char *const head[] = {
		[SUBTEST] = "paged out", [BY] = "by",	    [OF] = "of",
		[CALLS] = "calls",	 [FREED] = "freed", [UNMAPPED] = "unmapped",
		[P50] = "p50",		 [P90] = "p90",	    [MAX] = "max",
		[WAITED] = "waited",
	};

	table_init(t, "lllrrrrrrr");
	table_row(t);
	for (size_t c = 0; c <= WAITED; c++)
		table_set(t, c, "%s", head[c]);
}

static void explain(void)
{
	printf("\n");
	print_wrapped(
		stdout,
		"freed, unmapped: the share of the pages that were gone from memory when the call returned, and that were in memory still though their owner had them mapped no more (written to swap, or unmapped in vain); all others were left as they were. waited: the share of the time that the caller was not on a CPU.",
		SHOW_WIDTH, 0, 0);
}

static void set_time(struct table *t, size_t column, double ns)
{
	char buf[32];

	table_set(t, column, "%s", format_time(whole_ns(ns), buf, sizeof(buf)));
}

static struct cell_value value_of(const struct sets *sets, const struct cell *cell,
				  const char *row, const char *what)
{
	char name[sizeof(((struct metric *)NULL)->name)];

	snprintf(name, sizeof(name), "%s %s", row, what);
	return cell_value(cell, metrics_find(sets->metrics, name));
}

/* Row @row ("owner page") of @cell, unless it has none. */
static void put_row(struct table *t, const struct sets *sets, const struct set *set,
		    const struct cell *cell, const char *row)
{
	CLEANUP_FREE char *name = set_cell_name(set, cell);
	struct cell_value calls = value_of(sets, cell, row, "calls"), v;
	static const struct {
		const char *what;
		size_t column;
		double p;
	} times[] = { { "p50", P50, .5 }, { "p90", P90, .9 }, { "max", MAX, 0 } };

	if (calls.n == 0)
		return;
	table_row(t);
	table_set(t, SUBTEST, "%s", name);
	table_set(t, BY, "%.*s", (int)strcspn(row, " "), row);
	table_set(t, OF, "%s", row + strcspn(row, " ") + 1);
	table_set(t, CALLS, "%.0f", calls.median);
	if (calls.median == 0)
		return;
	table_set(t, FREED, "%.0f%%", value_of(sets, cell, row, "freed").median);
	table_set(t, UNMAPPED, "%.0f%%", value_of(sets, cell, row, "unmapped").median);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		v = value_of(sets, cell, row, times[i].what);
		if (v.n > 0 && v.few == 0)
			set_time(t, times[i].column, v.median);
		else
			table_set(t, times[i].column, "n<%" PRIu64,
				  quantile_samples_needed(times[i].p));
	}
	table_set(t, WAITED, "%.0f%%", value_of(sets, cell, row, "waited").median);
}

void show_pageout(const struct sets *sets, const struct set *set)
{
	struct table t;
	bool any = false;

	for (size_t i = 0; i < set->cells; i++)
		for (const char *const *row = metric_pageout_rows; *row; row++)
			any |= value_of(sets, &set->cell[i], *row, "calls").n > 0;
	if (!any)
		return;
	explain();
	set_head(&t);
	for (size_t i = 0; i < set->cells; i++)
		for (const char *const *row = metric_pageout_rows; *row; row++)
			put_row(&t, sets, set, &set->cell[i], *row);
	table_print(&t, stdout, SHOW_WIDTH);
}

static void put_quantile(struct table *t, size_t column, const struct distribution *d,
			 double p)
{
	if (distribution_supports(d, p))
		set_time(t, column, (double)distribution_quantile(d, p));
	else
		table_set(t, column, "n<%" PRIu64, quantile_samples_needed(p));
}

void show_pageout_of(const struct record *r)
{
	char buf[64];
	struct table t;

	if (r->pageout.rows == 0)
		return;
	explain();
	set_head(&t);
	for (size_t i = 0; i < r->pageout.rows; i++) {
		const struct record_pageout_row *row = &r->pageout.row[i];
		const struct distribution *d = &row->time;
		double pages =
			(double)row->kept + (double)row->unmapped + (double)row->freed;

		table_row(&t);
		table_set(&t, BY, "%s", printable(row->way, buf, sizeof(buf)));
		table_set(&t, OF, "%s", printable(row->unit, buf, sizeof(buf)));
		table_set(&t, CALLS, "%" PRIu64, d->count);
		if (d->count == 0)
			continue;
		if (pages > 0) {
			table_set(&t, FREED, "%.0f%%", 100 * (double)row->freed / pages);
			table_set(&t, UNMAPPED, "%.0f%%",
				  100 * (double)row->unmapped / pages);
		}
		put_quantile(&t, P50, d, 0.5);
		put_quantile(&t, P90, d, 0.9);
		set_time(&t, MAX, (double)d->max);
		if (d->sum > 0)
			table_set(&t, WAITED, "%.0f%%",
				  100 * fmin(1, (double)row->waited_ns / (double)d->sum));
	}
	table_print(&t, stdout, SHOW_WIDTH);
}
