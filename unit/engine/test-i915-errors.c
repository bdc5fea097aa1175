// SPDX-License-Identifier: MIT
/* The engine i915 where something fails: it says what, and lets go of all that it had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <i915_drm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xf86drm.h>

#include "engine/i915.h"
#include "fake-i915.h"
#include "gpu.h"
#include "system/units.h"

#define NTH 1000

static unsigned int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* A signal may come at any time; every ioctl is begun again. */
static void signals(void **state)
{
	static const unsigned long request[] = {
		DRM_IOCTL_VERSION,
		DRM_IOCTL_I915_GEM_USERPTR,
		DRM_IOCTL_I915_GEM_EXECBUFFER2,
		DRM_IOCTL_I915_GEM_WAIT,
		DRM_IOCTL_I915_QUERY,
		DRM_IOCTL_I915_GEM_CONTEXT_CREATE_EXT,
		DRM_IOCTL_I915_GEM_THROTTLE,
		DRM_IOCTL_GEM_CLOSE,
	};
	struct gpu *g = gpu_objects(4);

	(void)state;
	for (size_t i = 0; i < sizeof(request) / sizeof(*request); i++)
		fake_fail(request[i], 2, i % 2 ? EINTR : EAGAIN, 3);
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 50), 0);
	assert_int_equal(i915_engine.idle(g->engine), 0);
	assert_int_equal(g->progress.requests, 50);
	assert_int_equal(g->progress.collisions, 3);
	gpu_close(g);
}

/* Linux 5.8 to 5.12 say EAGAIN while a worker swaps an object's pages in. No CPU is taken for that. */
static void a_driver_that_takes_its_time(void **state)
{
	struct gpu *g = gpu_objects(4);
	uint64_t start;

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	start = fake_now();
	fake_fail(DRM_IOCTL_I915_GEM_EXECBUFFER2, 1, EAGAIN, 10000);
	assert_int_equal(gpu_work(g, 1), 0);
	assert_int_equal(g->progress.collisions, 10000);
	assert_true(fake_now() - start >= NSEC_PER_SEC);
	gpu_close(g);
}

static void a_driver_that_never_takes_it(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	fake_fail(DRM_IOCTL_I915_GEM_EXECBUFFER2, 1, EAGAIN, UINT32_MAX - 1);
	assert_int_equal(gpu_work(g, 1), -EAGAIN);
	assert_non_null(strstr(i915_engine.explain(-EAGAIN), "for a minute"));
	gpu_close(g);
}

/* Opens, pins, works, closes: the result of the first thing that failed. */
static int live(struct gpu *g)
{
	int ret = gpu_start(g);

	if (ret < 0 && !g->engine)
		assert_true(strlen(g->why) > 10);
	if (ret == 0)
		ret = gpu_work(g, 12);
	if (ret == 0)
		ret = i915_engine.idle(g->engine);
	if (ret == 0)
		ret = i915_engine.check_resets(g->engine);
	return ret;
}

/* Fails the first call of a life, then the second, …, until there are no more. */
static void every_call_fails_once(void **state, int error)
{
	struct gpu *g = gpu_objects(2);
	unsigned int before = count_descriptors(), failed = 0, nth = 1;
	bool more;

	(void)state;
	do {
		g->why[0] = '\0';
		fake.ns_per_byte =
			20; /* so that batches are small, and a life is short */
		fake_fail_any(nth, error);
		failed += live(g) < 0;
		more = fake_seen.calls >= nth;
		fake_fail_any(0, 0);
		gpu_close(g);
		assert_int_equal(count_descriptors(), before);
	} while (more && nth++ < NTH);
	print_message("%u calls, %u of them cannot be done without\n", nth - 1, failed);
	assert_true(nth > 50 && nth < NTH);
	assert_true(failed > 20);
}

static void no_memory_anywhere(void **state)
{
	every_call_fails_once(state, ENOMEM);
}

static void invalid_anywhere(void **state)
{
	every_call_fails_once(state, EINVAL);
}

static void device_lost_anywhere(void **state)
{
	every_call_fails_once(state, EIO);
}

static void no_userptr(void **state)
{
	struct gpu *g = gpu_objects(1);

	(void)state;
	fake.no_userptr = true;
	assert_int_equal(i915_engine.usable(&g->config, g->why, sizeof(g->why)), -ENODEV);
	assert_non_null(strstr(g->why, "renderD128 has no userptr"));
	assert_int_equal(gpu_open(g), -ENODEV);
	gpu_close(g);
}

static void wedged_from_the_start(void **state)
{
	struct gpu *g = gpu_objects(1);

	(void)state;
	fake.wedged = true;
	assert_int_equal(i915_engine.usable(&g->config, g->why, sizeof(g->why)), -EIO);
	assert_non_null(strstr(g->why, "wedged"));
	gpu_close(g);
}

static void wedged_at_work(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 10), 0);
	fake.wedged = true;
	assert_int_equal(gpu_work(g, 10), -EIO);
	assert_non_null(strstr(i915_engine.explain(-EIO), "lost"));
	gpu_close(g);
}

static void wedged_at_rest(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(i915_engine.check_resets(g->engine), 0);
	fake.wedged = true;
	assert_int_equal(i915_engine.check_resets(g->engine), -EIO);
	gpu_close(g);
}

/* It is asked whether it is wedged only when that cannot wait for its work. */
static void a_busy_gpu_is_not_throttled(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 4), 0);
	fake_fail(DRM_IOCTL_I915_GEM_THROTTLE, 1, EIO, 1);
	assert_int_equal(i915_engine.check_resets(g->engine), 0);
	assert_int_equal(i915_engine.idle(g->engine), 0);
	assert_int_equal(i915_engine.check_resets(g->engine), -EIO);
	gpu_close(g);
}

static void a_hang(void **state)
{
	struct gpu *g = gpu_objects(4);
	uint64_t start;

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 10), 0);
	fake.hangs = true;
	start = fake_now();
	assert_int_equal(gpu_work(g, 1000), -ETIME);
	assert_true(fake_now() - start < 10 * NSEC_PER_SEC);
	assert_non_null(strstr(i915_engine.explain(-ETIME), "hangs"));
	gpu_close(g);
}

static void a_hang_that_only_the_end_shows(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	fake.hangs = true;
	assert_int_equal(gpu_work(g, 2), 0);
	assert_int_equal(i915_engine.idle(g->engine), -ETIME);
	gpu_close(g);
}

/* With PROBE the driver looks when the object is made. */
static void memory_that_is_not_there(void **state)
{
	struct gpu *g = gpu_objects(2);

	(void)state;
	assert_int_equal(gpu_open(g), 0);
	munmap(g->object[1].memory, g->object[1].size);
	assert_int_equal(i915_engine.pin(g->engine, 0), 0);
	assert_int_equal(i915_engine.pin(g->engine, 1), -EFAULT);
	assert_non_null(strstr(i915_engine.explain(-EFAULT), "memory of an object"));
	gpu_close(g);
}

static void memory_that_is_not_there_without_probe(void **state)
{
	struct gpu *g = gpu_objects(2);

	(void)state;
	fake.no_probe = true;
	assert_int_equal(gpu_open(g), 0);
	munmap(g->object[1].memory, g->object[1].size);
	assert_int_equal(i915_engine.pin(g->engine, 1), -EFAULT);
	gpu_close(g);
}

static void memory_that_goes(void **state)
{
	struct gpu *g = gpu_objects(2);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 20), 0);
	munmap(g->object[1].memory, g->object[1].size);
	assert_int_equal(gpu_work(g, 200), -EFAULT);
	gpu_close(g);
}

/* gen7: requests on fewer objects, and a note that not all are in flight. */
static void a_small_address_space(void **state)
{
	struct gpu *g = gpu_objects(40);

	(void)state;
	g->config.queue_depth = 1;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 1), 0);
	assert_true(fake_seen.listed > 4);
	fake.address_space = 5 * g->object[0].size;
	assert_int_equal(gpu_work(g, 100), 0);
	assert_true(fake_seen.listed <= 4);
	assert_non_null(strstr(g->progress.note, "address space is too small"));
	assert_null(strstr(g->progress.note, "; ")); /* said once */
	gpu_close(g);
}

static void an_address_space_without_room_for_one(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	fake.address_space = 64 * KIB;
	assert_int_equal(gpu_work(g, 100), -ENOSPC);
	assert_non_null(strstr(i915_engine.explain(-ENOSPC), "--object-size"));
	gpu_close(g);
}

/* What is in flight must fit beside each other: 1.5 MiB are 24 objects, so each of 8 requests has 3. */
static void an_address_space_that_is_known_to_be_small(void **state)
{
	struct gpu *g = gpu_objects(40);
	unsigned int requests, lanes;

	(void)state;
	fake_haswell();
	fake.gtt_size = 2 * MIB;
	assert_int_equal(gpu_start(g), 0);
	lanes = i915_engine.lanes(g->engine);
	assert_non_null(
		strstr(g->progress.note, "of 2M has room for 24 of the 40 objects"));
	requests = fake_seen.requests;
	fake_seen.listed_sum = 0;
	assert_int_equal(gpu_work(g, 400), 0);
	assert_int_equal(fake_seen.requests - requests, 400);
	/* depth may have become less, so that no request goes without */
	assert_true(fake_seen.listed_sum >= 400);
	assert_true(fake_seen.listed * lanes <= 24);
	gpu_close(g);
}

static void an_aperture_without_room(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake_haswell();
	fake.no_gtt_param = true; /* old kernels tell the aperture's size alone */
	fake.gtt_size = 64 * KIB;
	assert_int_equal(gpu_open(g), -ENOSPC);
	assert_non_null(strstr(g->why, "of 64k has no room for an object of 64k"));
	gpu_close(g);
}

static void errors_without_more_to_say(void **state)
{
	(void)state;
	assert_null(i915_engine.explain(-EPERM));
	assert_non_null(i915_engine.explain(-ENOMEM));
	assert_non_null(i915_engine.explain(-ENODEV));
	assert_non_null(strstr(i915_engine.explain(-E2BIG), "--object-size"));
	assert_non_null(i915_engine.explain(-EDEADLK));
	assert_non_null(i915_engine.explain(-ENXIO));
}

static void closing_nothing(void **state)
{
	(void)state;
	i915_engine.close(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signals),
		TEST(a_driver_that_takes_its_time),
		TEST(a_driver_that_never_takes_it),
		TEST(no_memory_anywhere),
		TEST(invalid_anywhere),
		TEST(device_lost_anywhere),
		TEST(no_userptr),
		TEST(wedged_from_the_start),
		TEST(wedged_at_work),
		TEST(wedged_at_rest),
		TEST(a_busy_gpu_is_not_throttled),
		TEST(a_hang),
		TEST(a_hang_that_only_the_end_shows),
		TEST(memory_that_is_not_there),
		TEST(memory_that_is_not_there_without_probe),
		TEST(memory_that_goes),
		TEST(a_small_address_space),
		TEST(an_address_space_without_room_for_one),
		TEST(an_address_space_that_is_known_to_be_small),
		TEST(an_aperture_without_room),
		TEST(errors_without_more_to_say),
		TEST(closing_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
