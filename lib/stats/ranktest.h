/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_RANKTEST_H
#define PINLAT_STATS_RANKTEST_H

/*
 * Rank tests of a few runs against a few others, exact where that can be computed,
 * and the interval of the shift that belongs to each. No distribution is assumed.
 *
 * All are about values that are compared by difference: a caller that asks about
 * ratios passes logarithms. Values are finite and within +- DBL_MAX / 4.
 */

#include <stdbool.h>
#include <stddef.h>

/** What a test said. */
struct rank_p {
	double p;     /* two-sided */
	double floor; /* the smallest p that these sizes (and ties) can give */
	bool exact;   /* otherwise from the normal approximation */
};

/** An estimate with its confidence interval. */
struct interval {
	double estimate;
	double low, high; /* -INFINITY and INFINITY where the sizes give no such level */
};

/**
 * Mann-Whitney: are @a (@n values) and @b (@m) of one distribution? Two-sided p is
 * P(|W - E W| >= |w - E W|) over all choices of n out of n + m midranks, so ties are
 * exact too. Above n * m = 2500 (50 v 50) normal with tie and continuity correction.
 * Returns 0 or -EINVAL (n or m is 0, a value is not finite).
 */
int mann_whitney(struct rank_p *result, const double *a, size_t n, const double *b,
		 size_t m);

/**
 * The same where runs came in rounds (blocks): value i of each belongs to block
 * @block_a[i], @block_b[i]; only choices within a block are permuted, of the midranks among
 * all values. So p holds whatever differs from block to block. Ranks of values less their
 * block's mean (Hodges & Lehmann 1962, doi 10.1214/aoms/1177704575) find a little more
 * where normal values drift a lot, and not half as much where values are bimodal.
 * Exact as long as that takes some ten milliseconds (100 rounds of one against one), else
 * normal with tie and continuity correction. Returns as mann_whitney().
 */
int blocked_rank_test(struct rank_p *result, const double *a, const unsigned int *block_a,
		      size_t n, const double *b, const unsigned int *block_b, size_t m);

/**
 * Hodges-Lehmann shift of @b against @a: median of the n * m differences b - a, with
 * the interval between the order statistics that invert mann_whitney() at 1 - @level
 * (5 v 5 at .95: the third and its mirror; 10 v 10: the 24th), counted without ties.
 * O((n + m) log) time, O(n + m) memory. Returns as mann_whitney(); -EINVAL too where
 * @level is not within 0 and 1.
 */
int hodges_lehmann(struct interval *result, const double *a, size_t n, const double *b,
		   size_t m, double level);

/**
 * The same of one sample: the pseudo-median (of the Walsh averages) of @a, with the
 * interval that inverts the signed-rank test. Returns as hodges_lehmann().
 */
int hodges_lehmann_one(struct interval *result, const double *a, size_t n, double level);

/**
 * Kendall's rank correlation of @a with its own order (@tau, -1 to 1; tau-b, 0 where all
 * are equal) and its two-sided p: does the metric drift while runs go on? Exact up to 100
 * values, ties too, else normal with tie and continuity correction.
 * Returns as mann_whitney(); -EINVAL below 3 values.
 */
int kendall_drift(const double *a, size_t n, double *tau, struct rank_p *result);

/**
 * The smallest two-sided p that mann_whitney() can give for @n against @m without ties:
 * 2 / C(n + m, n), at most 1; above n * m = 2500 what the approximation gives.
 */
double mann_whitney_floor(size_t n, size_t m);

#endif
