/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_ATTRIBUTION_H
#define PINLAT_STATS_ATTRIBUTION_H

/*
 * Where the time of samples went.
 *
 * EXECUTIVE SUMMARY: each sample's latency is laid to its causes; the sums are kept by
 * latency, so that once all samples are known those of the slow ones can be told apart. What
 * is attributed and what is unexplained add up to what was measured, sample by sample.
 *
 * DETAILS: the kernel counts the time that a task spends in direct reclaim, compaction,
 * swap-in and thrashing (the delays), how long it waits for a CPU, and how long it runs. They
 * overlap: who reclaims also runs, and may wait for a CPU meanwhile. So that nothing is
 * laid to two causes
 *  - a delay counts whole, with all that happened in it, up to the latency;
 *  - the wait for a CPU counts by the share of the latency that no delay covers;
 *  - the time in which the task neither ran nor wanted to is taken to lie in the delays, as far
 *    as they can hold it (reclaim that is throttled); what is beyond is a swap-in, as far as
 *    it was a wait for block I/O (since Linux 5.18 the kernel counts only a part of that as
 *    swap-in, and an anonymous page waits for no other I/O), or else unexplained;
 *  - what is left then, and was spent on a CPU, is the work itself ("on CPU").
 *
 * Latencies share a sum within 1/32 of their value, an eighth of the histogram's resolution.
 */

#include <stddef.h>
#include <stdint.h>

#include "stats/histogram.h"

enum attribution_cause {
	CAUSE_DIRECT_RECLAIM,
	CAUSE_COMPACTION,
	CAUSE_SWAPIN,
	CAUSE_THRASHING, /* the last delay */
	CAUSE_RUN_QUEUE,
	CAUSE_ON_CPU,
	CAUSES,
	/* What else the kernel counts. */
	GROWN_BLOCK_IO = CAUSES,
	GROWN
};

#define ATTRIBUTION_COARSER 3 /* bits less than the histogram's */
#define ATTRIBUTION_BUCKETS (HISTOGRAM_BUCKETS >> ATTRIBUTION_COARSER)

/** Sums over samples. total_ns is the sum of all others in ns. */
struct attribution_split {
	uint64_t count, total_ns;
	uint64_t cause_ns[CAUSES];
	uint64_t unexplained_ns;
};

struct attribution {
	struct attribution_split bucket[ATTRIBUTION_BUCKETS];
};

/** "direct_reclaim", as the record spells it. */
const char *attribution_name(enum attribution_cause cause);

/** "direct reclaim". */
const char *attribution_words(enum attribution_cause cause);

/**
 * Lays @latency_ns to causes, as above, and adds it to @split. @grown: what the kernel's
 * counters grew by meanwhile, in ns; 0 for what cannot be seen.
 */
void attribution_split_add(struct attribution_split *split, uint64_t latency_ns,
			   const uint64_t grown[GROWN]);

/** Adds the sums of @from to @to. */
void attribution_split_merge(struct attribution_split *to,
			     const struct attribution_split *from);

/** One sample more: attribution_split_add() to the sum of its latency. */
static inline void attribution_add(struct attribution *a, uint64_t latency_ns,
				   const uint64_t grown[GROWN])
{
	attribution_split_add(
		&a->bucket[histogram_index(latency_ns) >> ATTRIBUTION_COARSER],
		latency_ns, grown);
}

/**
 * "83 % direct reclaim, 11 % compaction, 4 % run queue, 2 % unexplained", the largest first,
 * what is below half a percent left out; @buf. @seen: bit i is set if cause i has a source.
 */
const char *attribution_describe(const struct attribution_split *split, unsigned int seen,
				 char *buf, size_t size);

/** Empties @a; touches all of its memory. */
void attribution_reset(struct attribution *a);

/** Adds the sums of @from to @to. */
void attribution_merge(struct attribution *to, const struct attribution *from);

/**
 * The sums of all samples, and of the slow ones: the largest, at least one in a hundred (so
 * that those beyond p99 are among them), and at least one. Returns the least latency
 * that counts as slow, in ns; 0: there is no sample.
 */
uint64_t attribution_slow(const struct attribution *a, struct attribution_split *all,
			  struct attribution_split *slow);

#endif
