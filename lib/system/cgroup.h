/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_CGROUP_H
#define PINLAT_SYSTEM_CGROUP_H

/*
 * A memory cgroup for one run, under version 1 or 2 of the interface.
 *
 * Version 1: created below the caller's own memory cgroup, so that limits above
 * it go on to hold. Version 2: below the nearest ancestor (the caller's own cgroup
 * included) which hands the memory controller to its children; at the root the
 * controller is handed out if need be.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct memcg {
	int version;	     /* 1 or 2 */
	char path[PATH_MAX]; /* its directory */
};

/** Where memory cgroups live on this machine: version 1 or 2, or -ENOENT. @root may be NULL. */
int memcg_version(char *root, size_t size);

/**
 * Makes a memory cgroup "pinlat-<pid>" that holds @limit bytes.
 * Returns 0 or -errno (-ENOENT: no memory controller, -EACCES: not allowed).
 */
int memcg_create(struct memcg *cg, uint64_t limit);

/** Moves process @pid into it (0: the caller). Returns 0 or -errno. */
int memcg_enter(const struct memcg *cg, pid_t pid);

/** Kills every process in it other than the caller. Returns how many, or -errno. */
int memcg_kill(const struct memcg *cg);

/** Removes it, waiting up to @timeout_ns for it to empty. Returns 0 or -errno (-EBUSY). */
int memcg_destroy(const struct memcg *cg, uint64_t timeout_ns);

/** Bytes charged to it and its limit. Returns 0 or -errno. */
int memcg_usage(const struct memcg *cg, uint64_t *usage, uint64_t *limit);

/**
 * How readily reclaim takes anonymous memory in it (0: never, to 200): of its own under version 1,
 * else the machine's, vm.swappiness. NULL: the machine. -errno: the kernel does not tell.
 */
int memcg_swappiness(const struct memcg *cg);

/** The least limit of the caller's own cgroup and of those above it, as far as they can be seen. */
struct memcg_limit {
	uint64_t bytes;
	char path[PATH_MAX]; /* whose it is */
};

/** Whether there is one. */
bool memcg_limit_above(struct memcg_limit *limit);

/**
 * What cgroups (and for the budget the sysctl) leave the caller of one CPU, in us of each second: the
 * least of its own and those above. UINT64_MAX: no limit.
 */
struct cpu_limits {
	uint64_t quota;	    /* over all CPUs: of two, 2000000 is no limit either */
	uint64_t rt_budget; /* of real-time tasks on each CPU */
};

/** Reads them. */
void cgroup_cpu_limits(struct cpu_limits *limits);

/** What the kernel counted in it. */
struct memcg_events {
	uint64_t limit_hits; /* v1 memory.failcnt, v2 memory.events max */
	uint64_t oom_kills;
};

/** Reads the events. Returns 0 or -errno. */
int memcg_read_events(const struct memcg *cg, struct memcg_events *events);

/** The text of its memory.stat, cut to @size; empty: it cannot be read. */
void memcg_read_stat(const struct memcg *cg, char *text, size_t size);

/**
 * Calls @act, which says whether it removed it, with each cgroup "pinlat-<pid>" of a process that no
 * longer lives, wherever in the hierarchy. Returns how many were removed, or -errno.
 */
int memcg_each_left_over(bool (*act)(const char *path));

#endif
