/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_PROBE_WAITS_H
#define PINLAT_PROBE_WAITS_H

/*
 * Private to probe/: what the calling process has waited for, as the kernel counts it.
 * Read before and after what is timed, never inside. Allocates nothing.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "stats/attribution.h"
#include "system/process.h"

struct waits {
	pid_t pid;			   /* 0: nobody asks */
	int schedstat_fd;		   /* -1: not to be had */
	struct taskstats_reader taskstats; /* its fd -1: likewise */
	bool asked;			   /* taskstats answered, in waits_prepare() */
	uint64_t before[GROWN]; /* as of waits_begin(); all that cannot be seen is 0 */
};

/* Why a source is missing: -errno, 0: it is there. */
struct waits_errors {
	int schedstat, taskstats;
};

/** Of which nothing can be seen. */
#define WAITS_NONE                                                                       \
	{                                                                                \
		.schedstat_fd = -1, .taskstats = {.fd = -1 }                             \
	}

/** Opens what there is; never fails. Of this process alone: a fork needs its own. */
void waits_open(struct waits *w, bool delays, struct waits_errors *errors);

/**
 * Between this and waits_begin() the process only sleeps. What takes longest to read is read here:
 * right before a huge page was touched, reading it made that 1 % slower.
 */
void waits_prepare(struct waits *w);

/** What is to be timed begins now. */
void waits_begin(struct waits *w);

/** It is over: what grew by how much since waits_begin(), in ns. */
void waits_end(struct waits *w, uint64_t grown[GROWN]);

/** The same for a probe that sleeps in between: it can only wait for a CPU, so only that is read. */
void waits_begin_sleep(struct waits *w);
void waits_end_sleep(struct waits *w, uint64_t grown[GROWN]);

#endif
