// SPDX-License-Identifier: MIT
#include "decide/decide.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "decide/rounds.h"
#include "stats/estimate.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* Upper limit of the search for the number of units that are needed. */
#define UNITS_MAX 1000

/*
 * Rounds are used where the least p that they can give is this many times smaller than the
 * family asks for: where only one order of all would do, hardly any change is found.
 */
#define FLOOR_ROOM 4

const char *verdict_name(enum verdict v)
{
	static const char *const name[] = {
		[VERDICT_NONE] = "",	     [VERDICT_SAME] = "same",
		[VERDICT_BETTER] = "better", [VERDICT_WORSE] = "worse",
		[VERDICT_MIXED] = "mixed",   [VERDICT_UNCLEAR] = "unclear",
	};

	return name[v];
}

struct decide_options decide_defaults(void)
{
	return (struct decide_options){
		.alpha = 0.05, .level = 0.95, .power = 0.8, .blocks = BLOCKS_AUTO
	};
}

/* The logarithms of one row's values (of a difference, the values), and what is asked of them. */
struct task {
	const struct decide_options *options;
	size_t rows; /* its share of alpha is 1 / rows: those of its family times the families */
	struct rounds logs;
};

/* Empties the answers of @row, and fills what needs no test. */
static int row_look(struct decide_row *row)
{
	row->zeros = row->exact = row->hopeless = false;
	row->change = (struct interval){ NAN, NAN, NAN };
	row->equal_low = row->equal_high = NAN;
	row->p = row->p_adjusted = row->floor = row->detectable = NAN;
	row->least = row->rounds = row->needed = 0;
	row->verdict = row->primary ? VERDICT_UNCLEAR : VERDICT_NONE;
	for (int side = 0; side < DECIDE_SIDES; side++) {
		const struct decide_side *s = &row->side[side];

		row->median[side] = row->tau[side] = row->drift[side] = NAN;
		for (size_t i = 0; i < s->n; i++) {
			if (!isfinite(s->value[i]))
				return -EINVAL;
			row->zeros |= s->value[i] <= 0;
		}
		row->median[side] = median(s->value, s->n);
		if (s->n > 0 && isnan(row->median[side]))
			return -EINVAL;
	}
	return row->primary && !(row->margin > 0 && isfinite(row->margin)) ? -EINVAL : 0;
}

/* Does the metric rise or fall while the units of a side go on? */
static void find_drift(struct decide_row *row, int side)
{
	const struct decide_side *s = &row->side[side];
	CLEANUP_FREE double *start = NULL, *value = NULL;
	struct rank_p result;

	if (!s->start || s->n < 3)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (!isfinite(s->start[i]))
			return;
	start = xmemdup(s->start, s->n * sizeof(*start));
	value = xmemdup(s->value, s->n * sizeof(*value));
	gsl_sort2(start, 1, value, 1, s->n);
	for (size_t i = 1; i < s->n; i++)
		if (start[i] == start[i - 1])
			return; /* there is no order */
	kendall_drift(value, s->n, &row->tau[side], &result);
	row->drift[side] = result.p;
}

/*
 * Standard deviation of one unit's logarithm, pooled over both sides: what is left when the
 * side's mean (and, where @r is aligned, the round's) is taken away. NAN: nothing is left over.
 */
static double pooled_deviation(const struct rounds *r, bool aligned)
{
	double squares = 0, freedom = (double)(r->n[0] + r->n[1]) - 1 -
				      (aligned ? (double)r->count : 1);

	for (int side = 0; side < 2; side++) {
		double mean = 0;

		for (size_t i = 0; i < r->n[side]; i++)
			mean += r->value[side][i] / (double)r->n[side];
		for (size_t i = 0; i < r->n[side]; i++)
			squares += pow(r->value[side][i] - mean, 2);
	}
	return freedom > 0 ? sqrt(squares / freedom) : NAN;
}

/* Whether the units of @row shall be compared within their rounds: never by their values. */
static bool use_rounds(const struct decide_row *row, const struct task *t)
{
	/* The interval of a row that is not judged is not worth the time. */
	if (t->options->blocks == BLOCKS_NONE || t->logs.count < 2 || !row->primary)
		return false;
	return t->options->blocks == BLOCKS_ROUNDS ||
	       FLOOR_ROOM * rounds_floor(&t->logs) <= t->options->alpha / (double)t->rows;
}

static void test_within_rounds(struct decide_row *row, struct rank_p *p,
			       const struct task *t)
{
	const struct rounds *r = &t->logs;
	struct interval equal;

	row->rounds = r->count;
	rounds_shift(&row->change, r, t->options->level);
	rounds_shift(&equal, r, 1 - 2 * t->options->alpha);
	row->equal_low = equal.low;
	row->equal_high = equal.high;
	blocked_rank_test(p, r->value[0], r->round[0], r->n[0], r->value[1], r->round[1],
			  r->n[1]);
	/* The test needs no more of them, and what is left is the spread within rounds. */
	rounds_align(r);
}

static void test_all_with_all(struct decide_row *row, struct rank_p *p,
			      const struct task *t)
{
	const struct rounds *r = &t->logs;
	struct interval equal;

	hodges_lehmann(&row->change, r->value[0], r->n[0], r->value[1], r->n[1],
		       t->options->level);
	if (!row->primary)
		return;
	hodges_lehmann(&equal, r->value[0], r->n[0], r->value[1], r->n[1],
		       1 - 2 * t->options->alpha);
	row->equal_low = equal.low;
	row->equal_high = equal.high;
	mann_whitney(p, r->value[0], r->n[0], r->value[1], r->n[1]);
}

/* What a primary row needed to show, and would need. */
static void find_power(struct decide_row *row, const struct rank_p *p, double deviation,
		       const struct task *t)
{
	const struct decide_options *o = t->options;
	double alpha = o->alpha / (double)t->rows;

	row->p = p->p;
	row->exact = p->exact;
	row->floor = row->rounds > 0 ? rounds_floor(&t->logs)
				     : mann_whitney_floor(t->logs.n[0], t->logs.n[1]);
	if (row->difference || !(deviation >= 0))
		return;
	row->detectable = expm1(
		detectable_shift(deviation, t->logs.n[0], t->logs.n[1], alpha, o->power));
	row->needed = runs_needed(deviation, log1p(row->margin), alpha, o->power);
}

static void test_logs(struct decide_row *row, const struct task *t)
{
	struct rank_p p;
	bool within = use_rounds(row, t);

	(within ? test_within_rounds : test_all_with_all)(row, &p, t);
	if (row->primary)
		find_power(row, &p, pooled_deviation(&t->logs, within), t);
	if (row->difference)
		return;
	row->change.estimate = expm1(row->change.estimate);
	row->change.low = expm1(row->change.low);
	row->change.high = expm1(row->change.high);
	row->equal_low = expm1(row->equal_low);
	row->equal_high = expm1(row->equal_high);
}

/* What was looked at has values and options with which no test fails. */
static void row_test(struct decide_row *row, size_t rows,
		     const struct decide_options *options)
{
	size_t n = row->side[DECIDE_BASE].n, m = row->side[DECIDE_NEW].n;
	CLEANUP_FREE double *value = xcalloc(n + m, sizeof(*value));
	CLEANUP_FREE unsigned int *round = xcalloc(n + m, sizeof(*round));
	struct task t = {
		.options = options,
		.rows = rows,
		.logs = {
			.n = { n, m },
			.value = { value, value + n },
			.round = { round, round + n },
		},
	};

	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < row->side[side].n; i++)
			t.logs.value[side][i] = row->difference
							? row->side[side].value[i]
							: log(row->side[side].value[i]);
	t.logs.count = rounds_find(row, round, round + n);
	if (options->blocks == BLOCKS_AUTO)
		rounds_join(&t.logs);
	for (int side = 0; side < DECIDE_SIDES && row->primary; side++)
		find_drift(row, side);
	test_logs(row, &t);
}

static bool is_fraction(double x)
{
	return x > 0 && x < 1;
}

static bool has_both(const struct decide_row *row)
{
	return row->side[DECIDE_BASE].n > 0 && row->side[DECIDE_NEW].n > 0;
}

/* Latencies, then work: each is corrected for by itself. */
enum { FAMILY_LATENCY, FAMILY_WORK, FAMILIES };

static bool in_family(const struct decide_row *row, int family)
{
	return row->primary && has_both(row) && row->work == (family == FAMILY_WORK);
}

/* A family whose rows are judged. */
struct family {
	int which;
	size_t rows;
	double times; /* how many families share alpha */
};

/* Holm over the family @f; a row without a p (it has zeros) counts as 1. @lowered (may be NULL) is taken as if its p were its floor. */
static void adjust(const struct decide_row *row, size_t n, const struct family *f,
		   const struct decide_row *lowered, double *p, double *adjusted)
{
	size_t rows = 0;

	for (size_t i = 0; i < n; i++)
		if (in_family(&row[i], f->which))
			p[rows++] = &row[i] == lowered ? row[i].floor
				    : isnan(row[i].p)  ? 1
						       : row[i].p;
	holm(p, rows, adjusted);
	for (size_t i = 0; i < rows; i++)
		adjusted[i] = fmin(1, f->times * adjusted[i]);
}

/* The fewest units a side with which the first of @rows p-values can be small enough. */
static size_t least_units(double alpha, double rows)
{
	for (size_t n = 1; n <= UNITS_MAX; n++)
		if (mann_whitney_floor(n, n) <= alpha / rows)
			return n;
	return 0;
}

/* Whether the change matters to nobody; of a difference, by the median of the base. */
static bool is_same(const struct decide_row *row)
{
	double margin = row->margin, least = 1 / (1 + margin) - 1;
	double scale = row->difference ? fabs(row->median[DECIDE_BASE]) : 1;

	return row->equal_low >= least * scale && row->equal_high <= margin * scale;
}

static void judge(struct decide_row *row, double alpha)
{
	bool more = row->change.estimate > 0;

	if (is_same(row))
		row->verdict = VERDICT_SAME;
	else if (row->p_adjusted <= alpha && row->change.estimate != 0)
		row->verdict = more != row->work ? VERDICT_WORSE : VERDICT_BETTER;
	else
		row->verdict = VERDICT_UNCLEAR;
}

/* The verdicts of the rows of family @f among @row. */
static void judge_family(struct decide_row *row, size_t n, const struct family *f,
			 double alpha)
{
	CLEANUP_FREE double *p = xcalloc(f->rows, sizeof(*p));
	CLEANUP_FREE double *adjusted = xcalloc(f->rows, sizeof(*adjusted));
	CLEANUP_FREE double *best = xcalloc(f->rows, sizeof(*best));
	size_t at = 0;

	adjust(row, n, f, NULL, p, adjusted);
	for (size_t i = 0; i < n; i++) {
		if (!in_family(&row[i], f->which))
			continue;
		if (!isnan(row[i].p)) {
			row[i].p_adjusted = adjusted[at];
			adjust(row, n, f, &row[i], p, best);
			row[i].hopeless = best[at] > alpha;
			judge(&row[i], alpha);
		}
		at++;
		if (row[i].hopeless)
			row[i].least = least_units(alpha, (double)f->rows * f->times);
	}
}

/* Counts the rows of each family. */
static void find_families(struct family f[FAMILIES], const struct decide_row *row,
			  size_t n)
{
	double times = 0;

	for (int k = 0; k < FAMILIES; k++) {
		f[k] = (struct family){ .which = k };
		for (size_t i = 0; i < n; i++)
			f[k].rows += in_family(&row[i], k);
		times += f[k].rows > 0;
	}
	for (int k = 0; k < FAMILIES; k++)
		f[k].times = times;
}

int decide(struct decide_row *row, size_t n, const struct decide_options *options)
{
	struct family family[FAMILIES];

	if (!is_fraction(2 * options->alpha) || !is_fraction(options->level) ||
	    !is_fraction(options->power))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		int ret = row_look(&row[i]);

		if (ret < 0)
			return ret;
	}
	find_families(family, row, n);
	for (size_t i = 0; i < n; i++) {
		const struct family *f = &family[row[i].work];

		if (has_both(&row[i]) && (row[i].difference || !row[i].zeros))
			row_test(&row[i], f->rows * (size_t)f->times, options);
	}
	for (int k = 0; k < FAMILIES; k++)
		judge_family(row, n, &family[k], options->alpha);
	return 0;
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
