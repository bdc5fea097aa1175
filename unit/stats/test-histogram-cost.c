// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "stats/histogram.h"
#include "stats/random.h"

/*
 * A measuring loop reads the clock and adds to a histogram. Times differ from one
 * machine to the next; that adding costs less than looking at the clock does not.
 */

#define BATCHES 101
#define BATCH	2000

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double median_per_call(uint64_t *batch_ns)
{
	qsort(batch_ns, BATCHES, sizeof(*batch_ns), by_value);
	batch_ns += BATCHES / 2;
	return (double)*batch_ns / BATCH;
}

static void adding_is_cheaper_than_the_clock(void **state)
{
	static uint64_t values[BATCH], add[BATCHES], clock_[BATCHES];
	static struct histogram h;
	struct random_state r = random_stream(1, 0);
	double add_ns, clock_ns;

	(void)state;
	histogram_reset(&h);
	for (unsigned int i = 0; i < BATCH; i++)
		values[i] = 50000 + random_below(&r, 100000);
	for (unsigned int b = 0; b < BATCHES; b++) {
		struct timespec t;
		uint64_t start = now_ns(), middle;

		for (unsigned int i = 0; i < BATCH; i++)
			histogram_add(&h, values[i]);
		middle = now_ns();
		for (unsigned int i = 0; i < BATCH; i++)
			clock_gettime(CLOCK_MONOTONIC, &t);
		clock_[b] = now_ns() - middle;
		add[b] = middle - start;
	}
	assert_int_equal(h.count, BATCH * BATCHES);
	add_ns = median_per_call(add);
	clock_ns = median_per_call(clock_);
	print_message("histogram_add %.1f ns, clock_gettime %.1f ns: ratio %.2f\n",
		      add_ns, clock_ns, add_ns / clock_ns);
	assert_true(add_ns < clock_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adding_is_cheaper_than_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
