// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "stats/attribution.h"
#include "stats/random.h"

static struct attribution_split share(uint64_t latency, const uint64_t grown[GROWN])
{
	struct attribution_split s = { 0 };

	attribution_split_add(&s, latency, grown);
	return s;
}

static uint64_t sum(const struct attribution_split *s)
{
	uint64_t n = s->unexplained_ns;

	for (int i = 0; i < CAUSES; i++)
		n += s->cause_ns[i];
	return n;
}

#define OF(...) ((const uint64_t[GROWN]){ __VA_ARGS__ })

static void pure_causes(void **state)
{
	struct attribution_split s;

	(void)state;
	s = share(300, OF([CAUSE_ON_CPU] = 300));
	assert_int_equal(s.cause_ns[CAUSE_ON_CPU], 300);
	s = share(1000, OF([CAUSE_ON_CPU] = 300, [CAUSE_RUN_QUEUE] = 700));
	assert_int_equal(s.cause_ns[CAUSE_RUN_QUEUE], 700);
	assert_int_equal(s.cause_ns[CAUSE_ON_CPU], 300);
	/* Neither running nor wanting to, and nobody says why. */
	s = share(1000, OF([CAUSE_ON_CPU] = 300));
	assert_int_equal(s.cause_ns[CAUSE_ON_CPU], 300);
	assert_int_equal(s.unexplained_ns, 700);
	s = share(0, OF([CAUSE_ON_CPU] = 300));
	assert_int_equal(sum(&s), 0);
	assert_int_equal(s.count, 1);
}

static void what_happens_in_a_delay_is_the_delays(void **state)
{
	struct attribution_split s;

	(void)state;
	/* Reclaim that runs. */
	s = share(1000, OF([CAUSE_DIRECT_RECLAIM] = 800, [CAUSE_ON_CPU] = 1000));
	assert_int_equal(s.cause_ns[CAUSE_DIRECT_RECLAIM], 800);
	assert_int_equal(s.cause_ns[CAUSE_ON_CPU], 200);
	/* Reclaim that sleeps. */
	s = share(1000, OF([CAUSE_DIRECT_RECLAIM] = 800, [CAUSE_ON_CPU] = 200));
	assert_int_equal(s.cause_ns[CAUSE_DIRECT_RECLAIM], 800);
	assert_int_equal(s.cause_ns[CAUSE_ON_CPU], 200);
	assert_int_equal(s.unexplained_ns, 0);
	/* Sleep that does not fit into it. */
	s = share(1000, OF([CAUSE_DIRECT_RECLAIM] = 300, [CAUSE_ON_CPU] = 200));
	assert_int_equal(s.cause_ns[CAUSE_DIRECT_RECLAIM], 300);
	assert_int_equal(s.unexplained_ns, 500);
	assert_int_equal(s.cause_ns[CAUSE_ON_CPU], 200);
	/* Of which some was a wait for block I/O. */
	s = share(1000, OF([CAUSE_DIRECT_RECLAIM] = 300, [CAUSE_ON_CPU] = 200,
			   [GROWN_BLOCK_IO] = 400));
	assert_int_equal(s.cause_ns[CAUSE_SWAPIN], 400);
	assert_int_equal(s.unexplained_ns, 100);
	/* And some of reclaim's: there was no more sleep than reclaim can hold. */
	s = share(1000, OF([CAUSE_DIRECT_RECLAIM] = 800, [CAUSE_ON_CPU] = 200,
			   [GROWN_BLOCK_IO] = 700));
	assert_int_equal(s.cause_ns[CAUSE_SWAPIN], 0);
	/* The wait for a CPU: half of the latency is reclaim's, and so is half of it. */
	s = share(1000, OF([CAUSE_DIRECT_RECLAIM] = 500, [CAUSE_ON_CPU] = 600,
			   [CAUSE_RUN_QUEUE] = 400));
	assert_int_equal(s.cause_ns[CAUSE_RUN_QUEUE], 200);
	assert_int_equal(s.cause_ns[CAUSE_ON_CPU], 300);
}

static void sums_close(void **state)
{
	struct random_state random = random_stream(7, 0);
	struct attribution_split s = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t grown[GROWN],
			latency =
				random_below(&random, 1ull << random_below(&random, 50));

		for (int c = 0; c < GROWN; c++)
			grown[c] = random_below(&random, 2)
					   ? random_below(&random, 2 * latency + 1)
					   : 0;
		attribution_split_add(&s, latency, grown);
		assert_int_equal(sum(&s), s.total_ns);
	}
	/* Clocks of the kernel may not agree by a little, nor by much. */
	s = share(UINT64_MAX, OF(UINT64_MAX, UINT64_MAX, 1, 1, UINT64_MAX, UINT64_MAX));
	assert_int_equal(sum(&s), UINT64_MAX);
	s = share(UINT64_MAX, OF([CAUSE_RUN_QUEUE] = UINT64_MAX));
	assert_int_equal(s.cause_ns[CAUSE_RUN_QUEUE], UINT64_MAX);
}

static void slow_is_one_in_a_hundred(void **state)
{
	struct attribution *a = calloc(1, sizeof(*a)), *other = calloc(1, sizeof(*other));
	struct attribution_split all, slow;

	(void)state;
	assert_non_null(a);
	assert_non_null(other);
	assert_int_equal(attribution_slow(a, &all, &slow), 0);
	assert_int_equal(slow.count, 0);
	for (int i = 0; i < 990; i++)
		attribution_add(a, 1000, OF([CAUSE_ON_CPU] = 1000));
	for (int i = 0; i < 10; i++)
		attribution_add(other, 100000, OF([CAUSE_DIRECT_RECLAIM] = 90000));
	attribution_merge(a, other);
	assert_in_range(attribution_slow(a, &all, &slow), 100000 * 31 / 32, 100000);
	assert_int_equal(all.count, 1000);
	assert_int_equal(all.total_ns, 1990000);
	assert_int_equal(slow.count, 10);
	assert_int_equal(slow.cause_ns[CAUSE_DIRECT_RECLAIM], 900000);
	/* One more than a hundredth of them is not yet reached: the next slower belong to it. */
	attribution_add(a, 1000, OF(0));
	attribution_slow(a, &all, &slow);
	assert_int_equal(slow.count, 1001);
	attribution_reset(a);
	attribution_add(a, 0, OF(0));
	assert_int_equal(attribution_slow(a, &all, &slow), 0);
	assert_int_equal(slow.count, 1);
	free(a);
	free(other);
}

static void words(void **state)
{
	const struct attribution_split s = { .count = 1,
					     .total_ns = 1000,
					     .cause_ns = { 110, 830, 0, 0, 4, 36 },
					     .unexplained_ns = 20 };
	char buf[200];

	(void)state;
	assert_string_equal(
		attribution_describe(&s, ~0u, buf, sizeof(buf)),
		"83 % compaction, 11 % direct reclaim, 4 % on CPU, 2 % unexplained");
	assert_string_equal(attribution_describe(&s, ~0u, buf, 12), "83 % compac");
	assert_string_equal(
		attribution_describe(&s, 1u << CAUSE_DIRECT_RECLAIM, buf, sizeof(buf)),
		"11 % direct reclaim, 2 % unexplained");
	assert_string_equal(attribution_name(CAUSE_RUN_QUEUE), "run_queue");
	assert_string_equal(attribution_words(CAUSE_SWAPIN), "swap-in");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pure_causes),
		cmocka_unit_test(what_happens_in_a_delay_is_the_delays),
		cmocka_unit_test(sums_close),
		cmocka_unit_test(slow_is_one_in_a_hundred),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
