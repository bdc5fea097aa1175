/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_CANDIDATES_H
#define PINLAT_SIMULATE_CANDIDATES_H

/*
 * Which six latency numbers are judged? The power of each candidate, and of each family of six of
 * them, for what patches do. A family finds a patch if one of its numbers at least changes the
 * right way with p at most alpha / 9, and none the wrong way: the first step of Holm's procedure
 * over six latency numbers and three of work. What was judged before knew no work: alpha / 6.
 */

#include <stdint.h>
#include <stdio.h>

#include "model.h"

#define CANDIDATES_FAMILY 9 /* six latencies, three numbers of work */
#define CANDIDATES_SIX	  6
#define CANDIDATES_MAX	  400 /* families */
#define CANDIDATES_BEFORE 1   /* the family that was judged before: six, and no work */

/** What patches do. The first does nothing. */
#define CANDIDATES_CHANGES 8
extern const struct candidates_change {
	const char *name;
	struct change change;
} candidates_change[CANDIDATES_CHANGES];

/** How the units come. */
#define CANDIDATES_DESIGNS 3
extern const struct candidates_design {
	const char *name;
	size_t units, runs; /* a side; runs a unit, whose median is its value */
} candidates_design[CANDIDATES_DESIGNS];

#define CANDIDATES_CELLS (CANDIDATES_DESIGNS * MACHINES * CANDIDATES_CHANGES)

/** A set of numbers: bit 1 << NUMBER_FAULT_P50 and so on. */
typedef uint32_t number_set;

/** The numbers that pinlat compare judges, and those that it judged before. */
extern const number_set candidates_judged, candidates_before, candidates_work;

struct candidates {
	unsigned int experiments;
	size_t families;
	number_set family[CANDIDATES_MAX]; /* the first two: judged, and before */
	struct candidates_cell {
		unsigned int found[NUMBERS]; /* experiments in which the number changed */
		unsigned int by[CANDIDATES_MAX];
	} cell[CANDIDATES_CELLS];
};

/** Lists the families. */
void candidates_init(struct candidates *c, unsigned int experiments);

/** Runs the experiments of cell @i, which counts changes fastest, then machines, then designs. */
int candidates_run(struct candidates *c, size_t i, uint64_t seed);

/** Writes the tables in Markdown. */
void candidates_print(const struct candidates *c, FILE *f);

#endif
