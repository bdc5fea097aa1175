// SPDX-License-Identifier: MIT
#include <errno.h>
#include <gsl/gsl_statistics_double.h>
#include <stdlib.h>

#include "stats/estimate.h"
#include "stats/inference-private.h"

int median(const double *value, size_t n, double *result)
{
	double *sorted;

	if (!_values_usable(value, n))
		return -EINVAL;
	sorted = _sorted_copy(value, n);
	if (!sorted)
		return -ENOMEM;
	*result = gsl_stats_median_from_sorted_data(sorted, 1, n);
	free(sorted);
	return 0;
}
