/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_LOAD_H
#define PINLAT_LOAD_LOAD_H

/*
 * A load as the test sees it: two children, one that holds the memory and the
 * device (the load child, which the OOM killer takes first) and one that walks
 * the page cache.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "engine/engine.h"
#include "load/filler.h"
#include "load/shared.h"
#include "load/walker.h"

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

/** Starts the load child (not the walker). @config must outlive @l. Returns 0 or -errno. */
int load_start(struct load *l, const struct load_config *config,
	       struct load_shared *shared);

/** Starts the walker, as fast as it goes. Returns 0 or -errno. */
int load_start_walker(struct load *l);

/** Lets the walker keep to its rate from now on. */
void load_pace_walker(struct load *l);

/**
 * Looks after both children without waiting. Returns 0 while they are well,
 * otherwise -ECHILD with a sentence in @why: which one ended, how, and what it said.
 */
int load_check(struct load *l, char *why, size_t size);

/** The load child's state. */
enum load_state load_state(const struct load *l);

/** Puts the device to work. */
void load_work(struct load *l);

/**
 * Ends both children: lets the device become idle and unpins for up to 10 s, then kills. Waits
 * until most of their memory is free again, which is later than their wait status, for 10 s at
 * most. Returns 0, or -ECHILD with a sentence in @why (what the load child said last, or that it
 * had to be killed). Once they have ended it does nothing.
 */
int load_stop(struct load *l, char *why, size_t size);

#endif
