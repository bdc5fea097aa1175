// SPDX-License-Identifier: MIT
#include "decide/calibrate.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/estimate.h"
#include "stats/random.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* All rows, split in one way after the other. */
struct splitter {
	size_t units; /* of the longest row */
	bool *in_b;   /* by unit */
	size_t n;     /* rows */
	const struct calibrate_row *row;
	double *value, *start; /* room for 2 * units a row */
	struct decide_row *decided;
	struct decide_options options; /* those of the caller, in any order */
	struct decide_options
		first_step; /* the interval at the level of Holm's first step */
};

static void splitter_init(struct splitter *s, const struct calibrate_row *row, size_t n,
			  const struct decide_options *options)
{
	*s = (struct splitter){
		.units = CALIBRATE_UNITS,
		.n = n,
		.row = row,
		.options = *options,
	};
	/* Halves that were not measured in turn are judged too: that is what is asked. */
	s->options.allow_order = true;
	s->first_step = s->options;
	s->first_step.level = 1 - options->alpha / (double)n;
	for (size_t i = 0; i < n; i++)
		if (row[i].n > s->units)
			s->units = row[i].n;
	s->in_b = xcalloc(s->units, sizeof(*s->in_b));
	s->value = xcalloc(2 * s->units * n, sizeof(*s->value));
	s->start = xcalloc(2 * s->units * n, sizeof(*s->start));
	s->decided = xcalloc(n, sizeof(*s->decided));
}

static void splitter_free(struct splitter *s)
{
	free(s->in_b);
	free(s->value);
	free(s->start);
	free(s->decided);
}

/* Puts the units of row @i on their sides. Shorter rows use the beginning of the split. */
static void deal(struct splitter *s, size_t i, bool timed)
{
	const struct calibrate_row *row = &s->row[i];
	struct decide_row *d = &s->decided[i];

	*d = (struct decide_row){ .primary = true, .margin = row->margin };
	for (int side = 0; side < DECIDE_SIDES; side++) {
		double *value = s->value + (2 * i + (size_t)side) * s->units;
		double *start = s->start + (2 * i + (size_t)side) * s->units;
		size_t n = 0;

		for (size_t u = 0; u < row->n; u++) {
			if (s->in_b[u] != (side == DECIDE_NEW))
				continue;
			value[n] = row->value[u];
			start[n] = row->start ? row->start[u] : NAN;
			n++;
		}
		d->side[side] =
			(struct decide_side){ n, value,
					      timed && row->start ? start : NULL };
	}
}

/*
 * Decides the split that s->in_b says. Only those that could be somebody's measurement are
 * @timed: rounds that a random split happens to form mean nothing.
 */
static int decide_split(struct splitter *s, bool timed)
{
	for (size_t i = 0; i < s->n; i++)
		deal(s, i, timed);
	return decide(s->decided, s->n, timed ? &s->options : &s->first_step);
}

/* What the splits of one row gave, as logarithms. */
struct spread {
	double change[CALIBRATE_SPLITS]; /* between the halves, without its sign */
	double reach
		[CALIBRATE_SPLITS]; /* the far end of the interval for "same", likewise */
	/*
	 * By how much a half must be raised, or lowered, to differ from the other: a test finds it
	 * where its interval leaves 0 out.
	 */
	double shift[2 * CALIBRATE_SPLITS];
};

static bool is_significant(const struct decide_row *d)
{
	return d->verdict == VERDICT_WORSE || d->verdict == VERDICT_BETTER;
}

/* The difference of two halves, infinite where one of them has no units. */
static double known(double logarithm)
{
	return isnan(logarithm) ? INFINITY : logarithm;
}

/* Counts the split that was decided last. */
static void count_split(struct calibration *c, struct calibrate_row *row,
			const struct splitter *s, struct spread *spread)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct decide_row *d = &s->decided[i];

		spread[i].change[c->splits] = fabs(known(log1p(d->change.estimate)));
		spread[i].reach[c->splits] = fmax(fabs(known(log1p(d->equal_low))),
						  fabs(known(log1p(d->equal_high))));
		spread[i].shift[2 * c->splits] = known(-log1p(d->change.low));
		spread[i].shift[2 * c->splits + 1] = known(log1p(d->change.high));
		row[i].significant += is_significant(d);
		any |= is_significant(d);
		c->hopeless &= d->hopeless;
	}
	c->significant += any;
	c->splits++;
}

/* How many ways there are, or a number above CALIBRATE_SPLITS. */
static double count_ways(size_t units)
{
	size_t half = units / 2;
	double ways = exp(lgamma((double)units + 1) - lgamma((double)half + 1) -
			  lgamma((double)(units - half) + 1));

	return units % 2 ? ways : ways / 2;
}

/* The next choice of as many ones as there are in @bit, in the order of their numbers. */
static bool next_choice(bool *bit, size_t n)
{
	size_t ones = 0, i = 0;

	while (i < n && !bit[i])
		i++;
	for (; i < n && bit[i]; i++)
		ones++;
	if (i >= n)
		return false;
	bit[i] = true;
	memset(bit, 0, i * sizeof(*bit));
	for (size_t k = 0; k + 1 < ones; k++)
		bit[k] = true;
	return true;
}

/* A random half (Fisher and Yates: a unit is chosen as often as is still needed). */
static void random_choice(bool *bit, size_t n, struct random_state *r)
{
	size_t needed = n / 2;

	for (size_t i = 0; i < n; i++) {
		bit[i] = random_below(r, n - i) < needed;
		needed -= bit[i];
	}
}

static void try_splits(struct calibration *c, struct calibrate_row *row,
		       struct splitter *s, struct spread *spread, uint64_t seed)
{
	struct random_state r = random_stream(seed, 0);
	/* of an even number, the last unit stays in A: the mirrored split is the same one */
	size_t free_units = s->units - (s->units % 2 == 0);

	c->all = count_ways(s->units) < CALIBRATE_SPLITS + 0.5;
	for (size_t u = 0; u < s->units; u++)
		s->in_b[u] = u < s->units / 2;
	do {
		if (!c->all)
			random_choice(s->in_b, s->units, &r);
		decide_split(s, false);
		count_split(c, row, s, spread);
	} while (c->all ? next_choice(s->in_b, free_units)
			: c->splits < CALIBRATE_SPLITS);
}

/* The @p quantile by inverted CDF of @n numbers, which are sorted by it. */
static double quantile(double *value, size_t n, double p)
{
	size_t rank = (size_t)ceil(p * (double)n - 1e-9);

	gsl_sort(value, 1, n);
	return value[rank > 0 ? rank - 1 : 0];
}

static int find_deviation(struct calibrate_row *row)
{
	double mean = 0, squares = 0;

	for (size_t u = 0; u < row->n; u++) {
		if (!(row->value[u] > 0) || !isfinite(row->value[u]))
			return -EINVAL;
		mean += log(row->value[u]) / (double)row->n;
	}
	for (size_t u = 0; u < row->n; u++)
		squares += pow(log(row->value[u]) - mean, 2);
	row->deviation = sqrt(squares / (double)(row->n - 1));
	return 0;
}

/* The two splits that somebody might have measured. */
static int decide_orders(struct calibrate_row *row, struct splitter *s)
{
	int ret = 0;

	for (int by_time = 0; by_time < 2 && ret == 0; by_time++) {
		for (size_t u = 0; u < s->units; u++)
			s->in_b[u] = by_time ? u >= s->units - s->units / 2 : u % 2;
		ret = decide_split(s, true);
		for (size_t i = 0; i < s->n; i++) {
			struct decide_row *d =
				by_time ? &row[i].by_time : &row[i].in_turn;

			*d = s->decided[i];
			/* what they point to is the splitter's */
			memset(d->side, 0, sizeof(d->side));
		}
	}
	return ret;
}

static int measure(struct calibration *c, struct calibrate_row *row, struct splitter *s,
		   uint64_t seed)
{
	CLEANUP_FREE struct spread *spread = xcalloc(s->n, sizeof(*spread));
	/* First, since what decide() refuses it refuses in any split. */
	int ret = decide_orders(row, s);

	if (ret < 0)
		return ret;
	try_splits(c, row, s, spread, seed);
	for (size_t i = 0; i < s->n; i++) {
		row[i].noise =
			expm1(quantile(spread[i].change, c->splits, CALIBRATE_SHARE));
		row[i].least_margin =
			expm1(quantile(spread[i].reach, c->splits, s->options.power));
		row[i].shift = quantile(spread[i].shift, 2 * c->splits, s->options.power);
	}
	return 0;
}

int calibrate(struct calibration *c, struct calibrate_row *row, size_t n,
	      const struct decide_options *options, uint64_t seed)
{
	struct splitter s;
	int ret = n > 0 ? 0 : -EINVAL;

	*c = (struct calibration){ .hopeless = true };
	for (size_t i = 0; i < n && ret == 0; i++) {
		row[i].significant = 0;
		ret = row[i].n >= CALIBRATE_UNITS ? find_deviation(&row[i]) : -EINVAL;
	}
	if (ret < 0)
		return ret;
	splitter_init(&s, row, n, options);
	ret = measure(c, row, &s, seed);
	splitter_free(&s);
	return ret;
}

double calibrate_detectable(const struct calibrate_row *row, size_t units, size_t rows,
			    const struct decide_options *options)
{
	double alpha = options->alpha / (double)rows;
	double halves = detectable_shift(1, row->n - row->n / 2, row->n / 2, alpha,
					 options->power);
	double sizes = detectable_shift(1, units, units, alpha, options->power);

	if (!isfinite(sizes))
		return INFINITY;
	if (isfinite(row->shift) && isfinite(halves))
		return expm1(row->shift * sizes / halves);
	return expm1(row->deviation * sizes);
}
