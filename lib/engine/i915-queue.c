// SPDX-License-Identifier: MIT
/* Requests in flight: how long they take, the queues that they are in, and their batch. */
#include "engine/i915-queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/i915-gpu.h"
#include "engine/i915.h"
#include "system/units.h"
#include "system/sysfile.h"

/*
 * For so many requests a lane keeps to one ring, before it goes on to the next. They follow one
 * another there, so the oldest ends first, and each that is waited for tells how long it took.
 */
#define STINT 64

/*
 * How often each object is in the queues, on average. Objects are drawn at random, so of those that
 * are pinned e^-3 or 5 % are in none of the requests at a time; with fewer requests, fewer.
 */
#define COVER 3

/* Of the quiet lane: as many as make a fair median of what lies between them. */
#define QUIET_DEPTH 6

/* i915 resets a GPU that hangs after 2.5 to 10 s; one that works is never silent for so long. */
#define HANG_NS (5 * NSEC_PER_SEC)

/* The least that a batch can be: its end, and a MI_NOOP for the alignment. */
#define BATCH_MIN 8

struct slot {
	uint32_t marker;
	bool in_flight;
	struct ring *ring;
	struct paced request;
};

struct lane {
	unsigned int index, depth, next;
	unsigned int turn; /* requests that went to a ring so far */
	struct slot *slot; /* @depth of them, used in turn */
	uint32_t *order;   /* all objects; the first are the last draw */
	/* Room for all objects, the marker and the batch. */
	struct drm_i915_gem_exec_object2 *list;
};

static uint32_t clamp_length(const struct engine *e, double length)
{
	if (length >= (double)e->batch.size)
		return (uint32_t)e->batch.size;
	if (length <= BATCH_MIN)
		return BATCH_MIN;
	return (uint32_t)length & ~(BATCH_MIN - 1u);
}

/* Takes note of a request's completion: how long it took, and how long the next shall be. */
static void recalibrate(struct engine *e, struct ring *ring, const struct paced *request,
			uint64_t now_ns)
{
	double ns_per_byte = pace_complete(&ring->pace, request, now_ns);

	if (ns_per_byte <= 0)
		return;
	e->progress->request_ns = (uint64_t)(ns_per_byte * request->length);
	ring->length = clamp_length(e, (double)e->target_ns / ns_per_byte);
}

/*
 * The lanes: each is a queue of requests that one thread fills and empties, and shares
 * nothing with the others but the GPU.
 */

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
		ret = gem_userptr(e->fd, memory + i * page_size(), page_size(), e->probe,
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

/* Makes @e->lanes + 1 lanes; the last is for what is not part of the load. Returns 0 or -errno. */
static int open_lanes(struct engine *e)
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
			gem_close(e->fd, lane->slot[i].marker);
	}
	free(lane->slot);
	free(lane->order);
	free(lane->list);
}

static void close_lanes(struct engine *e)
{
	for (unsigned int i = 0; e->lane && i <= e->lanes; i++)
		close_lane(e, &e->lane[i]);
	free(e->lane);
	if (e->markers)
		munmap(e->markers, e->markers_size);
}

/* Draws @n different ones of @objects objects, the next that are listed. */
static void draw(struct lane *lane, size_t n, size_t objects, struct random_state *random)
{
	for (size_t i = 0; i < n; i++) {
		size_t other = i + random_below(random, objects - i);
		uint32_t drawn = lane->order[other];

		lane->order[other] = lane->order[i];
		lane->order[i] = drawn;
	}
}

static struct lane *quiet_lane(struct engine *e)
{
	return &e->lane[e->lanes];
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
	waited = gem_busy(e->fd, slot->marker) == 1;
	ret = gem_wait(e->fd, slot->marker, longest_wait(e));
	if (ret < 0)
		return ret;
	slot->in_flight = false;
	atomic_fetch_sub(&e->in_flight, 1);
	if (lane->index < e->lanes)
		atomic_fetch_add_explicit(&e->progress->requests, 1,
					  memory_order_relaxed);
	/* When one was done that was found so, nobody knows. */
	if (waited)
		recalibrate(e, slot->ring, &slot->request, monotonic_ns());
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
	return gem_ioctl(e->fd, DRM_IOCTL_I915_GEM_EXECBUFFER2, &request);
}

/*
 * Submits one request with a batch of @length bytes on @ring, which lists the first @objects
 * of @lane->order; waits for a place in the queue. Returns 0 or -errno.
 */
static int push(struct engine *e, struct lane *lane, struct ring *ring, uint32_t length,
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

/* Waits until the lane's queue is empty. Returns 0 or -errno. */
static int drain(struct engine *e, struct lane *lane)
{
	int ret = 0;

	for (unsigned int i = 0; i < lane->depth && ret == 0; i++)
		ret = reap(e, lane, &lane->slot[(lane->next + i) % lane->depth]);
	return ret;
}

/*
 * The batch that all requests share: MI_NOOPs up to its end. A request that is to
 * take longer begins further in front. How fast a GPU reads MI_NOOPs differs tenfold
 * between GPUs, between rings, and with the frequency, which rises once there is
 * work; so the length is found out at the beginning and put right ever after.
 */

/* MI_BATCH_BUFFER_END of Intel's programmer's reference manuals: command 0x0a in bits 28:23. MI_NOOP is 0. */
#define MI_BATCH_BUFFER_END (0x0au << 23)

/* Long beside the cost of a request itself; less is not worth measuring. */
#define FIRST_LENGTH (256 * KIB)
#define STEP	     4
#define BATCH_MAX    (64 * MIB)

/* A batch that is so many times as long and takes no longer than this is not timed by its length. */
#define STEP_SLOWER 1.5

static void close_batch(struct engine *e)
{
	if (e->batch.handle)
		gem_close(e->fd, e->batch.handle);
	if (e->batch.memory)
		munmap(e->batch.memory, e->batch.size);
	e->batch = (struct batch){ 0 };
}

/* Makes the batch anew. Nothing may be in flight. */
static int resize(struct engine *e, uint64_t size)
{
	struct batch *b = &e->batch;
	uint32_t *end;
	void *memory;

	close_batch(e);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	if (memory == MAP_FAILED)
		return -errno;
	/* Out of reclaim's way, as the markers are. */
	mlock(memory, size);
	b->memory = memory;
	b->size = size;
	end = (uint32_t *)((char *)memory + size - BATCH_MIN);
	*end = MI_BATCH_BUFFER_END;
	return gem_userptr(e->fd, memory, size, e->probe, &b->handle);
}

/* How long @ring takes for a batch of @length bytes; 0: too short to tell. */
static int measure(struct engine *e, struct ring *ring, uint32_t length, double *ns)
{
	struct lane *lane = quiet_lane(e);
	int ret = 0;

	pace_take(&ring->pace);
	for (unsigned int i = 0; i < lane->depth && ret == 0; i++)
		ret = push(e, lane, ring, length, 0);
	if (ret == 0)
		ret = drain(e, lane);
	*ns = pace_take(&ring->pace) * length;
	return ret;
}

/* Takes longer and longer batches, up to one from which the right length can be reckoned. */
static int calibrate(struct engine *e, struct ring *ring)
{
	uint32_t length = FIRST_LENGTH;
	double before = 0, ns = 0;
	int ret;

	for (;; length *= STEP) {
		ret = length > e->batch.size ? resize(e, length) : 0;
		if (ret == 0)
			ret = measure(e, ring, length, &ns);
		if (ret < 0)
			return ret;
		if (before > 0 && ns < before * STEP_SLOWER) {
			ring->length = length / STEP;
			i915_note(
				e,
				"a request takes %.1f ms on this GPU however long its batch is",
				before / NSEC_PER_MSEC);
			return 0;
		}
		if (ns * STEP >= (double)e->target_ns ||
		    length * (uint64_t)STEP > BATCH_MAX)
			break;
		before = ns;
	}
	ns = ns > 0 ? length * (double)e->target_ns / ns : BATCH_MAX;
	ring->length = ns < (double)BATCH_MAX ? (uint32_t)ns : (uint32_t)BATCH_MAX;
	return 0;
}

/* The batch in its final size, used once, so that it is pinned before anybody counts pins. */
static int settle(struct engine *e, uint64_t longest)
{
	/* Twice as long, should the GPU become faster yet. */
	uint64_t size = (2 * longest / FIRST_LENGTH + 1) * FIRST_LENGTH;
	int ret = resize(e, size < BATCH_MAX ? size : BATCH_MAX);

	for (unsigned int i = 0; i < e->rings; i++)
		e->ring[i].length = clamp_length(e, e->ring[i].length);
	if (ret == 0)
		ret = push(e, quiet_lane(e), &e->ring[0], BATCH_MIN, 0);
	return ret < 0 ? ret : drain(e, quiet_lane(e));
}

/*
 * Makes the batch and finds, for each ring, the length that takes it target_ns. The lanes must be
 * open. Returns 0 or -errno.
 */
static int open_batch(struct engine *e)
{
	uint64_t longest = 0;
	int ret = resize(e, FIRST_LENGTH);

	for (unsigned int i = 0; i < e->rings && ret == 0; i++) {
		ret = calibrate(e, &e->ring[i]);
		if (e->ring[i].length > longest)
			longest = e->ring[i].length;
	}
	return ret < 0 ? ret : settle(e, longest);
}

/* So many that all queues together hold nearly all objects. */
static size_t objects_to_list(const struct engine *e)
{
	size_t slots = (size_t)e->lanes * e->depth;
	size_t n = slots ? (COVER * e->objects + slots - 1) / slots : 0;

	return n < e->objects ? n : e->objects;
}

/* Other lanes may have found out at the same time. */
static void list_fewer(struct engine *e, size_t listed)
{
	if (!atomic_compare_exchange_strong(&e->listed, &listed, (listed + 1) / 2))
		return;
	if (listed == objects_to_list(e))
		i915_note(
			e,
			"the GPU's address space is too small for requests on %zu objects: they are on fewer, and fewer are in flight",
			listed);
}

int i915_submit(struct engine *e, unsigned int index, struct random_state *random)
{
	struct lane *lane = &e->lane[index];
	struct ring *ring = &e->ring[(lane->index + lane->turn++ / STINT) % e->rings];
	size_t listed;
	int ret;

	for (;;) {
		listed = e->listed;
		draw(lane, listed, e->objects, random);
		ret = push(e, lane, ring, ring->length, listed);
		if (ret != -ENOSPC || listed == 1)
			return ret;
		list_fewer(e, listed);
	}
}

int i915_idle(struct engine *e)
{
	int ret = 0;

	for (unsigned int i = 0; i < e->lanes && ret == 0; i++)
		ret = drain(e, &e->lane[i]);
	return ret;
}

/* The shortest request there is, on object @index. Returns how long it took to the end, or -errno. */
int64_t i915_use(struct engine *e, size_t index)
{
	struct lane *lane = quiet_lane(e);
	uint64_t start = monotonic_ns();
	int ret;

	lane->order[0] = (uint32_t)index;
	ret = push(e, lane, &e->ring[0], BATCH_MIN, 1);
	if (ret == 0)
		ret = drain(e, lane);
	return ret < 0 ? ret : (int64_t)(monotonic_ns() - start);
}

int i915_open_queues(struct engine *e, char *why, size_t size)
{
	int ret = open_lanes(e);

	e->listed = objects_to_list(e);
	if (ret < 0)
		snprintf(why, size, "cannot make the queues for the GPU: %s",
			 strerror(-ret));
	return ret < 0 ? ret : open_batch(e);
}

void i915_close_queues(struct engine *e)
{
	close_batch(e);
	close_lanes(e);
}
