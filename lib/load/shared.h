/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_SHARED_H
#define PINLAT_LOAD_SHARED_H

/*
 * The memory that the test, the load child, the walker and the watchdog share.
 * Everybody writes its own part and looks at the others'.
 */

#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>

#include "engine/engine.h"
#include "system/cgroup.h"
#include "system/swap.h"
#include "system/tracing.h"

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

struct walker_progress {
	_Atomic uint64_t files;
	_Atomic uint64_t bytes;
	_Atomic uint64_t passes;
	_Atomic uint64_t heartbeat;
	_Atomic int failed; /* errno */
	_Atomic int paced;  /* set by the test: from now on keep to the rate */
};

/* What the watchdog has to put back, written before the thing exists. */
struct watchdog_duties {
	_Atomic int has_swap;
	_Atomic int has_memcg;
	_Atomic int has_delay_accounting; /* switched on for the run */
	_Atomic int has_tracing;
	struct swap_file swap;
	struct memcg memcg;
	struct tracing tracing;
	_Atomic int load_pid;
	_Atomic int walker_pid;
};

struct load_shared {
	_Atomic int state;   /* enum load_state */
	_Atomic int command; /* enum load_command */
	_Atomic uint64_t objects;
	_Atomic uint64_t filled_bytes;
	_Atomic uint64_t locked_bytes;
	_Atomic uint64_t pinned_bytes;
	_Atomic uint64_t pinned_pages_seen;
	_Atomic uint64_t fill_ns;
	_Atomic uint64_t pin_ns;
	_Atomic int floor_reached; /* the filler stopped short of its target */
	struct engine_progress engine;
	char why[256]; /* set before state becomes LOAD_FAILED */

	struct walker_progress walker;

	struct watchdog_duties duties;
	_Atomic int watchdog_fired;
	char watchdog_why[256]; /* set before watchdog_fired */
	_Atomic int
		put_back_error; /* errno of the last thing that could not be put back */
	char put_back_why[PATH_MAX + 128];
};

#endif
