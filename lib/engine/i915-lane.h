/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_I915_LANE_H
#define PINLAT_ENGINE_I915_LANE_H

/*
 * Private to the engine "i915". The lanes: each is a queue of requests that one thread fills and
 * empties, and shares nothing with the others but the GPU.
 */

#include <i915_drm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/i915.h"

/* A place in the queue. */
struct slot {
	uint32_t *page; /* its own: what is waited for, and a loop's batch */
	uint32_t handle;
	uint64_t offset;     /* of the page, in the GPU's addresses */
	bool in_flight, ran; /* a whole batch */
	struct ring *ring;
	struct paced request;
};

struct lane {
	unsigned int index, depth, next;
	unsigned int turn; /* requests that went to a ring so far */
	struct slot *slot; /* @depth of them, used in turn */
	uint32_t noops;	   /* handle of the MI_NOOPs; 0: it has none */
	uint64_t noops_offset;
	uint32_t *order; /* all objects; the first are the last draw */
	/* Room for all objects, the page and the batch. */
	struct drm_i915_gem_exec_object2 *list;
};

/* Makes @e->lanes + 1 lanes; the last is for what is not part of the load. Returns 0 or -errno. */
int lanes_open(struct engine *e);
void lanes_close(struct engine *e);

/*
 * Makes the MI_NOOPs anew, of @size bytes, for the last lane alone or with @all for each. Nothing
 * may be in flight. Returns 0 or -errno.
 */
int lanes_take_noops(struct engine *e, uint64_t size, bool all);

/* @length within the MI_NOOPs that there are, in whole pairs of dwords. */
uint32_t lane_clamp(const struct engine *e, double length);

/*
 * Submits one request on @ring, which lists the first @objects of @lane->order; waits for a place in
 * the queue. Its batch is BATCH_MIN bytes, which end at once, or else @length bytes of MI_NOOPs or a
 * loop. Returns 0 or -errno.
 */
int lane_push(struct engine *e, struct lane *lane, struct ring *ring, uint32_t length,
	      size_t objects);

/* Waits until the lane's queue is empty. Returns 0 or -errno. */
int lane_drain(struct engine *e, struct lane *lane);

#endif
