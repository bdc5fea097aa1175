// SPDX-License-Identifier: MIT
#include "sets/value.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "system/alloc.h"
#include "system/cleanup.h"

struct cell_value cell_value(const struct cell *cell, size_t m)
{
	CLEANUP_FREE double *known = xcalloc(cell->runs, sizeof(*known));
	struct cell_value value = { NAN, NAN, NAN, 0, 0 };

	for (size_t i = 0; i < cell->runs; i++) {
		double x = cell->run[i].value[m];

		value.few += cell->run[i].few[m];
		if (isnan(x))
			continue;
		known[value.n++] = x;
		value.low = fmin(value.low, x);
		value.high = fmax(value.high, x);
	}
	gsl_sort(known, 1, value.n);
	if (value.n > 0)
		value.median = gsl_stats_median_from_sorted_data(known, 1, value.n);
	return value;
}
