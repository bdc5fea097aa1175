/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_INTERNAL_H
#define PINLAT_STATS_INTERNAL_H

/* What tests, intervals and estimates (and lib/history) share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/ranktest.h"

/** Whether there is a value and all are finite, and so are their differences and sums. */
bool values_usable(const double *value, size_t n);

/** @value in ascending order, to be freed by the caller. */
double *sorted_copy(const double *value, size_t n);

/* Above these sizes nothing is counted: the normal approximation is used. */
#define COUNTED_PAIRS  2500 /* n * m of two samples: 50 against 50 */
#define COUNTED_VALUES 100  /* of one sample, or of one series */

/*
 * How often a rank statistic takes the values 0, 1, ... when all orders of the values are
 * equally likely. The three that are needed have generating functions of one form, a
 * product of terms (1 - q^up) / (1 - q^down): to multiply by such a term takes a
 * subtraction and an addition a coefficient. (Andrews, The Theory of Partitions, 1976,
 * chapter 3.) The distributions are symmetric, so only the lower half is kept.
 */
struct null_counts {
	double total; /* of all values, the upper half too */
	size_t size;
	double count[COUNTED_VALUES * (COUNTED_VALUES + 1) / 4 + 1];
};

/** Of Mann and Whitney's U, @n * @m <= COUNTED_PAIRS. */
void null_count_mann_whitney(struct null_counts *c, size_t n, size_t m);

/**
 * Of the inversions in a series of @n <= COUNTED_VALUES, whose ascending values form
 * @groups groups of @group[i] equal ones, with @pairs pairs of different ones.
 */
void null_count_inversions(struct null_counts *c, const size_t *group, size_t groups,
			   size_t pairs);

/** P(statistic <= @value), @value in the lower half. */
double null_at_most(const struct null_counts *c, size_t value);

/** The largest k with P(statistic < k) <= @tail (up to rounding); @tail <= 0.5. */
size_t null_rank(const struct null_counts *c, double tail);

/** Two-sided p of a distance @deviation from the mean, less @correction for steps. */
double null_normal_p(double deviation, double correction, double sd);

/* The test behind the rank tests: some scores were chosen from each of some strata. */

/** @chosen of @size scores, in ascending order, any choice as likely as any other. */
struct stratum {
	const uint64_t *score;
	size_t size, chosen;
};

/**
 * Two-sided p of @sum, the sum of the scores chosen in all @n strata; scores are
 * midranks doubled (whole numbers). With @count it is exact, whatever the ties, unless
 * that took too long.
 */
void choice_test(struct rank_p *result, const struct stratum *stratum, size_t n,
		 uint64_t sum, bool count);

/* Two samples whose blocked_rank_test() is asked for again and again: sorted only once. */
struct blocked_samples;

/** Arguments as those of blocked_rank_test(), which it does not keep. NULL: they are invalid. */
struct blocked_samples *blocked_samples_new(const double *a, const unsigned int *block_a,
					    size_t n, const double *b,
					    const unsigned int *block_b, size_t m);

/** blocked_rank_test(), were each value of b less by @shift. */
void blocked_samples_test(struct rank_p *result, struct blocked_samples *s, double shift);

void blocked_samples_free(struct blocked_samples *s);

#endif
