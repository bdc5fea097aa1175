/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_RESULTS_H
#define PINLAT_SIMULATE_RESULTS_H

/* Everything that is simulated, what is demanded of it, and the tables of docs/simulation.md. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "candidates.h"
#include "pooled.h"
#include "stop.h"
#include "tally.h"

#define RESULTS_RUNS   5
#define RESULTS_BOOTS  3
#define RESULTS_FEW    2
#define RESULTS_POOLED 2
#define RESULTS_STOP   10

extern const size_t results_runs[RESULTS_RUNS];	    /* a boot: 3, 5, 8, 10, 20 */
extern const size_t results_boots[RESULTS_BOOTS];   /* a side: 1, 4, 8 */
extern const size_t results_few[RESULTS_FEW];	    /* a side: 1, 3 */
extern const size_t results_pooled[RESULTS_POOLED]; /* runs a side: 5, 10 */

struct results {
	unsigned int experiments; /* of each cell */
	uint64_t seed;
	/* One boot a side: boots do not differ. More: they do. */
	struct tally tally[SHAPES][ORDERS][RESULTS_BOOTS][RESULTS_RUNS];
	/* Too few boots to be units, and they differ: 1 and 3 a side. */
	struct tally few_boots[RESULTS_FEW][RESULTS_RUNS];
	unsigned int pooled[RESULTS_POOLED]; /* false positives */
	struct stop_tally stop[RESULTS_STOP];
	struct candidates candidates;
};

/** Simulates it all; @progress may be NULL. Returns 0 or -errno. */
int results_run(struct results *r, unsigned int experiments, uint64_t seed,
		FILE *progress);

/** What must hold, in the order of docs/simulation.md. */
enum {
	DEMAND_FALSE_POSITIVES,
	DEMAND_COVERAGE,
	DEMAND_FALSE_SAME,
	DEMAND_POWER,
	DEMAND_POWER_ROUNDS,
	DEMAND_STOP,
	RESULTS_DEMANDS
};

struct demand {
	const char *text;
	double limit; /* the share that is demanded */
	double worst; /* the share seen in the worst cell */
	unsigned int cells;
	bool at_most;	/* `worst` must not be above `limit`, else not below */
	bool kept;	/* within three standard errors, where it is an error rate */
	char where[64]; /* the worst cell */
};

void results_demands(const struct results *r, struct demand demand[RESULTS_DEMANDS]);

/** Three standard errors of a share of @n experiments that truly is @share. */
double results_error(double share, unsigned int n);

/**
 * Whether false positives are demanded to be few in @design: those of the order of the runs
 * are not the test's where something drifts.
 */
bool results_is_fair(const struct design *design);

/** Writes the tables in Markdown. */
void results_print(const struct results *r, FILE *f);

#endif
