/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_TALLY_H
#define PINLAT_SIMULATE_TALLY_H

/* Many experiments of one design, decided by lib/decide and by the rules of others, counted. */

#include <stdint.h>

#include "design.h"
#include "rules.h"

/** What truly happened to everything on the new side. */
enum effect {
	EFFECT_NONE,
	EFFECT_MARGIN, /* as much as the margin of "same": 5 % */
	EFFECT_10,
	EFFECT_20,
	EFFECT_50,
	EFFECT_DETECTABLE, /* what decide() says that it would have found with 80 % */
	EFFECTS,
};

/** Counts of rows: [i] is how many experiments had it in row i; `any`: in one at least. */
struct tally_rows {
	unsigned int row[DESIGN_METRICS];
	unsigned int any;
};

/** Who says that something changed. */
enum judge {
	JUDGE_VERDICT, /* pinlat compare: worse or better */
	JUDGE_P,       /* its p before Holm, at most alpha */
	JUDGE_UNITS,   /* benchstat's rule on the same units */
	JUDGE_RULES, /* and enum rule on: the rules of others, on runs, which is all they know */
	JUDGES = JUDGE_RULES + RULES,
};

struct tally_effect {
	struct tally_rows found[JUDGES];
	struct tally_rows same;	   /* verdict same */
	struct tally_rows covered; /* the interval holds the true change */
	struct tally_rows bounded; /* the interval has two ends */
	struct tally_rows warned;  /* of drift, p < .05 */
	unsigned int
		verdicts_warned; /* experiments with a JUDGE_VERDICT that were warned */
};

struct tally {
	struct design design;
	unsigned int experiments;
	unsigned int hopeless; /* those in which no row could have been significant */
	double times[EFFECTS]; /* so many times as long; NAN: nothing is detectable */
	struct tally_effect effect[EFFECTS];
};

/**
 * Runs @experiments of @design with the random numbers of @seed. Returns 0 or what decide() or
 * a rule failed with.
 */
int tally_run(struct tally *t, const struct design *design, unsigned int experiments,
	      uint64_t seed);

/** Share of experiments, mean over the six rows. */
double tally_share(const struct tally_rows *rows, unsigned int experiments);

/** The same over the two rows of p99. */
double tally_share_p99(const struct tally_rows *rows, unsigned int experiments);

#endif
