// SPDX-License-Identifier: MIT
#include "show/faults.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/table.h"
#include "sets/cell.h"
#include "sets/stalls.h"
#include "show/record.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

static const struct {
	const char *metric, *head, *below;
} columns[] = {
	{ "faults", "faults", "" },	    { "fault_p50", "p50", "" },
	{ "fault_p90", "p90", "" },	    { "fault_p99", "p99", "" },
	{ "fault_mean", "mean", "" },	    { "stalls_1ms", "≥1ms", "/min" },
	{ "stalls_10ms", "≥10ms", "/min" }, { "stalls_100ms", "≥100ms", "/min" },
	{ "fault_time", "time", "" },	    { "fault_max", "longest", "of all" },
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

/* The thresholds from above: the first that any run reached is spoken of. */
static const struct {
	const char *metric, *words;
} thresholds[] = {
	{ "stalls_100ms", "100ms" },
	{ "stalls_10ms", "10ms" },
	{ "stalls_1ms", "1ms" },
};

#define THRESHOLDS (sizeof(thresholds) / sizeof(*thresholds))

static struct cell_value value_of(const struct sets *sets, const struct cell *cell,
				  const char *metric)
{
	return cell_value(cell, metrics_find(sets->metrics, metric));
}

/* The median, but the longest is that of all runs; "?" where not all runs tell. */
static const char *text_of(const struct sets *sets, const struct cell *cell,
			   const char *metric, char *buf, size_t size)
{
	size_t m = metrics_find(sets->metrics, metric);
	const struct metric *of = &sets->metrics->metric[m];
	struct cell_value v = cell_value(cell, m);
	char plain[CELL_SIZE];

	if (v.few > 0)
		snprintf(buf, size, "n<%" PRIu64, quantile_samples_needed(of->p));
	else if (v.n < cell->runs)
		snprintf(buf, size, "?");
	else if (of->unit == UNIT_PER_MINUTE)
		snprintf(buf, size, "%s", format_number(v.median, plain, sizeof(plain)));
	else
		value_text(of, of->kind == METRIC_FAULT_MAX ? v.high : v.median, buf,
			   size);
	return buf;
}

/* Whether runs of @cell made faults. */
static bool is_of_faults(const struct sets *sets, const struct cell *cell)
{
	return cell->runs > 0 && value_of(sets, cell, "faults").n > 0;
}

/* The one cell of @subtest; NULL: there is none, or there are several. */
static const struct cell *only_cell(const struct sets *sets, const struct set *set,
				    const char *subtest)
{
	const struct cell *found = NULL;

	for (size_t i = 0; i < set->cells; i++) {
		const struct cell *cell = &set->cell[i];

		if (strcmp(cell->subtest, subtest) != 0 || !is_of_faults(sets, cell))
			continue;
		if (found)
			return NULL;
		found = cell;
	}
	return found;
}

/* " [24.8 .. 30.9 over 5 runs]" behind the median of several, " in each of 5 runs". */
static void put_range(FILE *out, const struct cell_value *v)
{
	char low[32], high[32];

	if (v->n > 1 && v->low == v->high)
		fprintf(out, " in each of %zu runs", v->n);
	else if (v->n > 1)
		fprintf(out, " [%s .. %s over %zu runs]",
			format_number(v->low, low, sizeof(low)),
			format_number(v->high, high, sizeof(high)), v->n);
}

/* What is said first of thp: memory under DMA against the same memory merely locked. */
static void put_sentence(FILE *out, const struct sets *sets, const struct cell *pinned,
			 const struct cell *locked)
{
	struct cell_value a, b;
	char x[32], y[32];
	size_t t = 0;

	while (t + 1 < THRESHOLDS &&
	       !(value_of(sets, pinned, thresholds[t].metric).high > 0) &&
	       !(value_of(sets, locked, thresholds[t].metric).high > 0))
		t++;
	a = value_of(sets, pinned, thresholds[t].metric);
	b = value_of(sets, locked, thresholds[t].metric);
	fprintf(out, "thp-pinned against thp-locked: ");
	if (a.n < pinned->runs || b.n < locked->runs) {
		fprintf(out, "how often one stalls is not known");
		return;
	}
	fprintf(out, "%s stalls of %s or longer a CPU-minute",
		format_number(a.median, x, sizeof(x)), thresholds[t].words);
	put_range(out, &a);
	fprintf(out, " against %s", format_number(b.median, y, sizeof(y)));
	put_range(out, &b);
	a = value_of(sets, pinned, "fault_time");
	b = value_of(sets, locked, "fault_time");
	fprintf(out, "; %.3g%% of the time inside the fault against %.3g%%", a.median,
		b.median);
}

static void print_table(const struct sets *sets, const struct set *set)
{
	struct table t;
	bool unknown = false;

	table_init(&t, "lrrrrrrrrrr");
	table_row(&t);
	table_set(&t, 0, "faults");
	for (size_t c = 0; c < COLUMNS; c++)
		table_set(&t, 1 + c, "%s", c == 0 ? "made" : columns[c].head);
	table_row(&t);
	for (size_t c = 0; c < COLUMNS; c++)
		table_set(&t, 1 + c, "%s", columns[c].below);
	for (size_t i = 0; i < set->cells; i++) {
		const struct cell *cell = &set->cell[i];
		CLEANUP_FREE char *name = NULL;
		char buf[CELL_SIZE];

		if (!is_of_faults(sets, cell))
			continue;
		name = set_cell_name(set, cell);
		table_row(&t);
		table_set(&t, 0, "%s", name);
		for (size_t c = 0; c < COLUMNS; c++) {
			text_of(sets, cell, columns[c].metric, buf, sizeof(buf));
			table_set(&t, 1 + c, "%s", buf);
			unknown |= strcmp(buf, "?") == 0;
		}
	}
	table_print(&t, stdout, SHOW_WIDTH);
	if (unknown)
		print_wrapped(
			stdout,
			"?: a run was stopped early, or its longest faults went on after the window and its record, of before 1.4, does not say for how long",
			SHOW_WIDTH, 0, 0);
}

void show_faults(const struct sets *sets, const struct set *set)
{
	const struct cell *pinned = only_cell(sets, set, "thp-pinned");
	const struct cell *locked = only_cell(sets, set, "thp-locked");
	const struct cell *first = NULL;
	CLEANUP_FREE char *text = NULL;
	struct memstream m;
	char pace[32];

	for (size_t i = 0; i < set->cells && !first; i++)
		if (is_of_faults(sets, &set->cell[i]))
			first = &set->cell[i];
	if (!first)
		return;
	text = xasprintf(
		"The table above counts planned instants of thp, one every %s on each CPU: a long stall counts many times. The table below counts each fault once. /min: stalls per CPU-minute outside stalls. time: share of the time inside faults.",
		pace_text(&first->config, pace, sizeof(pace)));
	printf("\n");
	print_wrapped(stdout, text, SHOW_WIDTH, 0, 0);
	print_table(sets, set);
	if (!pinned || !locked)
		return;
	free(text);
	put_sentence(memstream_open(&m), sets, pinned, locked);
	text = memstream_close(&m);
	printf("\n");
	print_wrapped(stdout, text, SHOW_WIDTH, 0, 0);
}

/* A rate or a share of a record that may not tell it. */
static void put_number(struct table *t, size_t column, double x, const char *unit)
{
	char buf[32];

	if (isnan(x))
		table_set(t, column, "?");
	else
		table_set(t, column, "%s%s", format_number(x, buf, sizeof(buf)), unit);
}

void show_stalls(const struct record *r)
{
	static const uint64_t from[] = { NSEC_PER_SEC / 1000, NSEC_PER_SEC / 100,
					 NSEC_PER_SEC / 10 };
	double time = stalls_time_percent(r);
	struct table t;
	char buf[32];

	if (!stalls_are_known(r))
		return;
	table_init(&t, "lrrr");
	table_row(&t);
	table_set(&t, 0, "stalls");
	table_set(&t, 1, "count");
	table_set(&t, 2, "of faults");
	table_set(&t, 3, "a CPU-minute outside of them");
	for (size_t i = 0; i < sizeof(from) / sizeof(*from); i++) {
		double count = (double)stalls_count(r, from[i]);

		table_row(&t);
		table_set(&t, 0, "≥%s", format_duration(from[i], buf, sizeof(buf)));
		table_set(&t, 1, "%.0f", count);
		put_number(&t, 2, 100 * count / (double)r->woken.count, "%");
		put_number(&t, 3, stalls_per_minute(r, from[i]), "");
	}
	table_print(&t, stdout, SHOW_WIDTH);
	if (isnan(time))
		print_wrapped(stdout, stalls_unknown(r), SHOW_WIDTH,
			      (size_t)printf("?: "), 0);
	else
		printf("%.3g %% of the time was inside faults, %s each on average\n",
		       time,
		       format_time(whole_ns(distribution_mean(&r->woken)), buf,
				   sizeof(buf)));
}
