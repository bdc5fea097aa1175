/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DECIDE_CALIBRATE_H
#define PINLAT_DECIDE_CALIBRATE_H

/*
 * A kernel against itself (A/A): the units of one set are split into two halves, which decide()
 * judges as if they were two kernels. What it finds is noise. Pure, as decide() is.
 *
 * Three kinds of split tell three things:
 *  - in turn (A B A B …), as two kernels are measured that alternate: what a good comparison of
 *    this machine with itself gives;
 *  - by time (first half against second), as two kernels are measured one after the other: where
 *    this differs, the machine drifts, and such a comparison would have called it a change;
 *  - all splits, or CALIBRATE_SPLITS random ones where there are more: how far two halves are
 *    apart by chance. How often decide() takes one for a change is at most alpha by construction
 *    of its permutation tests: that rate tests decide(), it says nothing about the machine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decide/decide.h"

/** So many splits are looked at, or all of them if there are no more. */
#define CALIBRATE_SPLITS 2000

/** Units that a row needs: two a half, or there is no spread. */
#define CALIBRATE_UNITS 4

/** Noise is what all but 1 - CALIBRATE_SHARE of the splits stay below. */
#define CALIBRATE_SHARE 0.95

struct calibrate_row {
	/* asked; not owned */
	size_t n;	     /* CALIBRATE_UNITS or more */
	const double *value; /* above 0, one a unit, in order of measuring */
	const double *start; /* their starts as in decide.h; NULL: unknown */
	double margin;	     /* as in decide.h */

	/* answered */
	double deviation; /* standard deviation of the logarithms */
	double noise; /* change between halves that CALIBRATE_SHARE of the splits stay below */
	/*
	 * The margin within which the interval lies that "same" asks for, in options.power of the
	 * splits; INFINITY: none. How many units exclude bad ones is another question.
	 */
	double least_margin;
	/*
	 * The shift of logarithms that would have been found in options.power of the splits, had
	 * one half been shifted by it; INFINITY: none.
	 */
	double shift;
	size_t significant; /* splits in which this row was worse or better */
	struct decide_row in_turn, by_time;
};

struct calibration {
	size_t splits;
	bool all;	    /* these are all there are, mirrored ones counted once */
	size_t significant; /* splits in which any row was worse or better */
	bool hopeless; /* no split could have been: halves are too small for the family */
};

/**
 * Answers the @n rows, which are one family, with random splits by @seed. Returns 0 or -EINVAL (no
 * rows, too few units, a value is not above 0 or not finite, an option is out of range).
 */
int calibrate(struct calibration *c, struct calibrate_row *row, size_t n,
	      const struct decide_options *options, uint64_t seed);

/**
 * The smallest increase of @row that @units units a side find with options.power, in a family of
 * @rows; .05 is 5 %. It is row->shift, which knows how the values are distributed, times the
 * ratio of detectable_shift() for these sizes; where there is none, detectable_shift() of
 * row->deviation. INFINITY: so few cannot find any.
 */
double calibrate_detectable(const struct calibrate_row *row, size_t units, size_t rows,
			    const struct decide_options *options);

#endif
