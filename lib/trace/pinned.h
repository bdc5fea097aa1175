/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TRACE_PINNED_H
#define PINLAT_TRACE_PINNED_H

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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** In pages. */
struct pinned_pages {
	uint64_t examined;
	uint64_t
		pinned; /* of these: nobody had touched them, and they stayed as they were pinned */
};

struct pinned_counts {
	bool pages; /* whether they were counted; else anon, file and missed are 0 */
	struct pinned_pages anon, file;
	uint64_t
		missed; /* calls that were left out, at most: the program was at work on that CPU */
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
int pinned_follow(struct pinned *p, const pid_t *pids, size_t n);

/** From here on it counts. */
void pinned_start(struct pinned *p);

/** It counts no more pages; the probes' direct reclaim counts on. */
void pinned_stop(struct pinned *p);

/** What was counted. Returns 0 or -errno. */
int pinned_read(const struct pinned *p, struct pinned_counts *counts);

/** Takes the program out of the kernel. NULL is allowed. */
void pinned_free(struct pinned *p);

#endif
