// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <float.h>
#include <math.h>

#include "stats/random.h"
#include "stats/ranktest.h"
#include "vectors.h"

#define MOST 12

static void check_vector(const struct vector *v)
{
	struct rank_p r, swapped;

	assert_int_equal(mann_whitney(&r, v->value[0], v->n[0], v->value[1], v->n[1]), 0);
	assert_same(r.p, v->value[2][0]);
	assert_same(r.floor, v->value[3][0]);
	assert_int_equal(r.exact, (int)v->value[4][0]);
	assert_int_equal(
		mann_whitney(&swapped, v->value[1], v->n[1], v->value[0], v->n[0]), 0);
	assert_true(swapped.p == r.p && swapped.floor == r.floor);
}

static void equals_trusted(void **state)
{
	(void)state;
	each_vector("mann-whitney", 5, check_vector);
}

/*
 * Tries all choices of @n of the @all values, and asks for each: how many choices have a
 * p this small? As many as p says: that is what a p is. So p adds up to 1 too.
 */
static void check_all_choices(const double *value, unsigned int all, unsigned int n)
{
	static double p[1u << MOST];
	size_t choices = 0;
	double floor = 1;

	for (uint32_t choice = 0; choice < 1u << all; choice++) {
		double a[MOST], b[MOST];
		unsigned int of_a = 0, of_b = 0;
		struct rank_p r;

		if ((unsigned int)__builtin_popcount(choice) != n)
			continue;
		for (unsigned int i = 0; i < all; i++) {
			if (choice >> i & 1)
				a[of_a++] = value[i];
			else
				b[of_b++] = value[i];
		}
		assert_int_equal(mann_whitney(&r, a, of_a, b, of_b), 0);
		p[choices++] = r.p;
		floor = fmin(floor, r.p);
	}
	for (size_t i = 0; i < choices; i++) {
		size_t smaller = 0;

		for (size_t j = 0; j < choices; j++)
			smaller += p[j] <= p[i] + 1e-12;
		assert_same(p[i], (double)smaller / (double)choices);
	}
	if (value[0] == 0) /* distinct */
		assert_same(mann_whitney_floor(n, all - n), floor);
}

static void is_a_p_over_all_choices(void **state)
{
	static const double distinct[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	static const double tied[] = { 1, 1, 2, 2, 2, 3, 4, 5, 5, 5, 5, 9 };
	static const double equal[] = { 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7 };

	(void)state;
	for (unsigned int all = 2; all <= 10; all++) {
		for (unsigned int n = 1; n < all; n++) {
			check_all_choices(distinct, all, n);
			check_all_choices(tied, all, n);
			check_all_choices(equal, all, n);
		}
	}
	check_all_choices(tied, 12, 5);
}

/* Only the order counts, and which way round it is does not. */
static void only_ranks_count(void **state)
{
	struct random_state random = random_stream(5, 0);

	(void)state;
	for (unsigned int round = 0; round < 200; round++) {
		double a[40], b[40], c[40], d[40];
		size_t n = 1 + random_below(&random, 40),
		       m = 1 + random_below(&random, 40);
		uint64_t different = 2 + random_below(&random, 100);
		struct rank_p r, other;

		for (size_t i = 0; i < n; i++)
			c[i] = -exp(a[i] = (double)random_below(&random, different));
		for (size_t i = 0; i < m; i++)
			d[i] = -exp(b[i] = (double)random_below(&random, different));
		assert_int_equal(mann_whitney(&r, a, n, b, m), 0);
		assert_int_equal(mann_whitney(&other, c, n, d, m), 0);
		assert_true(r.exact);
		assert_same(other.p, r.p);
		assert_same(other.floor, r.floor);
		assert_true(r.floor <= r.p && r.p <= 1);
	}
}

static void floors(void **state)
{
	static const struct {
		size_t n, m;
		double floor;
	} known[] = {
		{ 1, 1, 1 },	     { 3, 3, 2.0 / 20 },	{ 4, 4, 2.0 / 70 },
		{ 5, 5, 2.0 / 252 }, { 6, 6, 2.0 / 924 },	{ 2, 5, 2.0 / 21 },
		{ 1, 40, 2.0 / 41 }, { 12, 12, 2.0 / 2704156 },
	};
	static double a[3000], b[3000];

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_same(mann_whitney_floor(known[i].n, known[i].m), known[i].floor);
		assert_same(mann_whitney_floor(known[i].m, known[i].n), known[i].floor);
	}
	/* The test gives it when nothing overlaps, counted or not. */
	for (size_t i = 0; i < 3000; i++) {
		a[i] = (double)i;
		b[i] = 10000 + (double)i;
	}
	for (size_t n = 1; n <= 3000; n = n * 3 / 2 + 1) {
		for (size_t m = 1; m <= 3000; m = m * 3 / 2 + 1) {
			struct rank_p r;

			assert_int_equal(mann_whitney(&r, a, n, b, m), 0);
			assert_same(r.p, r.floor);
			assert_same(r.floor, mann_whitney_floor(n, m));
			assert_int_equal(r.exact, n * m <= 2500);
		}
	}
}

/* Where counting ends there is no step: 50 v 50 is counted, a value more on one side is not. */
static void approximation_continues_the_count(void **state)
{
	double a[51], b[50];
	struct rank_p counted, normal;

	(void)state;
	for (unsigned int shift = 0; shift < 8; shift++) { /* p from 0.87 to 0.02 */
		for (size_t i = 0; i < 50; i++) {
			a[i] = (double)i;
			b[i] = (double)(i + shift) + 0.3;
		}
		assert_int_equal(mann_whitney(&counted, a, 50, b, 50), 0);
		a[50] = (25.0 + (25.0 + shift)) / 2 + 0.1; /* a middle one */
		assert_int_equal(mann_whitney(&normal, a, 51, b, 50), 0);
		assert_true(counted.exact && !normal.exact);
		assert_true(fabs(log(normal.p / counted.p)) < 0.07);
	}
}

static void refuses_what_it_cannot_rank(void **state)
{
	static const double bad[] = { NAN, INFINITY, -INFINITY, DBL_MAX };
	double a[] = { 1, 2, 3 }, b[] = { 4, 5 };
	struct rank_p r;

	(void)state;
	assert_int_equal(mann_whitney(&r, a, 0, b, 2), -EINVAL);
	assert_int_equal(mann_whitney(&r, a, 3, b, 0), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		a[1] = bad[i];
		assert_int_equal(mann_whitney(&r, a, 3, b, 2), -EINVAL);
		assert_int_equal(mann_whitney(&r, b, 2, a, 3), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_trusted),
		cmocka_unit_test(is_a_p_over_all_choices),
		cmocka_unit_test(only_ranks_count),
		cmocka_unit_test(floors),
		cmocka_unit_test(approximation_continues_the_count),
		cmocka_unit_test(refuses_what_it_cannot_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
