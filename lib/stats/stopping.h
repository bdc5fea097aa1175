/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_STOPPING_H
#define PINLAT_STATS_STOPPING_H

/*
 * Runs until the answer is precise enough, without cheating.
 *
 * EXECUTIVE SUMMARY: who looks at a 95 % interval after every run and stops as soon as it is
 * narrow is wrong more often than 1 time in 20, since it is the lucky intervals that end the
 * runs. Here the numbers of runs at which we look, and how many such looks there are, are fixed
 * before the first run, and the 5 % are shared out among them. Whatever ends the runs, the
 * interval of the last look covers with 95 % or more.
 *
 * DETAILS: with K looks every one of them uses the level 1 - (1 - level) / K (Bonferroni): the
 * chance that any of the K intervals misses is at most 1 - level, hence that of the one we stopped
 * at is too. These are repeated confidence intervals: C. Jennison, B. W. Turnbull, "Interim
 * analyses: the repeated confidence interval approach", J. R. Stat. Soc. B 51 (1989), 305-361,
 * with the error spent evenly over looks whose times do not depend on what is seen (K. K. G. Lan,
 * D. L. DeMets, Biometrika 70 (1983), doi 10.1093/biomet/70.3.659).
 *
 * The looks come at a geometric sequence of numbers of runs, the last one at the cap, the first
 * one as early as the signed-rank interval exists at that level at all (2^(1 - n) <= (1 - level)
 * / K). K is the largest that keeps a ratio of 1.5 or more: more looks would stop a little
 * earlier, but each at a wider interval. For 95 % and a cap of 100 runs: looks at 8, 14, 22, 37,
 * 61 and 100 runs, each at 99.17 %.
 *
 * Time being up is no look at the values, so the next look may be brought forward to then: at most
 * K looks are made all the same.
 *
 * What is covered is the pseudo-median of what the machine gives, run for run, each quantity for
 * itself. It is exact for symmetric values (take logarithms), and supposes that runs do not drift.
 */

#include <stddef.h>

#include "stats/ranktest.h"

/** More than a cap of a million runs needs. */
#define STOPPING_LOOKS_MAX 32

struct stopping {
	double within; /* what is wanted: .1 is +-10 % */
	double level;  /* of the interval at the end: .95 */
	size_t looks;
	size_t look
		[STOPPING_LOOKS_MAX]; /* after how many runs, ascending; the last is the cap */
};

/**
 * Fixes the looks for intervals within @within at @level, after @cap runs at the latest. Returns 0,
 * or -EINVAL (@within is not above 0, @level not within 0 and 1, @cap above a million), or
 * -ERANGE: @cap is below stopping_least().
 */
int stopping_init(struct stopping *s, double within, double level, size_t cap);

/** The smallest cap there can be: from so many runs on there is an interval at @level (95 %: 6). */
size_t stopping_least(double level);

/** The level that every single look uses. */
double stopping_look_level(const struct stopping *s);

/**
 * A look at the @n logarithms @value, one a run: their Hodges-Lehmann pseudo-median and its
 * interval at stopping_look_level(). Returns 1 if it is as narrow as wanted, 0 if it is not,
 * -EINVAL as hodges_lehmann_one(). A caller with several quantities stops where all of
 * them return 1.
 */
int stopping_look(const struct stopping *s, const double *value, size_t n,
		  struct interval *interval);

/**
 * How wide the interval @i of logarithms is: .1 if its farther end is 10 % above (or 1 / 1.1 of) the
 * estimate. INFINITY where it has no end.
 */
double stopping_width(const struct interval *i);

#endif
