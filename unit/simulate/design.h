/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_DESIGN_H
#define PINLAT_SIMULATE_DESIGN_H

/*
 * How an experiment is laid out, and experiments so laid out on simulated machines: two sides, each of
 * some boots of some runs. A run has the numbers that are judged, see model.h.
 */

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

#include "candidates.h"
#include "decide/decide.h"
#include "model.h"

#define DESIGN_RUNS_MAX 80 /* of a side */

enum order {
	ORDER_ROUNDS, /* base and new in turn, by lot who is first: boots, or runs of one boot */
	ORDER_SEQUENTIAL, /* all of base, then all of new */
};

/** What is 0 is not there. Spreads are standard deviations of logarithms. */
struct design {
	const char *name;
	const struct machine *machine;
	enum order order;
	enum decide_unit unit;
	size_t boots[DECIDE_SIDES];  /* a side; of UNIT_RUN: 1 */
	size_t runs[DECIDE_SIDES];   /* a boot */
	double spread[DECIDE_SIDES]; /* between runs; 0: that of the machine */
	double boot_spread;
	double slow_boots[DECIDE_SIDES]; /* the share of boots that are slow, */
	double slow_times;		 /* by this factor */
	double autocorrelation; /* of what is common to all numbers of a run; spread .1 */
	double drift;		/* this factor from the first run to the last */
	double night;		/* a sine of so much of the logarithm, */
	double period;		/* so many runs long */
	double stalling
		[DECIDE_SIDES]; /* the share of runs that stall; 0: that of the machine */
	bool skewed; /* most runs are a little faster than usual, and few are much slower */
	double step;  /* values are rounded to multiples of it, logarithms: ties */
	bool allowed; /* the order does not matter, says who compares */
	bool steps;   /* the steps from the rule before are counted, see tally.h */
	bool beyond; /* it is known that intervals do not cover: docs/simulation.md says why */
	struct change change; /* of the new side; .faults 0: none */
};

/** What a comparison sees: of runs, or of units. */
struct observed {
	size_t n[DECIDE_SIDES];
	double value[DECIDE_SIDES][NUMBERS][DESIGN_RUNS_MAX];
	double start[DECIDE_SIDES][DESIGN_RUNS_MAX];
};

/** Draws the runs of an experiment, those of each side in the order in which they ran. */
void design_draw(gsl_rng *rng, const struct design *design, struct observed *runs);

/** The units of @runs: themselves, or of UNIT_BOOT the medians of the boots. */
void design_units(const struct design *design, const struct observed *runs,
		  struct observed *units);

/** Asks about those numbers of @which, in their order. Returns how many there are. */
#define DESIGN_ROWS 9
size_t design_ask(const struct design *design, const struct observed *units,
		  number_set which, struct decide_row row[DESIGN_ROWS],
		  enum number number[DESIGN_ROWS]);

/** Whether pinlat compare refuses it whatever the values are: for its order, or its boots. */
bool design_is_refused(const struct design *design);

/** The relative change of @number in truth, or its difference; NAN: that cannot be told. */
double design_truth(const struct design *design, enum number number);

#endif
