// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../system/tree.h"
#include "fake-i915.h"
#include "gpu.h"
#include "system/units.h"

#define OBJECT_SIZE (64 * KIB)

static struct gpu gpu;

const char *gpu_path(const char *name)
{
	return tree_path(&tree, name);
}

void gpu_write(const char *name, const char *text)
{
	tree_write(&tree, name, text);
}

int gpu_setup(void **state)
{
	char render[300], card[300], sys[300];

	tree_setup(state);
	tree_write(&tree, "dri/renderD128", "");
	tree_write(&tree, "dri/card0", "");
	tree_mkdir(&tree, "sys/drm/card0/engine");
	fake_reset();
	snprintf(render, sizeof(render), "%s", gpu_path("dri/renderD128"));
	snprintf(card, sizeof(card), "%s", gpu_path("dri/card0"));
	snprintf(sys, sizeof(sys), "%s", gpu_path("sys"));
	fake_device(card, render, sys, "0000:00:02.0", 0x3185, "i915");
	gpu = (struct gpu){ .config = { .request_rate = REQUEST_RATE_AUTO, .seed = 1 } };
	gpu.random = random_stream(1, 0);
	return 0;
}

int gpu_teardown(void **state)
{
	for (size_t i = 0; i < gpu.objects; i++)
		munmap(gpu.object[i].memory, gpu.object[i].size);
	free(gpu.object);
	tree_teardown(state);
	return 0;
}

struct gpu *gpu_objects(size_t objects)
{
	gpu.objects = objects;
	gpu.object = calloc(objects, sizeof(*gpu.object));
	assert_non_null(gpu.object);
	for (size_t i = 0; i < objects; i++) {
		gpu.object[i].size = OBJECT_SIZE;
		gpu.object[i].memory = mmap(NULL, OBJECT_SIZE, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(gpu.object[i].memory, MAP_FAILED);
	}
	return &gpu;
}

int gpu_open(struct gpu *g)
{
	i915_engine.defaults(&g->config);
	return i915_engine.open(&g->engine, &g->config, g->object, g->objects,
				&g->progress, g->why, sizeof(g->why));
}

int gpu_start(struct gpu *g)
{
	int ret = gpu_open(g);

	for (size_t i = 0; i < g->objects && ret == 0; i++)
		ret = i915_engine.pin(g->engine, i);
	return ret;
}

int gpu_work(struct gpu *g, unsigned int n)
{
	int ret = 0;

	for (unsigned int i = 0; i < n && ret == 0; i++)
		ret = i915_engine.submit(g->engine, i % i915_engine.lanes(g->engine),
					 &g->random);
	return ret;
}

void gpu_close(struct gpu *g)
{
	if (g->engine) {
		i915_engine.idle(g->engine);
		for (size_t i = 0; i < g->objects; i++)
			i915_engine.unpin(g->engine, i);
	}
	i915_engine.close(g->engine);
	g->engine = NULL;
	assert_int_equal(fake_seen.objects, 0);
	assert_int_equal(fake_seen.contexts, 0);
	assert_int_equal(fake_seen.vms, 0);
	assert_int_equal(fake_seen.broken_rules, 0);
}
