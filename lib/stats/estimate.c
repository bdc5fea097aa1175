// SPDX-License-Identifier: MIT
#include "stats/estimate.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "stats/internal.h"
#include "system/alloc.h"
#include "system/cleanup.h"

double median(const double *value, size_t n)
{
	CLEANUP_FREE double *copy = NULL;

	for (size_t i = 0; i < n; i++)
		if (isnan(value[i]))
			return NAN;
	if (n == 0)
		return NAN;
	copy = xmemdup(value, n * sizeof(*copy));
	/* looks for the middle only: several times as fast as to sort */
	return gsl_stats_median(copy, 1, n);
}

int holm(const double *p, size_t n, double *adjusted)
{
	CLEANUP_FREE size_t *order = NULL;
	double least = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(p[i] >= 0 && p[i] <= 1))
			return -EINVAL;
	}
	order = xcalloc(n, sizeof(*order));
	gsl_sort_index(order, p, 1, n);
	for (size_t i = 0; i < n; i++) {
		least = fmax(least, fmin(1, (double)(n - i) * p[order[i]]));
		adjusted[order[i]] = least;
	}
	return 0;
}

#define RUNS_MOST 1000

/* What a test that really rejects with probability @level under no change would find. */
static double shift_at(double level, double sd, size_t n, size_t m, double power)
{
	double freedom = (double)(n + m - 2);
	double t = gsl_cdf_tdist_Qinv(level / 2, freedom) +
		   gsl_cdf_tdist_Pinv(power, freedom);

	return fmax(0, t) * sd * sqrt((1 / (double)n + 1 / (double)m) * M_PI / 3);
}

/* The largest p up to @alpha that mann_whitney() can give; 0: none. */
static double attained_level(size_t n, size_t m, double alpha)
{
	struct null_counts c;
	size_t rank;

	if (n * m > COUNTED_PAIRS)
		return mann_whitney_floor(n, m) <= alpha ? alpha : 0;
	null_count_mann_whitney(&c, n, m);
	rank = null_rank(&c, alpha / 2);
	return rank > 0 ? 2 * null_at_most(&c, rank - 1) : 0;
}

static bool inside(double probability)
{
	return probability > 0 && probability < 1;
}

double detectable_shift(double sd, size_t n, size_t m, double alpha, double power)
{
	double level;

	if (!(sd >= 0) || !inside(alpha) || !inside(power))
		return NAN;
	level = attained_level(n, m, alpha);
	return level > 0 ? shift_at(level, sd, n, m, power) : INFINITY;
}

size_t runs_needed(double sd, double shift, double alpha, double power)
{
	size_t low = 2, high = RUNS_MOST + 1;

	if (!(sd >= 0) || !(shift > 0) || !inside(alpha) || !inside(power))
		return 0;
	/* At the level asked for it falls with every run; what is attained is no higher. */
	while (low < high) {
		size_t n = low + (high - low) / 2;

		if (shift_at(alpha, sd, n, n, power) <= shift)
			high = n;
		else
			low = n + 1;
	}
	for (size_t n = low; n <= RUNS_MOST; n++) {
		if (detectable_shift(sd, n, n, alpha, power) <= shift)
			return n;
	}
	return 0;
}

struct run {
	unsigned int boot;
	double value, within;
};

/* Sums of squares about means, and what the runs' own variances add to each of them. */
struct squares {
	double of_boots, of_runs;
	double own_of_boots, own_of_runs;
	double sizes; /* numbers of runs in a boot, squared */
};

static int by_boot(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return (x->boot > y->boot) - (x->boot < y->boot);
}

/* Adds a boot of @k runs out of @n, whose mean is @all. */
static void add_boot(struct squares *q, const struct run *r, size_t k, size_t n,
		     double all)
{
	double runs = (double)k, mean = 0;

	for (size_t i = 0; i < k; i++)
		mean += r[i].value / runs;
	for (size_t i = 0; i < k; i++) {
		q->of_runs += (r[i].value - mean) * (r[i].value - mean);
		q->own_of_runs += r[i].within * (1 - 1 / runs);
		q->own_of_boots += r[i].within * (1 / runs - 1 / (double)n);
	}
	q->of_boots += runs * (mean - all) * (mean - all);
	q->sizes += runs * runs;
}

/* Each sum of squares is set equal to what it is on average, and solved for the variances. */
static void solve(struct variance_levels *v, const struct squares *q)
{
	double boots = (double)v->boots, runs = (double)v->runs, per_boot;

	v->boot = v->run = NAN;
	if (v->runs == v->boots)
		return;
	v->run = (q->of_runs - q->own_of_runs) / (runs - boots);
	if (v->boots > 1) {
		per_boot = (runs - q->sizes / runs) / (boots - 1);
		v->boot = ((q->of_boots - q->own_of_boots) / (boots - 1) - v->run) /
			  per_boot;
		v->boot = fmax(0, v->boot);
	}
	v->run = fmax(0, v->run);
}

static void split(struct variance_levels *v, struct run *r, size_t n)
{
	struct squares q = { 0 };
	double mean = 0;

	qsort(r, n, sizeof(*r), by_boot);
	for (size_t i = 0; i < n; i++)
		mean += r[i].value / (double)n;
	v->runs = n;
	v->boots = 0;
	for (size_t first = 0, end; first < n; first = end) {
		for (end = first + 1; end < n && r[end].boot == r[first].boot;)
			end++;
		add_boot(&q, &r[first], end - first, n, mean);
		v->boots++;
	}
	solve(v, &q);
}

static bool variances(const double *within, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (within[i] < 0)
			return false;
	}
	return values_usable(within, n);
}

int variance_by_level(struct variance_levels *v, const double *value,
		      const unsigned int *boot, const double *within, size_t n)
{
	CLEANUP_FREE struct run *r = NULL;

	if (!values_usable(value, n) || (within && !variances(within, n)))
		return -EINVAL;
	r = xcalloc(n, sizeof(*r));
	for (size_t i = 0; i < n; i++)
		r[i] = (struct run){ boot[i], value[i], within ? within[i] : 0 };
	v->within = within ? gsl_stats_mean(within, 1, n) : NAN;
	split(v, r, n);
	return 0;
}
