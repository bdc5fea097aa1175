/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DECIDE_ROUNDS_PRIVATE_H
#define PINLAT_DECIDE_ROUNDS_PRIVATE_H

/* Private to lib/decide: two samples that were taken in rounds. */

#include <stddef.h>

#include "stats/ranktest.h"

/** Two samples, value i of each with its round. */
struct rounds {
	size_t n[2];
	double *value[2];
	unsigned int *round[2]; /* 0 to count - 1, in the order of time */
	size_t count;
};

/**
 * Joins rounds with their neighbours until each holds at least three values of either side.
 * Pairs of runs do away with all drift, but give up power for it: the spread is known from
 * half as many differences, and 8 pairs can be told apart in 256 ways, 2 times 4 against 4
 * in 4900. What little drifts within a joined round is on both sides alike. docs/simulation.md
 * has what that costs and wins.
 */
void _rounds_join(struct rounds *r);

/** The smallest two-sided p that permuting within the rounds can give. */
double _rounds_floor(const struct rounds *r);

/** Subtracts from each value the mean of its round. Returns 0 or -ENOMEM. */
int _rounds_align(const struct rounds *r);

/**
 * The shift of side 1 against side 0: median of all differences, with the interval that
 * inverts blocked_rank_test() at 1 - @level. Returns 0 or what blocked_rank_test() does.
 */
int _rounds_shift(struct interval *shift, const struct rounds *r, double level);

#endif
