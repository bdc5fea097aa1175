// SPDX-License-Identifier: MIT
/*
 * Several threads at work, each on its lane, as in the load child; and the load child itself on
 * the fake GPU, in real time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/i915.h"
#include "fake-i915.h"
#include "gpu.h"
#include "load/load.h"
#include "system/units.h"

#define REQUESTS 200

struct worker {
	struct gpu *gpu;
	unsigned int lane;
	pthread_t thread;
	int error;
};

static void *work(void *data)
{
	struct worker *w = data;
	struct random_state random = random_stream(7, w->lane);

	for (unsigned int i = 0; i < REQUESTS && w->error == 0; i++)
		w->error = i915_engine.submit(w->gpu->engine, w->lane, &random);
	return NULL;
}

/* All lanes work; meanwhile this thread looks for resets, of which there is one. */
static unsigned int work_on_all_lanes(struct gpu *g, int expected)
{
	unsigned int lanes = i915_engine.lanes(g->engine);
	struct worker *worker = calloc(lanes, sizeof(*worker));

	assert_non_null(worker);
	for (unsigned int i = 0; i < lanes; i++) {
		worker[i] = (struct worker){ .gpu = g, .lane = i };
		assert_int_equal(
			pthread_create(&worker[i].thread, NULL, work, &worker[i]), 0);
	}
	for (unsigned int i = 0; i < 50; i++) {
		if (i == 25)
			fake_lose(1, 0);
		assert_int_equal(i915_engine.check_resets(g->engine), 0);
	}
	for (unsigned int i = 0; i < lanes; i++) {
		pthread_join(worker[i].thread, NULL);
		assert_int_equal(worker[i].error, expected);
	}
	free(worker);
	return lanes;
}

static void lanes_side_by_side(void **state)
{
	struct gpu *g = gpu_objects(20);
	unsigned int lanes;

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	lanes = work_on_all_lanes(g, 0);
	assert_int_equal(i915_engine.idle(g->engine), 0);
	assert_int_equal(g->progress.requests, (uint64_t)lanes * REQUESTS);
	assert_int_equal(g->progress.resets, 1);
	gpu_close(g);
}

/* All lanes meet the small address space at once: still one note. */
static void lanes_short_of_space(void **state)
{
	struct gpu *g = gpu_objects(100);

	(void)state;
	assert_int_equal(gpu_start(g), 0);
	fake.address_space = 2 * g->object[0].size + 8192;
	work_on_all_lanes(g, 0);
	assert_true(g->progress.noted);
	assert_null(strstr(g->progress.note, "; "));
	gpu_close(g);
}

struct load_test {
	struct load_config config;
	struct load_shared shared;
	pthread_t thread;
};

static void *run_child(void *data)
{
	struct load_test *t = data;

	load_child_run(&t->config, &t->shared);
	return NULL;
}

/* A load child on four objects of 1 MiB, in a thread. */
static struct load_test *start_child(bool keep)
{
	struct load_test *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	fake.real_time = true;
	fake.ns_per_byte = 1;
	t->config = (struct load_config){
		.filler = { .target = 4 * MIB, .object_size = MIB, .threads = 1 },
		.hold = HOLD_PIN,
		.keep = keep,
		.engine = &i915_engine,
		.engine_config = { .request_rate = REQUEST_RATE_AUTO },
	};
	i915_engine.defaults(&t->config.engine_config);
	assert_int_equal(pthread_create(&t->thread, NULL, run_child, t), 0);
	return t;
}

static void wait_for_state(struct load_test *t, int state)
{
	struct timespec ms = { .tv_nsec = NSEC_PER_MSEC };

	for (unsigned int i = 0; i < 10000 && t->shared.state != state; i++)
		nanosleep(&ms, NULL);
	if (t->shared.state != state)
		fail_msg("state %d instead of %d: %s", t->shared.state, state,
			 t->shared.why);
}

static void end_child(struct load_test *t)
{
	t->shared.command = LOAD_END;
	pthread_join(t->thread, NULL);
	assert_int_equal(fake_seen.objects, 0);
	assert_int_equal(fake_seen.broken_rules, 0);
	free(t);
}

static void sleep_ms(long ms)
{
	struct timespec ts = { .tv_nsec = ms * (long)NSEC_PER_MSEC };

	nanosleep(&ts, NULL);
}

static void the_load_child(void **state)
{
	struct load_test *t = start_child(false);

	(void)state;
	wait_for_state(t, LOAD_READY);
	assert_int_equal(t->shared.pinned_bytes, 4 * MIB);
	assert_true(t->shared.engine.create_ns + t->shared.engine.steady_ns <
		    t->shared.pin_ns);
	assert_int_equal(t->shared.engine.requests, 0);
	t->shared.command = LOAD_WORK;
	wait_for_state(t, LOAD_WORKING);
	sleep_ms(200);
	assert_true(t->shared.engine.requests > 0);
	t->shared.command = LOAD_END;
	wait_for_state(t, LOAD_ENDED);
	end_child(t);
}

static void the_load_child_of_a_lost_device(void **state)
{
	struct load_test *t = start_child(false);

	(void)state;
	wait_for_state(t, LOAD_READY);
	t->shared.command = LOAD_WORK;
	wait_for_state(t, LOAD_WORKING);
	fake.wedged = true;
	wait_for_state(t, LOAD_FAILED);
	assert_string_equal(
		t->shared.why,
		"engine i915 failed at work: the GPU is lost: it hung, or is wedged (see dmesg)");
	end_child(t);
}

static void the_load_child_of_a_device_lost_at_rest(void **state)
{
	struct load_test *t = start_child(false);

	(void)state;
	wait_for_state(t, LOAD_READY);
	fake.wedged = true;
	wait_for_state(t, LOAD_FAILED);
	assert_non_null(strstr(t->shared.why, "failed at rest: the GPU is lost"));
	end_child(t);
}

/* Nothing is asked of the quiet device, unless it is to be kept in use. */
static void the_load_child_keeps_its_objects(void **state)
{
	struct load_test *t;

	(void)state;
	for (int keep = 0; keep < 2; keep++) {
		struct fake_seen before, after;

		t = start_child(keep);
		wait_for_state(t, LOAD_READY);
		before = fake_seen_now();
		sleep_ms(400);
		after = fake_seen_now();
		assert_int_equal(after.requests > before.requests, keep);
		/* Each of 4 objects was to be used 4 times; a busy machine takes longer. */
		if (keep)
			assert_true(after.listed_sum - before.listed_sum >= 4);
		assert_int_equal(t->shared.engine.requests, 0);
		end_child(t);
	}
}

/* The reset came with the last requests: it is seen when the load is told to end. */
static void a_reset_at_the_very_end(void **state)
{
	struct load_test *t = start_child(false);

	(void)state;
	wait_for_state(t, LOAD_READY);
	t->shared.command = LOAD_WORK;
	wait_for_state(t, LOAD_WORKING);
	sleep_ms(20);
	fake_lose(1, 0);
	t->shared.command = LOAD_END;
	wait_for_state(t, LOAD_ENDED);
	assert_int_equal(t->shared.engine.resets, 1);
	end_child(t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lanes_side_by_side),
		TEST(lanes_short_of_space),
		TEST(the_load_child),
		TEST(the_load_child_of_a_lost_device),
		TEST(the_load_child_of_a_device_lost_at_rest),
		TEST(the_load_child_keeps_its_objects),
		TEST(a_reset_at_the_very_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
