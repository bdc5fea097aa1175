/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_CALIBRATE_H
#define PINLAT_RUNNER_CALIBRATE_H

/* A set of records against itself: what this machine's noise is, and what it can show. */

#include "decide/calibrate.h"
#include "summary/comparison.h"

/** One quantile that is judged, by name. */
struct calibrate_name {
	char *cell; /* owned; compare_cell_name() */
	const char *subtest;
	const char *metric;
};

/** The figures of one set. */
struct calibrate_report {
	const struct comparison *comparison; /* of the set with itself */
	size_t rows;
	struct calibrate_row *row;   /* owned */
	struct calibrate_name *name; /* owned; as many */
	size_t left_out;	     /* quantiles with too few runs, or with zeros */
	struct calibration all;
	bool boots;	     /* a unit is a boot, else a run */
	size_t most, least;  /* units of the rows */
	double unit_seconds; /* that one unit of all judged subtests took; NAN: unknown */
};

/**
 * Compares the set at @path with itself as @options say and prints what that tells of the
 * machine. Returns the exit code.
 */
int calibrate_set(const char *path, const struct compare_options *options);

/** Prints @r. Returns 0 or -ENOMEM. */
int calibrate_print(const struct calibrate_report *r);

#endif
