/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_WATCHDOG_H
#define PINLAT_LOAD_WATCHDOG_H

/*
 * The watchdog: a small, locked process beside the test, with two duties.
 *
 * While a run goes on it guards the machine: it kills the load child when memory
 * becomes short, when everything stalls, or when it is itself woken far too late.
 *
 * And it puts back what the run made or set (swap file, memory cgroup, tree of files, delay accounting, tracing
 * instances) once the test is
 * done with it or is dead, however it died: a test that was killed with SIGKILL
 * cannot clean up, its watchdog can. There is one way to put things back, and
 * normal runs take it too.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "load/load.h"

struct watchdog {
	pid_t pid;
	int leash; /* its other end reads EOF when we let go or die */
	struct load_shared *shared;
};

struct watchdog_limits {
	uint64_t available_floor; /* bytes of MemAvailable; below it twice: kill */
	bool psi;		  /* kill when all tasks stalled on memory for 10 s */
	int lock; /* kept open until everything is put back; 0: there is none */
};

/** Starts it, with no duties yet. Returns 0 or -errno. */
int watchdog_start(struct watchdog *w, struct load_shared *shared,
		   const struct watchdog_limits *limits);

/**
 * Tells it to put everything back, and waits until it has. The caller's children
 * must have ended. If the watchdog itself was killed, the caller puts back. Returns 0 or
 * -errno, with what is left and how to remove it in shared->put_back_why.
 */
int watchdog_finish(struct watchdog *w);

#endif
