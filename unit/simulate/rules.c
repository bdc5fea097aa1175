// SPDX-License-Identifier: MIT
#include "rules.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stats/ranktest.h"
#include "system/cleanup.h"

#define ALPHA .05

#define EXACT_WITH_TIES 25 /* values a side */

const char *rule_name(enum rule rule)
{
	static const char *const name[RULES] = { "benchstat", "mmtests", "LKP", "Welch" };

	return name[rule];
}

/* Sum of t^3 - t over all groups of t equal values; 0: there are none. */
static int sum_ties(double *ties, const double *a, size_t n, const double *b, size_t m)
{
	CLEANUP_FREE double *all = calloc(n + m, sizeof(*all));

	if (!all)
		return -ENOMEM;
	memcpy(all, a, n * sizeof(*all));
	memcpy(all + n, b, m * sizeof(*all));
	gsl_sort(all, 1, n + m);
	*ties = 0;
	for (size_t first = 0, end; first < n + m; first = end) {
		double t;

		for (end = first + 1; end < n + m && all[end] == all[first]; end++)
			;
		t = (double)(end - first);
		*ties += t * t * t - t;
	}
	return 0;
}

/* Two-sided p by normal approximation, with tie and continuity correction. */
static double normal_p(double ties, const double *a, size_t n, const double *b, size_t m)
{
	double pairs = (double)n * (double)m, all = (double)(n + m), u = 0, sigma;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			u += a[i] > b[j] ? 1 : a[i] == b[j] ? .5 : 0;
	sigma = sqrt(pairs * (all + 1 - ties / (all * (all - 1))) / 12);
	return 2 * gsl_cdf_ugaussian_Q(fmax(0, fabs(u - pairs / 2) - .5) / sigma);
}

/* mann_whitney() is exact where benchstat's is, and for more values with ties. */
static int benchstat(const double *a, size_t n, const double *b, size_t m)
{
	struct rank_p rank = { .p = 1 };
	double ties;
	int ret = sum_ties(&ties, a, n, b, m);

	if (ret == 0 && ties > 0 && (n > EXACT_WITH_TIES || m > EXACT_WITH_TIES))
		return normal_p(ties, a, n, b, m) <= ALPHA;
	if (ret == 0)
		ret = mann_whitney(&rank, a, n, b, m);
	return ret < 0 ? ret : rank.p <= ALPHA;
}

static bool mmtests(const double *a, size_t n, const double *b, size_t m)
{
	double z = gsl_cdf_ugaussian_Pinv(1 - ALPHA / 2);
	double apart = fabs(gsl_stats_mean(b, 1, m) - gsl_stats_mean(a, 1, n));

	return apart > z * (gsl_stats_sd(a, 1, n) + gsl_stats_sd(b, 1, m));
}

struct range {
	double min, median, max;
};

static int range_of(struct range *r, const double *value, size_t n)
{
	CLEANUP_FREE double *sorted = calloc(n, sizeof(*sorted));
	size_t margin = n >> 5;

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, value, n * sizeof(*sorted));
	gsl_sort(sorted, 1, n);
	if (margin > 3)
		margin = 3;
	r->min = sorted[margin];
	r->median = sorted[margin + (n - 2 * margin) / 2];
	r->max = sorted[n - 1 - margin];
	return 0;
}

static int lkp(const double *a, size_t n, const double *b, size_t m)
{
	struct range ra, rb;

	if (range_of(&ra, a, n) < 0 || range_of(&rb, b, m) < 0)
		return -ENOMEM;
	if (fmax(ra.median, rb.median) <= 1.05 * fmin(ra.median, rb.median))
		return 0;
	return (rb.min > ra.median && rb.median > ra.max) ||
	       (ra.min > rb.median && ra.median > rb.max);
}

/* Logarithms, or the values themselves if one of them has none. */
static void take_logarithms(double *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (value[i] <= 0)
			return;
	for (size_t i = 0; i < n; i++)
		value[i] = log(value[i]);
}

static int welch(const double *a, size_t n, const double *b, size_t m)
{
	CLEANUP_FREE double *all = calloc(n + m, sizeof(*all));
	double va, vb, apart, df;

	if (!all)
		return -ENOMEM;
	memcpy(all, a, n * sizeof(*all));
	memcpy(all + n, b, m * sizeof(*all));
	take_logarithms(all, n + m);
	va = gsl_stats_variance(all, 1, n) / (double)n;
	vb = gsl_stats_variance(all + n, 1, m) / (double)m;
	apart = fabs(gsl_stats_mean(all + n, 1, m) - gsl_stats_mean(all, 1, n));
	if (va + vb == 0)
		return apart > 0;
	df = (va + vb) * (va + vb) /
	     (va * va / ((double)n - 1) + vb * vb / ((double)m - 1));
	return 2 * gsl_cdf_tdist_Q(apart / sqrt(va + vb), df) <= ALPHA;
}

int rule_sees(enum rule rule, const double *a, size_t n, const double *b, size_t m)
{
	if (n < 2 || m < 2)
		return -EINVAL;
	switch (rule) {
	case RULE_BENCHSTAT:
		return benchstat(a, n, b, m);
	case RULE_MMTESTS:
		return mmtests(a, n, b, m);
	case RULE_LKP:
		return lkp(a, n, b, m);
	default:
		return welch(a, n, b, m);
	}
}
