// SPDX-License-Identifier: MIT
/*
 * The lanes: each is a queue of requests that one thread fills and empties, and shares
 * nothing with the others but the GPU.
 */
#include "engine/i915-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "system/clock.h"
#include "system/pages.h"
#include "system/units.h"

/* So that the GPU changes between contexts, even where there is one lane. */
#define CONTEXTS_PER_LANE 2

/*
 * For so many requests a lane keeps to one ring, before it goes on to the next. They follow one
 * another there, so the oldest ends first, and each that is waited for tells how long it took.
 */
#define STINT 64

/* Of the quiet lane: as many as make a fair median of what lies between them. */
#define QUIET_DEPTH 6

/* i915 resets a GPU that hangs after 2.5 to 10 s; one that works is never silent for so long. */
#define HANG_NS (5 * NSEC_PER_SEC)

/* How long a request takes at most: all others may be in front of it. */
static uint64_t longest_wait(const struct engine *e)
{
	return HANG_NS + (uint64_t)e->lanes * e->depth * e->target_ns;
}

static unsigned int depth_of(const struct engine *e, unsigned int lane)
{
	return lane < e->lanes ? e->depth : QUIET_DEPTH;
}

/* One object a page of @memory for each slot of @lane. */
static int create_markers(struct engine *e, struct lane *lane, char *memory)
{
	int ret = 0;

	for (unsigned int i = 0; i < lane->depth && ret == 0; i++)
		ret = _gem_userptr(e->fd, memory + i * page_size(), page_size(), e->probe,
				   &lane->slot[i].marker);
	return ret;
}

static int open_lane(struct engine *e, unsigned int index, char *memory)
{
	struct lane *lane = &e->lane[index];

	*lane = (struct lane){
		.index = index,
		.depth = depth_of(e, index),
		.slot = calloc(depth_of(e, index), sizeof(*lane->slot)),
		.order = calloc(e->objects, sizeof(*lane->order)),
		.list = calloc(e->objects + 2, sizeof(*lane->list)),
	};
	if (!lane->slot || !lane->order || !lane->list)
		return -ENOMEM;
	for (size_t i = 0; i < e->objects; i++)
		lane->order[i] = (uint32_t)i;
	return create_markers(e, lane, memory);
}

unsigned int _i915_contexts_wanted(const struct engine *e)
{
	return (e->lanes + 1) * CONTEXTS_PER_LANE;
}

int _i915_open_lanes(struct engine *e)
{
	uint64_t slots = (uint64_t)e->lanes * e->depth + QUIET_DEPTH;
	char *memory;
	int ret = 0;

	memory = mmap(NULL, slots * page_size(), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	e->markers = memory;
	e->markers_size = slots * page_size();
	/* Out of reclaim's way, which is to meet the objects alone. Without privileges it may not be. */
	mlock(e->markers, e->markers_size);
	e->lane = calloc(e->lanes + 1, sizeof(*e->lane));
	if (!e->lane)
		return -ENOMEM;
	for (unsigned int i = 0; i <= e->lanes && ret == 0; i++) {
		ret = open_lane(e, i, memory);
		memory += depth_of(e, i) * page_size();
	}
	return ret;
}

static void close_lane(struct engine *e, struct lane *lane)
{
	for (unsigned int i = 0; lane->slot && i < lane->depth; i++) {
		if (lane->slot[i].marker)
			_gem_close(e->fd, lane->slot[i].marker);
	}
	free(lane->slot);
	free(lane->order);
	free(lane->list);
}

void _i915_close_lanes(struct engine *e)
{
	for (unsigned int i = 0; e->lane && i <= e->lanes; i++)
		close_lane(e, &e->lane[i]);
	free(e->lane);
	if (e->markers)
		munmap(e->markers, e->markers_size);
}

void _i915_draw(struct lane *lane, size_t n, size_t objects, struct random_state *random)
{
	for (size_t i = 0; i < n; i++) {
		size_t other = i + random_below(random, objects - i);
		uint32_t drawn = lane->order[other];

		lane->order[other] = lane->order[i];
		lane->order[i] = drawn;
	}
}

struct ring *_i915_next_ring(struct engine *e, struct lane *lane)
{
	return &e->ring[(lane->index + lane->turn++ / STINT) % e->rings];
}

struct lane *_i915_quiet_lane(struct engine *e)
{
	return &e->lane[e->lanes];
}

/* Waits until the request of @slot is done, if there is one, and counts it. */
static int reap(struct engine *e, const struct lane *lane, struct slot *slot)
{
	bool waited;
	int ret;

	if (!slot->in_flight)
		return 0;
	waited = _gem_busy(e->fd, slot->marker) == 1;
	ret = _gem_wait(e->fd, slot->marker, longest_wait(e));
	if (ret < 0)
		return ret;
	slot->in_flight = false;
	atomic_fetch_sub(&e->in_flight, 1);
	if (lane->index < e->lanes)
		atomic_fetch_add_explicit(&e->progress->requests, 1,
					  memory_order_relaxed);
	/* When one was done that was found so, nobody knows. */
	if (waited)
		_i915_recalibrate(e, slot->ring, &slot->request, monotonic_ns());
	return 0;
}

/* Without the flag, a GPU with more than 4 GiB of addresses puts everything into the first 4. */
static void list_handle(struct drm_i915_gem_exec_object2 *entry, uint32_t handle)
{
	*entry = (struct drm_i915_gem_exec_object2){
		.handle = handle,
		.flags = EXEC_OBJECT_SUPPORTS_48B_ADDRESS,
	};
}

static int execute(struct engine *e, struct lane *lane, const struct ring *ring,
		   uint32_t length, size_t objects)
{
	struct drm_i915_gem_execbuffer2 request = {
		.buffers_ptr = (uintptr_t)lane->list,
		.buffer_count = (uint32_t)objects + 2,
		.batch_start_offset = (uint32_t)(e->batch.size - length),
		.batch_len = length,
		.flags = ring->flags,
	};
	unsigned int context =
		lane->index * CONTEXTS_PER_LANE + lane->next % CONTEXTS_PER_LANE;

	i915_execbuffer2_set_context_id(request, e->context[context % e->contexts].id);
	for (size_t i = 0; i < objects; i++)
		list_handle(&lane->list[i], e->handle[lane->order[i]]);
	list_handle(&lane->list[objects], lane->slot[lane->next].marker);
	list_handle(&lane->list[objects + 1], e->batch.handle);
	return _gem_execbuf(e->fd, &request);
}

int _i915_push(struct engine *e, struct lane *lane, struct ring *ring, uint32_t length,
	       size_t objects)
{
	struct slot *slot = &lane->slot[lane->next];
	int ret = reap(e, lane, slot);

	if (ret == 0)
		ret = execute(e, lane, ring, length, objects);
	if (ret < 0)
		return ret;
	slot->request = _pace_submit(&ring->pace, length, monotonic_ns());
	slot->ring = ring;
	slot->in_flight = true;
	atomic_fetch_add(&e->in_flight, 1);
	lane->next = (lane->next + 1) % lane->depth;
	return 0;
}

int _i915_drain(struct engine *e, struct lane *lane)
{
	int ret = 0;

	for (unsigned int i = 0; i < lane->depth && ret == 0; i++)
		ret = reap(e, lane, &lane->slot[(lane->next + i) % lane->depth]);
	return ret;
}
