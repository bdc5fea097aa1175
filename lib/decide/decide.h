/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DECIDE_DECIDE_H
#define PINLAT_DECIDE_DECIDE_H

/*
 * The decision: from the values of the units (boots, or runs) of two kernels to a verdict.
 * Everything that decides is here and in lib/stats. Who formats a comparison, simulates one or
 * fuzzes one calls decide() and nothing else. Pure: no clock, no file, no text.
 */

#include <stdbool.h>
#include <stddef.h>

#include "stats/ranktest.h"

enum verdict {
	VERDICT_NONE, /* a descriptive row */
	VERDICT_SAME,
	VERDICT_BETTER,
	VERDICT_WORSE,
	VERDICT_MIXED, /* of several rows: neither better nor worse describes it */
	VERDICT_UNCLEAR,
};

/** "worse", "better", "mixed", "same", "unclear", or "" for VERDICT_NONE. */
const char *verdict_name(enum verdict v);

/** Why a primary row is unclear. The first one that holds. */
enum decide_reason {
	REASON_NONE,	  /* it is not */
	REASON_EMPTY,	  /* a side has no unit */
	REASON_ZEROS,	  /* a value is 0 or less, and the row is no .difference */
	REASON_ONE_BOOT,  /* one boot a side: a change may be the boot's */
	REASON_FEW_BOOTS, /* fewer than DECIDE_BOOTS boots on a side; .least are needed */
	REASON_ORDER,	  /* it would have a verdict, but the units were not in rounds */
	REASON_TAIL, /* the shift is within the margin, but bad units are not excluded */
	REASON_FEW, /* so few units cannot prove a change in this family; .least are needed */
	REASON_SPREAD, /* ranks prove a change, Welch's test does not, and spreads may differ */
	REASON_OPEN, /* neither a change nor its absence is proven */
	DECIDE_REASONS
};

/** "one-boot", "few-boots", "order", "tail", … or "" for REASON_NONE. */
const char *decide_reason_name(enum decide_reason reason);

/** What the values of a row are of. */
enum decide_unit {
	UNIT_RUN,      /* runs; the question is one within a boot, of both sides */
	UNIT_BOOT,     /* boots, a value each: the median of its runs */
	UNIT_ONE_BOOT, /* runs, but all those of a side are of one boot of its own */
};

/** Fewer boots than these on a side say too little of how boots differ. */
#define DECIDE_BOOTS 5

/** Whether units that came in rounds are compared within their round. */
enum decide_blocks {
	BLOCKS_AUTO, /* joined to three units a side, where p can be small enough then */
	BLOCKS_ROUNDS, /* each round for itself, wherever there are rounds */
	BLOCKS_NONE,
};

struct decide_options {
	double alpha; /* of all primary rows, both sides of them together; 0 to .5 */
	double level; /* of the interval of a row alone */
	double power; /* with which a detectable change would be found */
	enum decide_blocks blocks;
	bool allow_one_boot; /* judge one boot a side as if boots did not differ */
	bool allow_order;    /* judge units that did not come in rounds */
	/*
	 * "Same" excludes, with a chance of alpha to be wrong, that so large a share of units is bad;
	 * above 0, and 1 excludes nothing.
	 */
	double bad_runs, bad_boots;
};

/**
 * alpha .05, level .95, power .8, BLOCKS_AUTO, nothing allowed, bad_runs .2 (14 runs a side where
 * none is bad), bad_boots .25 (11 boots).
 */
struct decide_options decide_defaults(void);

/** The units of one side: not owned, and in any order. */
struct decide_side {
	size_t n;
	/*
	 * One a unit; more is worse, unless the row is of work. INFINITY and -INFINITY rank beyond all
	 * others, and are ties among themselves: a run that stalled so much that it has no p99 has
	 * INFINITY.
	 */
	const double *value;
	const double *start; /* seconds of any epoch; NULL: unknown */
};

enum { DECIDE_BASE, DECIDE_NEW, DECIDE_SIDES };

/** One metric of one new kernel against the base. */
struct decide_row {
	/* asked */
	struct decide_side side[DECIDE_SIDES];
	/* Which machine each unit of a side was measured on, any numbers; NULL: not told, one. */
	const unsigned int *machine[DECIDE_SIDES];
	double margin; /* a change below this does not matter; .05 is 5 % */
	bool primary;  /* has a p, belongs to the family, gets a verdict */
	bool work;     /* less is worse: requests, bytes, a share of huge pages */
	enum decide_unit unit;
	/*
	 * Changes are differences of the values, which may be 0, not ratios. The margin is one of the
	 * median of the base, and never less than .absolute, in the unit of the values.
	 */
	bool difference;
	double absolute; /* 0 or more */

	/* answered; NAN: cannot be known from so few */
	bool zeros; /* a value is 0 or less: no logarithms, so only a difference has a p */
	bool exact;	/* p is exact; else by normal approximation, or Welch's */
	bool hopeless;	/* not even p == floor would be significant in the family */
	bool in_rounds; /* the units of both sides took turns */
	/*
	 * Spreads differ by more than 2 : 1, or numbers of units differ: p is the larger one of the rank
	 * test and Welch's t test (outliers pulled in, few degrees of freedom: welch_be_careful()), and
	 * intervals hold those of both. Not for one unit against others, nor where a side has only
	 * zeros. Of a .difference both are of square roots, as counts and shares spread more where they are
	 * larger.
	 */
	bool welch;
	enum verdict verdict;
	enum decide_reason reason;
	double median[DECIDE_SIDES];
	/*
	 * Changes are relative: .05 is 5 % more than base, from logarithms; or where .difference is
	 * set in the unit of the values. An end that lies among infinite values is infinite (-1, where
	 * changes are relative). Ties: p counts them exactly; intervals do where rounds are used, and
	 * else are those without ties, which are wider.
	 */
	struct interval
		change; /* Hodges-Lehmann; interval of this row, at options.level */
	struct interval family;	      /* the same, at .family_level */
	double equal_low, equal_high; /* the same at 1 - 2 alpha, for "same" */
	/*
	 * Where Holm's procedure stops for this row. Without ties .family leaves out 0 exactly where
	 * p_adjusted is at most alpha.
	 */
	double family_level;
	double p, p_adjusted; /* two-sided; p_adjusted by Holm over all primary rows */
	double floor;	      /* the smallest p that such sizes can give, without ties */
	size_t least; /* units a side from which on p could be small enough; 0: above 1000 */
	size_t rounds; /* compared within so many rounds, joined ones as one; 0: all with all */
	/*
	 * How many machines the units are from; 0: it is not told. Several are blocks, whatever
	 * options.blocks says: p, change and intervals are of differences within a machine.
	 */
	size_t machines;
	/*
	 * Whether several machines agree in the change: p of their shifts being as far apart, and the
	 * same by Holm over all primary rows. NAN: one machine.
	 */
	double agree, agree_adjusted;
	/*
	 * Smallest increase that would have been found with options.power; NAN also where a unit is
	 * infinite or, of a difference, where all are equal.
	 */
	double detectable;
	size_t needed; /* units a side to find one of the margin; 0: above 1000, or unknown */
	double spread
		[DECIDE_SIDES]; /* robust_spread() of the logarithms, or roots: see .welch */
	/*
	 * Bad units: infinite ones, and those which are farther from the median (of their round, where
	 * rounds are used) than the margin and than 3.5 standard deviations (from the median absolute
	 * deviation: B. Iglewicz, D. C. Hoaglin, How to detect and handle outliers, ASQC 1993).
	 */
	size_t bad[DECIDE_SIDES];
	/*
	 * At most so large a share of the units of a side is bad, with a chance of alpha to be wrong
	 * (Clopper and Pearson; where none is bad 1 - alpha^(1/n)): the larger one of both sides.
	 */
	double bad_share;
	size_t same_least;	  /* units a side which exclude bad ones if none is */
	double tau[DECIDE_SIDES]; /* Kendall's rank correlation with the order of start */
	double drift[DECIDE_SIDES]; /* its p */
};

/**
 * Answers the @n rows of one comparison, of all kernels of it. All primary rows, latencies and
 * work, are one family. Returns 0, or -EINVAL: an option is out of range, a value is NAN.
 */
int decide(struct decide_row *row, size_t n, const struct decide_options *options);

/** Whether the interval of @row's change has two ends. */
bool decide_bounded(const struct decide_row *row);

/**
 * What the primary rows of one new kernel say together. Worse: one is, and none is better.
 * Better: a latency is, and no row is worse. Mixed: another one is proven, that is better beside
 * worse, or more work without better latency. Same: all are. Else unclear. VERDICT_NONE: there is
 * no primary row.
 */
enum verdict decide_overall(const struct decide_row *row, size_t n);

/**
 * What @n kernels say together: the first of worse, mixed and better that one of them is; else same
 * if all are that are judged, else unclear. VERDICT_NONE: none is judged.
 */
enum verdict decide_sets(const enum verdict *set, size_t n);

#endif
