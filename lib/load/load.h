/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_LOAD_H
#define PINLAT_LOAD_LOAD_H

/*
 * A load as the test sees it: two children, one that holds the memory and the
 * device (the load child, which the OOM killer takes first) and one that walks
 * the page cache.
 */

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/engine.h"
#include "load/filler.h"
#include "load/pageout.h"
#include "load/walker.h"
#include "system/cgroup.h"
#include "system/swap.h"
#include "claim/tracing.h"

enum load_state {
	LOAD_STARTING,
	LOAD_FILLING,
	LOAD_PINNING,
	LOAD_READY,   /* filled, and locked or pinned where asked; device quiet */
	LOAD_WORKING, /* device at work */
	LOAD_ENDED,
	LOAD_FAILED, /* why says how */
};

enum load_command {
	LOAD_HOLD,
	LOAD_WORK,
	LOAD_END,
};

/* What the watchdog has to put back, written before the thing exists. */
struct watchdog_duties {
	_Atomic int has_swap;
	_Atomic int has_tree;
	_Atomic int has_memcg;
	_Atomic int has_delay_accounting; /* switched on for the run */
	_Atomic int has_tracing;
	struct swap_file swap;
	struct made_tree tree;
	struct memcg memcg;
	struct tracing tracing;
	_Atomic int load_pid;
	_Atomic int walker_pid;
};

/*
 * The memory that the test, the load child, the walker and the watchdog share.
 * Everybody writes its own part and looks at the others'.
 */
struct load_shared {
	_Atomic int state;   /* enum load_state */
	_Atomic int command; /* enum load_command */
	_Atomic uint64_t objects;
	_Atomic uint64_t filled_bytes;
	_Atomic uint64_t locked_bytes;
	_Atomic uint64_t pinned_bytes;
	_Atomic uint64_t pinned_pages_seen;
	_Atomic uint64_t held_bytes; /* under DMA lately, as the engine says */
	_Atomic uint64_t faults;     /* page faults of the load child until lately */
	_Atomic uint64_t fill_ns;
	_Atomic uint64_t pin_ns;
	_Atomic int floor_reached; /* the filler stopped short of its target */
	struct engine_progress engine;
	char why[256]; /* set before state becomes LOAD_FAILED */

	struct walker_progress walker;
	struct pageout_desk pageout;

	struct watchdog_duties duties;
	_Atomic int watchdog_fired;
	char watchdog_why[256];	    /* set before watchdog_fired */
	_Atomic int put_back_error; /* errno of what could not be put back, the last */
	char put_back_why[PATH_MAX + 128];
};

/** What the load child does with the memory that it filled. */
enum load_hold {
	HOLD_NOTHING, /* leave it as it is */
	HOLD_LOCK,    /* mlock() */
	HOLD_PIN,     /* pin it for the device */
};

struct load_config {
	struct filler_config filler; /* target 0: no load child */
	enum load_hold hold;
	const struct engine_ops *engine; /* of HOLD_PIN */
	struct engine_config engine_config;
	bool keep; /* the quiet device uses each object for a moment, again and again */
	bool serves_pageout; /* a thread of the load child answers at the desk */
	struct walker_config walker;
};

struct load {
	const struct load_config *config;
	struct load_shared *shared;
	pid_t child, walker;
	uint64_t oom_kills; /* of the whole kernel, when the load was started */
};

/** Maps the shared memory; NULL: out of memory. Release with load_shared_unmap(). */
struct load_shared *load_shared_map(void);

/** Unmaps it. NULL is allowed. */
void load_shared_unmap(struct load_shared *shared);

/**
 * child.c: the life of the load child: fill, lock or pin, report ready, work on command,
 * end on command. Its outcome stands in @shared: LOAD_ENDED, or LOAD_FAILED with why.
 */
void load_child_run(const struct load_config *config, struct load_shared *shared);

/** Starts the load child (not the walker). @config must outlive @l. Returns 0 or -errno. */
int load_start(struct load *l, const struct load_config *config,
	       struct load_shared *shared);

/** Starts the walker, as fast as it goes. Returns 0 or -errno. */
int load_start_walker(struct load *l);

/**
 * Looks after both children without waiting. Returns 0 while they are well,
 * otherwise -ECHILD with a sentence in @why: which one ended, how, and what it said.
 */
int load_check(struct load *l, char *why, size_t size);

/**
 * Ends both children: lets the device become idle and unpins for up to 10 s, then kills. Waits
 * until most of their memory is free again, which is later than their wait status, for 10 s at
 * most. Returns 0, or -ECHILD with a sentence in @why (what the load child said last, or that it
 * had to be killed). Once they have ended it does nothing.
 */
int load_stop(struct load *l, char *why, size_t size);

#endif
