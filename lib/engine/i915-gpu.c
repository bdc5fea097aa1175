// SPDX-License-Identifier: MIT
/* The GPU as its driver shows it: ioctls, rings, and the contexts that requests come from. */
#include "engine/i915-gpu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/i915-batch.h"
#include "engine/i915.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

void i915_lock_memory(struct engine *e, void *memory, uint64_t size)
{
	if (mlock(memory, size) == 0 || e->said_unlocked)
		return;
	e->said_unlocked = true;
	i915_note(
		e,
		"the batches cannot be locked in memory, and reclaim may meet them: %s (`ulimit -l`)",
		strerror(errno));
}

/* The ioctls of i915 that the engine needs, as functions. libdrm's drmIoctl() goes on after EINTR. */

static int gem_getparam(int fd, int32_t param, int *value)
{
	struct drm_i915_getparam arg = { .param = param, .value = value };

	*value = 0;
	return gem_ioctl(fd, DRM_IOCTL_I915_GETPARAM, &arg);
}

int gem_userptr(int fd, const void *memory, uint64_t size, bool probe, uint32_t *handle)
{
	struct drm_i915_gem_userptr arg = {
		.user_ptr = (uintptr_t)memory,
		.user_size = size,
		.flags = probe ? I915_USERPTR_PROBE : 0,
	};
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_GEM_USERPTR, &arg);

	*handle = arg.handle;
	return ret;
}

int gem_close(int fd, uint32_t handle)
{
	struct drm_gem_close arg = { .handle = handle };

	return gem_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &arg);
}

int gem_throttle(int fd)
{
	return gem_ioctl(fd, DRM_IOCTL_I915_GEM_THROTTLE, NULL);
}

/* The kernel reports a failure of one item in its length, not by the call. */
static int query_item(int fd, struct drm_i915_query_item *item)
{
	struct drm_i915_query query = { .num_items = 1, .items_ptr = (uintptr_t)item };
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_QUERY, &query);

	if (ret < 0)
		return ret;
	if (item->length < 0)
		return item->length;
	return item->length < (int)sizeof(struct drm_i915_query_engine_info) ? -ENODATA
									     : 0;
}

/* *@info is the caller's to free(), whatever is returned. */
static int gem_query_rings(int fd, struct drm_i915_query_engine_info **info)
{
	struct drm_i915_query_item item = { .query_id = DRM_I915_QUERY_ENGINE_INFO };
	int ret = query_item(fd, &item); /* without memory it tells how much is needed */

	*info = NULL;
	if (ret < 0)
		return ret;
	*info = calloc(1, (size_t)item.length);
	if (!*info)
		return -ENOMEM;
	item.data_ptr = (uintptr_t)*info;
	return query_item(fd, &item);
}

static int create_plain(int fd, uint32_t *context)
{
	struct drm_i915_gem_context_create arg = { 0 };
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_GEM_CONTEXT_CREATE, &arg);

	*context = arg.ctx_id;
	return ret;
}

/* @extensions: a chain of struct i915_user_extension, or NULL. */
static int gem_context_create(int fd, const void *extensions, uint32_t *context)
{
	struct drm_i915_gem_context_create_ext arg = {
		.flags = I915_CONTEXT_CREATE_FLAGS_USE_EXTENSIONS,
		.extensions = (uintptr_t)extensions,
	};
	int ret;

	if (!extensions)
		return create_plain(fd, context);
	ret = gem_ioctl(fd, DRM_IOCTL_I915_GEM_CONTEXT_CREATE_EXT, &arg);
	*context = arg.ctx_id;
	return ret;
}

static int gem_context_set(int fd, uint32_t context, uint64_t param, uint64_t value)
{
	struct drm_i915_gem_context_param arg = { .ctx_id = context,
						  .param = param,
						  .value = value };

	return gem_ioctl(fd, DRM_IOCTL_I915_GEM_CONTEXT_SETPARAM, &arg);
}

/* Of the requests of @context: how many a reset took from the GPU, and from the queue. */
static int gem_reset_stats(int fd, uint32_t context, uint32_t *active, uint32_t *pending)
{
	struct drm_i915_reset_stats arg = { .ctx_id = context };
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_GET_RESET_STATS, &arg);

	*active = arg.batch_active;
	*pending = arg.batch_pending;
	return ret;
}

/*
 * New kernels and GPUs: every ring that I915_QUERY tells of is in the map of each context, and
 * a request names its place in the map. Old ones: the rings of execbuf's flags (which cannot
 * name all of them), and where there are no contexts, the one that is always there, 0.
 */

/* The parameter of CONTEXT_CREATE_EXT that says @param is @value. */
static struct drm_i915_gem_context_create_ext_setparam
set_param(uint64_t param, uint64_t value, uint32_t size, const void *next)
{
	return (struct drm_i915_gem_context_create_ext_setparam){
		.base = { .next_extension = (uintptr_t)next,
			  .name = I915_CONTEXT_CREATE_EXT_SETPARAM },
		.param = { .param = param, .value = value, .size = size },
	};
}

/* Of a map with so many rings, in bytes. */
static uint32_t map_size(unsigned int rings)
{
	return (uint32_t)(sizeof(struct i915_context_param_engines) +
			  rings * sizeof(struct i915_engine_class_instance));
}

/* A context that can reach the rings of @map, if there is one, in the address space of all others. */
static int create_context(struct engine *e, const struct i915_context_param_engines *map,
			  uint32_t *id)
{
	struct drm_i915_gem_context_create_ext_setparam vm =
		set_param(I915_CONTEXT_PARAM_VM, e->vm, 0, NULL);
	struct drm_i915_gem_context_create_ext_setparam rings =
		set_param(I915_CONTEXT_PARAM_ENGINES, (uintptr_t)map, map_size(e->rings),
			  e->vm ? &vm : NULL);
	int ret = gem_context_create(e->fd, map ? &rings : NULL, id);

	/* So that what we have queued dies with us; where that is unknown, it ends by itself soon. */
	if (ret == 0)
		gem_context_set(e->fd, *id, I915_CONTEXT_PARAM_PERSISTENCE, 0);
	return ret;
}

static void watch_resets(struct engine *e, struct context *c)
{
	int ret = gem_reset_stats(e->fd, c->id, &c->active, &c->pending);

	c->tells_resets = ret == 0;
	if (ret < 0 && c == e->context)
		i915_note(e, "resets of the GPU cannot be seen here: %s", strerror(-ret));
}

static int create_contexts(struct engine *e, unsigned int n,
			   const struct i915_context_param_engines *map)
{
	int ret = 0;

	while (e->contexts < n && ret == 0) {
		struct context *c = &e->context[e->contexts];

		ret = create_context(e, map, &c->id);
		if (ret < 0)
			break;
		watch_resets(e, c);
		e->contexts++;
	}
	return ret;
}

static void destroy_contexts(struct engine *e)
{
	struct drm_i915_gem_vm_control vm = { .vm_id = e->vm };

	for (unsigned int i = 0; i < e->contexts; i++) {
		struct drm_i915_gem_context_destroy arg = { .ctx_id = e->context[i].id };

		if (arg.ctx_id)
			gem_ioctl(e->fd, DRM_IOCTL_I915_GEM_CONTEXT_DESTROY, &arg);
	}
	e->contexts = 0;
	if (e->vm)
		gem_ioctl(e->fd, DRM_IOCTL_I915_GEM_VM_DESTROY, &vm);
	e->vm = 0;
}

/*
 * One address space for all contexts: each of its own would need page tables of 2 MiB for each
 * GiB of objects. -ENODEV and the like: there is one anyway, or each has its own.
 */
static void create_vm(struct engine *e)
{
	struct drm_i915_gem_vm_control arg = { 0 };

	if (gem_ioctl(e->fd, DRM_IOCTL_I915_GEM_VM_CREATE, &arg) == 0)
		e->vm = arg.vm_id;
}

/*
 * What GPU it is, as far as that changes what is asked of it. The ids are those of Linux's
 * include/drm/intel/pciids.h, in which these first bytes belong to one generation each.
 */
static unsigned int generation_of(uint16_t chipset)
{
	switch (chipset >> 8) {
	case 0x16: /* Broadwell */
	case 0x22: /* Cherryview */
		return 8;
	case 0x19: /* Skylake */
	case 0x1a: /* Broxton */
	case 0x31: /* Gemini Lake */
	case 0x3e: /* Coffee Lake */
	case 0x59: /* Kaby Lake */
	case 0x5a: /* Apollo Lake */
	case 0x87: /* Amber Lake */
	case 0x9b: /* Comet Lake */
		return 9;
	case 0x0a: /* Haswell, but for one Broxton */
		return chipset == 0x0a84 ? 9 : 7;
	default:
		return 0;
	}
}

/*
 * Whether the driver reads through all batches of this ring on the CPU before it submits them. So
 * it does on generation 9 for the copy engine (version 10 of its parser). On generation 7 it does
 * so only where it is told how long a batch is.
 */
static bool is_parsed(const struct engine *e,
		      const struct i915_engine_class_instance *ring)
{
	int version;

	return e->generation == 9 && ring->engine_class == I915_ENGINE_CLASS_COPY &&
	       gem_getparam(e->fd, I915_PARAM_CMD_PARSER_VERSION, &version) == 0 &&
	       version >= 10;
}

/* So i915 names it in sysfs: rcs0, bcs0, vcs1. */
static void name_ring(struct engine *e, const struct ring *ring)
{
	static const char *const prefix[] = {
		[I915_ENGINE_CLASS_RENDER] = "rcs",
		[I915_ENGINE_CLASS_COPY] = "bcs",
		[I915_ENGINE_CLASS_VIDEO] = "vcs",
		[I915_ENGINE_CLASS_VIDEO_ENHANCE] = "vecs",
		[I915_ENGINE_CLASS_COMPUTE] = "ccs",
	};
	bool known = ring->class < sizeof(prefix) / sizeof(*prefix);
	char *rings = e->progress->rings;
	size_t at = strlen(rings), size = sizeof(e->progress->rings);

	snprintf(rings + at, size - at, "%s%s%u", at ? "," : "",
		 known ? prefix[ring->class] : "other", ring->instance);
}

/* Bytes of the address space of a context; 0: the kernel does not tell. */
static uint64_t address_space(const struct engine *e)
{
	struct drm_i915_gem_context_param arg = { .ctx_id = e->context[0].id,
						  .param = I915_CONTEXT_PARAM_GTT_SIZE };
	struct drm_i915_gem_get_aperture aperture = { 0 };

	if (gem_ioctl(e->fd, DRM_IOCTL_I915_GEM_CONTEXT_GETPARAM, &arg) == 0)
		return arg.value;
	if (gem_ioctl(e->fd, DRM_IOCTL_I915_GEM_GET_APERTURE, &aperture) == 0)
		return aperture.aper_size;
	return 0;
}

/*
 * Loops need their address, a clock, and registers for each ring (not before generation 9). A mock
 * has no clock, and executes none.
 */
static bool can_loop(struct engine *e)
{
	int softpin, hz = 0;

	if (e->generation < 9 || e->space < 4 * GIB ||
	    gem_getparam(e->fd, I915_PARAM_HAS_EXEC_SOFTPIN, &softpin) < 0 || !softpin)
		return false;
	gem_getparam(e->fd, I915_PARAM_CS_TIMESTAMP_FREQUENCY, &hz);
	if (hz <= 0 && !e->mock_ns)
		return false;
	e->clock_hz = (uint64_t)hz;
	for (unsigned int i = 0; i < e->rings && e->generation == 9; i++)
		if (!loop_base(e->ring[i].class, e->ring[i].instance))
			return false;
	return true;
}

/* Adds the rings to @map that requests shall go to. */
static void choose_rings(struct engine *e, const struct drm_i915_query_engine_info *info,
			 struct i915_context_param_engines *map)
{
	e->rings = 0;
	for (unsigned int i = 0; i < info->num_engines && e->rings < MAX_RINGS; i++) {
		struct i915_engine_class_instance from = info->engines[i].engine;
		struct ring *ring = &e->ring[e->rings];

		if (is_parsed(e, &from))
			continue;
		map->engines[e->rings] = from;
		ring->flags = e->rings++;
		ring->class = from.engine_class;
		ring->instance = from.engine_instance;
	}
}

/* All rings that the kernel tells of, but those with a parser. -errno: it does not, or has no maps. */
static int open_mapped(struct engine *e, unsigned int n)
{
	CLEANUP_FREE struct drm_i915_query_engine_info *info = NULL;
	CLEANUP_FREE struct i915_context_param_engines *map =
		calloc(1, map_size(MAX_RINGS));
	int ret = gem_query_rings(e->fd, &info);

	if (!map)
		return -ENOMEM;
	if (ret < 0)
		return ret;
	choose_rings(e, info, map);
	if (e->rings == 0)
		return -ENODEV;
	create_vm(e);
	ret = create_contexts(e, n, map);
	if (ret < 0)
		destroy_contexts(e);
	return ret;
}

static void find_legacy_rings(struct engine *e)
{
	static const struct {
		int32_t param; /* that tells whether there is one; 0: always */
		uint64_t flags;
		struct i915_engine_class_instance is;
	} legacy[] = {
		{ 0, I915_EXEC_RENDER, { I915_ENGINE_CLASS_RENDER, 0 } },
		{ I915_PARAM_HAS_BSD, I915_EXEC_BSD, { I915_ENGINE_CLASS_VIDEO, 0 } },
		{ I915_PARAM_HAS_BLT, I915_EXEC_BLT, { I915_ENGINE_CLASS_COPY, 0 } },
		{ I915_PARAM_HAS_VEBOX,
		  I915_EXEC_VEBOX,
		  { I915_ENGINE_CLASS_VIDEO_ENHANCE, 0 } },
	};
	int there;

	e->rings = 0;
	for (size_t i = 0; i < sizeof(legacy) / sizeof(legacy[0]); i++) {
		if (legacy[i].param &&
		    (gem_getparam(e->fd, legacy[i].param, &there) < 0 || !there))
			continue;
		if (is_parsed(e, &legacy[i].is))
			continue;
		e->ring[e->rings].class = legacy[i].is.engine_class;
		e->ring[e->rings++].flags = legacy[i].flags;
	}
}

static int open_legacy(struct engine *e, unsigned int n)
{
	int ret;

	e->loops = false; /* a flag may stand for any of several rings */
	find_legacy_rings(e);
	ret = create_contexts(e, n, NULL);
	if (ret == 0 || ret == -ENOMEM || e->contexts > 0)
		return ret;
	i915_note(
		e,
		"this GPU has no contexts: it is of generation 5 or older, and not supported (docs/i915.md)");
	e->context[0] = (struct context){ 0 };
	e->contexts = 1;
	watch_resets(e, &e->context[0]);
	return 0;
}

int i915_open_rings(struct engine *e, char *why, size_t size)
{
	unsigned int n = (e->lanes + 1) * CONTEXTS_PER_LANE;
	int ret, probe, chipset;

	e->probe =
		gem_getparam(e->fd, I915_PARAM_HAS_USERPTR_PROBE, &probe) == 0 && probe;
	if (gem_getparam(e->fd, I915_PARAM_CHIPSET_ID, &chipset) == 0)
		e->generation = generation_of((uint16_t)chipset);
	else
		e->loops = false;
	e->context = calloc(n, sizeof(*e->context));
	if (!e->context)
		return -ENOMEM;
	ret = open_mapped(e, n);
	if (ret < 0 && ret != -ENOMEM && ret != -EIO)
		ret = open_legacy(e, n);
	if (ret < 0)
		return why_not(why, size, ret, "cannot make contexts on the GPU: %s",
			       strerror(-ret));
	e->space = address_space(e);
	/* No other GPU has so many addresses. */
	if (!e->generation)
		e->generation = e->space >= 4 * GIB ? 11 : 7;
	e->loops = e->loops && can_loop(e);
	*e->progress->rings = '\0';
	for (unsigned int i = 0; i < e->rings; i++)
		name_ring(e, &e->ring[i]);
	return 0;
}

void i915_close_rings(struct engine *e)
{
	destroy_contexts(e);
	free(e->context);
}

uint64_t i915_new_resets(struct engine *e)
{
	uint32_t lost = 0, innocent = 0, active, pending;

	for (unsigned int i = 0; i < e->contexts; i++) {
		struct context *c = &e->context[i];

		if (!c->tells_resets ||
		    gem_reset_stats(e->fd, c->id, &active, &pending) < 0)
			continue;
		lost += active - c->active;
		innocent += pending - c->pending;
		c->active = active;
		c->pending = pending;
	}
	/* A reset takes the request that hangs; if that was somebody else's, only ones that waited. */
	return lost ? lost : innocent ? 1 : 0;
}
