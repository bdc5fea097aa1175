/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_ESTIMATE_H
#define PINLAT_STATS_ESTIMATE_H

/* Quantiles and their intervals, corrections of p, power, and where variance comes from. */

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/distribution.h"

/** Median of @n values, mean of the middle two; NAN where n is 0 or a value is NAN. */
double median(const double *value, size_t n);

/**
 * Holm's step-down adjustment of @n p-values into @adjusted, which may be @p.
 * Returns 0 or -EINVAL (a p is not within 0 to 1).
 */
int holm(const double *p, size_t n, double *adjusted);

/**
 * The smallest |shift| that a two-sided rank test at @alpha of @n against @m values
 * with standard deviation @sd finds with probability @power: Student's t for two
 * samples, at the largest level up to @alpha that mann_whitney() attains, with its
 * asymptotic efficiency 3/pi. That promises a little too much for few runs: of normal
 * values with @power .8, 20 v 20 find .8, 5 v 5 .78, and 5 v 5 at @alpha .0083 .72.
 * INFINITY where the sizes cannot reach @alpha at all; NAN where @sd is below 0, or @alpha
 * or @power not within 0 and 1.
 */
double detectable_shift(double sd, size_t n, size_t m, double alpha, double power);

/**
 * The smallest equal n on both sides whose detectable_shift() is at most @shift; 0: above
 * 1000, or none.
 */
size_t runs_needed(double sd, double shift, double alpha, double power);

/** Variance by level, in the square of the value's unit; NAN where it cannot be known. */
struct variance_levels {
	double boot;   /* between boots */
	double run;    /* between runs of a boot; with @within NULL that of a run too */
	double within; /* of a run's own quantile (from its interval) */
	size_t boots, runs;
};

/**
 * Splits the variance of @n values of runs, run i of boot @boot[i] with variance
 * @within[i] of its own (@within may be NULL), by the method of moments for unequal
 * numbers (ANOVA, Searle, Casella & McCulloch 1992, section 3.6): what cannot be negative is
 * cut at 0. Returns 0 or -EINVAL (n is 0, a value is not finite, a variance below 0).
 */
int variance_by_level(struct variance_levels *v, const double *value,
		      const unsigned int *boot, const double *within, size_t n);

/**
 * Whether the interval @low to @high of a relative change (0.1: 10 % more) has two ends: ln(-inf)
 * comes back as -1, -100 %.
 */
static inline bool interval_bounded(double low, double high)
{
	return isfinite(high) && low > -1;
}

#endif
