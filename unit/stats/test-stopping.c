// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats/random.h"
#include "stats/stopping.h"

#define CAP	  60
#define SEQUENCES 2000
#define SPREAD	  0.2

static void looks_are_as_documented(void **state)
{
	static const struct {
		size_t cap, looks, look[8];
	} known[] = {
		{ 6, 1, { 6 } },
		{ 10, 1, { 10 } },
		{ 11, 2, { 7, 11 } },
		{ 100, 6, { 8, 14, 22, 37, 61, 100 } },
	};
	struct stopping s;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(stopping_init(&s, .1, .95, known[i].cap), 0);
		assert_int_equal(s.looks, known[i].looks);
		for (size_t k = 0; k < s.looks; k++)
			assert_int_equal(s.look[k], known[i].look[k]);
	}
	assert_float_equal(stopping_look_level(&s), 1 - .05 / 6, 1e-12);
}

/* Whatever the cap: looks rise to it, the first has an interval, and together they miss by 5 %. */
static void looks_hold_for_every_cap(void **state)
{
	double value[64];
	struct interval interval;
	struct stopping s;

	(void)state;
	for (size_t i = 0; i < 64; i++)
		value[i] = (double)i;
	for (size_t cap = 6; cap < 3000; cap++) {
		assert_int_equal(stopping_init(&s, .1, .95, cap), 0);
		assert_int_equal(s.look[s.looks - 1], cap);
		for (size_t k = 1; k < s.looks; k++)
			assert_true((double)s.look[k] > 1.35 * (double)s.look[k - 1]);
		assert_true((double)s.looks * (1 - stopping_look_level(&s)) < .05 + 1e-9);
		if (s.look[0] > 64)
			continue;
		assert_true(stopping_look(&s, value, s.look[0], &interval) >= 0);
		assert_true(isfinite(interval.low) && isfinite(interval.high));
	}
}

static void least_is_where_an_interval_begins(void **state)
{
	struct stopping s;

	(void)state;
	assert_int_equal(stopping_least(.95), 6);
	assert_int_equal(stopping_least(.5), 2);
	assert_int_equal(stopping_init(&s, .1, .95, 5), -ERANGE);
	assert_int_equal(stopping_init(&s, .1, .95, 0), -ERANGE);
	assert_int_equal(stopping_init(&s, .1, .95, 1000000), 0);
}

static void nonsense_is_refused(void **state)
{
	struct stopping s;

	(void)state;
	assert_int_equal(stopping_init(&s, 0, .95, 100), -EINVAL);
	assert_int_equal(stopping_init(&s, -.1, .95, 100), -EINVAL);
	assert_int_equal(stopping_init(&s, NAN, .95, 100), -EINVAL);
	assert_int_equal(stopping_init(&s, .1, 0, 100), -EINVAL);
	assert_int_equal(stopping_init(&s, .1, 1, 100), -EINVAL);
	assert_int_equal(stopping_init(&s, .1, NAN, 100), -EINVAL);
	assert_int_equal(stopping_init(&s, .1, .95, 1000001), -EINVAL);
}

/* With 8 runs the interval goes from the smallest to the largest. */
static void width_is_of_the_farther_end(void **state)
{
	const double value[] = { 5, 5, 5, 5, 5, 5, 4.99, 5 + log(1.1) };
	struct interval interval;
	struct stopping s;

	(void)state;
	assert_int_equal(stopping_init(&s, .1001, .95, 100), 0);
	assert_int_equal(stopping_look(&s, value, 8, &interval), 1);
	assert_float_equal(interval.low, 4.99, 1e-12);
	assert_float_equal(interval.estimate, 5, 1e-12);
	assert_float_equal(stopping_width(&interval), .1, 1e-12);
	s.within = .0999;
	assert_int_equal(stopping_look(&s, value, 8, &interval), 0);
	assert_int_equal(stopping_look(&s, value, 7, &interval), 0);
	assert_true(isinf(stopping_width(&interval)));
	assert_int_equal(stopping_look(&s, value, 0, &interval), -EINVAL);
}

/* The logarithm of a run's quantile, whose pseudo-median is 0. */
static double draw(struct random_state *r)
{
	double u = ((double)(random_next(r) >> 11) + .5) * 0x1p-53;
	double v = ((double)(random_next(r) >> 11) + .5) * 0x1p-53;

	return SPREAD * sqrt(-2 * log(u)) * cos(2 * 3.14159265358979 * v);
}

/* How many of SEQUENCES intervals hold 0 when @s decides which one is kept. */
static size_t covered(struct random_state *r, const struct stopping *s)
{
	size_t held = 0;

	for (size_t i = 0; i < SEQUENCES; i++) {
		double value[CAP];
		struct interval interval = { 0 };

		for (size_t n = 0; n < CAP; n++)
			value[n] = draw(r);
		for (size_t k = 0; k < s->looks; k++)
			if (stopping_look(s, value, s->look[k], &interval) == 1)
				break;
		held += interval.low <= 0 && 0 <= interval.high;
	}
	return held;
}

/*
 * The rule keeps its word, and who looks after each run at a plain 95 % interval does not:
 * otherwise this test would show nothing. Four standard errors of 2000 sequences are 2 %.
 */
static void stopping_does_not_cheat(void **state)
{
	struct random_state r = random_stream(20, 5);
	struct stopping planned, greedy = { .within = .1, .level = .95, .looks = 1 };
	size_t held = 0;

	(void)state;
	assert_int_equal(stopping_init(&planned, .1, .95, CAP), 0);
	assert_true(covered(&r, &planned) >= SEQUENCES * .95);
	for (size_t i = 0; i < SEQUENCES; i++) {
		double value[CAP];
		struct interval interval = { 0 };

		for (size_t n = 0; n < CAP; n++)
			value[n] = draw(&r);
		for (size_t n = 6; n <= CAP; n++)
			if (stopping_look(&greedy, value, n, &interval) == 1)
				break;
		held += interval.low <= 0 && 0 <= interval.high;
	}
	assert_true(held < SEQUENCES * .93);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_are_as_documented),
		cmocka_unit_test(looks_hold_for_every_cap),
		cmocka_unit_test(least_is_where_an_interval_begins),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(width_is_of_the_farther_end),
		cmocka_unit_test(stopping_does_not_cheat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
