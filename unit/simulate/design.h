/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_DESIGN_H
#define PINLAT_SIMULATE_DESIGN_H

/*
 * How an experiment is laid out, and experiments so laid out with simulated values: two sides,
 * each of some boots of some runs, each run with six metrics. A run's three quantiles come from the
 * same samples; timer and thp are runs of their own, of the same boot.
 */

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

#include "decide/decide.h"
#include "shape.h"

#define DESIGN_PROBES	2
#define DESIGN_METRICS	(DESIGN_PROBES * SHAPE_QUANTILES) /* the family */
#define DESIGN_RUNS_MAX 160				  /* of a side */

/** Spread is the standard deviation of logarithms: .1 is 10 %. */
#define DESIGN_RUN_SPREAD  .10
#define DESIGN_BOOT_SPREAD .05
/** What drifts does so by this much from the first run of an experiment to its last. */
#define DESIGN_DRIFT 1.2

enum order {
	ORDER_ROUNDS, /* base and new in turn, by lot who is first: boots, or runs of one boot */
	ORDER_SEQUENTIAL, /* all of base, then all of new */
	ORDERS,
};

struct design {
	enum shape shape;
	enum order order;
	size_t boots, runs; /* boots a side, runs a boot */
	double boot_spread;
};

/** The runs of one side, in the order in which they ran. */
struct design_side {
	double value[DESIGN_METRICS][DESIGN_RUNS_MAX]; /* ns, as drawn */
	double start[DESIGN_RUNS_MAX];
};

struct experiment {
	struct design design;
	struct design_side side[DECIDE_SIDES];
};

/** Values as a comparison sees them, from buckets: of runs, or of units. */
struct observed {
	size_t n; /* a side */
	double value[DECIDE_SIDES][DESIGN_METRICS][DESIGN_RUNS_MAX];
	double start[DECIDE_SIDES][DESIGN_RUNS_MAX];
};

/**
 * The metrics of a run of each probe, in ns as drawn, on a machine @scale times as slow as the
 * usual one and with @spread between its runs.
 */
void design_draw_run(gsl_rng *rng, enum shape shape, double scale, double spread,
		     double value[DESIGN_METRICS]);

/** Draws the values of an experiment in which both sides are the same. */
void design_draw(gsl_rng *rng, const struct design *design, struct experiment *e);

/** The runs of @e when everything on the new side takes @effect times as long. */
void design_runs(const struct experiment *e, double effect, struct observed *runs);

/** The units of @runs: themselves, or from 4 boots a side on the medians of the boots. */
void design_units(const struct design *design, const struct observed *runs,
		  struct observed *units);

#endif
