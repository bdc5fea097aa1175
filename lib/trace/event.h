/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TRACE_EVENT_H
#define PINLAT_TRACE_EVENT_H

/*
 * The kernel's trace events that say where a slow sample's time went, as much of each as
 * that takes. Their names and fields: include/trace/events/{vmscan,compaction,sched,irq}.h of
 * the kernel.
 */

#include <stdbool.h>
#include <stdint.h>

enum trace_kind {
	TRACE_RECLAIM_BEGIN, /* direct, or of a memory cgroup at its limit */
	TRACE_RECLAIM_END,
	TRACE_SHRINK, /* a batch of the inactive list was looked at */
	TRACE_THROTTLED,
	TRACE_COMPACTION_BEGIN,
	TRACE_COMPACTION_END,
	TRACE_MIGRATED, /* by compaction */
	TRACE_WAKING,
	TRACE_SWITCH,
	TRACE_IRQ_ENTRY,
	TRACE_IRQ_EXIT,
	TRACE_SOFTIRQ_ENTRY,
	TRACE_SOFTIRQ_EXIT,
	TRACE_KINDS,
};

/** One batch of pages that reclaim took off an inactive list. */
struct trace_shrink {
	bool file; /* page cache; else anonymous memory */
	uint64_t scanned, reclaimed;
	uint64_t
		activated; /* found in use, or not to be freed for long: back to the active list */
	uint64_t referenced;   /* kept because they were touched lately */
	uint64_t unmap_failed; /* of the activated: could not be unmapped */
	uint64_t writeback;    /* met while being written */
};

struct trace_event {
	uint64_t t_ns; /* CLOCK_MONOTONIC */
	enum trace_kind kind;
	int pid; /* who ran when it happened; of TRACE_WAKING: who is woken */
	union {
		int order;		    /* TRACE_RECLAIM_BEGIN */
		uint64_t pages;		    /* TRACE_RECLAIM_END: reclaimed */
		struct trace_shrink shrink; /* TRACE_SHRINK */
		uint64_t delayed_ns;	    /* TRACE_THROTTLED */
		int status; /* TRACE_COMPACTION_END: enum compact_result */
		struct {
			uint64_t migrated, failed;
		} moved; /* TRACE_MIGRATED */
		struct {
			int prev, next; /* their pids */
			bool runnable;	/* prev was preempted, it does not sleep */
			char prev_comm[16], next_comm[16];
		} switched; /* TRACE_SWITCH */
		struct {
			int number; /* of the interrupt, or of the softirq's vector */
			char name[16];
		} irq; /* TRACE_IRQ_ENTRY, TRACE_SOFTIRQ_ENTRY */
	};
};

/** What a line of events calls it: "reclaim begins". */
const char *trace_kind_name(enum trace_kind kind);

#endif
