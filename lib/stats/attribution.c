// SPDX-License-Identifier: MIT
#include "stats/attribution.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One sample in so many is slow. */
#define SLOW_ONE_IN 100

static const struct {
	const char *name, *words;
} causes[CAUSES] = {
	[CAUSE_DIRECT_RECLAIM] = { "direct_reclaim", "direct reclaim" },
	[CAUSE_COMPACTION] = { "compaction", "compaction" },
	[CAUSE_SWAPIN] = { "swapin", "swap-in" },
	[CAUSE_THRASHING] = { "thrashing", "thrashing" },
	[CAUSE_RUN_QUEUE] = { "run_queue", "run queue" },
	[CAUSE_ON_CPU] = { "on_cpu", "on CPU" },
};

const char *attribution_name(enum attribution_cause cause)
{
	return causes[cause].name;
}

const char *attribution_words(enum attribution_cause cause)
{
	return causes[cause].words;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Takes up to @ns out of what is @left and adds it to @sum. */
static void take(uint64_t *sum, uint64_t ns, uint64_t *left)
{
	ns = least(ns, *left);
	*sum += ns;
	*left -= ns;
}

void attribution_split_add(struct attribution_split *split, uint64_t latency_ns,
			   const uint64_t grown[GROWN])
{
	uint64_t left = latency_ns, cpu = grown[CAUSE_ON_CPU],
		 queued = grown[CAUSE_RUN_QUEUE];
	uint64_t delayed, blocked, outside, awake, rest;

	for (int i = 0; i <= CAUSE_THRASHING; i++)
		take(&split->cause_ns[i], grown[i], &left);
	delayed = latency_ns - left;
	if (__builtin_add_overflow(cpu, queued, &awake))
		awake = UINT64_MAX;
	blocked = latency_ns - least(latency_ns, awake);
	outside = latency_ns ? (uint64_t)((__extension__(unsigned __int128) queued) *
					  left / latency_ns)
			     : 0;
	take(&split->cause_ns[CAUSE_RUN_QUEUE], outside, &left);
	if (blocked > delayed) {
		rest = blocked - delayed;
		take(&split->cause_ns[CAUSE_SWAPIN], least(rest, grown[GROWN_BLOCK_IO]),
		     &left);
		take(&split->unexplained_ns, rest - least(rest, grown[GROWN_BLOCK_IO]),
		     &left);
	}
	take(&split->cause_ns[CAUSE_ON_CPU], cpu, &left);
	split->unexplained_ns += left;
	split->total_ns += latency_ns;
	split->count++;
}

void attribution_split_merge(struct attribution_split *to,
			     const struct attribution_split *from)
{
	to->count += from->count;
	to->total_ns += from->total_ns;
	for (int i = 0; i < CAUSES; i++)
		to->cause_ns[i] += from->cause_ns[i];
	to->unexplained_ns += from->unexplained_ns;
}

struct part {
	const char *words;
	double percent;
};

static int by_size(const void *a, const void *b)
{
	double x = ((const struct part *)a)->percent,
	       y = ((const struct part *)b)->percent;

	return (x < y) - (x > y);
}

const char *attribution_describe(const struct attribution_split *split, unsigned int seen,
				 char *buf, size_t size)
{
	double percent = split->total_ns ? 100.0 / (double)split->total_ns : 0;
	struct part part[CAUSES + 1];
	size_t n = 0, at = 0;

	for (int i = 0; i < CAUSES; i++) {
		if (seen & 1u << i)
			part[n++] = (struct part){ causes[i].words,
						   percent * (double)split->cause_ns[i] };
	}
	part[n++] =
		(struct part){ "unexplained", percent * (double)split->unexplained_ns };
	qsort(part, n, sizeof(*part), by_size);
	*buf = '\0';
	for (size_t i = 0; i < n && part[i].percent >= 0.5 && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%.0f %% %s", i ? ", " : "",
				       part[i].percent, part[i].words);
	return buf;
}

void attribution_reset(struct attribution *a)
{
	memset(a, 0, sizeof(*a));
}

void attribution_merge(struct attribution *to, const struct attribution *from)
{
	for (unsigned int i = 0; i < ATTRIBUTION_BUCKETS; i++)
		attribution_split_merge(&to->bucket[i], &from->bucket[i]);
}

uint64_t attribution_slow(const struct attribution *a, struct attribution_split *all,
			  struct attribution_split *slow)
{
	unsigned int i;

	*all = *slow = (struct attribution_split){ 0 };
	for (i = 0; i < ATTRIBUTION_BUCKETS; i++)
		attribution_split_merge(all, &a->bucket[i]);
	if (all->count == 0)
		return 0;
	for (i = ATTRIBUTION_BUCKETS; slow->count * SLOW_ONE_IN < all->count;)
		attribution_split_merge(slow, &a->bucket[--i]);
	return histogram_lower(i << ATTRIBUTION_COARSER);
}
