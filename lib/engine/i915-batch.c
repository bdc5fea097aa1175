// SPDX-License-Identifier: MIT
/*
 * The batch that all requests share: MI_NOOPs up to its end. A request that is to
 * take longer begins further in front. How fast a GPU reads MI_NOOPs differs tenfold
 * between GPUs, between rings, and with the frequency, which rises once there is
 * work; so the length is found out at the beginning and put right ever after.
 */
#include "engine/i915-private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "system/units.h"

/* MI_BATCH_BUFFER_END of Intel's programmer's reference manuals: command 0x0a in bits 28:23. MI_NOOP is 0. */
#define MI_BATCH_BUFFER_END (0x0au << 23)

/* Long beside the cost of a request itself; less is not worth measuring. */
#define FIRST_LENGTH (256 * KIB)
#define STEP	     4
#define BATCH_MAX    (64 * MIB)

/* A batch that is so many times as long and takes no longer than this is not timed by its length. */
#define STEP_SLOWER 1.5

static uint32_t clamp_length(const struct engine *e, double length)
{
	if (length >= (double)e->batch.size)
		return (uint32_t)e->batch.size;
	if (length <= BATCH_MIN)
		return BATCH_MIN;
	return (uint32_t)length & ~(BATCH_MIN - 1u);
}

/* Makes the batch anew. Nothing may be in flight. */
static int resize(struct engine *e, uint64_t size)
{
	struct batch *b = &e->batch;
	uint32_t *end;
	void *memory;

	_i915_close_batch(e);
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
	return _gem_userptr(e->fd, memory, size, e->probe, &b->handle);
}

/* How long @ring takes for a batch of @length bytes; 0: too short to tell. */
static int measure(struct engine *e, struct ring *ring, uint32_t length, double *ns)
{
	struct lane *lane = _i915_quiet_lane(e);
	int ret = 0;

	_pace_take(&ring->pace);
	for (unsigned int i = 0; i < lane->depth && ret == 0; i++)
		ret = _i915_push(e, lane, ring, length, 0);
	if (ret == 0)
		ret = _i915_drain(e, lane);
	*ns = _pace_take(&ring->pace) * length;
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
			_i915_note(
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
		ret = _i915_push(e, _i915_quiet_lane(e), &e->ring[0], BATCH_MIN, 0);
	return ret < 0 ? ret : _i915_drain(e, _i915_quiet_lane(e));
}

int _i915_open_batch(struct engine *e)
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

void _i915_close_batch(struct engine *e)
{
	if (e->batch.handle)
		_gem_close(e->fd, e->batch.handle);
	if (e->batch.memory)
		munmap(e->batch.memory, e->batch.size);
	e->batch = (struct batch){ 0 };
}

void _i915_recalibrate(struct engine *e, struct ring *ring, const struct paced *request,
		       uint64_t now_ns)
{
	double ns_per_byte = _pace_complete(&ring->pace, request, now_ns);

	if (ns_per_byte <= 0)
		return;
	e->progress->request_ns = (uint64_t)(ns_per_byte * request->length);
	ring->length = clamp_length(e, (double)e->target_ns / ns_per_byte);
}
