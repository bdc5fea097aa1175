// SPDX-License-Identifier: MIT
#include <errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "stats/estimate.h"
#include "stats/inference-private.h"

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
	return _values_usable(within, n);
}

int variance_by_level(struct variance_levels *v, const double *value,
		      const unsigned int *boot, const double *within, size_t n)
{
	struct run *r;

	if (!_values_usable(value, n) || (within && !variances(within, n)))
		return -EINVAL;
	r = calloc(n, sizeof(*r));
	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		r[i] = (struct run){ boot[i], value[i], within ? within[i] : 0 };
	v->within = within ? gsl_stats_mean(within, 1, n) : NAN;
	split(v, r, n);
	free(r);
	return 0;
}
