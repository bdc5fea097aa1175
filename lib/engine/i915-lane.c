// SPDX-License-Identifier: MIT
/* A lane: a queue of requests, and how one gets into it and out of it. */
#include "engine/i915-lane.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "engine/i915-batch.h"
#include "engine/i915-gpu.h"
#include "system/sysfile.h"
#include "system/units.h"

/* Of the quiet lane: as many as make a fair median of what lies between them. */
#define QUIET_DEPTH 6

/* i915 resets a GPU that hangs after 2.5 to 10 s; one that works is never silent for so long. */
#define HANG_NS (5 * NSEC_PER_SEC)

/*
 * Linux 5.8 to 5.12 say EAGAIN for as long as a worker of i915's pins the pages of an object, swap-in
 * and all; later ones when reclaim took pages back meanwhile. Asking again at once would take a CPU.
 */
#define COLLISION_NS	  (100 * NSEC_PER_USEC)
#define COLLISION_MOST_NS (60 * NSEC_PER_SEC)

/* Where the pages of the requests are, in an address space of 4 GiB or more. */
#define PAGES_AT (1 * MIB)

uint32_t lane_clamp(const struct engine *e, double length)
{
	if (length >= (double)e->noops_size)
		return (uint32_t)e->noops_size;
	if (length <= BATCH_MIN)
		return BATCH_MIN;
	return (uint32_t)length & ~(BATCH_MIN - 1u);
}

/* How long the next MI_NOOPs shall be. */
static void recalibrate(struct engine *e, struct ring *ring, double ns_per_byte)
{
	double length = (double)e->target_ns / ns_per_byte;

	ring->length = lane_clamp(e, length);
	if (length <= 1.3 * (double)e->noops_size ||
	    atomic_exchange(&e->said_ceiling, true))
		return;
	i915_note(e, "this GPU is too fast for a batch of %.1f ms: requests are shorter",
		  (double)e->target_ns / NSEC_PER_MSEC);
}

/* Takes note of how long a request took that was seen to complete. */
static void take_time(struct engine *e, struct slot *slot, uint64_t now_ns)
{
	uint32_t ticks = e->loops && slot->ran ? loop_ran(slot->page) : 0;
	double ns_per_byte = pace_complete(&slot->ring->pace, &slot->request, now_ns);

	/* The GPU's own word for it, where there is one. */
	if (ticks)
		e->progress->request_ns =
			(uint64_t)((double)ticks * NSEC_PER_SEC / (double)e->clock_hz);
	else if (ns_per_byte > 0)
		e->progress->request_ns = (uint64_t)(ns_per_byte * slot->request.length);
	if (e->settled && ns_per_byte > 0)
		recalibrate(e, slot->ring, ns_per_byte);
}

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
static int create_pages(struct engine *e, struct lane *lane, char *memory)
{
	int ret = 0;

	for (unsigned int i = 0; i < lane->depth && ret == 0; i++) {
		struct slot *slot = &lane->slot[i];
		char *page = memory + i * page_size();

		slot->page = (uint32_t *)(void *)page;
		slot->offset = PAGES_AT + (uint64_t)(page - (char *)e->pages);
		ret = gem_userptr(e->fd, page, page_size(), e->probe, &slot->handle);
	}
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
	return create_pages(e, lane, memory);
}

int lanes_open(struct engine *e)
{
	uint64_t slots = (uint64_t)e->lanes * e->depth + QUIET_DEPTH;
	char *memory;
	int ret = 0;

	memory = mmap(NULL, slots * page_size(), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	e->pages = memory;
	e->pages_size = slots * page_size();
	i915_lock_memory(e, e->pages, e->pages_size);
	e->lane = calloc(e->lanes + 1, sizeof(*e->lane));
	if (!e->lane)
		return -ENOMEM;
	for (unsigned int i = 0; i <= e->lanes && ret == 0; i++) {
		ret = open_lane(e, i, memory);
		memory += depth_of(e, i) * page_size();
	}
	return ret;
}

static void close_handle(struct engine *e, uint32_t *handle)
{
	if (*handle)
		gem_close(e->fd, *handle);
	*handle = 0;
}

static void close_lane(struct engine *e, struct lane *lane)
{
	for (unsigned int i = 0; lane->slot && i < lane->depth; i++)
		close_handle(e, &lane->slot[i].handle);
	close_handle(e, &lane->noops);
	free(lane->slot);
	free(lane->order);
	free(lane->list);
}

void lanes_close(struct engine *e)
{
	for (unsigned int i = 0; e->lane && i <= e->lanes; i++)
		close_lane(e, &e->lane[i]);
	free(e->lane);
	noops_free(e);
	if (e->pages)
		munmap(e->pages, e->pages_size);
}

/* Waits until nothing uses the object. -ETIME: something still did after @timeout_ns. */
static int gem_wait(int fd, uint32_t handle, uint64_t timeout_ns)
{
	/* The kernel takes what was waited off it, so a restart does not wait longer. */
	struct drm_i915_gem_wait arg = { .bo_handle = handle,
					 .timeout_ns = (int64_t)timeout_ns };

	return gem_ioctl(fd, DRM_IOCTL_I915_GEM_WAIT, &arg);
}

/* Whether something uses the object, 1 or 0. */
static int gem_busy(int fd, uint32_t handle)
{
	struct drm_i915_gem_busy arg = { .handle = handle };
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_GEM_BUSY, &arg);

	return ret < 0 ? ret : arg.busy != 0;
}

/* Waits until the request of @slot is done, if there is one, and counts it. */
static int reap(struct engine *e, const struct lane *lane, struct slot *slot)
{
	bool waited;
	int ret;

	if (!slot->in_flight)
		return 0;
	waited = gem_busy(e->fd, slot->handle) == 1;
	ret = gem_wait(e->fd, slot->handle, longest_wait(e));
	if (ret < 0)
		return ret;
	slot->in_flight = false;
	atomic_fetch_sub(&e->in_flight, 1);
	if (lane->index < e->lanes)
		atomic_fetch_add_explicit(&e->progress->requests, 1,
					  memory_order_relaxed);
	/* A request that had completed before we looked has no known end: only those we waited for count. */
	if (waited)
		take_time(e, slot, monotonic_ns());
	return 0;
}

/* Without the flag, a GPU with more than 4 GiB of addresses puts everything into the first 4. */
static void list_handle(struct drm_i915_gem_exec_object2 *entry, uint32_t handle,
			uint64_t offset, bool placed)
{
	*entry = (struct drm_i915_gem_exec_object2){
		.handle = handle,
		.offset = offset,
		.flags = EXEC_OBJECT_SUPPORTS_48B_ADDRESS |
			 (placed ? EXEC_OBJECT_PINNED : 0),
	};
}

/* All that the next request of @lane lists; the batch is the last. Returns how many. */
static size_t make_list(struct engine *e, struct lane *lane, size_t objects)
{
	struct slot *slot = &lane->slot[lane->next];
	size_t n = 0;

	for (; n < objects; n++)
		list_handle(&lane->list[n], e->handle[lane->order[n]],
			    e->offset[lane->order[n]], e->placed);
	list_handle(&lane->list[n++], slot->handle, slot->offset, e->loops);
	if (!e->loops)
		list_handle(&lane->list[n++], lane->noops, lane->noops_offset, false);
	return n;
}

/* Where the kernel has bound it all, it is looked for first the next time. */
static void keep_offsets(struct engine *e, struct lane *lane, size_t objects)
{
	for (size_t i = 0; i < objects && !e->placed; i++)
		atomic_store_explicit(&e->offset[lane->order[i]], lane->list[i].offset,
				      memory_order_relaxed);
	lane->slot[lane->next].offset = lane->list[objects].offset;
	if (!e->loops)
		lane->noops_offset = lane->list[objects + 1].offset;
}

/* The ioctl, again after what is no failure. */
static int execbuf(struct engine *e, struct drm_i915_gem_execbuffer2 *request)
{
	uint64_t until = 0;

	while (ioctl(e->fd, DRM_IOCTL_I915_GEM_EXECBUFFER2, request) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		if (until == 0)
			until = monotonic_ns() + COLLISION_MOST_NS;
		else if (monotonic_ns() > until)
			return -EAGAIN;
		atomic_fetch_add_explicit(&e->progress->collisions, 1,
					  memory_order_relaxed);
		sleep_ns(COLLISION_NS);
	}
	return 0;
}

/* @length: of the MI_NOOPs, or BATCH_MIN: the shortest batch, which does nothing. */
static int execute(struct engine *e, struct lane *lane, const struct ring *ring,
		   uint32_t length, size_t objects)
{
	unsigned int context =
		lane->index * CONTEXTS_PER_LANE + lane->next % CONTEXTS_PER_LANE;
	struct slot *slot = &lane->slot[lane->next];
	/*
	 * The length of the batch is left 0: to its object's end. On generation 7 its parser goes
	 * through all of a batch whose length is told.
	 */
	struct drm_i915_gem_execbuffer2 request = {
		.buffers_ptr = (uintptr_t)lane->list,
		.buffer_count = (uint32_t)make_list(e, lane, objects),
		.batch_start_offset = e->loops ? 0 : (uint32_t)e->noops_size - length,
		.flags = ring->flags | I915_EXEC_NO_RELOC | I915_EXEC_HANDLE_LUT,
	};
	int ret;

	slot->ran = length > BATCH_MIN;
	if (e->loops) {
		if (!slot->ran)
			request.batch_start_offset = LOOP_END_AT;
		loop_write(slot->page, slot->offset,
			   e->generation == 9 ? loop_base(ring->class, ring->instance)
					      : 0,
			   (uint32_t)(e->target_ns * e->clock_hz / NSEC_PER_SEC));
	}
	i915_execbuffer2_set_context_id(request, e->context[context % e->contexts].id);
	ret = execbuf(e, &request);
	if (ret == 0)
		keep_offsets(e, lane, objects);
	return ret;
}

int lane_push(struct engine *e, struct lane *lane, struct ring *ring, uint32_t length,
	      size_t objects)
{
	struct slot *slot = &lane->slot[lane->next];
	int ret = reap(e, lane, slot);

	if (ret == 0)
		ret = execute(e, lane, ring, length, objects);
	if (ret < 0)
		return ret;
	slot->request = pace_submit(&ring->pace, length, monotonic_ns());
	slot->ring = ring;
	slot->in_flight = true;
	atomic_fetch_add(&e->in_flight, 1);
	lane->next = (lane->next + 1) % lane->depth;
	return 0;
}

int lane_drain(struct engine *e, struct lane *lane)
{
	int ret = 0;

	for (unsigned int i = 0; i < lane->depth && ret == 0; i++)
		ret = reap(e, lane, &lane->slot[(lane->next + i) % lane->depth]);
	return ret;
}

int lanes_take_noops(struct engine *e, uint64_t size, bool all)
{
	int ret;

	for (unsigned int i = 0; i <= e->lanes; i++)
		close_handle(e, &e->lane[i].noops);
	ret = noops_make(e, size);
	if (ret == 0)
		i915_lock_memory(e, e->noops, size);
	/* A lane has an object of its own on the same memory: no two wait for its lock. */
	for (unsigned int i = all ? 0 : e->lanes; i <= e->lanes && ret == 0; i++)
		ret = gem_userptr(e->fd, e->noops, size, e->probe, &e->lane[i].noops);
	return ret;
}
