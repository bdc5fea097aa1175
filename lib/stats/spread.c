// SPDX-License-Identifier: MIT
#include "stats/spread.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "stats/estimate.h"
#include "stats/internal.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/*
 * Spreads that differ less hardly change the level of a rank test of equal numbers, and six values of one
 * distribution seldom seem to differ by more. Simulated: docs/simulation.md.
 */
#define RATIO 2

/* Numbers that differ less hardly change the level of Welch's test. */
#define NUMBERS 1.5

/* With so many degrees of freedom t has tails long enough for a side whose mean is not its median. */
#define SKEWED 6

/* Robust standard deviations that a value may be off before it is an outlier. */
#define FAR 5

double robust_spread(const double *value, size_t n)
{
	CLEANUP_FREE double *sorted = NULL, *work = NULL;
	CLEANUP_FREE int *counts = NULL;

	if (n < 2 || !values_usable(value, n))
		return NAN;
	sorted = sorted_copy(value, n);
	work = xcalloc(3 * n, sizeof(*work));
	counts = xcalloc(5 * n, sizeof(*counts));
	return gsl_stats_Qn_from_sorted_data(sorted, 1, n, work, counts);
}

bool spreads_matter(double a, size_t n, double b, size_t m)
{
	return n != m || fmax(a, b) > RATIO * fmin(a, b);
}

void pull_in_outliers(double *out, const double *value, size_t n, double spread)
{
	double middle = median(value, n), most = FAR * spread;

	for (size_t i = 0; i < n; i++)
		out[i] = fmin(fmax(value[i], middle - most), middle + most);
}

int welch_init(struct welch *w, const double *a, size_t n, const double *b, size_t m)
{
	double va, vb;

	if (n < 2 || m < 2 || !values_usable(a, n) || !values_usable(b, m))
		return -EINVAL;
	va = gsl_stats_variance(a, 1, n) / (double)n;
	vb = gsl_stats_variance(b, 1, m) / (double)m;
	w->shift = gsl_stats_mean(b, 1, m) - gsl_stats_mean(a, 1, n);
	w->error = sqrt(va + vb);
	w->freedom = (va + vb) * (va + vb) /
		     (va * va / ((double)n - 1) + vb * vb / ((double)m - 1));
	return 0;
}

void welch_be_careful(struct welch *w, double a, size_t n, double b, size_t m)
{
	double fewer = fmin((double)n, (double)m), more = fmax((double)n, (double)m);

	if (more > NUMBERS * fewer)
		w->freedom = fewer - 1;
	if (fmax(a, b) > RATIO * fmin(a, b))
		w->freedom = fmin(w->freedom, SKEWED);
}

double welch_p(const struct welch *w)
{
	if (w->error == 0)
		return w->shift == 0 ? 1 : 0;
	return 2 * gsl_cdf_tdist_Q(fabs(w->shift) / w->error, w->freedom);
}

double welch_reach(const struct welch *w, double level)
{
	if (w->error == 0)
		return 0;
	return w->error * gsl_cdf_tdist_Qinv((1 - level) / 2, w->freedom);
}
