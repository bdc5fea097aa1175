/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DECIDE_DECIDE_H
#define PINLAT_DECIDE_DECIDE_H

/*
 * The decision: from the values of the units (runs, or boots) of two sets to a verdict.
 * Everything that decides is here and in lib/stats; who formats a comparison, simulates
 * one or fuzzes one calls decide() and nothing else. Pure: no clock, no file, no text.
 */

#include <stdbool.h>
#include <stddef.h>

#include "stats/ranktest.h"

enum verdict {
	VERDICT_NONE, /* a descriptive row */
	VERDICT_SAME,
	VERDICT_BETTER,
	VERDICT_WORSE,
	VERDICT_MIXED, /* of several rows: not better, nor worse alone */
	VERDICT_UNCLEAR,
};

/** "worse", "better", "mixed", "same", "unclear", or "" for VERDICT_NONE. */
const char *verdict_name(enum verdict v);

/** Whether runs that came in rounds are compared within their round. */
enum decide_blocks {
	BLOCKS_AUTO, /* joined to three units a side, where p can be small enough then */
	BLOCKS_ROUNDS, /* each round for itself, wherever there are rounds */
	BLOCKS_NONE,
};

struct decide_options {
	double alpha; /* of all judged rows, both sides of them together; 0 to 1 */
	double level; /* of the interval that is shown */
	double power; /* with which a detectable change would be found */
	enum decide_blocks blocks;
};

/** alpha .05, level .95, power .8, BLOCKS_AUTO. */
struct decide_options decide_defaults(void);

/** The units of one set: not owned, and in any order. */
struct decide_side {
	size_t n;
	const double
		*value; /* finite, one a unit; more is worse, unless the row is of work */
	const double *start; /* seconds of any epoch; NULL: unknown */
};

enum { DECIDE_BASE, DECIDE_NEW, DECIDE_SIDES };

/** One metric of one new set against the base. */
struct decide_row {
	/* asked */
	struct decide_side side[DECIDE_SIDES];
	double margin; /* a change below this does not matter; .05 is 5 % */
	bool primary;  /* has a p, belongs to a family, gets a verdict */
	bool work;     /* less is worse: requests, bytes, a share of huge pages */
	/*
	 * Changes are differences of the values, which may be 0, not ratios. The margin is one of the
	 * median of the base; what could have been shown is not known.
	 */
	bool difference;

	/* answered; NAN: cannot be known from so few */
	bool zeros; /* a value is 0 or less: no logarithms, so only a difference has a p */
	bool exact;    /* p is exact, not by normal approximation */
	bool hopeless; /* not even p == floor would be significant in its family */
	enum verdict verdict;
	double median[DECIDE_SIDES];
	/*
	 * Changes are relative: .05 is 5 % more than base, from logarithms; or where .difference is
	 * set in the unit of the values.
	 */
	struct interval change;	      /* Hodges-Lehmann; interval at options.level */
	double equal_low, equal_high; /* the same at 1 - 2 alpha, for "same" */
	double p, p_adjusted; /* two-sided; Holm within its family, times the families */
	double floor;	      /* the smallest p that such sizes can give, without ties */
	size_t least; /* units a side from which on p could be small enough; 0: above 1000 */
	size_t rounds; /* compared within so many rounds, joined ones as one; 0: all with all */
	double detectable; /* smallest increase that would have been found with options.power */
	size_t needed; /* units a side to find one of `margin`; 0: above 1000 */
	double tau[DECIDE_SIDES]; /* Kendall's rank correlation with the order of start */
	double drift[DECIDE_SIDES]; /* its p */
};

/**
 * Answers the @n rows of one comparison, of all sets of it. Latencies are one family and work is
 * another; where there are both, each has half of alpha: p_adjusted is against the whole of it.
 * Returns 0, or -EINVAL: an option is out of range, a value is not finite.
 */
int decide(struct decide_row *row, size_t n, const struct decide_options *options);

/** Whether the interval of @row's change has two ends. */
bool decide_bounded(const struct decide_row *row);

/**
 * What the primary rows of one set say together. Worse: one is, and none is better. Better: a
 * latency is, and no row is worse. Mixed: another one is proven, that is better beside worse, or
 * more work alone. Same: all are. Else unclear. VERDICT_NONE: there is no primary row.
 */
enum verdict decide_overall(const struct decide_row *row, size_t n);

/**
 * What @n sets say together: the first of worse, mixed and better that one of them is; else same
 * if all are that are judged, else unclear. VERDICT_NONE: none is judged.
 */
enum verdict decide_sets(const enum verdict *set, size_t n);

#endif
