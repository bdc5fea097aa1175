/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_HISTORY_CHANGEPOINT_H
#define PINLAT_HISTORY_CHANGEPOINT_H

/*
 * Where in a series (kernels in order, one value each) the level changes, and whether it
 * does at all.
 *
 * EXECUTIVE SUMMARY: for every place where the series could be cut, the values before are
 * compared with those behind by Mann and Whitney's exact test, in the whole series and in
 * parts of it; the smallest p of all is what the series shows. How small that gets when
 * nothing changes is counted on the same values in random orders, so the false-alarm rate is
 * alpha whatever their distribution. The series is cut there, and both parts are looked at in
 * the same way.
 *
 * DETAILS: the most significant of all cuts, by ranks: A. N. Pettitt, "A non-parametric
 * approach to the change-point problem", Appl. Statist. 28 (1979), doi 10.2307/2346729, with p
 * instead of U, so that cuts near the ends count as much as those in the middle (maximally
 * selected rank statistics: B. Lausen, M. Schumacher, Biometrics 48 (1992), doi
 * 10.2307/2532740). The parts: seeded binary segmentation with a decay of 1/sqrt(2) and greedy
 * selection, S. Kovács, P. Bühlmann, H. Li, A. Munk, Biometrika 110 (2023), doi
 * 10.1093/biomet/asac052. Without it a step up and a step down would hide each other.
 *
 * Why not another: docs/history.md has two side by side with it. E-divisive means (D. S. Matteson,
 * N. A. James, J. Am. Stat. Assoc. 109 (2014), doi 10.1080/01621459.2013.849605; what MongoDB and
 * Apache Otava use) is as reliable on logarithms, and finds a step up and down among 20 kernels
 * more often, as it knows how far values are apart; but every further change is tested at the
 * whole alpha, and what it says depends on the scale of the values and the size of an outlier. The
 * best partition by squares and a penalty (PELT) promises no false-alarm rate: 16 to 22 % there
 * instead of 5, and an outlier is a change to it.
 *
 * A level has at least CHANGEPOINT_SEGMENT values: one value off its neighbours is an
 * outlier and no change. Among fewer than changepoint_least() values no cut could be
 * significant.
 *
 * A part of k out of n values is tested at alpha * k / n, so that those without a change
 * together give a false alarm no more often than alpha. Every change is then placed anew
 * between its neighbours, where both sides are nearest to their medians: ranks tell that there is a
 * step, but near an end not well where (J. Bai, "Least absolute deviation estimation of a shift",
 * Econometric Theory 11 (1995), doi 10.1017/S026646660000935X). The interval of its place is the
 * bootstrap's: the values of both levels, less what separates them, in random orders (M. Hušková,
 * C. Kirch, J. Time Ser. Anal. 29 (2008), doi 10.1111/j.1467-9892.2008.00589.x).
 *
 * What the values must be: under no change, any order of them as likely as any other. Values that
 * resemble the one before are looked at less options.correlation times that one: if just so much of a
 * value's distance from its level comes from there (AR(1)), the rest has no order, and if less, neighbours
 * in it differ more than by chance, which makes false alarms rarer (docs/history.md has the rates). What
 * is more than that, and slopes, make steps of nothing. Each change says whether it may be such a one:
 * struct changepoint, drift.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/ranktest.h"

/** The fewest values of a level. */
#define CHANGEPOINT_SEGMENT 2
/** The most values of a series: beyond that it takes too long. */
#define CHANGEPOINT_VALUES_MAX 1000

struct scan_tables;

struct changepoint_options {
	double alpha;	     /* how often a series without a change may show one */
	double level;	     /* of intervals */
	unsigned int orders; /* random ones: p is a multiple of 1 / (orders + 1) */
	uint64_t seed;	     /* of these */
	double correlation;  /* that neighbours may have at most, from 0 to below 1 */
	/* shared by several series, which saves time; NULL: of this one; history/scan.h */
	struct scan_tables *tables;
};

/** alpha .05, level .95, 1999 orders, seed 1, correlation 0. */
struct changepoint_options changepoint_defaults(void);

/** What else than a step may have made a change. */
enum changepoint_drift {
	DRIFT_NONE,
	/*
	 * A line through both levels, or through one more on each side, explains their values as well as the
	 * levels do (G. Schwarz, Ann. Statist. 6 (1978), doi 10.1214/aos/1176344136; of absolute deviations),
	 * or one of both has a slope (Kendall's test, p of both <= .05).
	 */
	DRIFT_SLOPE,
	/*
	 * Neighbours within both levels, or within all, are more alike than options.correlation makes
	 * them: R. Bartels' rank version of von Neumann's ratio, J. Am. Stat. Assoc. 77 (1982), doi
	 * 10.1080/01621459.1982.10477764; p <= .1, as to miss a drift is worse than to see one.
	 */
	DRIFT_CORRELATION,
};

/** From value @at on, the series has another level. */
struct changepoint {
	size_t at;
	size_t low, high; /* interval of @at; holds it */
	double p;	  /* of the part in which it was found, over all cuts */
	/* of the levels on both sides, up to the next change; the place was chosen to make it large */
	struct interval shift;
	enum changepoint_drift drift;
};

struct changepoints {
	size_t n;
	struct changepoint *change; /* owned; ascending */
	double p;      /* of the whole series; where far above alpha, a rough one */
	bool hopeless; /* fewer than changepoint_least() values: p is 1 */
	double drift; /* p of Kendall's test within the levels, times how many there are */
};

/**
 * Finds the changes of @n values, which are compared by difference (of latencies: logarithms).
 * The same input gives the same output. Returns 0 or -EINVAL: @n is 0 or above
 * CHANGEPOINT_VALUES_MAX, a value is not finite, or an option is out of range.
 */
int changepoints_find(struct changepoints *result, const double *value, size_t n,
		      const struct changepoint_options *options);

/** The fewest values in which a change can be found at @alpha: .05 needs 8. With a correlation one more. */
size_t changepoint_least(double alpha);

/** Frees what @c owns. */
void changepoints_free(struct changepoints *c);

#endif
