/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_I915_H
#define PINLAT_ENGINE_I915_H

/*
 * The engine "i915", shared by its files alone.
 *
 * A request is a batch of MI_NOOPs that lists objects, so that the GPU counts as working on them
 * for some milliseconds. It holds no address, so it needs neither relocations nor a choice of
 * addresses on any generation. What i915 calls an engine (a command streamer of the GPU) is
 * called a ring here, as it once was, since an engine is something else in this program.
 *
 * All memory that the GPU sees is userptr: the objects, the batch, and a marker a request, which is
 * an object of one page that nothing else lists, so that waiting for it is waiting for that request.
 */

#include <i915_drm.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/pace.h"

#define MAX_RINGS 64 /* I915_EXEC_RING_MASK + 1 */

/* So that the GPU changes between contexts, even where there is one lane. */
#define CONTEXTS_PER_LANE 2

struct ring {
	uint64_t flags;		 /* of execbuf, that choose it */
	_Atomic uint32_t length; /* of its batches, in bytes */
	struct pace pace;
};

struct context {
	uint32_t id;
	bool tells_resets;
	uint32_t active, pending; /* requests lost by resets, when last looked at */
};

struct batch {
	void *memory;
	uint64_t size; /* bytes, whole pages; all MI_NOOP but its end */
	uint32_t handle;
};

struct engine {
	int fd;
	bool probe; /* userptr can look whether there is memory */
	struct object *object;
	size_t objects;
	uint32_t *handle; /* one an object; 0: not pinned */
	struct engine_progress *progress;
	uint64_t pinned_before; /* pages, by anybody, before the first object */
	bool pins_counted;	/* the kernel was seen to count this driver's pins */
	uint64_t target_ns;	/* that a request shall take */
	struct ring ring[MAX_RINGS];
	unsigned int rings;
	uint32_t vm; /* that the contexts share; 0: none */
	struct context *context;
	unsigned int contexts;
	struct batch batch;
	struct lane *lane;
	unsigned int lanes, depth;
	void *markers; /* their memory */
	uint64_t markers_size;
	_Atomic size_t listed;		/* objects that a request lists */
	_Atomic unsigned int in_flight; /* requests */
};

#endif
