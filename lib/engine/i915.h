/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_I915_H
#define PINLAT_ENGINE_I915_H

/*
 * The engine "i915", shared by its files alone.
 *
 * A request is a batch (i915-batch.h) that lists objects, so that the GPU counts as working on them
 * for some milliseconds. It touches none of them. What i915 calls an engine (a command streamer of
 * the GPU) is called a ring here, as it once was, since an engine is something else in this program.
 *
 * All memory that the GPU sees is userptr: the objects, the batches, and a page a request, which is
 * an object that nothing else lists, so that waiting for it is waiting for that request.
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
	uint64_t flags;		  /* of execbuf, that choose it */
	uint16_t class, instance; /* as the uAPI names it */
	_Atomic uint32_t length;  /* of its MI_NOOPs, in bytes */
	struct pace pace;
};

struct context {
	uint32_t id;
	bool tells_resets;
	uint32_t active, pending; /* requests lost by resets, when last looked at */
};

struct engine {
	int fd;
	bool probe; /* userptr can look whether there is memory */
	struct object *object;
	size_t objects;
	uint32_t *handle; /* one an object; 0: not pinned */
	/*
	 * Where each object is bound, as far as is known: the kernel tries that place first. Where
	 * we choose the places (placed), they stay the same.
	 */
	_Atomic uint64_t *offset;
	bool placed;
	struct engine_progress *progress;
	uint64_t pinned_before; /* pages, by anybody, before the first object */
	bool pins_counted;	/* the kernel was seen to count this driver's pins */
	bool said_unlocked;
	_Atomic bool said_ceiling, said_fewer;
	uint64_t target_ns; /* that a request shall take */

	/* the GPU */
	unsigned int generation;   /* 7: or less; 11: or more */
	uint64_t space;		   /* bytes of an address space; 0: not known */
	_Atomic uint64_t clock_hz; /* of CTX_TIMESTAMP */
	uint64_t
		mock_ns; /* a mock in the lab, whose requests all take so long; 0: it is none */
	struct ring ring[MAX_RINGS];
	unsigned int rings;
	uint32_t vm; /* that the contexts share; 0: none */
	struct context *context;
	unsigned int contexts;

	/* requests */
	bool loops;  /* its batches are loops, not MI_NOOPs */
	void *noops; /* that all requests share */
	uint64_t noops_size;
	bool settled; /* in their final size */
	struct lane *lane;
	unsigned int lanes, depth;
	void *pages; /* one a request in flight */
	uint64_t pages_size;
	double cover;	     /* how often each object is in the queues, on average */
	_Atomic size_t most; /* objects that a request may list */
	_Atomic unsigned int in_flight; /* requests */
};

#endif
