// SPDX-License-Identifier: MIT
#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "stats/estimate.h"
#include "stats/inference-private.h"

/* What each of @n order statistics counts for in the @p quantile. */
static void fill_weights(double *weight, size_t n, double p)
{
	double values = (double)n, before = 0;

	for (size_t i = 0; i < n; i++) {
		double upto = gsl_cdf_beta_P((double)(i + 1) / values, (values + 1) * p,
					     (values + 1) * (1 - p));

		weight[i] = upto - before;
		before = upto;
	}
}

/* Fills @without with the estimate without each value in turn; @weight is of n - 1. */
static void leave_out(double *without, const double *value, const double *weight,
		      size_t n)
{
	double below = 0, above = 0;

	for (size_t i = 1; i < n; i++)
		above += weight[i - 1] * value[i];
	for (size_t i = 0; i < n; i++) {
		without[i] = below + above;
		if (i + 1 == n)
			break;
		below += weight[i] * value[i];
		above -= weight[i] * value[i + 1];
	}
}

static double jackknife_error(const double *value, double *weight, double *without,
			      size_t n, double p)
{
	if (n < 2)
		return NAN;
	fill_weights(weight, n - 1, p);
	leave_out(without, value, weight, n);
	return (double)(n - 1) * gsl_stats_sd(without, 1, n) / sqrt((double)n);
}

int harrell_davis(const double *value, size_t n, double p, double *estimate,
		  double *error)
{
	double *sorted, *weight, *without, middle;
	int ret = -ENOMEM;

	if (!_values_usable(value, n) || !(p > 0 && p < 1))
		return -EINVAL;
	sorted = _sorted_copy(value, n);
	weight = calloc(n, sizeof(*weight));
	without = calloc(n, sizeof(*without));
	if (!sorted || !weight || !without)
		goto out;
	/* About the middle: an error is small against the values, not against their spread. */
	middle = sorted[n / 2];
	fill_weights(weight, n, p);
	*estimate = middle;
	for (size_t i = 0; i < n; i++) {
		sorted[i] -= middle;
		*estimate += weight[i] * sorted[i];
	}
	if (error)
		*error = jackknife_error(sorted, weight, without, n, p);
	ret = 0;
out:
	free(sorted);
	free(weight);
	free(without);
	return ret;
}
