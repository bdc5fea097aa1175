// SPDX-License-Identifier: MIT
#include <float.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/inference-private.h"

bool _values_usable(const double *value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!(fabs(value[i]) <= DBL_MAX / 4))
			return false;
	}
	return n > 0;
}

double *_sorted_copy(const double *value, size_t n)
{
	double *copy = calloc(n, sizeof(*copy));

	if (!copy)
		return NULL;
	memcpy(copy, value, n * sizeof(*copy));
	gsl_sort(copy, 1, n);
	return copy;
}
