/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_STOP_H
#define PINLAT_SIMULATE_STOP_H

/* `pinlat run --until 10%` on simulated runs of one machine: does the rule cheat? */

#include <stdbool.h>
#include <stdint.h>

#include "shape.h"
#include "stats/stopping.h"

#define STOP_WITHIN .10
#define STOP_LEVEL  .95
#define STOP_CAP    100

/** What the runs of one sequence are like. */
struct stop_case {
	double run_spread; /* standard deviation of logarithms between runs */
	enum shape shape;
	bool disturbed; /* besides, one run in ten takes half as long again */
	bool hurried;	/* time is up after any number of runs up to the cap */
};

/** How sequences ended under one rule. */
struct stop_end {
	double runs;			     /* sum */
	unsigned int narrow;		     /* intervals of all six metrics are */
	unsigned int covered[SHAPE_METRICS]; /* the interval holds the truth */
};

struct stop_tally {
	struct stop_case what;
	unsigned int sequences;
	struct stop_end planned; /* lib/stats/stopping.h */
	struct stop_end
		greedy; /* after each run at STOP_LEVEL, until narrow or at the cap */
};

/** Runs @sequences of @what with the random numbers of @seed. Returns 0 or -errno. */
int stop_run(struct stop_tally *t, const struct stop_case *what, unsigned int sequences,
	     uint64_t seed);

/** Share of covered intervals: mean over the metrics, and of the worst. */
double stop_coverage(const struct stop_end *end, unsigned int sequences, double *worst);

#endif
