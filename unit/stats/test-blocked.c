// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "stats/random.h"
#include "stats/ranktest.h"
#include "vectors.h"

static void check_vector(const struct vector *v)
{
	unsigned int of_a[VECTOR_VALUES], of_b[VECTOR_VALUES];
	struct rank_p r;

	whole(v, 1, of_a);
	whole(v, 3, of_b);
	assert_int_equal(blocked_rank_test(&r, v->value[0], of_a, v->n[0], v->value[2],
					   of_b, v->n[2]),
			 0);
	assert_same(r.p, v->value[4][0]);
	assert_same(r.floor, v->value[5][0]);
	assert_int_equal(r.exact, (int)v->value[6][0]);
}

static void equals_trusted(void **state)
{
	(void)state;
	each_vector("blocked", 7, check_vector);
}

static void one_block_is_mann_whitney(void **state)
{
	struct random_state random = random_stream(6, 0);
	static const unsigned int block[20];

	(void)state;
	for (unsigned int round = 0; round < 200; round++) {
		size_t n = 1 + random_below(&random, 20),
		       m = 1 + random_below(&random, 20);
		struct rank_p blocked, plain;
		double a[20], b[20];

		for (size_t i = 0; i < 20; i++) {
			a[i] = log(1 + (double)random_below(&random, 30));
			b[i] = log(1 + (double)random_below(&random, 40));
		}
		assert_int_equal(mann_whitney(&plain, a, n, b, m), 0);
		assert_int_equal(blocked_rank_test(&blocked, a, block, n, b, block, m),
				 0);
		assert_same(blocked.p, plain.p);
		assert_same(blocked.floor, plain.floor);
	}
}

#define ROUNDS 10

/* Over all ways to swap the two runs of a round, as many have a p this small as it says. */
static void is_a_p_over_all_swaps(void **state)
{
	static double p[1u << ROUNDS];
	struct random_state random = random_stream(7, 0);
	double value[2][ROUNDS];
	unsigned int round[ROUNDS];

	(void)state;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		round[i] = i;
		value[0][i] = log(1000 + (double)random_below(&random, 500)) + i;
		value[1][i] = log(1000 + (double)random_below(&random, 500)) + i;
	}
	for (uint32_t swap = 0; swap < 1u << ROUNDS; swap++) {
		double a[ROUNDS], b[ROUNDS];
		struct rank_p r;

		for (unsigned int i = 0; i < ROUNDS; i++) {
			a[i] = value[swap >> i & 1][i];
			b[i] = value[1 - (swap >> i & 1)][i];
		}
		assert_int_equal(
			blocked_rank_test(&r, a, round, ROUNDS, b, round, ROUNDS), 0);
		assert_true(r.exact);
		assert_same(r.floor, 2.0 / (1u << ROUNDS));
		p[swap] = r.p;
	}
	for (uint32_t i = 0; i < 1u << ROUNDS; i++) {
		uint32_t smaller = 0;

		for (uint32_t j = 0; j < 1u << ROUNDS; j++)
			smaller += p[j] <= p[i] + 1e-12;
		assert_same(p[i], (double)smaller / (1u << ROUNDS));
	}
}

/* Five rounds, each 2 apart from the last: hidden without blocks, plain with them. */
static void sees_through_what_differs_between_rounds(void **state)
{
	static const double a[] = { 0, 2, 4, 6, 8, 10 }, b[] = { 1, 3, 5, 7, 9, 11 };
	static const unsigned int round[] = { 0, 1, 2, 3, 4, 5 };
	struct rank_p plain, blocked;

	(void)state;
	assert_int_equal(mann_whitney(&plain, a, 6, b, 6), 0);
	assert_int_equal(blocked_rank_test(&blocked, a, round, 6, b, round, 6), 0);
	assert_true(plain.p > 0.5);
	assert_same(blocked.p, 2.0 / 64);
	assert_same(blocked.floor, 2.0 / 64);
}

static void order_and_side_change_nothing(void **state)
{
	static const unsigned int block_a[] = { 9, 4, 4, 7 },
				  block_b[] = { 4, 7, 7, 9, 9 };
	static const unsigned int back_a[] = { 7, 4, 4, 9 }, back_b[] = { 9, 9, 7, 7, 4 };
	static const double a[] = { .1, .5, .7, .4 }, b[] = { .3, .9, .8, .6, .2 };
	static const double c[] = { .4, .7, .5, .1 }, d[] = { .2, .6, .8, .9, .3 };
	struct rank_p r, back;

	(void)state;
	assert_int_equal(blocked_rank_test(&r, a, block_a, 4, b, block_b, 5), 0);
	assert_int_equal(blocked_rank_test(&back, d, back_b, 5, c, back_a, 4), 0);
	assert_same(back.p, r.p);
	assert_same(back.floor, r.floor);
	assert_true(r.p < 1);
}

static void nothing_shared_says_nothing(void **state)
{
	static const unsigned int block_a[] = { 1, 1 }, block_b[] = { 2, 3 };
	static const double a[] = { 1, 2 }, b[] = { 30, 40 };
	struct rank_p r;

	(void)state;
	assert_int_equal(blocked_rank_test(&r, a, block_a, 2, b, block_b, 2), 0);
	assert_true(r.p == 1 && r.floor == 1);
}

static void refuses_what_it_cannot_rank(void **state)
{
	static const unsigned int block[2];
	double a[] = { 1, NAN }, b[] = { 1, 2 };
	struct rank_p r;

	(void)state;
	assert_int_equal(blocked_rank_test(&r, b, block, 0, b, block, 2), -EINVAL);
	assert_int_equal(blocked_rank_test(&r, b, block, 2, b, block, 0), -EINVAL);
	assert_int_equal(blocked_rank_test(&r, a, block, 2, b, block, 2), -EINVAL);
	assert_int_equal(blocked_rank_test(&r, b, block, 2, a, block, 2), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_trusted),
		cmocka_unit_test(one_block_is_mann_whitney),
		cmocka_unit_test(is_a_p_over_all_swaps),
		cmocka_unit_test(sees_through_what_differs_between_rounds),
		cmocka_unit_test(order_and_side_change_nothing),
		cmocka_unit_test(nothing_shared_says_nothing),
		cmocka_unit_test(refuses_what_it_cannot_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
