/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_HISTORY_SCAN_H
#define PINLAT_HISTORY_SCAN_H

/* Scans: all cuts of one series, and of parts of it, by Mann and Whitney's p. */

#include <stddef.h>
#include <stdint.h>

#include "stats/random.h"

/** p of cuts by the sizes of both sides: counted when one is needed, and shared by many scans. */
struct scan_tables;

struct scan_tables *scan_tables_new(void);
void scan_tables_free(struct scan_tables *tables);

/** A cut: values first to at - 1 against those from at to end - 1. */
struct scan_cut {
	size_t first, at, end;
	double p; /* of this cut; 1: there is no cut that can differ */
	/* the share of random orders of all values that have as good a cut; far above alpha a rough one */
	double chance;
};

/**
 * The best cut of @n values in the whole series, and in its seeded intervals of at least @least
 * values: more than @n, and the whole is all there is. Of equal cuts the first. At most @orders
 * random orders are counted, and no more than it takes to be certain that the chance is above @alpha.
 * @n is at most CHANGEPOINT_VALUES_MAX.
 */
struct scan_cut scan_best(const double *value, size_t n, size_t least, double alpha,
			  unsigned int orders, struct random_state random,
			  struct scan_tables *tables);

#endif
