// SPDX-License-Identifier: MIT
/* The engine i915 where all is well: what it asks of the GPU, and what it does with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <i915_drm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engines/engines.h"
#include "fake-i915.h"
#include "gpu.h"
#include "system/devices.h"
#include "system/units.h"

static unsigned int slots(const struct gpu *g)
{
	return i915_engine.lanes(g->engine) * (unsigned int)g->config.queue_depth;
}

static void a_life(void **state)
{
	struct gpu *g = gpu_objects(10);
	unsigned int requests, n;

	(void)state;
	assert_int_equal(i915_engine.usable(&g->config, g->why, sizeof(g->why)), 0);
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(g->config.request_rate, 0);
	assert_int_equal(fake_seen.vms, 1);
	assert_true(fake_seen.contexts >= 2);
	assert_int_equal(fake_seen.persistent_contexts, 0);
	assert_true(g->progress.create_ns > 0);
	assert_true(g->progress.steady_ns > 0);
	assert_int_equal(g->progress.requests, 0);

	requests = fake_seen.requests;
	n = 1000; /* each lane goes through all rings */
	fake_seen.contexts_used = fake_seen.rings_used = 0;
	assert_int_equal(gpu_work(g, n), 0);
	assert_int_equal(fake_seen.requests - requests, n);
	assert_int_equal(g->progress.requests, n - slots(g)); /* the rest are in flight */
	/* The copy engine's batches would be read through on the CPU. */
	assert_int_equal(fake_seen.rings_used, 0xd);
	assert_string_equal(g->progress.rings, "rcs0,vcs0,vecs0");
	assert_int_equal(fake_seen.parsed, 0);
	assert_true(__builtin_popcountll(fake_seen.contexts_used) >= 2);
	assert_int_equal(i915_engine.idle(g->engine), 0);
	assert_int_equal(g->progress.requests, n);
	assert_int_equal(i915_engine.check_resets(g->engine), 0);
	assert_int_equal(g->progress.errors + g->progress.resets, 0);
	assert_int_equal(g->progress.noted, 0);
	gpu_close(g);
}

/* So that reclaim meets memory that the GPU works on, whichever it picks. */
static void nearly_all_objects_are_in_flight(void **state)
{
	struct gpu *g = gpu_objects(340);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	fake.hangs = true; /* the queues fill up, and that is what they hold */
	assert_int_equal(gpu_work(g, slots(g)), 0);
	fake_look(g->object[0].size);
	print_message("%u of 340 objects in flight\n", fake_seen.busy);
	assert_true(fake_seen.busy > 0.9 * 340);
	gpu_close(g);
}

/* A twentieth of them, as in the thread: most requests are on no object, or few are on one. */
static void few_objects_are_in_flight(void **state)
{
	struct gpu *g = gpu_objects(100);
	double listed;

	(void)state;
	g->config.cover = 0.05;
	assert_int_equal(gpu_start(g), 0);
	fake_seen.listed_sum = fake_seen.empty = 0;
	assert_int_equal(gpu_work(g, 4000), 0);
	listed = (double)fake_seen.listed_sum / 4000 * slots(g);
	print_message("%.2f of 100 objects in flight\n", listed);
	assert_true(listed > 4 && listed < 6);
	assert_true(slots(g) <= 5 || fake_seen.empty > 0);
	gpu_close(g);
}

/* Where we choose the places, an object comes back to its own, and none is in the way of another. */
static void places_that_are_ours(void **state)
{
	struct gpu *g = gpu_objects(20);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 100), 0);
	fake_unbind();
	assert_int_equal(gpu_work(g, 100), 0);
	assert_int_equal(fake_seen.evicted + fake_seen.misplaced, 0);
	gpu_close(g);
}

/* Where the kernel does, it is told where each was the last time. */
static void places_that_are_the_kernel_s(void **state)
{
	struct gpu *g = gpu_objects(20);
	unsigned int misplaced;

	(void)state;
	fake_haswell();
	assert_int_equal(gpu_start(g), 0);
	misplaced = fake_seen.misplaced;
	assert_int_equal(gpu_work(g, 100), 0);
	fake_unbind();
	assert_int_equal(gpu_work(g, 100), 0);
	assert_int_equal(fake_seen.misplaced, misplaced);
	assert_int_equal(fake_seen.evicted, 0);
	gpu_close(g);
}

/* 4 GiB of addresses, in which not all objects have a place of their own: the kernel moves them. */
static void more_memory_than_addresses(void **state)
{
	struct gpu *g = gpu_objects(20);
	unsigned int misplaced;

	(void)state;
	for (size_t i = 0; i < g->objects; i++) {
		munmap(g->object[i].memory, g->object[i].size);
		g->object[i].size = 256 * MIB;
		g->object[i].memory =
			mmap(NULL, g->object[i].size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		assert_ptr_not_equal(g->object[i].memory, MAP_FAILED);
	}
	fake.chipset = 0x9a49;
	fake.gtt_size = 4 * GIB;
	assert_int_equal(gpu_start(g), 0);
	assert_string_equal(g->progress.request_kind, "loop");
	assert_non_null(
		strstr(g->progress.note, "of 4G has room for 12 of the 20 objects"));
	misplaced = fake_seen.misplaced;
	assert_int_equal(gpu_work(g, 100), 0);
	assert_int_equal(fake_seen.evicted, 0);
	assert_int_equal(fake_seen.misplaced, misplaced);
	gpu_close(g);
}

/* The shrinker lets go of what is idle: a short request on each pins it again. */
static void kept_in_use(void **state)
{
	struct gpu *g = gpu_objects(10);
	unsigned int requests;

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	requests = fake_seen.requests;
	assert_int_equal(i915_engine.keep(g->engine, 3, 4), 0);
	assert_int_equal(fake_seen.requests, requests + 1);
	assert_int_equal(fake_seen.listed, 4);
	assert_true(fake_seen.last_ns < NSEC_PER_MSEC);
	fake_look(g->object[0].size);
	assert_int_equal(fake_seen.busy, 0); /* it has waited for it */
	fake.address_space = 3 * g->object[0].size;
	assert_int_equal(i915_engine.keep(g->engine, 0, 10), 0);
	assert_int_equal(g->progress.requests, 0);
	gpu_close(g);
}

/* Userptr pages are not taken when the object is made, but by its first use. */
static void pinning_uses_the_object(void **state)
{
	struct gpu *g = gpu_objects(1);
	unsigned int before;

	(void)state;
	assert_int_equal(gpu_open(g), 0);
	before = fake_seen.requests;
	assert_int_equal(i915_engine.pin(g->engine, 0), 0);
	assert_int_equal(fake_seen.requests, before + 2);
	assert_int_equal(fake_seen.listed, 1);
	gpu_close(g);
}

static void one_object(void **state)
{
	struct gpu *g = gpu_objects(1);

	(void)state;
	g->config.queue_depth = 1;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 20), 0);
	gpu_close(g);
}

static void too_deep(void **state)
{
	struct gpu *g = gpu_objects(1);

	(void)state;
	g->config.queue_depth = 4096;
	assert_int_equal(gpu_start(g), -EINVAL);
	assert_non_null(strstr(g->why, "--depth"));
	gpu_close(g);
}

static void old_kernels(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake_haswell();
	fake.no_query = fake.no_probe = true;
	assert_int_equal(gpu_start(g), 0);
	fake_seen.rings_used = 0;
	assert_int_equal(gpu_work(g, 1000), 0);
	assert_int_equal(fake_seen.rings_used,
			 1 << I915_EXEC_RENDER | 1 << I915_EXEC_BSD | 1 << I915_EXEC_BLT);
	assert_string_equal(g->progress.rings, "rcs0,vcs0,bcs0");
	assert_string_equal(g->progress.request_kind, "nops");
	assert_int_equal(fake_seen.parsed, 0); /* though all rings have a parser */
	assert_true(fake_seen.contexts >= 2);
	gpu_close(g);
}

static void no_address_spaces(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake.no_vm = true;
	assert_int_equal(gpu_start(g), 0);
	fake_seen.rings_used = 0;
	assert_int_equal(gpu_work(g, 1000), 0);
	assert_int_equal(fake_seen.rings_used, 0xd); /* still by the map */
	gpu_close(g);
}

static void no_contexts(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake_haswell();
	fake.no_contexts = fake.no_reset_stats = true;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(fake_seen.contexts, 0);
	assert_int_equal(gpu_work(g, 1000), 0);
	assert_int_equal(fake_seen.contexts_used, 1);
	assert_int_equal(g->progress.noted, 1);
	assert_non_null(strstr(g->progress.note, "no contexts"));
	assert_non_null(strstr(g->progress.note, "resets of the GPU cannot be seen"));
	gpu_close(g);
}

static void more_rings_than_execbuf_can_name(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake.rings = 70;
	fake.chipset = 0x9a49; /* Tiger Lake */
	assert_int_equal(gpu_start(g), 0);
	fake_seen.rings_used = 0;
	assert_int_equal(gpu_work(g, 64 * 64 * i915_engine.lanes(g->engine)), 0);
	assert_true(fake_seen.rings_used == UINT64_MAX);
	gpu_close(g);
}

static void resets_are_counted(void **state)
{
	struct gpu *g = gpu_objects(2);

	(void)state;
	fake_lose(3, 5); /* of before it was opened */
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(i915_engine.check_resets(g->engine), 0);
	assert_int_equal(g->progress.resets, 0);
	fake_lose(1, 4);
	assert_int_equal(i915_engine.check_resets(g->engine), 0);
	assert_int_equal(g->progress.resets, 1);
	assert_int_equal(i915_engine.check_resets(g->engine), 0);
	assert_int_equal(g->progress.resets, 1);
	fake_lose(0, 4); /* somebody else's request hung */
	assert_int_equal(i915_engine.check_resets(g->engine), 0);
	assert_int_equal(g->progress.resets, 2);
	gpu_close(g);
}

static void which_device_it_is(void **state)
{
	struct gpu *g = gpu_objects(1);
	struct drm_device *d = i915_engine.device(&g->config);

	(void)state;
	assert_non_null(d);
	assert_string_equal(d->driver, "i915");
	assert_int_equal(d->device, 0x3185);
	assert_string_equal(d->render, gpu_path("dri/renderD128"));
	assert_int_equal(d->parameters, 2);
	drm_devices_free(d, 1);
	fake.no_userptr = true;
	assert_null(i915_engine.device(&g->config));
}

static void auto_prefers_it(void **state)
{
	struct gpu *g = gpu_objects(1);

	(void)state;
	assert_ptr_equal(engine_choose("auto", &g->config, g->why, sizeof(g->why)),
			 &i915_engine);
	assert_ptr_equal(engine_choose("i915", &g->config, g->why, sizeof(g->why)),
			 &i915_engine);
	fake.no_userptr = true;
	assert_ptr_not_equal(engine_choose("auto", &g->config, g->why, sizeof(g->why)),
			     &i915_engine);
	assert_null(engine_choose("i915", &g->config, g->why, sizeof(g->why)));
}

/* Nothing else is measured in place of a device that was named, or of a GPU that is wedged. */
static void auto_keeps_to_the_device(void **state)
{
	struct gpu *g = gpu_objects(1);
	struct engine_config config = g->config;
	char filter[300];

	(void)state;
	snprintf(filter, sizeof(filter), "drm:%s", gpu_path("dri/card0"));
	config.device = filter;
	assert_ptr_equal(engine_choose("auto", &config, g->why, sizeof(g->why)),
			 &i915_engine);
	fake.no_userptr = true;
	assert_null(engine_choose("auto", &config, g->why, sizeof(g->why)));
	fake.no_userptr = false;
	config.device = "drm:/dev/dri/card9";
	assert_null(engine_choose("auto", &config, g->why, sizeof(g->why)));
	assert_non_null(strstr(g->why, "matches 'drm:/dev/dri/card9'"));
	config.device = "pci:vendor=intel,device=dg2";
	assert_null(engine_choose("auto", &config, g->why, sizeof(g->why)));
	assert_non_null(strstr(g->why, "code name"));
	config.device = "sriov:pf=0,vf=1";
	assert_null(engine_choose("auto", &config, g->why, sizeof(g->why)));
	assert_non_null(strstr(g->why, "pci:slot="));
	fake.wedged = true;
	assert_null(engine_choose("auto", &g->config, g->why, sizeof(g->why)));
	assert_non_null(strstr(g->why, "wedged"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_life),
		TEST(nearly_all_objects_are_in_flight),
		TEST(few_objects_are_in_flight),
		TEST(places_that_are_ours),
		TEST(places_that_are_the_kernel_s),
		TEST(more_memory_than_addresses),
		TEST(kept_in_use),
		TEST(pinning_uses_the_object),
		TEST(one_object),
		TEST(too_deep),
		TEST(old_kernels),
		TEST(no_address_spaces),
		TEST(no_contexts),
		TEST(more_rings_than_execbuf_can_name),
		TEST(resets_are_counted),
		TEST(which_device_it_is),
		TEST(auto_prefers_it),
		TEST(auto_keeps_to_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
