/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_TALLY_H
#define PINLAT_SIMULATE_TALLY_H

/* Many experiments of one design, decided by lib/decide and by the rules of others, counted. */

#include <stdint.h>

#include "design.h"
#include "rules.h"

/** Who says of a row that something changed. */
enum judge {
	JUDGE_VERDICT, /* pinlat compare: worse or better */
	JUDGE_P,       /* its p before Holm, at most alpha */
	JUDGE_UNITS,   /* benchstat's rule on the same units */
	JUDGE_RULES, /* and enum rule on: the rules of others, on runs, which is all they know */
	JUDGES = JUDGE_RULES + RULES,
};

/** On the way from the rule before to today's, each with one thing more. */
enum step {
	STEP_BEFORE, /* six quantiles as scheduled, ranks, Holm over six */
	STEP_WORK,   /* three numbers of work in the family: Holm over nine */
	STEP_ROUNDS, /* ranks within rounds, as decide() joins them */
	STEP_WELCH,  /* Welch's test where spreads differ: decide(), of the six before */
	STEPS,	     /* of the six of today: the answer */
};

struct tally {
	struct design design;
	unsigned int experiments;
	/* The whole answer: how often each verdict was given. */
	unsigned int verdict[VERDICT_UNCLEAR + 1];
	unsigned int worse,
		better;	      /* experiments with such a row: mixed ones have both */
	unsigned int allowed; /* what would be proven were nothing refused for its order
				     * or its boots */
	/* Experiments in which that finds something; after STEP_BEFORE only of design.steps. */
	unsigned int step[STEPS];
	unsigned int found[JUDGES][DESIGN_ROWS], any[JUDGES];
	/* The 95 % intervals of rows whose truth is known, and those of them that hold it. */
	unsigned int intervals, covered;
};

/**
 * Runs @experiments of @design with the random numbers of @seed. Returns 0 or what decide() or
 * a rule failed with.
 */
int tally_run(struct tally *t, const struct design *design, unsigned int experiments,
	      uint64_t seed);

/** Share of experiments in which something is proven. */
double tally_proven(const struct tally *t);

/** The same of a step, or of STEPS. */
double tally_step(const struct tally *t, enum step step);

/** How often @judge found something: share of experiments, mean over the latencies. */
double tally_found(const struct tally *t, enum judge judge);

/** Share of the intervals that hold the truth; NAN: of no row it is known. */
double tally_coverage(const struct tally *t);

/** Three standard errors of a share of @n experiments that truly is @share. */
double tally_error(double share, unsigned int n);

#endif
