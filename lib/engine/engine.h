/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_ENGINE_H
#define PINLAT_ENGINE_ENGINE_H

/*
 * An engine pins memory for a device and keeps the device working on it.
 *
 * It lives in the load child: what it opens and pins belongs to that process
 * and goes with it. The life of one: usable? → open → pin every object →
 * submit, submit, … from one thread a lane → idle → unpin → close.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/random.h"

/** A piece of the filled memory. */
struct object {
	void *memory;
	uint64_t size; /* bytes, a multiple of the page size */
};

/** What a user may set; 0 and NULL: the engine's own default. */
struct engine_config {
	const char *scratch; /* directory for files that it needs */
	const char *device;  /* device filter, as of --device */
	uint64_t request_size;
	uint64_t queue_depth;
	uint64_t seed;
};

/** Counted by the engine where the parent can see it (shared memory). */
struct engine_progress {
	_Atomic uint64_t requests; /* completed */
	_Atomic uint64_t bytes;	   /* moved by them, where the device moves bytes */
	_Atomic uint64_t errors;   /* requests that failed */
	_Atomic uint64_t resets;   /* of the device, seen since it was opened */
};

struct engine;

struct engine_ops {
	const char *name;
	const char *summary; /* one line for people */

	/** Whether it can work here. 0, or -errno with a sentence in @why. */
	int (*usable)(const struct engine_config *config, char *why, size_t size);

	/** Opens it for @objects objects. 0, or -errno with a sentence in @why. */
	int (*open)(struct engine **engine, const struct engine_config *config,
		    struct object *object, size_t objects, struct engine_progress *progress,
		    char *why, size_t size);

	/** Pins object @index for the device. 0 or -errno. */
	int (*pin)(struct engine *engine, size_t index);

	/** How many threads may submit side by side. */
	unsigned int (*lanes)(const struct engine *engine);

	/**
	 * Submits one request on objects drawn from @random; waits only for a place
	 * in lane @lane's queue. 0 or -errno (-EIO: the device is lost).
	 */
	int (*submit)(struct engine *engine, unsigned int lane, struct random_state *random);

	/** Waits until the device has nothing more to do. 0 or -errno. */
	int (*idle)(struct engine *engine);

	/** Lets go of object @index. The device must be idle. 0 or -errno. */
	int (*unpin)(struct engine *engine, size_t index);

	/** Looks for resets of the device and counts them into progress. 0 or -errno. */
	int (*check_resets)(struct engine *engine);

	/** Closes it and frees it. NULL is allowed. */
	void (*close)(struct engine *engine);

	/** Fills the values that a config of 0 stands for. */
	void (*defaults)(struct engine_config *config);
};

extern const struct engine_ops uring_engine;

/** All engines, best first, ended by NULL. */
extern const struct engine_ops *const engines[];

/** The engine of this name, or NULL. */
const struct engine_ops *engine_find(const char *name);

/**
 * The engine for @name; "auto": the first that is usable. NULL if there is none,
 * with a sentence in @why.
 */
const struct engine_ops *engine_choose(const char *name, const struct engine_config *config,
				       char *why, size_t size);

#endif
