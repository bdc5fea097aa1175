// SPDX-License-Identifier: MIT
#include "decide/row.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "decide/machines.h"
#include "decide/tail.h"
#include "stats/estimate.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/*
 * Rounds are used where the least p that they can give is this many times smaller than the
 * family asks for: where only one order of all would do, hardly any change is found.
 */
#define FLOOR_ROOM 4

/* Infinite values are so many times farther out than the finite ones are from each other. */
#define BEYOND 1e6

int row_look(struct decide_row *row)
{
	row->zeros = row->exact = row->hopeless = row->in_rounds = row->welch = false;
	row->change = row->family = (struct interval){ NAN, NAN, NAN };
	row->equal_low = row->equal_high = row->family_level = NAN;
	row->p = row->p_adjusted = row->floor = row->detectable = row->bad_share = NAN;
	row->least = row->rounds = row->needed = row->same_least = row->machines = 0;
	row->agree = row->agree_adjusted = NAN;
	row->verdict = row->primary ? VERDICT_UNCLEAR : VERDICT_NONE;
	row->reason = REASON_NONE;
	for (int side = 0; side < DECIDE_SIDES; side++) {
		const struct decide_side *s = &row->side[side];

		row->tau[side] = row->drift[side] = row->spread[side] = NAN;
		row->bad[side] = 0;
		for (size_t i = 0; i < s->n; i++) {
			if (isnan(s->value[i]))
				return -EINVAL;
			row->zeros |= s->value[i] <= 0;
		}
		row->median[side] = median(s->value, s->n);
	}
	if (!(row->absolute >= 0 && isfinite(row->absolute)))
		return -EINVAL;
	return row->primary && !(row->margin > 0 && isfinite(row->margin)) ? -EINVAL : 0;
}

bool row_is_testable(const struct decide_row *row)
{
	return row->side[DECIDE_BASE].n > 0 && row->side[DECIDE_NEW].n > 0 &&
	       (row->difference || !row->zeros);
}

/* @relative of the median of the base, but no less than is asked for; of a difference. */
static double absolute_margin(const struct decide_row *row, double relative)
{
	double of_base = relative * fabs(row->median[DECIDE_BASE]);

	return isfinite(of_base) ? fmax(of_base, row->absolute) : row->absolute;
}

bool row_within_margin(const struct decide_row *row)
{
	double more = row->margin, less = row->margin / (1 + row->margin);

	if (row->difference) {
		more = absolute_margin(row, more);
		less = absolute_margin(row, less);
	}
	return row->equal_low >= -less && row->equal_high <= more;
}

/* The margin on the scale of the test. */
static double scaled_margin(const struct decide_row *row)
{
	return row->difference ? absolute_margin(row, row->margin) : log1p(row->margin);
}

/* Does the metric rise or fall while the units of a side go on? */
static void find_drift(struct row_test *t, int side)
{
	const struct decide_side *s = &t->row->side[side];
	CLEANUP_FREE double *start = NULL, *value = NULL;
	struct rank_p result;

	if (!s->start || s->n < 3)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (!isfinite(s->start[i]))
			return;
	start = xmemdup(s->start, s->n * sizeof(*start));
	value = xmemdup(t->level[side], s->n * sizeof(*value));
	gsl_sort2(start, 1, value, 1, s->n);
	for (size_t i = 1; i < s->n; i++)
		if (start[i] == start[i - 1])
			return; /* there is no order */
	kendall_drift(value, s->n, &t->row->tau[side], &result);
	t->row->drift[side] = result.p;
}

/* Replaces infinite values by such as are farther out than any other, and knows them again. */
static void replace_infinite(struct row_test *t)
{
	double least = INFINITY, most = -INFINITY, beyond;

	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < t->logs.n[side]; i++) {
			double value = t->logs.value[side][i];

			if (isinf(value))
				continue;
			least = fmin(least, value);
			most = fmax(most, value);
		}
	}
	if (least > most)
		least = most = 0;
	beyond = BEYOND * (1 + most - least);
	t->infinite = beyond / 1e3;
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < t->logs.n[side]; i++) {
			double *value = &t->logs.value[side][i];

			if (isinf(*value))
				*value = *value > 0 ? most + beyond : least - beyond;
		}
	}
}

static bool has_infinite(const struct decide_row *row)
{
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < row->side[side].n; i++)
			if (isinf(row->side[side].value[i]))
				return true;
	return false;
}

/* Each machine is a block, or several. */
static void take_machines(struct row_test *t)
{
	struct rounds *r = &t->logs;

	for (int side = 0; side < DECIDE_SIDES; side++)
		r->machine[side] = xcalloc(r->n[side], sizeof(*r->machine[side]));
	t->row->in_rounds = machines_blocks(r, t->row, t->options->blocks);
}

/* Takes the values of @row on the scale of the test, and their rounds. */
static void take_values(struct row_test *t)
{
	struct decide_row *row = t->row;
	struct rounds *r = &t->logs;

	for (int side = 0; side < DECIDE_SIDES; side++) {
		r->n[side] = row->side[side].n;
		r->value[side] = xcalloc(r->n[side], sizeof(*r->value[side]));
		r->round[side] = xcalloc(r->n[side], sizeof(*r->round[side]));
		for (size_t i = 0; i < r->n[side]; i++)
			r->value[side][i] = row->difference
						    ? row->side[side].value[i]
						    : log(row->side[side].value[i]);
	}
	replace_infinite(t);
	row->machines = machines_count(row);
	if (row->machines > 1)
		take_machines(t);
	for (int side = 0; side < DECIDE_SIDES; side++)
		t->level[side] = xcalloc(r->n[side], sizeof(*t->level[side]));
	machines_level(r, t->level);
	if (!row->primary || row->machines > 1)
		return;
	r->count = rounds_find(row, r->round[DECIDE_BASE], r->round[DECIDE_NEW]);
	row->in_rounds = r->count > 1;
	if (t->options->blocks == BLOCKS_AUTO)
		rounds_join(r);
}

/* Whether the units shall be compared within their rounds: never by their values. */
static bool use_rounds(const struct row_test *t, double alpha)
{
	/* The interval of a row that is not judged is not worth the time. */
	if (!t->row->primary)
		return false;
	if (t->row->machines > 1)
		return true;
	if (t->options->blocks == BLOCKS_NONE || t->logs.count < 2)
		return false;
	return t->options->blocks == BLOCKS_ROUNDS ||
	       FLOOR_ROOM * rounds_floor(&t->logs) <= alpha;
}

/* Whether side @side has only zeros. Of what cannot be less, more spread is more. */
static bool is_nothing(const struct row_test *t, int side)
{
	const struct decide_side *s = &t->row->side[side];
	bool nothing = t->row->difference;

	for (size_t i = 0; i < s->n; i++)
		nothing &= s->value[i] == 0;
	return nothing;
}

/*
 * Counts and shares spread more where they are larger, square roots of them about as much everywhere
 * (M. S. Bartlett, Suppl. J. R. Stat. Soc. 3 (1936), doi 10.2307/2983678). Spreads are compared so.
 */
static double to_root(const struct decide_row *row, double value)
{
	return row->difference ? copysign(sqrt(fabs(value)), value) : value;
}

/* A shift of roots, as one of values: what it makes of the median of the base. */
static double from_root(const struct row_test *t, double shift)
{
	double base, root;

	if (!t->row->difference)
		return shift;
	base = median(t->logs.value[DECIDE_BASE], t->logs.n[DECIDE_BASE]);
	root = to_root(t->row, base) + shift;
	return root * fabs(root) - base;
}

/* Whether ranks are not enough. */
static void compare_spreads(struct row_test *t)
{
	struct rounds roots = t->logs;
	CLEANUP_FREE double *all = xcalloc(2 * (roots.n[0] + roots.n[1]), sizeof(*all));
	double *spread = t->row->spread, *level[DECIDE_SIDES], *next = all;

	for (int side = 0; side < DECIDE_SIDES; side++) {
		roots.value[side] = next;
		level[side] = next + roots.n[side];
		next += 2 * roots.n[side];
		for (size_t i = 0; i < roots.n[side]; i++)
			roots.value[side][i] = to_root(t->row, t->logs.value[side][i]);
	}
	machines_level(&roots, level);
	for (int side = 0; side < DECIDE_SIDES; side++)
		spread[side] = robust_spread(level[side], roots.n[side]);
	if (!(spread[0] >= 0 && spread[1] >= 0) || is_nothing(t, DECIDE_BASE) ||
	    is_nothing(t, DECIDE_NEW) ||
	    !spreads_matter(spread[0], roots.n[0], spread[1], roots.n[1]))
		return;
	for (int side = 0; side < DECIDE_SIDES; side++)
		pull_in_outliers(level[side], level[side], roots.n[side], spread[side]);
	t->row->welch =
		welch_init(&t->welch, level[0], roots.n[0], level[1], roots.n[1]) == 0;
	welch_be_careful(&t->welch, spread[0], roots.n[0], spread[1], roots.n[1]);
}

/* The same where values that were replaced by others are infinite. */
static double change_of(const struct row_test *t, double shift)
{
	if (fabs(shift) > t->infinite)
		shift = shift > 0 ? INFINITY : -INFINITY;
	return shift_as_change(t->row, shift);
}

/* Of counts and shares no difference is farther from 0 than the largest value. */
static void bound(const struct row_test *t, struct interval *shift)
{
	const struct rounds *r = &t->logs;
	double least = 0, most[2] = { 0 };

	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < r->n[side]; i++) {
			least = fmin(least, r->value[side][i]);
			most[side] = fmax(most[side], r->value[side][i]);
		}
	}
	if (!t->row->difference || least < 0)
		return;
	shift->low = fmax(shift->low, -most[0]);
	shift->high = fmin(shift->high, most[1]);
}

void row_test_interval(const struct row_test *t, double level, struct interval *change)
{
	const struct rounds *r = &t->logs;

	if (t->within)
		inversion_interval(t->inversion, level, change);
	else
		hodges_lehmann(change, t->level[0], r->n[0], t->level[1], r->n[1], level);
	if (t->row->welch) {
		double reach = welch_reach(&t->welch, level);

		change->low = fmin(change->low, from_root(t, t->welch.shift - reach));
		change->high = fmax(change->high, from_root(t, t->welch.shift + reach));
		bound(t, change);
	}
	change->estimate = change_of(t, change->estimate);
	change->low = change_of(t, change->low);
	change->high = change_of(t, change->high);
}

static void find_p(struct row_test *t)
{
	const struct rounds *r = &t->logs;
	struct decide_row *row = t->row;
	struct rank_p rank;

	if (t->within)
		blocked_rank_test(&rank, r->value[0], r->round[0], r->n[0], r->value[1],
				  r->round[1], r->n[1]);
	else
		mann_whitney(&rank, r->value[0], r->n[0], r->value[1], r->n[1]);
	row->floor = t->within ? rounds_floor(r) : mann_whitney_floor(r->n[0], r->n[1]);
	row->p = t->rank_p = rank.p;
	row->exact = rank.exact;
	if (row->welch) {
		/* Both have to show a change, and in the same direction. */
		double p = t->welch.shift * row->change.estimate < 0 ? 1
								     : welch_p(&t->welch);

		row->exact &= p <= rank.p;
		row->p = fmax(p, rank.p);
	}
}

/* What the row could have shown, and would need. */
static void find_power(struct row_test *t, double alpha)
{
	double deviation = rounds_deviation(&t->logs, t->within), shift;
	const struct decide_options *o = t->options;
	struct decide_row *row = t->row;

	if (!(deviation >= 0) || has_infinite(row) || (row->difference && deviation == 0))
		return;
	shift = detectable_shift(deviation, t->logs.n[0], t->logs.n[1], alpha, o->power);
	row->detectable = shift_as_change(row, shift);
	row->needed = runs_needed(deviation, scaled_margin(row), alpha, o->power);
}

void row_test_run(struct row_test *t, struct decide_row *row, size_t rows,
		  const struct decide_options *options)
{
	double alpha = options->alpha / (double)rows;
	struct interval equal;

	*t = (struct row_test){ .row = row, .options = options, .rank_p = NAN };
	take_values(t);
	t->within = use_rounds(t, alpha);
	t->inversion = t->within ? inversion_new(&t->logs) : NULL;
	row->rounds = t->within ? t->logs.count : 0;
	compare_spreads(t);
	row_test_interval(t, options->level, &row->change);
	if (!row->primary)
		return;
	row_test_interval(t, 1 - 2 * options->alpha, &equal);
	row->equal_low = equal.low;
	row->equal_high = equal.high;
	find_p(t);
	find_power(t, alpha);
	if (row->machines > 1)
		row->agree = machines_agree(&t->logs, rounds_machine_shift(&t->logs));
	tail_find(row, &t->logs, t->within, scaled_margin(row), options);
	row->same_least = tail_least(row, options);
	for (int side = 0; side < DECIDE_SIDES; side++)
		find_drift(t, side);
}

void row_test_free(struct row_test *t)
{
	for (int side = 0; side < DECIDE_SIDES; side++) {
		free(t->logs.value[side]);
		free(t->logs.round[side]);
		free(t->logs.machine[side]);
		free(t->level[side]);
	}
	inversion_free(t->inversion);
}
