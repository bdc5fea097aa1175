// SPDX-License-Identifier: MIT
#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "stats/estimate.h"

int holm(const double *p, size_t n, double *adjusted)
{
	size_t *order;
	double least = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(p[i] >= 0 && p[i] <= 1))
			return -EINVAL;
	}
	order = calloc(n + 1, sizeof(*order));
	if (!order)
		return -ENOMEM;
	gsl_sort_index(order, p, 1, n);
	for (size_t i = 0; i < n; i++) {
		least = fmax(least, fmin(1, (double)(n - i) * p[order[i]]));
		adjusted[order[i]] = least;
	}
	free(order);
	return 0;
}
