/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TRACE_REDUCE_H
#define PINLAT_TRACE_REDUCE_H

/*
 * From the events of one slow sample to where its time went, and to a short sentence.
 *
 * The sample's interval is cut at its events. Each piece belongs to one place in the code
 * (direct reclaim, compaction, a GPU driver's MMU notifier, none of these) and to one state of the process (it runs, an
 * interrupt runs instead of it, it is runnable and waits for the CPU, it sleeps), so that
 * all pieces together are the interval: nothing is counted twice, nothing is lost. Pure: it
 * knows no kernel and no clock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel's trace events that say where a slow sample's time went, as much of each as
 * that takes. Their names and fields: include/trace/events/{vmscan,compaction,sched,irq}.h of
 * the kernel.
 */

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
	TRACE_NOTIFIER_BEGIN, /* a GPU driver's MMU notifier, which may wait for the GPU */
	TRACE_NOTIFIER_END,
	TRACE_KINDS,
};

/** One batch of pages that reclaim took off an inactive list. */
struct trace_shrink {
	bool file; /* page cache; else anonymous memory */
	uint64_t scanned, reclaimed;
	uint64_t activated;  /* in use, or not to be freed for long: to the active list */
	uint64_t referenced; /* kept because they were touched lately */
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
		int status;   /* TRACE_COMPACTION_END: enum compact_result */
		uint64_t vma; /* TRACE_NOTIFIER_*: of which of the driver's mappings */
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

enum trace_place {
	PLACE_OWN, /* neither of the others: the page fault itself, or the probe's own code */
	PLACE_RECLAIM,
	PLACE_COMPACTION,
	PLACE_NOTIFIER, /* of a GPU driver, inside either of the two or not */
	TRACE_PLACES,
};

enum trace_state {
	STATE_RUNS,
	STATE_INTERRUPTED,
	STATE_WAITS, /* for the CPU */
	STATE_SLEEPS,
	TRACE_STATES,
};

/** One line of a sample's events. */
struct trace_line {
	uint64_t t_ns;
	enum trace_kind kind;
	char text[88];
};

/** Lines that are kept of a sample; those in the middle go first. */
#define TRACE_LINES 40
/** Into so many pieces of equal length the sample is cut for a picture. */
#define TRACE_STRIP 100

/** What is kept of a sample besides its sums. */
struct trace_lines {
	size_t n;
	uint64_t left_out;
	struct trace_line line[TRACE_LINES];
	uint64_t strip[TRACE_STRIP][TRACE_PLACES][TRACE_STATES]; /* ns */
};

struct reduction {
	/* set by reduction_init() */
	uint64_t start_ns, end_ns;
	int pid;
	bool timer; /* it slept until a timer was to wake it: its sleep is the timer's lateness */
	struct trace_lines *lines; /* NULL: none are kept */

	/* what came of it */
	uint64_t ns[TRACE_PLACES][TRACE_STATES];
	uint64_t events;
	uint64_t scanned, reclaimed, unmap_failed;
	uint64_t migrated, migrate_failed;
	uint64_t throttled_ns; /* of the sleep in reclaim */
	char waited_for[16];   /* who had the CPU before, at the longest wait for it */
	char irq[16];	       /* the interrupt that took longest */

	/* where it stands */
	uint64_t at_ns;
	unsigned int reclaims, compactions, notifiers, irqs, softirqs; /* that are open */
	enum trace_state state; /* leaving interrupts aside */
	uint64_t waits_since_ns, longest_wait_ns, irq_since_ns, longest_irq_ns;
	char irq_now[16];
	struct trace_shrink batch; /* batches in a row, that share a line */
	uint64_t batches;
};

/** For the sample of process @pid from @start_ns to @end_ns. @lines may be NULL. */
void reduction_init(struct reduction *r, uint64_t start_ns, uint64_t end_ns, int pid,
		    bool timer, struct trace_lines *lines);

/**
 * Whether @e is of this sample: happened to its process. Of a timer's sample those before its
 * interval count too, as they tell in which state it began.
 */
bool reduction_concerns(const struct reduction *r, const struct trace_event *e);

/** Takes the next event; they must come in the order of their times. */
void reduction_add(struct reduction *r, const struct trace_event *e);

/** The interval's end: what is left goes where the last event left it. */
void reduction_finish(struct reduction *r);

/**
 * Writes what took most of each hundredth of the sample to @text, a letter each: f its own work, w
 * waiting for the CPU, s asleep, i interrupts; r reclaim, c compaction and n a GPU driver's MMU
 * notifier, R, C and N the same while it was off the CPU. @r has lines. Returns @text.
 */
char *reduction_strip(const struct reduction *r, char text[TRACE_STRIP + 1]);

/** All of the time in @place. */
uint64_t reduction_place(const struct reduction *r, enum trace_place place);

/**
 * Writes the cause to @text, largest share first: "direct reclaim 31ms: 12288 pages scanned, 0
 * reclaimed; waited for the CPU 3ms (behind kworker/1:1)". Shares below a twentieth are left
 * out. Returns @text.
 */
char *reduction_cause(const struct reduction *r, char *text, size_t size);

#endif
