// SPDX-License-Identifier: MIT
/* What goes into the queues: requests on how many objects, on which ring, and how long they take. */
#include "engine/i915-queue.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/i915-batch.h"
#include "engine/i915-gpu.h"
#include "engine/i915-lane.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"

/*
 * For so many requests a lane keeps to one ring, before it goes on to the next. They follow one
 * another there, so the oldest ends first, and each that is waited for tells how long it took.
 */
#define STINT 64

/* Of the address space, this share is for what all requests in flight list: the rest is for moving. */
#define SPACE_SHARE 0.75

/* Where the objects are, in an address space of 4 GiB or more: behind the pages of the requests. */
#define OBJECTS_AT (64 * MIB)

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

/* The shortest request there is, on the first @objects of the lane's order. */
static int use(struct engine *e, struct lane *lane, size_t objects)
{
	int ret = lane_push(e, lane, &e->ring[0], BATCH_MIN, objects);

	return ret < 0 ? ret : lane_drain(e, lane);
}

/* Requests are counted while the load runs, and these are none of it. */
static int use_all(struct engine *e)
{
	int ret = 0;

	for (unsigned int i = 0; i <= e->lanes && ret == 0; i++)
		for (unsigned int j = 0; j < e->lane[i].depth && ret == 0; j++)
			ret = use(e, &e->lane[i], 0);
	e->progress->requests = 0;
	return ret;
}

/*
 * Gives @ring full requests without objects, for @ns_least and some more; *@ns becomes how long it works
 * on one. 0: too short to tell.
 */
static int measure(struct engine *e, struct ring *ring, uint32_t length,
		   uint64_t ns_least, double *ns)
{
	uint64_t until = monotonic_ns() + ns_least;
	struct lane *lane = quiet_lane(e);
	int ret = 0;

	while (ret == 0 && monotonic_ns() < until)
		ret = lane_push(e, lane, ring, length, 0);
	pace_take(&ring->pace);
	for (unsigned int i = 0; i < lane->depth && ret == 0; i++)
		ret = lane_push(e, lane, ring, length, 0);
	if (ret == 0)
		ret = lane_drain(e, lane);
	*ns = pace_take(&ring->pace) * length;
	return ret;
}

/* For how long the last loop that was measured ran, in ticks of CTX_TIMESTAMP. */
static uint32_t measured_ticks(struct engine *e)
{
	const struct lane *lane = quiet_lane(e);

	return loop_ran(lane->slot[(lane->next + lane->depth - 1) % lane->depth].page);
}

/*
 * How long they take. No GPU has executed a loop of ours before it does here, so each ring is looked
 * at: whether it counted the ticks, and whether they are of the length that the kernel says.
 */

/* By how much the clock may be off before it is put right, and before it is not believed. */
#define CLOCK_OFF   1.1
#define CLOCK_WRONG 4.0

static int check_loop(struct engine *e, struct ring *ring)
{
	uint64_t ticks = e->target_ns * e->clock_hz / NSEC_PER_SEC;
	double ns, off;
	int ret = measure(e, ring, (uint32_t)page_size(), 0, &ns);

	ring->length = (uint32_t)page_size();
	if (ret < 0 || e->mock_ns)
		return ret;
	if (measured_ticks(e) < ticks)
		return -ENOEXEC;
	if (ns == 0)
		return 0;
	off = ns / (double)e->target_ns;
	if (off > CLOCK_WRONG || off < 1 / CLOCK_WRONG)
		return -ENOEXEC;
	/* Icelake's clock has another frequency than its kernel says. */
	if (ring == e->ring && (off > CLOCK_OFF || off < 1 / CLOCK_OFF)) {
		i915_note(
			e,
			"CTX_TIMESTAMP counts at %.1f MHz by the CPU's clock, and not at %.1f as the kernel says",
			(double)e->clock_hz / off / 1e6, (double)e->clock_hz / 1e6);
		e->clock_hz = (uint64_t)((double)e->clock_hz / off);
	}
	return 0;
}

/*
 * How fast a GPU reads MI_NOOPs differs tenfold between GPUs, between rings, and with the frequency,
 * which rises once there is work; so their length is found out at the beginning and put right ever after.
 */

/* Long beside the cost of a request itself; less is not worth measuring. */
#define FIRST_LENGTH (256 * KIB)
#define STEP	     4
#define NOOPS_MAX    (64 * MIB)

/* Frequencies have risen by then: it takes them some tens of ms. */
#define WARM_UP_NS (100 * NSEC_PER_MSEC)

/* Should the GPU become faster yet. */
#define HEADROOM 4

/* A batch that is so many times as long and takes no longer than this is not timed by its length. */
#define STEP_SLOWER 1.5

/* Takes longer and longer batches, up to one from which the right length can be reckoned. */
static int calibrate(struct engine *e, struct ring *ring)
{
	uint32_t length = FIRST_LENGTH;
	double before = 0, ns = 0;
	unsigned int same = 0;
	int ret;

	for (;; length *= STEP) {
		ret = length > e->noops_size ? lanes_take_noops(e, length, false) : 0;
		if (ret == 0)
			ret = measure(e, ring, length,
				      length == FIRST_LENGTH ? WARM_UP_NS : 0, &ns);
		if (ret < 0)
			return ret;
		/* Once, it may be a frequency that rose. */
		same = before > 0 && ns < before * STEP_SLOWER ? same + 1 : 0;
		if (same == 2) {
			ring->length = length / STEP / STEP;
			i915_note(
				e,
				"a request takes %.1f ms on this GPU however long its batch is",
				ns / NSEC_PER_MSEC);
			return 0;
		}
		if ((same == 0 && ns * STEP >= (double)e->target_ns) ||
		    length * (uint64_t)STEP > NOOPS_MAX)
			break;
		before = ns;
	}
	ns = ns > 0 ? length * (double)e->target_ns / ns : NOOPS_MAX;
	ring->length = ns < (double)NOOPS_MAX ? (uint32_t)ns : (uint32_t)NOOPS_MAX;
	return 0;
}

static int calibrate_noops(struct engine *e)
{
	uint64_t longest = 0, size;
	int ret = lanes_take_noops(e, FIRST_LENGTH, false);

	for (unsigned int i = 0; i < e->rings && ret == 0; i++) {
		ret = calibrate(e, &e->ring[i]);
		if (e->ring[i].length > longest)
			longest = e->ring[i].length;
	}
	size = (HEADROOM * longest / FIRST_LENGTH + 1) * FIRST_LENGTH;
	if (ret == 0)
		ret = lanes_take_noops(e, size < NOOPS_MAX ? size : NOOPS_MAX, true);
	for (unsigned int i = 0; i < e->rings; i++)
		e->ring[i].length = lane_clamp(e, e->ring[i].length);
	e->settled = ret == 0;
	return ret;
}

int queues_calibrate(struct engine *e)
{
	int ret = 0;

	if (!e->loops)
		ret = calibrate_noops(e);
	for (unsigned int i = 0; e->loops && i < e->rings && ret == 0; i++)
		ret = check_loop(e, &e->ring[i]);
	/* What the requests have of their own is pinned before anybody counts pins. */
	return ret < 0 ? ret : use_all(e);
}

/* Places that do not change, where there are addresses for all objects. */
static void place_objects(struct engine *e)
{
	uint64_t size = e->object[0].size;
	uint64_t stride = (size + 2 * MIB - 1) / (2 * MIB) * (2 * MIB);

	if (!e->loops || e->space < OBJECTS_AT ||
	    (e->space - OBJECTS_AT) / stride < e->objects)
		return;
	e->placed = true;
	for (size_t i = 0; i < e->objects; i++)
		e->offset[i] = OBJECTS_AT + i * stride;
}

/*
 * What is listed by all requests together has to fit into the address space, or the kernel evicts the
 * one to make room for the other, and waits for the GPU each time.
 */
static int fit(struct engine *e, char *why, size_t size)
{
	size_t requests = (size_t)e->lanes * e->depth;
	double room = (double)e->space * SPACE_SHARE / (double)e->object[0].size;
	char space[32], object[32];

	e->most = e->objects;
	if (e->space == 0 || room >= (double)e->objects)
		return 0;
	if (room >= 1 && room >= e->cover * (double)e->objects) {
		e->most = (size_t)room;
		return 0;
	}
	format_size(e->space, space, sizeof(space));
	format_size(e->object[0].size, object, sizeof(object));
	if (room < 1)
		return why_not(
			why, size, -ENOSPC,
			"the GPU's address space of %s has no room for an object of %s beside the rest: make --object-size smaller",
			space, object);
	if (room < (double)requests)
		e->depth = room < (double)e->lanes ? 1 : (unsigned int)(room / e->lanes);
	e->most = (size_t)fmax(1, room / ((double)e->lanes * e->depth));
	i915_note(
		e,
		"the GPU's address space of %s has room for %.0f of the %zu objects at a time: %u requests a CPU, each on at most %zu",
		space, room, e->objects, e->depth, (size_t)e->most);
	return 0;
}

int queues_open(struct engine *e, char *why, size_t size)
{
	int ret = fit(e, why, size);

	if (ret < 0)
		return ret;
	place_objects(e);
	ret = lanes_open(e);
	if (ret < 0)
		return why_not(why, size, ret, "cannot make the queues for the GPU: %s",
			       strerror(-ret));
	return 0;
}

/* So many that an object is in as many requests in flight as was asked for, on average. */
static size_t objects_to_list(const struct engine *e, struct random_state *random)
{
	double wanted =
		e->cover * (double)e->objects / ((double)e->lanes * (double)e->depth);
	size_t n = (size_t)wanted, most = e->most;

	n += (double)random_below(random, UINT32_MAX) / UINT32_MAX < wanted - (double)n;
	return n < most ? n : most;
}

/* Others need room as well, or what the GPU has is split up. Lanes may find that out at the same time. */
static void list_fewer(struct engine *e, size_t listed)
{
	size_t most = e->most, fewer = (listed + 1) / 2;

	while (fewer < most && !atomic_compare_exchange_weak(&e->most, &most, fewer))
		;
	if (atomic_exchange(&e->said_fewer, true))
		return;
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
		listed = objects_to_list(e, random);
		draw(lane, listed, e->objects, random);
		ret = lane_push(e, lane, ring, ring->length, listed);
		if (ret != -ENOSPC || listed <= 1)
			return ret;
		list_fewer(e, listed);
	}
}

int i915_idle(struct engine *e)
{
	int ret = 0;

	for (unsigned int i = 0; i < e->lanes && ret == 0; i++)
		ret = lane_drain(e, &e->lane[i]);
	return ret;
}

int i915_keep(struct engine *e, size_t first, size_t objects)
{
	struct lane *lane = quiet_lane(e);
	int ret = 0;

	while (objects > 0 && ret == 0) {
		size_t n = objects < e->most ? objects : e->most;

		for (size_t i = 0; i < n; i++)
			lane->order[i] = (uint32_t)(first + i);
		ret = use(e, lane, n);
		if (ret == -ENOSPC && n > 1) {
			list_fewer(e, n);
			ret = 0;
			continue;
		}
		first += n;
		objects -= n;
	}
	return ret;
}

int64_t i915_use(struct engine *e, size_t index)
{
	uint64_t start = monotonic_ns();
	int ret;

	quiet_lane(e)->order[0] = (uint32_t)index;
	ret = use(e, quiet_lane(e), 1);
	return ret < 0 ? ret : (int64_t)(monotonic_ns() - start);
}
