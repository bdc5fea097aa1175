// SPDX-License-Identifier: MIT
#include "xe/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/drm-device.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"
#include "engine/loop.h"
#include "xe/gpu.h"
#include "xe/vm.h"

/* A parameter of the lab's mock of the GPU, in us: what a request takes there. */
#define MOCK_REQUEST "/sys/module/xe/parameters/batch_us"

static void note_exec(struct engine_progress *p, uint64_t ns)
{
	uint64_t longest = p->exec_longest_ns;

	atomic_fetch_add_explicit(&p->exec_ns, ns, memory_order_relaxed);
	while (ns > longest &&
	       !atomic_compare_exchange_weak(&p->exec_longest_ns, &longest, ns))
		;
}

/*
 * xe refuses a request, or has dropped it: its queue is banned, which is for good, the VM is closed, or
 * the device is wedged. Returns -errno.
 */
static int cancelled(struct engine *e, const struct vm *vm, unsigned int ring)
{
	int ret = xe_count_bans(e);

	if (ret == 0 && !vm->banned[ring])
		engine_note(
			e->progress,
			"xe has closed an address space (VM), as it does where memory cannot be bound again: see dmesg");
	return ret < 0 ? ret : -ECANCELED;
}

/* Puts one request of @lane into queue @ring of @vm. Returns 0 or -errno. */
static int execute(struct engine *e, const struct lane *lane, struct slot *slot,
		   struct vm *vm, unsigned int ring)
{
	uint64_t fence = e->lr ? xe_place_fence(e, vm, lane->index, lane->next, slot) : 0;
	struct drm_xe_sync sync = xe_signal(e, slot, fence);
	struct drm_xe_exec exec = {
		.exec_queue_id = vm->queue[ring],
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
		.address = xe_batch_address(ring),
		.num_batch_buffer = 1,
	};
	uint64_t start = monotonic_ns();
	int ret = xe_ioctl_of_pages(e, DRM_IOCTL_XE_EXEC, &exec);

	note_exec(e->progress, monotonic_ns() - start);
	if (ret < 0)
		return ret == -ECANCELED ? cancelled(e, vm, ring) : ret;
	slot->vm = vm;
	slot->ring = ring;
	slot->in_flight = true;
	return 0;
}

/* Waits until the request of @slot is done, if there is one, and counts it. */
static int reap(struct engine *e, struct slot *slot)
{
	int ret;

	if (!slot->in_flight)
		return 0;
	ret = xe_wait(e, slot);
	if (ret < 0)
		return ret == -ECANCELED ? cancelled(e, slot->vm, slot->ring) : ret;
	slot->in_flight = false;
	atomic_fetch_add_explicit(&e->progress->requests, 1, memory_order_relaxed);
	return 0;
}

int xe_submit(struct engine *e, unsigned int index, struct random_state *random)
{
	struct lane *lane = &e->lane[index];
	struct slot *slot = &lane->slot[lane->next];
	struct vm *vm = &e->vm[random_below(random, e->vms)];
	int ret = reap(e, slot);

	if (ret == 0)
		ret = execute(e, lane, slot, vm, (lane->index + lane->turn) % e->rings);
	if (ret < 0)
		return ret;
	lane->turn++;
	lane->next = (lane->next + 1) % e->depth;
	return 0;
}

int xe_idle(struct engine *e)
{
	int ret = 0;

	for (unsigned int i = 0; i < e->lanes && ret == 0; i++)
		for (unsigned int k = 0; k < e->depth && ret == 0; k++)
			ret = reap(e, &e->lane[i].slot[(e->lane[i].next + k) % e->depth]);
	return ret;
}

/* How long the request took that has just ended on @ring of the first VM; 0: it did nothing. */
static uint64_t request_ns(const struct engine *e, unsigned int ring)
{
	uint64_t ran = loop_ran(xe_batch_of(&e->vm[0], ring)), us;

	if (ran)
		return ran * NSEC_PER_SEC / e->ring[ring].hz;
	return sysfile_u64(MOCK_REQUEST, &us) == 0 ? us * NSEC_PER_USEC : 0;
}

/* One request on @ring, so that what cannot work is known before anything is measured. */
static int try_ring(struct engine *e, unsigned int ring, char *why, size_t size)
{
	const struct drm_xe_engine_class_instance *i = &e->ring[ring].instance;
	struct lane *lane = &e->lane[0];
	int ret = execute(e, lane, &lane->slot[0], &e->vm[0], ring);

	if (ret == 0)
		ret = xe_wait(e, &lane->slot[0]);
	lane->slot[0].in_flight = false;
	if (ret == 0 && xe_is_banned(e, &e->vm[0], ring) > 0)
		ret = -ECANCELED;
	if (ret < 0)
		return why_not(
			why, size, ret,
			"the GPU does not run a batch on engine class %u, instance %u: %s",
			i->engine_class, i->engine_instance,
			ret == -ECANCELED ? "xe has banned its queue (see dmesg)"
					  : strerror(-ret));
	e->progress->request_ns = request_ns(e, ring);
	if (e->progress->request_ns == 0)
		return why_not(
			why, size, -EIO,
			"the GPU ended a batch on engine class %u, instance %u, but did not carry it out",
			i->engine_class, i->engine_instance);
	return 0;
}

static int open_lanes(struct engine *e)
{
	int ret = 0;

	e->lane = calloc(e->lanes, sizeof(*e->lane));
	if (!e->lane)
		return -ENOMEM;
	for (unsigned int i = 0; i < e->lanes && ret == 0; i++) {
		e->lane[i].index = i;
		for (unsigned int k = 0; k < e->depth && ret == 0; k++)
			ret = xe_open_slot(e, &e->lane[i].slot[k]);
	}
	return ret;
}

int xe_open_lanes(struct engine *e, char *why, size_t size)
{
	int ret = open_lanes(e);

	if (ret < 0)
		return why_not(why, size, ret, "cannot make the queues for the GPU: %s",
			       strerror(-ret));
	for (unsigned int i = 0; i < e->rings && ret == 0; i++)
		ret = try_ring(e, i, why, size);
	e->progress->exec_ns = e->progress->exec_longest_ns = 0;
	return ret;
}

void xe_close_lanes(struct engine *e)
{
	for (unsigned int i = 0; e->lane && i < e->lanes; i++)
		for (unsigned int k = 0; k < e->depth; k++)
			xe_close_slot(e, &e->lane[i].slot[k]);
	free(e->lane);
}
