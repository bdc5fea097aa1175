/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_PROBE_PLAN_H
#define PINLAT_PROBE_PLAN_H

/* The plan of one CPU, a sequence of absolute instants, and who follows it. */

#include <stdbool.h>
#include <stdint.h>

#include "stats/random.h"

struct probe_cpu;
struct probe_pages;
struct waits;

struct plan {
	uint64_t next_ns; /* the instant to come */
	uint64_t end_ns;  /* instants are before this */
	uint64_t interval_min_ns, interval_span_ns;
	struct random_state random;
};

/** Moves on to the next instant. */
static inline void plan_advance(struct plan *p)
{
	p->next_ns +=
		p->interval_min_ns + random_below(&p->random, p->interval_span_ns + 1);
}

/** Whether an instant is left. */
static inline bool plan_pending(const struct plan *p)
{
	return p->next_ns < p->end_ns;
}

/** The plan of CPU @cpu for a window that opens at @start_ns. */
static inline struct plan plan_begin(uint64_t start_ns, uint64_t duration_ns,
				     uint64_t min_ns, uint64_t max_ns, uint64_t seed,
				     int cpu)
{
	struct plan p = {
		.next_ns = start_ns,
		.end_ns = start_ns + duration_ns,
		.interval_min_ns = min_ns,
		.interval_span_ns = max_ns - min_ns,
		.random = random_stream(seed, (uint64_t)cpu),
	};

	plan_advance(&p);
	return p;
}

/** timer.c: follows @plan to its end; what each sample waited for is asked of @waits. */
void timer_measure(struct probe_cpu *cpu, struct plan *plan, struct waits *waits);

/**
 * thp.c: the same for huge pages. The page faults that it makes on purpose are counted in
 * *@own_faults. Returns 0 or -errno (mmap failed).
 */
int thp_measure(struct probe_cpu *cpu, struct plan *plan, const struct probe_pages *pages,
		struct waits *waits, uint64_t *own_faults);

#endif
