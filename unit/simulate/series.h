/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_SERIES_H
#define PINLAT_SIMULATE_SERIES_H

/*
 * Kernels in order, each of some runs of one boot, and how often changes are found in them: by
 * lib/history/changepoint.h and by other methods.
 */

#include <gsl/gsl_rng.h>
#include <stdint.h>

#include "shape.h"
#include "history/changepoint.h"

#define SERIES_KERNELS_MAX 100
#define SERIES_RUNS_MAX	   20
#define SERIES_FOUND_MAX   SERIES_KERNELS_MAX
#define SERIES_ALPHA	   .05
/** A change that is found so many kernels off is found. */
#define SERIES_NEAR 2

/** What truly happens. */
enum truth {
	TRUTH_NOTHING,
	TRUTH_STEP_20, /* in the middle */
	TRUTH_STEP_50,
	TRUTH_LAST,    /* +50 % of the last three kernels */
	TRUTH_UP_DOWN, /* +50 % from the first third to the second */
	TRUTH_UP_UP,   /* +50 %, and once more */
	TRUTH_OUTLIER, /* +20 % in the middle, and one kernel before takes ten times as long */
	TRUTH_SPIKE, /* one kernel in the middle takes three times as long */
	TRUTH_DRIFT, /* +20 % from the first kernel to the last, by and by */
	TRUTHS,
};

/** "nothing", "+20 % in the middle", ... */
const char *truth_name(enum truth truth);

struct series_design {
	enum shape shape;
	enum truth truth;
	size_t kernels, runs;
};

/** What was measured: ns, of one metric. */
struct series {
	struct series_design design;
	double value[SERIES_KERNELS_MAX][SERIES_RUNS_MAX];
	double median[SERIES_KERNELS_MAX]; /* logarithms */
	size_t changes, at[2];		   /* in truth */
	double by[2];			   /* logarithms */
};

/** Draws a series of metric @metric of a design's six. */
void series_draw(gsl_rng *rng, const struct series_design *design, size_t metric,
		 struct series *s);

enum method {
	METHOD_PINLAT,
	/*
	 * E-divisive means, exponent 1, 199 random orders within parts, levels of two or more
	 * kernels; of medians (R package ecp, e.divisive()).
	 */
	METHOD_E_DIVISIVE,
	/*
	 * The best of all partitions by squares and a penalty of 2 ln n variances a change, what PELT
	 * finds with the usual settings (R package changepoint, cpt.mean(penalty = "BIC")); of
	 * medians, the variance from the median absolute difference of neighbours.
	 */
	METHOD_PENALTY,
	/* Mann-Whitney of the runs of neighbours, Holm over all pairs: reading one comparison after
	 * the other. */
	METHOD_NEIGHBOURS,
	METHODS,
};

/** "pinlat", "E-divisive", ... */
const char *method_name(enum method method);

/** The changes that @method finds into @at. Returns how many, or -errno. */
int method_find(enum method method, const struct series *s, uint64_t seed,
		size_t at[SERIES_FOUND_MAX]);

struct series_tally {
	struct series_design design;
	unsigned int experiments;
	struct {
		unsigned int any;   /* found something */
		unsigned int all;   /* found every true change, within SERIES_NEAR */
		unsigned int wrong; /* found something that is near no true change */
	} method[METHODS];
	/* of METHOD_PINLAT: */
	unsigned int found, exact; /* changes found, and found in their very place */
	unsigned int placed,
		sized; /* their intervals hold the truth: of the place, of the shift */
	unsigned int drifts; /* it says that there is a drift */
	bool compared;	     /* other methods too */
};

/** Runs @experiments of t->design. Returns 0 or -errno. */
int series_run(struct series_tally *t, unsigned int experiments, uint64_t seed);

#endif
