/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_DISTRIBUTION_H
#define PINLAT_STATS_DISTRIBUTION_H

/*
 * What a histogram holds once the measuring is over: its non-empty buckets in
 * ascending order. This is what records carry and what quantiles come from.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/histogram.h"

struct distribution_bucket {
	uint64_t lower; /* smallest value of the bucket */
	uint64_t count;
};

struct distribution {
	uint64_t count;
	uint64_t min; /* 0 when count is 0 */
	uint64_t max;
	uint64_t sum;
	size_t buckets;
	struct distribution_bucket *bucket; /* owned; ascending, no empty ones */
};

/**
 * Makes @d from @h, to which nobody adds meanwhile (look at a live one through a
 * copy: histogram_merge()). @d is overwritten; release it with distribution_free().
 * Returns 0 or -ENOMEM.
 */
int distribution_from_histogram(struct distribution *d, const struct histogram *h);

/**
 * Makes @d of what @now has more than @before: two copies of one histogram.
 * min and max are bucket ends then, since the exact ones are of the whole time.
 * Returns 0 or -ENOMEM.
 */
int distribution_between(struct distribution *d, const struct histogram *before,
			 const struct histogram *now);

/** Adds @from to @to, which may be empty ({0}). Returns 0 or -ENOMEM (@to unchanged). */
int distribution_merge(struct distribution *to, const struct distribution *from);

/** Frees what @d owns and empties it. NULL is allowed. */
void distribution_free(struct distribution *d);

/**
 * The value of rank @rank (1 to count; beyond: the nearest) in ascending order: the middle
 * of the bucket that holds this rank, within [min, max]; off by 0.2 % at most.
 * 0 when @d is empty.
 */
uint64_t distribution_at_rank(const struct distribution *d, uint64_t rank);

/**
 * The @p quantile (0 < p <= 1) by inverted CDF: the value of rank ceil(p * count).
 * 0 when @d is empty.
 */
uint64_t distribution_quantile(const struct distribution *d, double p);

/** What of a distribution is long. */
struct distribution_tail {
	uint64_t count;
	double sum; /* off by 0.2 % at most */
};

/**
 * The values of at least @from. A bucket that holds @from counts whole or not at all, by what
 * its values are taken for in a quantile: its middle. So what a quantile says is at least @from is
 * counted, and "1 ms" begins at 0.9994 ms, "10 ms" at 9.994 ms, "100 ms" at 99.88 ms.
 */
struct distribution_tail distribution_from(const struct distribution *d, uint64_t from);

/** Arithmetic mean; 0 when @d is empty. */
double distribution_mean(const struct distribution *d);

/**
 * How many samples a run needs before its @p quantile has a two-sided 95 % upper
 * bound at all: the smallest n with p^n <= 0.025 (binomial order statistics;
 * p50 6, p90 36, p99 368, p99.9 3688).
 */
uint64_t quantile_samples_needed(double p);

/** Whether @d has the samples that its @p quantile needs. */
bool distribution_supports(const struct distribution *d, double p);

#endif
