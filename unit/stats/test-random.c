// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats/random.h"

/* The published sequence of SplitMix64 for state 1234567. */
static void is_splitmix64(void **state)
{
	static const uint64_t expected[] = {
		6457827717110365317ull, 3203168211198807973ull,	 9817491932198370423ull,
		4593380528125082431ull, 16408922859458223821ull,
	};
	struct random_state r = { .x = 1234567 };

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_true(random_next(&r) == expected[i]);
}

static void same_seed_same_numbers(void **state)
{
	struct random_state a = random_stream(42, 3), b = random_stream(42, 3);

	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		assert_true(random_next(&a) == random_next(&b));
}

#define STREAMS 64

/*
 * All streams walk the same circle of 2^64 states in steps of SplitMix64's odd gamma.
 * The distance between two of them, counted in steps, is their difference times
 * the inverse of gamma: no run may be long enough to get there.
 */
static uint64_t steps_between(struct random_state a, struct random_state b)
{
	const uint64_t gamma = 0x9e3779b97f4a7c15ull;
	uint64_t inverse = gamma, steps;

	for (unsigned int i = 0; i < 6; i++)
		inverse *= 2 - gamma * inverse; /* Newton: doubles the right bits */
	steps = (b.x - a.x) * inverse;
	return steps > UINT64_MAX / 2 ? -steps : steps;
}

static void streams_differ(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < STREAMS * 4; i++) {
		for (uint64_t j = 0; j < i; j++) {
			struct random_state a = random_stream(i / STREAMS, i % STREAMS);
			struct random_state b = random_stream(j / STREAMS, j % STREAMS);

			assert_true(steps_between(a, b) > 1ull << 40);
			assert_true(random_next(&a) != random_next(&b));
		}
	}
}

static void below_is_below(void **state)
{
	static const uint64_t bounds[] = { 1, 2, 3, 10, 1000, 1ull << 32, UINT64_MAX };
	struct random_state r = random_stream(7, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		for (unsigned int k = 0; k < 10000; k++)
			assert_true(random_below(&r, bounds[i]) < bounds[i]);
	}
}

#define CELLS 100
#define DRAWS 100000

/* Chi-squared with 99 degrees of freedom lies in 59 … 149 but for one time in a thousand. */
static void below_is_uniform(void **state)
{
	(void)state;
	for (uint64_t stream = 0; stream < 8; stream++) {
		struct random_state r = random_stream(11, stream);
		const double expected = (double)DRAWS / CELLS;
		unsigned int cell[CELLS] = { 0 };
		double chi2 = 0;

		for (unsigned int i = 0; i < DRAWS; i++)
			cell[random_below(&r, CELLS)]++;
		for (unsigned int i = 0; i < CELLS; i++)
			chi2 += (cell[i] - expected) * (cell[i] - expected) / expected;
		assert_true(chi2 > 59 && chi2 < 149);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_splitmix64),
		cmocka_unit_test(same_seed_same_numbers),
		cmocka_unit_test(streams_differ),
		cmocka_unit_test(below_is_below),
		cmocka_unit_test(below_is_uniform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
