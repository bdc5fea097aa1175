/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_VALUE_H
#define PINLAT_SETS_VALUE_H

/* A metric over the runs of a cell. */

#include "sets/sets.h"

struct cell_value {
	double median, low, high; /* over the runs that tell; NAN: none does */
	size_t n, few; /* runs that tell, and those with too few samples for it */
};

/** Metric @m over the runs of @cell that count. */
struct cell_value cell_value(const struct cell *cell, size_t m);

#endif
