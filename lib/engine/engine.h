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
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/random.h"

struct drm_device;

/** A piece of the filled memory. */
struct object {
	void *memory;
	uint64_t size; /* bytes, a multiple of the page size */
};

/** The engine's own request_rate. */
#define REQUEST_RATE_AUTO UINT64_MAX

/** What a user may set; 0 and NULL: the engine's own default, unless it says otherwise. */
struct engine_config {
	const char *scratch; /* uring: directory for files that it needs */
	const char *device;  /* i915, xe: device filter, as of --device; NULL: any */
	/*
	 * Requests a second, over all lanes; 0: as fast as it goes, which is as many as the device
	 * completes. uring: 1000. i915, xe: 0, a GPU that is kept waiting is not at work.
	 */
	uint64_t request_rate;
	/* uring: bytes that one request reads. i915, xe: 0, their requests work for a time. */
	uint64_t request_size;
	uint64_t queue_depth; /* requests in flight, of each lane */
	uint64_t vms; /* xe: address spaces, over which the objects are spread; 0: 16 */
	const char *mode; /* xe: "dma-fence" (NULL: that) or "lr" */
	/*
	 * In how many requests in flight each object is, on average: 3 is nearly all objects at work at
	 * any time, 0.05 a twentieth of them. uring: 0, its requests are on one object each.
	 */
	double cover;
	uint64_t seed;
};

/** Counted by the engine where the parent can see it (shared memory). */
struct engine_progress {
	_Atomic uint64_t
		submitted; /* requests that the device was given (by the load child) */
	_Atomic uint64_t requests; /* completed */
	_Atomic uint64_t bytes;	   /* moved by them, where the device moves bytes */
	_Atomic uint64_t errors;   /* requests that failed */
	_Atomic uint64_t resets;   /* of the device, seen since it was opened */
	/*
	 * What of the pinning went into making the objects known to the device, and what into using
	 * each once more when it was pinned; the rest is its first use, which is what pins. 0: the
	 * engine cannot tell these apart.
	 */
	_Atomic uint64_t create_ns, steady_ns;
	/*
	 * How long handing requests to the driver took: all of them, and the longest. A wait for a
	 * place in the queue is no part of it. 0: the engine does not look.
	 */
	_Atomic uint64_t exec_ns, exec_longest_ns;
	/* How long the device works on one request, lately, and was to work; 0: not known. */
	_Atomic uint64_t request_ns, request_target_ns;
	/* Times that the driver refused a request for the moment, so that it was asked again. */
	_Atomic uint64_t collisions;
	/* Set by open(): the units of the device that work ("rcs0,vcs0"), and what a request is made of. */
	char rings[128], request_kind[16];
	/* Whether there is something that a reader of the record should know, and what. */
	_Atomic int noted;
	char note[400];
};

struct engine;

struct engine_ops {
	const char *name;
	const char *summary; /* one line for people */

	/* Whether its driver may hold pages without FOLL_PIN, so that the kernel does not count them. */
	bool may_pin_uncounted;
	/* Whether what it pins counts as locked memory, of which a user may have so much only. */
	bool pins_count_as_locked;
	/*
	 * Whether its driver binds memory without pinning it: reclaim unmaps it, and waits for the
	 * device first. The kernel counts no pins then.
	 */
	bool binds;

	/** Whether it can work here. 0, or -errno with a sentence in @why. */
	int (*usable)(const struct engine_config *config, char *why, size_t size);

	/**
	 * The DRM device that it would open (drm_devices_free(device, 1)). NULL: there is none, or
	 * it needs none; the call itself may be NULL for that.
	 */
	struct drm_device *(*device)(const struct engine_config *config);

	/** Opens it for @objects objects. 0, or -errno with a sentence in @why. */
	int (*open)(struct engine **engine, const struct engine_config *config,
		    struct object *object, size_t objects,
		    struct engine_progress *progress, char *why, size_t size);

	/** Pins object @index for the device. 0 or -errno. */
	int (*pin)(struct engine *engine, size_t index);

	/** How many threads may submit side by side. */
	unsigned int (*lanes)(const struct engine *engine);

	/**
	 * Submits one request on objects drawn from @random; waits only for a place
	 * in lane @lane's queue. 0 or -errno (-EIO: the device is lost).
	 */
	int (*submit)(struct engine *engine, unsigned int lane,
		      struct random_state *random);

	/**
	 * How much of @pinned bytes, all that was pinned, is under DMA at this moment: still pinned, or
	 * bound where a driver does not pin. Asked while lanes submit. NULL: what was pinned stays so.
	 */
	uint64_t (*held)(struct engine *engine, uint64_t pinned);

	/**
	 * Uses @objects objects from @first on for a moment, so that the driver pins them again if it has
	 * let go of them. No lane may submit. 0 or -errno. NULL: what was pinned stays so.
	 */
	int (*keep)(struct engine *engine, size_t first, size_t objects);

	/** Waits until the device has nothing more to do. 0 or -errno. */
	int (*idle)(struct engine *engine);

	/** Lets go of object @index. The device must be idle. 0 or -errno. */
	int (*unpin)(struct engine *engine, size_t index);

	/**
	 * Looks for resets of the device and counts them into progress. 0 or -errno (-EIO: the
	 * device is lost).
	 */
	int (*check_resets)(struct engine *engine);

	/**
	 * What @error of pin, submit, idle or check_resets means and what to do, as the rest of a
	 * sentence. NULL: no more than strerror() says; the call itself may be NULL for that.
	 */
	const char *(*explain)(int error);

	/** Closes it and frees it. NULL is allowed. */
	void (*close)(struct engine *engine);

	/** Fills in its own defaults, and 0 for what it does not know. */
	void (*defaults)(struct engine_config *config);
};

extern const struct engine_ops i915_engine;
extern const struct engine_ops uring_engine;

#endif
