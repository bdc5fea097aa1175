/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_CLAIM_TRACING_H
#define PINLAT_CLAIM_TRACING_H

/*
 * Where the kernel's tracer stands (tracefs), and instances of it for one run: each has
 * buffers and events of its own, so that nobody else's tracing is touched. Files and
 * directories alone; lib/trace/ uses them.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** What a run makes there. */
struct tracing {
	char root[PATH_MAX - 256]; /* the tracing directory; empty: none was found */
	bool mounted;		   /* by us, at root */
	pid_t owner;		   /* whose instances: "pinlat-<pid>-NAME" */
};

/**
 * Whether this user may trace on this kernel. Returns 0, or -errno with a sentence in @why:
 * what is missing. Mounts nothing.
 */
int tracing_possible(char *why, size_t size);

/**
 * Finds tracefs, and mounts it at its usual place where it is not mounted. @t is written before
 * anything is changed, so that whoever cleans up after a crash knows. Returns 0, or -errno
 * with a sentence in @why: what is missing and what to do.
 */
int tracing_open(struct tracing *t, char *why, size_t size);

/**
 * Makes the instance @name and writes its directory to @path. Returns 0 or -errno, with nothing
 * left behind then.
 */
int tracing_make_instance(const struct tracing *t, const char *name, char *path,
			  size_t size);

/**
 * Removes the owner's instances, and unmounts tracefs where that was mounted for them and no
 * other instance is in it. One that was never opened or has been put back is no error. Returns
 * 0 or -errno (-EBUSY: somebody reads one of them).
 */
int tracing_put_back(struct tracing *t);

/**
 * Calls @act, which says whether it removed it, with each instance of a run that is dead, and with the
 * tracing directory where a run mounted it: while none goes on, that is left over too. Returns
 * how many were removed.
 */
int tracing_each_left_over(bool (*act)(const char *path));

/** Removes the instances of runs that are dead, and unmounts what they mounted. */
void tracing_remove_stale(void);

#endif
