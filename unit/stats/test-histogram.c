// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>

#include "stats/histogram.h"
#include "stats/random.h"

static void buckets_cover_everything_once(void **state)
{
	(void)state;
	assert_int_equal(histogram_lower(0), 0);
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t lower = histogram_lower(i), upper = histogram_upper(lower);

		assert_true(lower <= upper);
		assert_int_equal(histogram_index(lower), i);
		assert_int_equal(histogram_index(upper), i);
		if (i + 1 < HISTOGRAM_BUCKETS)
			assert_int_equal(upper + 1, histogram_lower(i + 1));
		else
			assert_true(upper == UINT64_MAX);
	}
}

static void buckets_are_narrow(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t lower = histogram_lower(i), upper = histogram_upper(lower);

		if (lower < 512)
			assert_int_equal(upper, lower);
		else
			assert_true((double)(upper - lower) < 0.004 * (double)lower);
	}
}

static void known_indices(void **state)
{
	(void)state;
	assert_int_equal(histogram_index(0), 0);
	assert_int_equal(histogram_index(255), 255);
	assert_int_equal(histogram_index(256), 256);
	assert_int_equal(histogram_index(511), 511);
	assert_int_equal(histogram_index(512), 512);
	assert_int_equal(histogram_index(513), 512);
	assert_int_equal(histogram_index(514), 513);
	assert_int_equal(histogram_index(1023), 767);
	assert_int_equal(histogram_index(1024), 768);
	assert_int_equal(histogram_index(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void exact_parts(void **state)
{
	static struct histogram h;

	(void)state;
	histogram_reset(&h);
	assert_int_equal(h.count, 0);
	assert_true(h.min == UINT64_MAX && h.max == 0);
	histogram_add(&h, 1000003);
	assert_int_equal(h.min, 1000003);
	assert_int_equal(h.max, 1000003);
	histogram_add_n(&h, 7, 3);
	histogram_add(&h, 0);
	assert_int_equal(h.count, 5);
	assert_int_equal(h.min, 0);
	assert_int_equal(h.max, 1000003);
	assert_int_equal(h.sum, 1000003 + 21);
	assert_int_equal(h.bucket[7], 3);
	assert_int_equal(h.bucket[0], 1);
	assert_int_equal(h.bucket[histogram_index(1000003)], 1);
	histogram_reset(&h);
	assert_int_equal(h.bucket[7] + h.count + h.sum, 0);
}

static void sum_saturates(void **state)
{
	static struct histogram h, other;

	(void)state;
	histogram_reset(&h);
	histogram_add(&h, UINT64_MAX - 1);
	assert_true(h.sum == UINT64_MAX - 1);
	histogram_add(&h, 1);
	assert_true(h.sum == UINT64_MAX);
	histogram_add(&h, 1);
	assert_true(h.sum == UINT64_MAX);
	assert_int_equal(h.count, 3);

	/* The product alone overflows. */
	histogram_reset(&other);
	histogram_add_n(&other, UINT64_MAX / 2, 3);
	assert_true(other.sum == UINT64_MAX);
	assert_int_equal(other.count, 3);

	histogram_reset(&other);
	histogram_add(&other, 5);
	histogram_merge(&other, &h);
	assert_true(other.sum == UINT64_MAX);
	assert_int_equal(other.count, 4);
}

static void merge_is_adding_all(void **state)
{
	static struct histogram parts[3], merged, whole;
	struct random_state r = random_stream(1, 0);

	(void)state;
	histogram_reset(&merged);
	histogram_reset(&whole);
	for (unsigned int i = 0; i < 3; i++)
		histogram_reset(&parts[i]);
	for (unsigned int i = 0; i < 10000; i++) {
		/* Each magnitude as often as the others; the sum stays below 2^64. */
		uint64_t value = random_next(&r) >> (16 + random_below(&r, 48));

		histogram_add(&parts[random_below(&r, 2)], value);
		histogram_add(&whole, value);
	}
	for (unsigned int i = 0; i < 3; i++)
		histogram_merge(&merged, &parts[i]); /* the last one is empty */
	assert_memory_equal(&merged, &whole, sizeof(whole));
}

#define ADDED 2000000u

static void *add_many(void *arg)
{
	struct histogram *h = arg;

	for (unsigned int i = 0; i < ADDED; i++)
		histogram_add(h, 100 + i % 50);
	return NULL;
}

static void reader_sees_increments(void **state)
{
	static struct histogram h;
	uint64_t seen = 0, looks = 0;
	pthread_t thread;

	(void)state;
	histogram_reset(&h);
	assert_int_equal(pthread_create(&thread, NULL, add_many, &h), 0);
	while (seen < ADDED) {
		uint64_t now = HISTOGRAM_LOAD(h.count);

		assert_true(now >= seen && now <= ADDED);
		looks += now > seen;
		seen = now;
	}
	pthread_join(thread, NULL);
	assert_true(looks > 0);
	assert_int_equal(h.min, 100);
	assert_int_equal(h.max, 149);
	assert_int_equal(h.bucket[100], ADDED / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_cover_everything_once),
		cmocka_unit_test(buckets_are_narrow),
		cmocka_unit_test(known_indices),
		cmocka_unit_test(exact_parts),
		cmocka_unit_test(sum_saturates),
		cmocka_unit_test(merge_is_adding_all),
		cmocka_unit_test(reader_sees_increments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
