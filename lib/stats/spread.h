/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_SPREAD_H
#define PINLAT_STATS_SPREAD_H

/*
 * Two samples whose spreads differ. A rank test takes such a difference for a shift, most of all
 * where the smaller sample spreads more. Welch's t test does not.
 */

#include <stdbool.h>
#include <stddef.h>

/**
 * Qn of @n values: a standard deviation which outliers cannot spoil as long as they are fewer
 * than half (P. J. Rousseeuw, C. Croux, JASA 88 (1993), doi 10.1080/01621459.1993.10476408).
 * 0 where many values are equal. NAN below 2 values, or where one is not finite.
 */
double robust_spread(const double *value, size_t n);

/**
 * Copies @n values of the robust spread @spread, which may be 0, to @out: those farther than
 * 5 @spread from the median become just so far.
 */
void pull_in_outliers(double *out, const double *value, size_t n, double spread);

/**
 * Whether a rank test of two samples with the robust spreads @a (of @n values) and @b (of @m) may
 * not hold its level. Of equal numbers it does as long as spreads differ by less than 2 : 1. Of
 * unequal ones it depends on spreads that so few values do not tell.
 */
bool spreads_matter(double a, size_t n, double b, size_t m);

/** Welch's t test of two samples: what welch_init() finds. */
struct welch {
	double shift;	/* of the means, second less first */
	double error;	/* the standard error of it */
	double freedom; /* degrees of freedom, by Satterthwaite */
};

/**
 * Looks at @a (@n values) and @b (@m): B. L. Welch, Biometrika 34 (1947), doi
 * 10.1093/biomet/34.1-2.28. Returns 0 or -EINVAL (fewer than 2 values on a side, or one is not
 * finite).
 */
int welch_init(struct welch *w, const double *a, size_t n, const double *b, size_t m);

/**
 * Takes degrees of freedom away where Satterthwaite's are too many, of samples with the robust
 * spreads @a (of @n values) and @b (of @m). Where numbers differ by more than 1.5 : 1 they become
 * those of the smaller side: far out in the tails Satterthwaite's do not hold the level (P. L. Hsu
 * 1938; H. Scheffé, JASA 65 (1970)). Where spreads differ by more than 2 : 1 they are six at most:
 * the side that spreads more is most of the test then, and where it is skewed its mean is not its median,
 * however many values there are. Simulated: docs/simulation.md.
 */
void welch_be_careful(struct welch *w, double a, size_t n, double b, size_t m);

/** The two-sided p of the shift. */
double welch_p(const struct welch *w);

/** How far the interval of the shift at @level (0 to 1) reaches to either side of it. */
double welch_reach(const struct welch *w, double level);

#endif
