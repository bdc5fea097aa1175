/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_COMPARE_ROUNDS_PRIVATE_H
#define PINLAT_COMPARE_ROUNDS_PRIVATE_H

/* Private to lib/compare: two samples that were taken in rounds. */

#include <stddef.h>

#include "stats/ranktest.h"

/** Two samples, value i of each with its round. */
struct rounds {
	size_t n[2];
	double *value[2];
	unsigned int *round[2]; /* 0 to count - 1; every one holds as many of each side */
	size_t count;
};

/** The smallest two-sided p that permuting within @count rounds of such sizes can give. */
double _rounds_floor(size_t n, size_t m, size_t count);

/** Subtracts from each value the mean of its round. Returns 0 or -ENOMEM. */
int _rounds_align(const struct rounds *r);

/**
 * The shift of side 1 against side 0: median of all differences between aligned values, with
 * the interval that inverts blocked_rank_test() at 1 - @level. The values of @r are aligned
 * by it. Returns 0 or what blocked_rank_test() does.
 */
int _rounds_shift(struct interval *shift, const struct rounds *r, double level);

#endif
