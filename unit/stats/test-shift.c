// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/random.h"
#include "stats/ranktest.h"
#include "vectors.h"

#define MOST 160

static void check_shift(const struct vector *v)
{
	struct interval i;

	assert_int_equal(hodges_lehmann(&i, v->value[0], v->n[0], v->value[1], v->n[1],
					v->value[2][0]),
			 0);
	assert_same(i.estimate, v->value[3][0]);
	assert_same(i.low, v->value[4][0]);
	assert_same(i.high, v->value[5][0]);
}

static void check_shift_one(const struct vector *v)
{
	struct interval i;

	assert_int_equal(hodges_lehmann_one(&i, v->value[0], v->n[0], v->value[1][0]), 0);
	assert_same(i.estimate, v->value[2][0]);
	assert_same(i.low, v->value[3][0]);
	assert_same(i.high, v->value[4][0]);
}

static void equals_trusted(void **state)
{
	(void)state;
	each_vector("shift", 6, check_shift);
	each_vector("shift-one", 5, check_shift_one);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(double *value, size_t n)
{
	qsort(value, n, sizeof(*value), by_value);
	return (value[(n - 1) / 2] + value[n / 2]) / 2;
}

/* Standard normal, near enough. */
static double noise(struct random_state *random)
{
	double sum = -6;

	for (unsigned int i = 0; i < 12; i++)
		sum += (double)random_below(random, 1u << 30) / (1u << 30);
	return sum;
}

/* All differences written down and sorted give the same; ties and both signs included. */
static void selects_what_sorting_finds(void **state)
{
	static double all[MOST * MOST];
	struct random_state random = random_stream(8, 0);

	(void)state;
	for (unsigned int round = 0; round < 60; round++) {
		size_t n = 1 + random_below(&random, MOST),
		       m = 1 + random_below(&random, MOST);
		double a[MOST], b[MOST], scale = round % 3 ? 1e3 : 2;
		struct interval i;
		size_t k = 0;

		for (size_t x = 0; x < MOST; x++) {
			a[x] = noise(&random) * scale;
			b[x] = noise(&random) * scale;
			if (round % 2)
				a[x] = rint(a[x]), b[x] = rint(b[x]);
		}
		for (size_t x = 0; x < n; x++) {
			for (size_t y = 0; y < m; y++)
				all[k++] = b[y] - a[x];
		}
		assert_int_equal(hodges_lehmann(&i, a, n, b, m, .95), 0);
		assert_true(i.estimate == middle(all, k));
		if (isfinite(i.low)) {
			assert_non_null(bsearch(&i.low, all, k, sizeof(*all), by_value));
			assert_non_null(bsearch(&i.high, all, k, sizeof(*all), by_value));
		}
		k = 0;
		for (size_t x = 0; x < n; x++) {
			for (size_t y = x; y < n; y++)
				all[k++] = (a[x] + a[y]) / 2;
		}
		assert_int_equal(hodges_lehmann_one(&i, a, n, .95), 0);
		assert_true(i.estimate == middle(all, k));
	}
}

static double p_of_shift(const double *a, size_t n, const double *b, size_t m,
			 double shift)
{
	struct rank_p r;
	double moved[MOST];

	for (size_t i = 0; i < n; i++)
		moved[i] = a[i] + shift;
	assert_int_equal(mann_whitney(&r, moved, n, b, m), 0);
	return r.p;
}

/* A shift just inside the interval is not rejected at 1 - level, just outside it is. */
static void inverts_mann_whitney(void **state)
{
	struct random_state random = random_stream(9, 0);

	(void)state;
	for (unsigned int round = 0; round < 300; round++) {
		size_t n = 4 + random_below(&random, 70),
		       m = 4 + random_below(&random, 70);
		double a[MOST], b[MOST], level = round % 2 ? .95 : .9, near = 1e-9;
		struct interval i;

		for (size_t x = 0; x < MOST; x++) {
			a[x] = noise(&random);
			b[x] = noise(&random) + 1;
		}
		assert_int_equal(hodges_lehmann(&i, a, n, b, m, level), 0);
		assert_true(i.low < i.estimate && i.estimate < i.high);
		assert_true(p_of_shift(a, n, b, m, i.low - near) <= 1 - level + 1e-12);
		assert_true(p_of_shift(a, n, b, m, i.low + near) > 1 - level);
		assert_true(p_of_shift(a, n, b, m, i.high - near) > 1 - level);
		assert_true(p_of_shift(a, n, b, m, i.high + near) <= 1 - level + 1e-12);
	}
}

/* The differences of these are 1, 2, 3 ... in some order: an end tells its own index. */
static double index_of_low(size_t n, double level)
{
	double a[60], b[60];
	struct interval i;

	for (size_t x = 0; x < n; x++) {
		a[x] = -(double)x;
		b[x] = (double)(x * n) + 1;
	}
	assert_int_equal(hodges_lehmann(&i, a, n, b, n, level), 0);
	assert_true(i.low + i.high == (double)(n * n) + 1);
	return i.low;
}

static void known_indices(void **state)
{
	(void)state;
	assert_true(index_of_low(4, .95) == 1);
	assert_true(index_of_low(5, .95) == 3);
	assert_true(index_of_low(10, .95) == 24);
	assert_true(index_of_low(20, .95) == 128);
	assert_true(index_of_low(3, .9) == 1); /* its tail is 0.05 exactly */
	/* Counted at 50, approximated at 51: the same fraction of all differences. */
	assert_true(fabs(index_of_low(50, .95) / 2500 - index_of_low(51, .95) / 2601) <
		    .002);
}

static void no_such_level(void **state)
{
	static const double a[] = { 1, 2, 3 }, b[] = { 5, 6, 8 };
	struct interval i;

	(void)state;
	assert_int_equal(hodges_lehmann(&i, a, 3, b, 3, .95), 0);
	assert_true(i.low == -INFINITY && i.high == INFINITY && i.estimate == 4);
	assert_int_equal(hodges_lehmann_one(&i, a, 3, .95), 0);
	assert_true(i.low == -INFINITY && i.high == INFINITY && i.estimate == 2);
	assert_int_equal(hodges_lehmann_one(&i, a, 1, .5), 0);
	assert_true(i.low == -INFINITY && i.high == INFINITY && i.estimate == 1);
}

/* A wider level is never narrower, and equal values leave no width. */
static void nests(void **state)
{
	static const double same[] = { 3, 3, 3, 3, 3, 3 };
	struct random_state random = random_stream(10, 0);
	double a[12], b[15], low = INFINITY, high = -INFINITY;
	struct interval i;

	(void)state;
	for (size_t x = 0; x < 12; x++)
		a[x] = noise(&random);
	for (size_t x = 0; x < 15; x++)
		b[x] = noise(&random);
	for (unsigned int percent = 1; percent < 100; percent++) {
		assert_int_equal(hodges_lehmann(&i, a, 12, b, 15, percent / 100.0), 0);
		assert_true(i.low <= low && i.high >= high && i.low <= i.estimate);
		low = i.low;
		high = i.high;
	}
	assert_int_equal(hodges_lehmann(&i, same, 6, same, 6, .95), 0);
	assert_true(i.low == 0 && i.high == 0 && !signbit(i.estimate));
	assert_int_equal(hodges_lehmann_one(&i, same, 6, .95), 0);
	assert_true(i.low == 3 && i.high == 3 && i.estimate == 3);
}

static void refuses_bad_input(void **state)
{
	static const double a[] = { 1, 2 }, bad[] = { 1, NAN },
			    huge[] = { 1e308, -1e308 };
	static const double levels[] = { 0, 1, -1, 2, NAN };
	struct interval i;

	(void)state;
	for (size_t k = 0; k < sizeof(levels) / sizeof(levels[0]); k++) {
		assert_int_equal(hodges_lehmann(&i, a, 2, a, 2, levels[k]), -EINVAL);
		assert_int_equal(hodges_lehmann_one(&i, a, 2, levels[k]), -EINVAL);
	}
	assert_int_equal(hodges_lehmann(&i, a, 0, a, 2, .9), -EINVAL);
	assert_int_equal(hodges_lehmann(&i, a, 2, a, 0, .9), -EINVAL);
	assert_int_equal(hodges_lehmann(&i, a, 2, bad, 2, .9), -EINVAL);
	assert_int_equal(hodges_lehmann(&i, huge, 2, a, 2, .9), -EINVAL);
	assert_int_equal(hodges_lehmann_one(&i, a, 0, .9), -EINVAL);
	assert_int_equal(hodges_lehmann_one(&i, bad, 2, .9), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_trusted),
		cmocka_unit_test(selects_what_sorting_finds),
		cmocka_unit_test(inverts_mann_whitney),
		cmocka_unit_test(known_indices),
		cmocka_unit_test(no_such_level),
		cmocka_unit_test(nests),
		cmocka_unit_test(refuses_bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
