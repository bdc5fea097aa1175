// SPDX-License-Identifier: MIT
/* How long the engine i915 lets the GPU work on one request: 5 ms, whatever GPU it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/pace.h"
#include "fake-i915.h"
#include "gpu.h"
#include "system/units.h"

#define MS	(double)NSEC_PER_MSEC
#define WANTED	(5 * MS)
#define QUARTER (NSEC_PER_SEC / 4)

static void assert_near(double found, double wanted, double share)
{
	print_message("%.2f ms, %.2f wanted\n", found / MS, wanted / MS);
	assert_true(found > wanted * (1 - share) && found < wanted * (1 + share));
}

/* From 20 MB/s, slower than any, to 10 GB/s, faster than any. */
static void from_slow_to_fast_gpus(void **state)
{
	static const double ns_per_byte[] = { 50, 10, 1, 0.3, 0.1 };
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake_haswell();
	for (size_t i = 0; i < sizeof(ns_per_byte) / sizeof(*ns_per_byte); i++) {
		fake.ns_per_byte = ns_per_byte[i];
		fake.request_ns = 20 * NSEC_PER_USEC;
		assert_int_equal(gpu_start(g), 0);
		assert_int_equal(gpu_work(g, 1), 0);
		assert_near((double)fake_seen.last_ns, WANTED, 0.05);
		gpu_close(g);
	}
}

/* No batch is as long as that: it says what it does instead, by its record's request_ns. */
static void a_gpu_beyond_all(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake_haswell();
	fake.ns_per_byte = 0.01;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 2000), 0);
	assert_near((double)fake_seen.last_ns, 0.01 * 64 * MIB, 0.01);
	assert_near((double)g->progress.request_ns, 0.01 * 64 * MIB, 0.05);
	assert_non_null(strstr(g->progress.note, "too fast for a batch of 5.0 ms"));
	gpu_close(g);
}

/* The frequency rises, and falls; each time the requests are soon as long as before, on each ring. */
static void frequency_changes(void **state)
{
	static const double ns_per_byte[] = { 1.0, 0.6, 2.4, 1.0 };
	struct gpu *g = gpu_objects(8);

	(void)state;
	fake_haswell();
	assert_int_equal(gpu_start(g), 0);
	for (size_t i = 0; i < sizeof(ns_per_byte) / sizeof(*ns_per_byte); i++) {
		uint64_t start = fake_now();

		fake.ns_per_byte = ns_per_byte[i];
		while (fake_now() - start < 3 * NSEC_PER_SEC)
			assert_int_equal(gpu_work(g, 1), 0);
		for (unsigned int n = 0; n < 1000; n++) {
			assert_int_equal(gpu_work(g, 1), 0);
			assert_true((double)fake_seen.last_ns > 0.9 * WANTED);
			assert_true((double)fake_seen.last_ns < 1.1 * WANTED);
		}
		assert_near((double)g->progress.request_ns, WANTED, 0.1);
	}
	gpu_close(g);
}

/* Those who wait are woken up to 3 ms late, as under pressure. */
static void late_wake_ups(void **state)
{
	struct gpu *g = gpu_objects(8);
	uint64_t start;

	(void)state;
	fake_haswell();
	fake.late_ns = 3 * NSEC_PER_MSEC;
	fake.rings = 1;
	assert_int_equal(gpu_start(g), 0);
	start = fake_now();
	while (fake_now() - start < 10 * NSEC_PER_SEC) {
		assert_int_equal(gpu_work(g, 1), 0);
		if (fake_now() - start > NSEC_PER_SEC) {
			assert_true((double)fake_seen.last_ns > 0.5 * WANTED);
			assert_true((double)fake_seen.last_ns < 2 * WANTED);
		}
	}
	gpu_close(g);
}

/* A device that is not timed by its batches, as a simulated one. */
static void length_does_not_matter(void **state)
{
	struct gpu *g = gpu_objects(8);

	(void)state;
	fake_haswell();
	fake.ns_per_byte = 0;
	fake.request_ns = NSEC_PER_MSEC;
	assert_int_equal(gpu_start(g), 0);
	assert_non_null(strstr(g->progress.note, "a request takes 1.0 ms"));
	assert_int_equal(gpu_work(g, 1000), 0);
	assert_near((double)g->progress.request_ns, MS, 0.1);
	gpu_close(g);
}

static void ready_at_once(void **state)
{
	struct gpu *g = gpu_objects(8);

	(void)state;
	fake_haswell();
	fake.ns_per_byte = 0;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 1000), 0);
	assert_int_equal(g->progress.request_ns, 0);
	gpu_close(g);
}

/* i915 resets a ring on which nothing moves within its timeouts. */
static void shorter_than_the_timeouts(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	gpu_write("sys/drm/card0/engine/rcs0/heartbeat_interval_ms", "2500\n");
	gpu_write("sys/drm/card0/engine/rcs0/preempt_timeout_ms", "640\n");
	gpu_write("sys/drm/card0/engine/bcs0/heartbeat_interval_ms", "0\n"); /* never */
	gpu_write("sys/drm/card0/engine/bcs0/preempt_timeout_ms", "8\n");
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 100), 0);
	assert_near((double)fake_seen.last_ns, 2 * MS, 0.05);
	gpu_close(g);
	assert_true(fake_seen.longest_ns < 8 * NSEC_PER_MSEC);
}

static void no_timeouts(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	gpu_write("sys/drm/card0/engine/rcs0/heartbeat_interval_ms", "0\n");
	gpu_write("sys/drm/card0/engine/rcs0/preempt_timeout_ms", "0\n");
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 100), 0);
	assert_near((double)fake_seen.last_ns, WANTED, 0.05);
	gpu_close(g);
}

/* From generation 9 on: by the GPU's own clock, whatever its frequency, and at once. */
static void loops(void **state)
{
	static const double clock_hz[] = { 12e6, 19.2e6, 24e6, 38.4e6 };
	static const uint16_t chipset[] = { 0x3185, 0x9a49 };
	struct gpu *g = gpu_objects(8);

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		fake.clock_hz = clock_hz[i % 4];
		fake.chipset = chipset[i / 4];
		assert_int_equal(gpu_start(g), 0);
		assert_string_equal(g->progress.request_kind, "loop");
		assert_int_equal(g->progress.request_target_ns, 5 * NSEC_PER_MSEC);
		for (unsigned int n = 0; n < 300; n++) {
			assert_int_equal(gpu_work(g, 1), 0);
			assert_true((double)fake_seen.last_ns > 0.99 * WANTED);
			assert_true((double)fake_seen.last_ns < 1.01 * WANTED);
		}
		assert_near((double)g->progress.request_ns, WANTED, 0.01);
		assert_int_equal(g->progress.noted, 0);
		gpu_close(g);
	}
}

/* Icelake's counts at 13.75 MHz, and its kernel says 12. */
static void a_clock_that_is_off(void **state)
{
	struct gpu *g = gpu_objects(8);

	(void)state;
	fake.chipset = 0x8a52;
	fake.clock_hz = 12e6;
	fake.clock_off = 13.75 / 12;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 300), 0);
	assert_near((double)fake_seen.last_ns, WANTED, 0.02);
	assert_near((double)g->progress.request_ns, WANTED, 0.02);
	assert_non_null(strstr(g->progress.note, "CTX_TIMESTAMP counts at 13.7"));
	gpu_close(g);
}

/* Where loops do not work as they should, MI_NOOPs do. */
static void loops_that_do_not_work(struct gpu *g)
{
	assert_int_equal(gpu_start(g), 0);
	assert_string_equal(g->progress.request_kind, "nops");
	assert_non_null(strstr(g->progress.note, "did not run a loop on CTX_TIMESTAMP"));
	gpu_close(g);
}

static void a_clock_that_is_wrong(void **state)
{
	(void)state;
	fake.clock_off = 10;
	loops_that_do_not_work(gpu_objects(4));
}

static void a_clock_that_stands_still(void **state)
{
	(void)state;
	fake.clock_off = 0; /* so that a loop never ends */
	loops_that_do_not_work(gpu_objects(4));
}

static void nobody_executes_it(void **state)
{
	(void)state;
	fake.executes_nothing = true;
	fake.request_ns = NSEC_PER_MSEC;
	loops_that_do_not_work(gpu_objects(4));
}

/* In the lab a parameter of the module says how long requests take. */
static void a_mock(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake.executes_nothing = true;
	fake.request_ns = 2 * NSEC_PER_MSEC;
	fake.mock = "Y";
	fake.batch_us = "2000";
	fake.clock_hz = 0;
	assert_int_equal(gpu_start(g), 0);
	assert_string_equal(g->progress.request_kind, "mock");
	assert_int_equal(g->progress.request_target_ns, 2 * NSEC_PER_MSEC);
	assert_int_equal(gpu_work(g, 1000), 0);
	assert_near((double)g->progress.request_ns, 2 * MS, 0.1);
	assert_int_equal(g->progress.noted, 0);
	gpu_close(g);
}

/* Or else the length of the batch, as a real GPU that is given MI_NOOPs. */
static void a_mock_that_goes_by_length(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake.mock = "Y";
	fake.batch_us = "0";
	assert_int_equal(gpu_start(g), 0);
	assert_string_equal(g->progress.request_kind, "nops");
	assert_int_equal(gpu_work(g, 100), 0);
	assert_near((double)fake_seen.last_ns, WANTED, 0.05);
	gpu_close(g);
}

/* The frequency rises while a ring is looked at for the first time. */
static void a_cold_gpu(void **state)
{
	struct gpu *g = gpu_objects(4);

	(void)state;
	fake_haswell();
	fake.ns_per_byte = 4;
	fake.warm_ns = 50 * NSEC_PER_MSEC;
	fake.warm_ns_per_byte = 1;
	assert_int_equal(gpu_start(g), 0);
	assert_int_equal(gpu_work(g, 1), 0);
	assert_near((double)fake_seen.last_ns, WANTED, 0.05);
	assert_null(strstr(g->progress.note, "however long"));
	gpu_close(g);
}

/* What counts as a sample: two that complete, the later one queued before the earlier was done. */
static void samples(void **state)
{
	struct paced a, b, c;
	struct pace p;

	(void)state;
	pace_init(&p);
	a = pace_submit(&p, 100, 10);
	b = pace_submit(&p, 100, 20);
	pace_complete(&p, &a, 1000);
	pace_complete(&p, &b, 3000);
	assert_true(pace_take(&p) == 20.0);
	assert_true(pace_take(&p) == 0);

	c = pace_submit(&p, 100, 5000); /* the ring was idle before */
	pace_complete(&p, &c, 6000);
	assert_true(pace_take(&p) == 0);
	a = pace_submit(&p, 100, 5500);
	b = pace_submit(&p, 300, 5600);
	pace_complete(&p, &b, 8000); /* a, not seen in between, is part of it */
	pace_complete(&p, &a, 8100);
	assert_true(pace_take(&p) == 5.0);
	pace_destroy(&p);
}

/* A few that are far off change nothing. */
static void a_median(void **state)
{
	double ns_per_byte = 0;
	struct pace p;

	(void)state;
	pace_init(&p);
	for (uint64_t i = 0, now = 1000; i <= PACE_SAMPLES; i++) {
		struct paced r = pace_submit(&p, 10, now - 1);

		assert_true(ns_per_byte == 0);
		now += i % 4 == 3 ? 1000000 : 70;
		ns_per_byte = pace_complete(&p, &r, now);
	}
	assert_true(ns_per_byte == 7.0);
	pace_destroy(&p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(from_slow_to_fast_gpus),
		TEST(a_gpu_beyond_all),
		TEST(frequency_changes),
		TEST(late_wake_ups),
		TEST(length_does_not_matter),
		TEST(ready_at_once),
		TEST(shorter_than_the_timeouts),
		TEST(no_timeouts),
		TEST(loops),
		TEST(a_clock_that_is_off),
		TEST(a_clock_that_is_wrong),
		TEST(a_clock_that_stands_still),
		TEST(nobody_executes_it),
		TEST(a_mock),
		TEST(a_mock_that_goes_by_length),
		TEST(a_cold_gpu),
		TEST(samples),
		TEST(a_median),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
