/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TRACE_NOTIFIER_H
#define PINLAT_TRACE_NOTIFIER_H

/*
 * How long a GPU driver's MMU notifier took, by who called it.
 *
 * A driver that does not pin has the notifier called for each page that somebody unmaps, and waits
 * there for the GPU. Its events say who was in it and when. Of who that was they say no more than a
 * process id; what else the process did says the rest.
 *
 * Events come CPU by CPU, and a process that sleeps in the notifier may wake on another one. So they
 * are kept until all CPUs' events of a time are there, and are taken in the order of their times.
 * Pure: it knows no kernel and no clock. Nothing is allocated after notifier_create().
 */

#include <stddef.h>
#include <stdint.h>

#include "trace/reduce.h"

enum notifier_caller {
	NOTIFIER_KSWAPD,
	NOTIFIER_RECLAIM, /* direct reclaim, whoever allocates or writes to memory.reclaim */
	NOTIFIER_COMPACTION, /* direct or kcompactd's */
	NOTIFIER_OWNER, /* a process that the memory belongs to: munmap(), MADV_PAGEOUT, its end */
	NOTIFIER_OTHER,
	NOTIFIER_CALLERS,
};

struct notifier_calls {
	uint64_t calls, ns, longest_ns;
};

struct notifier;

/** Returns it (release with notifier_free()), or NULL: out of memory. */
struct notifier *notifier_create(void);
void notifier_free(struct notifier *n);

/** Process @pid is kswapd; is a thread of the owner. More than some hundred are forgotten. */
void notifier_is_kswapd(struct notifier *n, int pid);
void notifier_is_owner(struct notifier *n, int pid);

/**
 * Whether events of @kind count: TRACE_NOTIFIER_*, TRACE_RECLAIM_* and TRACE_COMPACTION_*. Who calls the
 * notifier is known by what else they do.
 */
bool notifier_needs(enum trace_kind kind);

/** Takes an event; those that do not count are passed by. */
void notifier_take(struct notifier *n, const struct trace_event *e);

/** All events before @until_ns have been taken (UINT64_MAX: there are no more). */
void notifier_settle(struct notifier *n, uint64_t until_ns);

/** What was settled, for each enum notifier_caller. */
const struct notifier_calls *notifier_calls(const struct notifier *n);

/** Calls and events that were lost, as too many came at a time. */
uint64_t notifier_lost(const struct notifier *n);

#endif
