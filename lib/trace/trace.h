/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TRACE_TRACE_H
#define PINLAT_TRACE_TRACE_H

/*
 * The kernel's tracer for one window.
 *
 * EXECUTIVE SUMMARY: two instances in tracefs with buffers of their own. "samples" has all
 * events of the probes' processes and of nobody else, and is read after the window. "reclaim"
 * has events of all processes: each batch of pages that reclaim looked at, and, where the driver
 * of a GPU has events of its MMU notifier, who was in that and what for. It is emptied and added up
 * while the window is open, since it may be a million batches.
 *
 * DETAILS: the kernel filters by process (set_event_pid): a switch is traced where the
 * process leaves the CPU or gets it, a waking where it is woken, everything else where it
 * runs itself, interrupts too. So what others do costs a test of a bit. The clock is
 * CLOCK_MONOTONIC, as the samples'. Buffers wrap around: of a window that is too long for
 * them the end is kept, and how many events were lost is told.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "claim/tracing.h"
#include "trace/notifier.h"
#include "trace/reduce.h"

/*
 * pinlat may be built without libtracefs or libbpf. trace_create() or pinned_create() fails then
 * (*-fallback.c), and the functions marked so do not exist: nobody has anything to call them with.
 */
#define IF_BUILT __attribute__((weak))

/** What reclaim did with one kind of pages over the window, for all processes. */
struct trace_pages {
	uint64_t batches, scanned, reclaimed, activated, referenced, unmap_failed,
		writeback;
};

/** What was traced, and what it gave: complete after trace_stop(). */
struct trace_summary {
	/* Events, "vmscan:mm_vmscan_throttled", …; those that this kernel lacks. Ended by NULL. */
	const char *const *events, *const *missing;
	uint64_t buffer_bytes;	       /* that each CPU's buffer of "samples" holds */
	struct trace_pages anon, file; /* reclaim's work on both kinds of pages */
	uint64_t lost, lost_batches;   /* events of "samples", and batches of "reclaim" */
	/*
	 * Of a GPU driver's MMU notifier, for all processes: one for each enum notifier_caller. NULL: no
	 * driver that is loaded has events of it. What is in it when the window ends does not count.
	 */
	const struct notifier_calls *notifier;
	uint64_t lost_calls;
};

struct trace;

/**
 * Whether this build, this user and this kernel can trace. Returns 0, or -errno with a sentence
 * in @why: what is missing. Changes nothing.
 */
int trace_possible(char *why, size_t size);

/**
 * Makes both instances in @place, which is open, for a window of @duration_ns; events are on, but
 * none is kept yet. Before there is any load: the kernel rewrites code of its own that
 * the load then runs all the time. Returns 0 (release with trace_free()), or -errno with a
 * sentence in @why: what is missing and what to do.
 */
int trace_create(struct trace **trace, const struct tracing *place, uint64_t duration_ns,
		 char *why, size_t size);

/** "samples" is to have the events of the probes' @n processes @pids. Returns 0 or -errno. */
IF_BUILT int trace_follow(struct trace *t, const pid_t *pids, size_t n);

/** The memory under DMA is that of process @pid, as far as its threads are there now. */
IF_BUILT void trace_owner(struct trace *t, pid_t pid);

/** From here on events are kept. Returns 0 or -errno. */
IF_BUILT int trace_start(struct trace *t);

/** Adds up what reclaim has done so far and empties that buffer. Allocates nothing. */
IF_BUILT void trace_drain(struct trace *t);

/** The window is over: what reclaim does from here on does not count. */
IF_BUILT void trace_end_window(struct trace *t);

/** No more events are kept at all. */
IF_BUILT void trace_stop(struct trace *t);

IF_BUILT const struct trace_summary *trace_summary(const struct trace *t);

/**
 * Writes the events of "samples" as the kernel's own text, with marks by which Perfetto shows
 * reclaim, compaction and interrupts, to @path. To be called before trace_read(), which takes
 * them. Returns 0 or -errno.
 */
IF_BUILT int trace_keep(struct trace *t, const char *path);

/**
 * Gives every event of "samples" to @take, in the order of their times. A negative result of
 * @take ends it and is returned. Returns 0 or -errno.
 */
IF_BUILT int trace_read(struct trace *t,
			int (*take)(const struct trace_event *e, void *data), void *data);

/** Closes all of it; the instances stay, tracing_put_back() removes them. */
IF_BUILT void trace_free(struct trace *t);

/*
 * The pages that reclaim examines, and could not free because they were pinned: no counter and no
 * event of the kernel tells them from others, so a small BPF program counts them, for
 * all processes. It counts the probes' time in direct reclaim as well, as a source that
 * knows nothing of delay accounting and tracepoints' records.
 *
 * Examined is what came as far as to be asked for references: what is locked by others, cannot be
 * evicted or is being written has left before. A huge page that is split on its way counts twice.
 * Wants Linux 6.1 with BTF, and root.
 */

/** In pages. */
struct pinned_pages {
	uint64_t examined;
	uint64_t pinned; /* of these: untouched, and kept because they were pinned */
};

struct pinned_counts {
	bool pages; /* whether they were counted; else anon, file and missed are 0 */
	struct pinned_pages anon, file;
	uint64_t
		missed; /* calls that were left out, at most: the program was busy on that CPU */
	uint64_t direct_reclaim_ns; /* of the probes' processes */
};

struct pinned;

/**
 * Whether this build, this user and this kernel can count pages; the program is put into the kernel
 * for a moment. Returns 0, or -errno with a sentence in @why (-ENOMEM may come without).
 */
int pinned_possible(char *why, size_t size);

/**
 * Loads the program, for @n processes at most; it does not count yet. Before there is any load: the
 * kernel rewrites code of its own that the load then runs all the time. Takes some tenths
 * of a second. Returns 0 (release with pinned_free()), or -errno. Either way @why is empty, or
 * says why pages are not counted; kernels were seen that let a
 * program into their tracepoints, but not into a function of theirs.
 */
int pinned_create(struct pinned **pinned, size_t n, char *why, size_t size);

/** Counts the direct reclaim of the probes' @n processes @pids. Returns 0 or -errno. */
IF_BUILT int pinned_follow(struct pinned *p, const pid_t *pids, size_t n);

/** From here on it counts. */
IF_BUILT void pinned_start(struct pinned *p);

/** It counts no more pages; the probes' direct reclaim counts on. */
IF_BUILT void pinned_stop(struct pinned *p);

/** What was counted. Returns 0 or -errno. */
IF_BUILT int pinned_read(const struct pinned *p, struct pinned_counts *counts);

/** Takes the program out of the kernel. */
IF_BUILT void pinned_free(struct pinned *p);

#endif
