// SPDX-License-Identifier: MIT
/*
 * The GPU's rings, and the contexts that requests come from.
 *
 * New kernels and GPUs: every ring that I915_QUERY tells of is in the map of each context, and
 * a request names its place in the map. Old ones: the rings of execbuf's flags (which cannot
 * name all of them), and where there are no contexts, the one that is always there, 0.
 */
#include "engine/i915-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"

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
	int ret = _gem_context_create(e->fd, map ? &rings : NULL, id);

	/* So that what we have queued dies with us; where that is unknown, it ends by itself soon. */
	if (ret == 0)
		_gem_context_set(e->fd, *id, I915_CONTEXT_PARAM_PERSISTENCE, 0);
	return ret;
}

static void watch_resets(struct engine *e, struct context *c)
{
	int ret = _gem_reset_stats(e->fd, c->id, &c->active, &c->pending);

	c->tells_resets = ret == 0;
	if (ret < 0 && c == e->context)
		_i915_note(e, "resets of the GPU cannot be seen here: %s",
			   strerror(-ret));
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
	for (unsigned int i = 0; i < e->contexts; i++) {
		if (e->context[i].id)
			_gem_context_destroy(e->fd, e->context[i].id);
	}
	e->contexts = 0;
	if (e->vm)
		_gem_vm_destroy(e->fd, e->vm);
	e->vm = 0;
}

/*
 * One address space for all contexts: each of its own would need page tables of 2 MiB for each
 * GiB of objects. -ENODEV and the like: there is one anyway, or each has its own.
 */
static void create_vm(struct engine *e)
{
	if (_gem_vm_create(e->fd, &e->vm) < 0)
		e->vm = 0;
}

/* All rings that the kernel tells of. -errno: it does not, or has no maps. */
static int open_mapped(struct engine *e, unsigned int n)
{
	_cleanup_free_ struct drm_i915_query_engine_info *info = NULL;
	_cleanup_free_ struct i915_context_param_engines *map =
		calloc(1, map_size(MAX_RINGS));
	int ret = _gem_query_rings(e->fd, &info);

	if (!map)
		return -ENOMEM;
	if (ret < 0)
		return ret;
	for (e->rings = 0; e->rings < info->num_engines && e->rings < MAX_RINGS;
	     e->rings++) {
		map->engines[e->rings] = info->engines[e->rings].engine;
		e->ring[e->rings].flags = e->rings;
	}
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
	} legacy[] = {
		{ 0, I915_EXEC_RENDER },
		{ I915_PARAM_HAS_BSD, I915_EXEC_BSD },
		{ I915_PARAM_HAS_BLT, I915_EXEC_BLT },
		{ I915_PARAM_HAS_VEBOX, I915_EXEC_VEBOX },
	};
	int there;

	e->rings = 0;
	for (size_t i = 0; i < sizeof(legacy) / sizeof(legacy[0]); i++) {
		if (legacy[i].param &&
		    (_gem_getparam(e->fd, legacy[i].param, &there) < 0 || !there))
			continue;
		e->ring[e->rings++].flags = legacy[i].flags;
	}
}

static int open_legacy(struct engine *e, unsigned int n)
{
	int ret;

	find_legacy_rings(e);
	ret = create_contexts(e, n, NULL);
	if (ret == 0 || ret == -ENOMEM || e->contexts > 0)
		return ret;
	_i915_note(e, "this GPU has no contexts: all requests come from one");
	e->context[0] = (struct context){ 0 };
	e->contexts = 1;
	watch_resets(e, &e->context[0]);
	return 0;
}

int _i915_open_rings(struct engine *e, unsigned int n, char *why, size_t size)
{
	int ret;

	for (unsigned int i = 0; i < MAX_RINGS; i++)
		_pace_init(&e->ring[i].pace);
	e->context = calloc(n, sizeof(*e->context));
	if (!e->context)
		return -ENOMEM;
	ret = open_mapped(e, n);
	if (ret < 0 && ret != -ENOMEM && ret != -EIO)
		ret = open_legacy(e, n);
	if (ret < 0)
		snprintf(why, size, "cannot make contexts on the GPU: %s",
			 strerror(-ret));
	return ret;
}

void _i915_close_rings(struct engine *e)
{
	destroy_contexts(e);
	for (unsigned int i = 0; i < MAX_RINGS; i++)
		_pace_destroy(&e->ring[i].pace);
	free(e->context);
}

uint64_t _i915_new_resets(struct engine *e)
{
	uint32_t lost = 0, innocent = 0, active, pending;

	for (unsigned int i = 0; i < e->contexts; i++) {
		struct context *c = &e->context[i];

		if (!c->tells_resets ||
		    _gem_reset_stats(e->fd, c->id, &active, &pending) < 0)
			continue;
		lost += active - c->active;
		innocent += pending - c->pending;
		c->active = active;
		c->pending = pending;
	}
	/* A reset takes the request that hangs; if that was somebody else's, only ones that waited. */
	return lost ? lost : innocent ? 1 : 0;
}
