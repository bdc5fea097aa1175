/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_RESULTS_H
#define PINLAT_SIMULATE_RESULTS_H

/* Everything that is simulated, what is demanded of it, and the tables of docs/simulation.md. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "candidates.h"
#include "designs.h"
#include "stop.h"
#include "tally.h"

#define RESULTS_DESIGNS_MAX 64
#define RESULTS_STOP	    10

struct results {
	unsigned int experiments; /* of each design */
	uint64_t seed;
	struct candidates candidates;
	struct tally null[RESULTS_DESIGNS_MAX];	     /* of designs_null */
	struct tally differing[RESULTS_DESIGNS_MAX]; /* of designs_true */
	struct tally usual[MACHINES][DESIGNS_USUAL][CANDIDATES_CHANGES];
	struct stop_tally stop[RESULTS_STOP];
};

/** Simulates it all; @progress may be NULL. Returns 0 or -errno. */
int results_run(struct results *r, unsigned int experiments, uint64_t seed,
		FILE *progress);

/** What must hold, in the order of docs/simulation.md. */
enum {
	DEMAND_FALSE_POSITIVES,
	DEMAND_FALSE_SAME,
	DEMAND_COVERAGE,
	DEMAND_POWER,
	DEMAND_BEFORE,	   /* mean of the machines */
	DEMAND_BEFORE_ONE, /* each machine */
	DEMAND_STOP,
	RESULTS_DEMANDS
};

/** How often a step finds a change: mean of the changes. */
double results_mean(const struct tally usual[CANDIDATES_CHANGES], enum step step);

/** How much more rarely than the rule before an answer finds a change: mean of the changes. */
double results_lost(const struct tally usual[CANDIDATES_CHANGES]);

struct demand {
	const char *text;
	double limit; /* the share that is demanded */
	double worst; /* the share seen in the worst design */
	/* The same without those in which it is known not to hold: docs/simulation.md says why. */
	double worst_of_others;
	unsigned int others;
	unsigned int designs;
	bool at_most; /* `worst` must not be above `limit`, else not below */
	bool kept;    /* within three standard errors */
	bool kept_by_others;
	char where[128]; /* the worst design */
};

void results_demands(const struct results *r, struct demand demand[RESULTS_DEMANDS]);

/** Writes the tables in Markdown. */
void results_print(const struct results *r, FILE *f);

#endif
