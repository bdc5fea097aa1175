/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DECIDE_ROUNDS_H
#define PINLAT_DECIDE_ROUNDS_H

/* Two samples that were taken in rounds. */

#include <stdbool.h>
#include <stddef.h>

#include "decide/decide.h"
#include "stats/estimate.h"
#include "stats/ranktest.h"

/** Two samples, value i of each with its round. */
struct rounds {
	size_t n[2];
	double *value[2];
	unsigned int *round[2]; /* 0 to count - 1, in the order of time */
	size_t count;
	/* Of several machines: which, from 0; each is a block, or several. NULL: one machine. */
	unsigned int *machine[2];
};

/**
 * Recognises rounds: both sides sorted by start form runs of equal length in which base is
 * as often as in every other and so is new. Else, since single units may be missing: three or more
 * runs of equal length (or one more), each of which holds both sides, and of either at most one
 * unit more or less than its share, where neither side is the earlier one. Fills @block_base and @block_new (by index of unit) and
 * returns how many rounds there are (at least 2), or 0: none. Looks at no value.
 */
size_t rounds_find(const struct decide_row *row, unsigned int *block_base,
		   unsigned int *block_new);

/**
 * Joins rounds with their neighbours until each holds at least three values of either side.
 * Pairs of runs do away with all drift, but give up power for it: the spread is known from
 * half as many differences, and 8 pairs can be told apart in 256 ways, 2 times 4 against 4
 * in 4900. What little drifts within a joined round is on both sides alike. docs/simulation.md
 * has what that costs and wins.
 */
void rounds_join(struct rounds *r);

/** The smallest two-sided p that permuting within the rounds can give. */
double rounds_floor(const struct rounds *r);

/**
 * The standard deviation of a value, pooled over both sides: of what is left when the mean of its
 * side is taken away and, where @within, that of its round. NAN: nothing is left.
 */
double rounds_deviation(const struct rounds *r, bool within);

/** The shift of side 1 against side 0, and blocked_rank_test() inverted. */
struct inversion;

/** @r, whose values are finite; it is not kept. Free with inversion_free(). */
struct inversion *inversion_new(const struct rounds *r);

/**
 * The median of all differences, with the interval that inverts blocked_rank_test() at 1 - @level,
 * within 0 and 1. Of several machines, it is the median of the differences within a machine.
 */
void inversion_interval(struct inversion *v, double level, struct interval *shift);

/** @v may be NULL. */
void inversion_free(struct inversion *v);

/** How many machines there are; of a struct that has them. */
size_t rounds_machines(const struct rounds *r);

/** Copies the values of @side on @machine to @to; returns how many. */
size_t rounds_side(const struct rounds *r, int side, size_t machine, double *to);

/** Writes all differences of @m values @b less @n values @a to @to; returns how many. */
size_t rounds_differences(const double *a, size_t n, const double *b, size_t m,
			  double *to);

/** The median of all differences between the sides within a machine. */
double rounds_machine_shift(const struct rounds *r);

#endif
