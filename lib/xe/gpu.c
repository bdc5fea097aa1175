// SPDX-License-Identifier: MIT
#include "xe/gpu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* Long enough for reclaim to meet it at work, short enough for a GPU to seem alive. */
#define REQUEST_NS (5 * NSEC_PER_MSEC)

/*
 * xe bans the queue of a request that runs for longer than job_timeout_ms: 5 s, 10 s at most
 * (drivers/gpu/drm/xe/xe_hw_engine_class_sysfs.c). What was unmapped has to come back first, and
 * that was seen to take 6 s.
 */
#define HANG_NS (30 * NSEC_PER_SEC)
/* How often who waits looks whether the queue is banned. */
#define LOOK_NS NSEC_PER_SEC
/* Until a queue that is full is asked again. */
#define FULL_NS (100 * NSEC_PER_USEC)

int xe_ioctl(int fd, unsigned long request, void *arg)
{
	uint64_t start = 0;

	/* Not drmIoctl(): after EAGAIN that would ask without a pause. */
	while (ioctl(fd, request, arg) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		if (!start)
			start = monotonic_ns();
		else if (monotonic_ns() - start > HANG_NS)
			return -ETIME;
		sleep_ns(FULL_NS);
	}
	return 0;
}

int xe_ioctl_of_pages(struct engine *e, unsigned long request, void *arg)
{
	uint64_t until = monotonic_ns() + HANG_NS;
	int ret;

	while ((ret = xe_ioctl(e->fd, request, arg)) == -EBUSY && monotonic_ns() < until)
		atomic_fetch_add_explicit(&e->progress->collisions, 1,
					  memory_order_relaxed);
	return ret;
}

/* *@data (free(); NULL where it fails) and its *@size, which is not below @least. Returns 0 or -errno. */
static int query(int fd, uint32_t what, size_t least, void **data, size_t *size)
{
	struct drm_xe_device_query q = { .query = what };
	int ret = xe_ioctl(fd, DRM_IOCTL_XE_DEVICE_QUERY, &q); /* how large it is */

	*data = NULL;
	if (ret < 0)
		return ret;
	if (q.size < least)
		return -ENODATA;
	*data = calloc(1, q.size);
	if (!*data)
		return -ENOMEM;
	*size = q.size;
	q.data = (uintptr_t)*data;
	ret = xe_ioctl(fd, DRM_IOCTL_XE_DEVICE_QUERY, &q);
	if (ret < 0) {
		free(*data);
		*data = NULL;
	}
	return ret;
}

/* How many of @n entries of @each bytes there is room for in @size bytes behind a head of @head. */
static unsigned int entries(uint32_t n, size_t head, size_t each, size_t size)
{
	size_t room = (size - head) / each;

	return n < room ? n : (unsigned int)room;
}

static int query_gts(int fd, struct drm_xe_query_gt_list **list, unsigned int *n)
{
	size_t size;
	void *data;
	int ret = query(fd, DRM_XE_DEVICE_QUERY_GT_LIST, sizeof(**list), &data, &size);

	*list = data;
	if (ret == 0)
		*n = entries((*list)->num_gt, sizeof(**list), sizeof(struct drm_xe_gt),
			     size);
	return ret;
}

static uint32_t clock_of(const struct drm_xe_query_gt_list *list, unsigned int n,
			 uint16_t gt)
{
	for (unsigned int i = 0; i < n; i++)
		if (list->gt_list[i].gt_id == gt)
			return list->gt_list[i].reference_clock;
	return 0;
}

static int open_rings(struct engine *e)
{
	CLEANUP_FREE struct drm_xe_query_gt_list *gts = NULL;
	CLEANUP_FREE void *data = NULL;
	const struct drm_xe_query_engines *found;
	unsigned int n, n_gts = 0;
	size_t size = 0;
	int ret = query_gts(e->fd, &gts, &n_gts);

	if (ret == 0)
		ret = query(e->fd, DRM_XE_DEVICE_QUERY_ENGINES, sizeof(*found), &data,
			    &size);
	if (ret < 0)
		return ret;
	found = data;
	if (!found || !gts)
		return -ENODATA;
	n = entries(found->num_engines, sizeof(*found), sizeof(struct drm_xe_engine),
		    size);
	for (unsigned int i = 0; i < n && e->rings < MAX_RINGS; i++) {
		struct ring *ring = &e->ring[e->rings];

		ring->instance = found->engines[i].instance;
		ring->hz = clock_of(gts, n_gts, ring->instance.gt_id);
		ring->ticks = (uint32_t)(ring->hz * REQUEST_NS / NSEC_PER_SEC);
		/* Classes behind it are for binding, or not known. */
		if (ring->instance.engine_class <= DRM_XE_ENGINE_CLASS_COMPUTE &&
		    ring->ticks > 0)
			e->rings++;
	}
	return e->rings ? 0 : -ENODEV;
}

int xe_open_rings(struct engine *e, char *why, size_t size)
{
	int ret = open_rings(e);

	if (ret == -ENODEV)
		return why_not(why, size, ret,
			       "xe tells of no ring with a clock on this GPU");
	if (ret < 0)
		return why_not(why, size, ret, "xe does not tell of the GPU's rings: %s",
			       strerror(-ret));
	return 0;
}

/*
 * The index of "write back, coherent" of each platform: drivers/gpu/drm/xe/xe_pat.c (xelp_, xehpg_,
 * xehpc_, xelpg_ and xe2_pat_table) and lib/intel_pat.c of IGT. A GPU says its version itself from
 * Meteor Lake on; before, Ponte Vecchio has other indices than the rest, and is known by its id.
 */
#define PAT_XELP  0
#define PAT_XEHPC 3
#define PAT_XELPG 3
#define PAT_XE2	  2

static int is_ponte_vecchio(int fd)
{
	CLEANUP_FREE void *data = NULL;
	const struct drm_xe_query_config *config;
	size_t size;
	int ret = query(fd, DRM_XE_DEVICE_QUERY_CONFIG,
			sizeof(*config) + sizeof(config->info[0]), &data, &size);

	config = data;
	return ret < 0 ? ret
		       : (config->info[DRM_XE_QUERY_CONFIG_REV_AND_DEVICE_ID] & 0xff00) ==
				 0x0b00;
}

int xe_pat_of(int fd)
{
	CLEANUP_FREE struct drm_xe_query_gt_list *gts = NULL;
	unsigned int n = 0, version = 0;
	int ret = query_gts(fd, &gts, &n);

	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < n; i++)
		if (gts->gt_list[i].type == DRM_XE_QUERY_GT_TYPE_MAIN)
			version = gts->gt_list[i].ip_ver_major;
	if (version == 0) {
		ret = is_ponte_vecchio(fd);
		return ret < 0 ? ret : ret ? PAT_XEHPC : PAT_XELP;
	}
	return version == 12 ? PAT_XELPG : PAT_XE2;
}

int xe_open_slot(const struct engine *e, struct slot *slot)
{
	struct drm_syncobj_create create = { 0 };
	int ret = e->lr ? 0 : xe_ioctl(e->fd, DRM_IOCTL_SYNCOBJ_CREATE, &create);

	slot->syncobj = create.handle;
	return ret;
}

void xe_close_slot(const struct engine *e, struct slot *slot)
{
	struct drm_syncobj_destroy destroy = { .handle = slot->syncobj };

	if (slot->syncobj)
		xe_ioctl(e->fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy);
	slot->syncobj = 0;
}

struct drm_xe_sync xe_signal(const struct engine *e, struct slot *slot, uint64_t address)
{
	if (!e->lr)
		return (struct drm_xe_sync){ .type = DRM_XE_SYNC_TYPE_SYNCOBJ,
					     .flags = DRM_XE_SYNC_FLAG_SIGNAL,
					     .handle = slot->syncobj };
	return (struct drm_xe_sync){ .type = DRM_XE_SYNC_TYPE_USER_FENCE,
				     .flags = DRM_XE_SYNC_FLAG_SIGNAL,
				     .addr = address,
				     .timeline_value = ++slot->value };
}

static int wait_for_syncobj(const struct engine *e, const struct slot *slot)
{
	uint32_t handle = slot->syncobj;
	struct drm_syncobj_wait wait = { .handles = (uintptr_t)&handle,
					 .count_handles = 1,
					 .timeout_nsec =
						 (int64_t)(monotonic_ns() + LOOK_NS) };

	return xe_ioctl(e->fd, DRM_IOCTL_SYNCOBJ_WAIT, &wait);
}

static int wait_for_memory(const struct engine *e, const struct slot *slot)
{
	struct drm_xe_wait_user_fence wait = {
		.addr = (uintptr_t)slot->fence,
		.op = DRM_XE_UFENCE_WAIT_OP_GTE,
		.value = slot->value,
		.mask = UINT64_MAX,
		.timeout = (int64_t)LOOK_NS,
		/* So that it ends with an error where the queue is reset. */
		.exec_queue_id = slot->vm ? slot->vm->queue[slot->ring] : 0,
	};

	return *slot->fence >= slot->value
		       ? 0
		       : xe_ioctl(e->fd, DRM_IOCTL_XE_WAIT_USER_FENCE, &wait);
}

int xe_is_banned(const struct engine *e, const struct vm *vm, unsigned int ring)
{
	struct drm_xe_exec_queue_get_property get = {
		.exec_queue_id = vm->queue[ring],
		.property = DRM_XE_EXEC_QUEUE_GET_PROPERTY_BAN,
	};

	int ret = xe_ioctl(e->fd, DRM_IOCTL_XE_EXEC_QUEUE_GET_PROPERTY, &get);

	return ret < 0 ? ret : get.value != 0;
}

int xe_wait(const struct engine *e, const struct slot *slot)
{
	uint64_t start = monotonic_ns();
	int ret;

	do {
		ret = e->lr ? wait_for_memory(e, slot) : wait_for_syncobj(e, slot);
		if (ret == 0)
			return 0;
		if (slot->vm && xe_is_banned(e, slot->vm, slot->ring) > 0)
			return -ECANCELED;
	} while (ret == -ETIME && monotonic_ns() - start < HANG_NS);
	return ret;
}
