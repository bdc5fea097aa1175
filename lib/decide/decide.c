// SPDX-License-Identifier: MIT
#include "decide/decide.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "decide/row.h"
#include "decide/tail.h"
#include "stats/estimate.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* Upper limit of the search for the number of units that are needed. */
#define UNITS_MAX 1000

struct decide_options decide_defaults(void)
{
	return (struct decide_options){
		.alpha = .05,
		.level = .95,
		.power = .8,
		.blocks = BLOCKS_AUTO,
		.bad_runs = .2,
		.bad_boots = .25,
	};
}

/* The primary rows that have both sides, and what Holm makes of them. */
struct family {
	const struct decide_options *options;
	size_t n;
	struct row_test *
		*test; /* borrowed; a row without a p (it has zeros): one without row */
	double *p, *adjusted;
};

static bool in_family(const struct decide_row *row)
{
	return row->primary && row->side[DECIDE_BASE].n > 0 &&
	       row->side[DECIDE_NEW].n > 0;
}

/* Holm, if the p of test @i were @p. Returns the adjusted one. */
static double adjusted_with(const struct family *f, size_t i, double p, double *room)
{
	for (size_t k = 0; k < f->n; k++)
		room[k] = k == i ? p : f->p[k];
	holm(room, f->n, room);
	return room[i];
}

/* The level at which Holm's procedure tests @i, or stops before it. */
static double level_of(const struct family *f, size_t i)
{
	double alpha = f->options->alpha;
	size_t before = 0, proven = 0;

	for (size_t k = 0; k < f->n; k++) {
		before += f->p[k] < f->p[i] || (f->p[k] == f->p[i] && k < i);
		proven += f->adjusted[k] <= alpha;
	}
	return 1 - alpha / (double)(f->n - (f->adjusted[i] <= alpha ? before : proven));
}

/* The fewest units a side with which the first of @rows p-values can be small enough. */
static size_t least_units(double alpha, size_t rows)
{
	for (size_t n = 1; n <= UNITS_MAX; n++)
		if (mann_whitney_floor(n, n) <= alpha / (double)rows)
			return n;
	return 0;
}

/* What lies in how the units came about, whatever their values are. */
static enum decide_reason doubt_units(const struct decide_row *row,
				      const struct decide_options *o)
{
	if (row->unit == UNIT_ONE_BOOT && !o->allow_one_boot)
		return REASON_ONE_BOOT;
	if (row->unit == UNIT_BOOT && (row->side[DECIDE_BASE].n < DECIDE_BOOTS ||
				       row->side[DECIDE_NEW].n < DECIDE_BOOTS))
		return REASON_FEW_BOOTS;
	return REASON_NONE;
}

/* One boot a side cannot take turns, so who allows that does not ask for rounds. */
static bool is_in_order(const struct decide_row *row, const struct decide_options *o)
{
	return row->in_rounds || o->allow_order || row->unit == UNIT_ONE_BOOT;
}

/* What the values of @row say. @ranks: Holm's p, had ranks alone decided. */
static enum verdict read_values(struct decide_row *row, double ranks,
				const struct decide_options *o)
{
	bool moved = row->change.estimate != 0;

	if (row_within_margin(row)) {
		if (row->bad_share <= tail_excluded(row, o))
			return VERDICT_SAME;
		row->reason = REASON_TAIL;
	} else if (row->p_adjusted <= o->alpha && moved) {
		return (row->change.estimate > 0) != row->work ? VERDICT_WORSE
							       : VERDICT_BETTER;
	} else if (row->hopeless) {
		row->reason = REASON_FEW;
	} else {
		row->reason = ranks <= o->alpha && moved ? REASON_SPREAD : REASON_OPEN;
	}
	return VERDICT_UNCLEAR;
}

/* The verdict of a row that has a p. */
static void judge(struct decide_row *row, double ranks, const struct decide_options *o)
{
	row->reason = doubt_units(row, o);
	if (row->reason != REASON_NONE)
		return;
	row->verdict = read_values(row, ranks, o);
	if (row->verdict == VERDICT_UNCLEAR || is_in_order(row, o))
		return;
	row->verdict = VERDICT_UNCLEAR;
	row->reason = REASON_ORDER;
}

/* What depends on the other rows of the family. */
static void judge_family(const struct family *f)
{
	CLEANUP_FREE double *room = xcalloc(f->n, sizeof(*room));
	const struct decide_options *o = f->options;
	size_t least = least_units(o->alpha, f->n);

	holm(f->p, f->n, f->adjusted);
	for (size_t i = 0; i < f->n; i++) {
		const struct row_test *t = f->test[i];
		struct decide_row *row = t->row;

		if (!row)
			continue;
		row->p_adjusted = f->adjusted[i];
		row->family_level = level_of(f, i);
		row_test_interval(t, row->family_level, &row->family);
		row->hopeless = adjusted_with(f, i, row->floor, room) > o->alpha;
		judge(row, adjusted_with(f, i, t->rank_p, room), o);
		if (row->hopeless)
			row->least = least;
		if (row->reason == REASON_FEW_BOOTS && least > 0 &&
		    row->least < DECIDE_BOOTS)
			row->least = least > DECIDE_BOOTS ? least : DECIDE_BOOTS;
	}
}

/* Tests all rows that can be, and collects the family. */
static void test_rows(struct family *f, struct row_test *test, struct decide_row *row,
		      size_t n)
{
	size_t rows = 0;

	for (size_t i = 0; i < n; i++)
		rows += in_family(&row[i]);
	for (size_t i = 0; i < n; i++) {
		if (row_is_testable(&row[i]))
			row_test_run(&test[i], &row[i], rows, f->options);
		else if (row[i].primary)
			row[i].reason = in_family(&row[i]) ? REASON_ZEROS : REASON_EMPTY;
		if (!in_family(&row[i]))
			continue;
		f->p[f->n] = test[i].row ? row[i].p : 1;
		f->test[f->n++] = &test[i];
	}
}

/* Do machines agree? A question of its own, with a family of its own. */
static void adjust_agreement(struct decide_row *row, size_t n)
{
	CLEANUP_FREE double *p = xcalloc(n, sizeof(*p));
	size_t rows = 0, i, k = 0;

	for (i = 0; i < n; i++)
		if (!isnan(row[i].agree))
			p[rows++] = row[i].agree;
	holm(p, rows, p);
	for (i = 0; i < n; i++)
		if (!isnan(row[i].agree))
			row[i].agree_adjusted = p[k++];
}

static bool is_fraction(double x)
{
	return x > 0 && x < 1;
}

static bool are_valid(const struct decide_options *o)
{
	return is_fraction(2 * o->alpha) && is_fraction(o->level) &&
	       is_fraction(o->power) && o->bad_runs > 0 && o->bad_runs <= 1 &&
	       o->bad_boots > 0 && o->bad_boots <= 1;
}

int decide(struct decide_row *row, size_t n, const struct decide_options *options)
{
	CLEANUP_FREE struct row_test *test = xcalloc(n, sizeof(*test));
	CLEANUP_FREE struct row_test **of_family = xcalloc(n, sizeof(*of_family));
	CLEANUP_FREE double *p = xcalloc(2 * n, sizeof(*p));
	struct family f = {
		.options = options, .test = of_family, .p = p, .adjusted = p + n
	};

	if (!are_valid(options))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		int ret = row_look(&row[i]);

		if (ret < 0)
			return ret;
	}
	test_rows(&f, test, row, n);
	judge_family(&f);
	adjust_agreement(row, n);
	for (size_t i = 0; i < n; i++)
		row_test_free(&test[i]);
	return 0;
}

const char *verdict_name(enum verdict v)
{
	static const char *const name[] = {
		[VERDICT_NONE] = "",	     [VERDICT_SAME] = "same",
		[VERDICT_BETTER] = "better", [VERDICT_WORSE] = "worse",
		[VERDICT_MIXED] = "mixed",   [VERDICT_UNCLEAR] = "unclear",
	};

	return name[v];
}

const char *decide_reason_name(enum decide_reason reason)
{
	static const char *const name[DECIDE_REASONS] = {
		[REASON_NONE] = "",
		[REASON_EMPTY] = "empty",
		[REASON_ZEROS] = "zeros",
		[REASON_ONE_BOOT] = "one-boot",
		[REASON_FEW_BOOTS] = "few-boots",
		[REASON_ORDER] = "order",
		[REASON_TAIL] = "tail",
		[REASON_FEW] = "few",
		[REASON_SPREAD] = "spread",
		[REASON_OPEN] = "open",
	};

	return name[reason];
}

bool decide_bounded(const struct decide_row *row)
{
	const struct interval *i = &row->change;

	return row->difference ? isfinite(i->low) && isfinite(i->high)
			       : interval_bounded(i->low, i->high);
}

enum verdict decide_overall(const struct decide_row *row, size_t n)
{
	size_t count[VERDICT_UNCLEAR + 1] = { 0 }, primary = 0, faster = 0;

	for (size_t i = 0; i < n; i++) {
		count[row[i].verdict]++;
		primary += row[i].primary;
		faster += row[i].verdict == VERDICT_BETTER && !row[i].work;
	}
	if (primary == 0)
		return VERDICT_NONE;
	if (count[VERDICT_WORSE] > 0)
		return count[VERDICT_BETTER] > 0 ? VERDICT_MIXED : VERDICT_WORSE;
	if (count[VERDICT_BETTER] > 0)
		return faster > 0 ? VERDICT_BETTER : VERDICT_MIXED;
	return count[VERDICT_SAME] == primary ? VERDICT_SAME : VERDICT_UNCLEAR;
}

enum verdict decide_sets(const enum verdict *set, size_t n)
{
	static const enum verdict first[] = { VERDICT_WORSE, VERDICT_MIXED,
					      VERDICT_BETTER };
	size_t count[VERDICT_UNCLEAR + 1] = { 0 };

	for (size_t i = 0; i < n; i++)
		count[set[i]]++;
	if (count[VERDICT_NONE] == n)
		return VERDICT_NONE;
	for (size_t k = 0; k < sizeof(first) / sizeof(*first); k++)
		if (count[first[k]] > 0)
			return first[k];
	return count[VERDICT_UNCLEAR] > 0 ? VERDICT_UNCLEAR : VERDICT_SAME;
}
