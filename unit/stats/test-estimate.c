// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "stats/estimate.h"
#include "stats/random.h"
#include "stats/ranktest.h"
#include "vectors.h"

static void check_holm(const struct vector *v)
{
	double adjusted[VECTOR_VALUES];

	assert_int_equal(holm(v->value[0], v->n[0], adjusted), 0);
	for (size_t i = 0; i < v->n[0]; i++)
		assert_same(adjusted[i], v->value[1][i]);
	/* In place too. */
	memcpy(adjusted, v->value[0], sizeof(adjusted));
	assert_int_equal(holm(adjusted, v->n[0], adjusted), 0);
	for (size_t i = 0; i < v->n[0]; i++)
		assert_same(adjusted[i], v->value[1][i]);
}

static void check_power(const struct vector *v)
{
	assert_same(detectable_shift(v->value[0][0], (size_t)v->value[1][0],
				     (size_t)v->value[2][0], v->value[3][0],
				     v->value[4][0]),
		    v->value[5][0]);
}

static void check_runs(const struct vector *v)
{
	assert_int_equal(runs_needed(v->value[0][0], v->value[1][0], v->value[2][0],
				     v->value[3][0]),
			 (size_t)v->value[4][0]);
}

static void check_variance(const struct vector *v)
{
	unsigned int boot[VECTOR_VALUES];
	struct variance_levels levels;

	assert_int_equal(variance_by_level(&levels, v->value[0], whole(v, 1, boot),
					   v->n[2] ? v->value[2] : NULL, v->n[0]),
			 0);
	assert_same(levels.boot, v->value[3][0]);
	assert_same(levels.run, v->value[4][0]);
	assert_same(levels.within, v->value[5][0]);
	assert_int_equal(levels.runs, v->n[0]);
}

static void equals_trusted(void **state)
{
	(void)state;
	each_vector("holm", 2, check_holm);
	each_vector("power", 6, check_power);
	each_vector("runs-needed", 5, check_runs);
	each_vector("variance", 6, check_variance);
}

static void medians(void **state)
{
	static const double odd[] = { 5, -1, 3 }, even[] = { 4, 1, 3, 2 };

	(void)state;
	assert_true(median(odd, 3) == 3);
	assert_true(median(even, 4) == 2.5);
	assert_true(median(odd, 1) == 5);
	assert_true(odd[0] == 5 && even[0] == 4);
}

/* Normal: Box and Muller. */
static double normal(struct random_state *random)
{
	double u = (1 + (double)random_below(random, 1u << 30)) / (1u << 30);
	double v = (double)random_below(random, 1u << 30) / (1u << 30);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

#define TRIALS 4000

static double found(size_t n, size_t m, double alpha, double shift)
{
	struct random_state random = random_stream(14, n * 1000 + m);
	unsigned int rejected = 0;

	for (unsigned int trial = 0; trial < TRIALS; trial++) {
		double a[30], b[30];
		struct rank_p r;

		for (size_t i = 0; i < n; i++)
			a[i] = 3 * normal(&random);
		for (size_t i = 0; i < m; i++)
			b[i] = 3 * normal(&random) + shift;
		assert_int_equal(mann_whitney(&r, a, n, b, m), 0);
		rejected += r.p <= alpha;
	}
	return (double)rejected / TRIALS;
}

/*
 * What is promised to be found in 80 % of cases is: within what the asymptotic efficiency
 * leaves at these sizes (it promises a little too much where only few p are below alpha).
 */
static void power_is_what_is_found(void **state)
{
	static const struct {
		size_t n, m;
		double alpha, least;
	} known[] = {
		{ 4, 4, .05, .73 },	  { 5, 5, .05, .75 },	{ 5, 5, .05 / 6, .69 },
		{ 8, 8, .05, .76 },	  { 10, 10, .05, .77 }, { 10, 10, .05 / 6, .75 },
		{ 20, 20, .05 / 6, .77 }, { 30, 30, .05, .77 }, { 5, 20, .05, .75 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		double shift =
			detectable_shift(3, known[i].n, known[i].m, known[i].alpha, .8);
		double power = found(known[i].n, known[i].m, known[i].alpha, shift);

		if (power < known[i].least || power > .83)
			fail_msg("%zu v %zu at %g: %g", known[i].n, known[i].m,
				 known[i].alpha, power);
	}
}

/* More runs find less, and as many as are needed find what is asked for; one fewer does not. */
static void power_and_runs_agree(void **state)
{
	(void)state;
	for (unsigned int step = 0; step < 25; step++) {
		double shift = .01 * pow(1.3, step);
		size_t n = runs_needed(.2, shift, .05 / 6, .8);

		if (n == 0) {
			assert_true(detectable_shift(.2, 1000, 1000, .05 / 6, .8) >
				    shift);
			continue;
		}
		assert_true(detectable_shift(.2, n, n, .05 / 6, .8) <= shift);
		assert_true(detectable_shift(.2, n - 1, n - 1, .05 / 6, .8) > shift);
	}
	assert_true(detectable_shift(.2, 4, 4, .05 / 6, .8) == INFINITY);
	assert_true(detectable_shift(.2, 0, 9, .05, .8) == INFINITY);
	assert_true(detectable_shift(.2, 1, 3000, .05, .8) ==
		    INFINITY); /* approximated */
	assert_true(detectable_shift(0, 9, 9, .05, .8) == 0);
	assert_true(runs_needed(0, .1, .05, .8) == 4);
}

static void boots_are_told_apart(void **state)
{
	static const double value[] = { 1, 2, 3, 11, 12, 13 },
			    within[] = { 1, 1, 1, 1, 1, -1 };
	static const unsigned int boot[] = { 8, 8, 8, 2, 2, 2 },
				  one[] = { 5, 5, 5, 5, 5, 5 };
	static const unsigned int each[] = { 6, 5, 4, 3, 2, 1 };
	struct variance_levels v;

	(void)state;
	assert_int_equal(variance_by_level(&v, value, boot, NULL, 6), 0);
	assert_same(v.run, 1);
	assert_same(v.boot, (150 - 1) / 3.0);
	assert_true(isnan(v.within) && v.boots == 2 && v.runs == 6);
	assert_int_equal(variance_by_level(&v, value, one, NULL, 6), 0);
	assert_true(isnan(v.boot) && v.run > 30 && v.boots == 1);
	assert_int_equal(variance_by_level(&v, value, each, NULL, 6), 0);
	assert_true(isnan(v.boot) && isnan(v.run) && v.boots == 6);
	assert_int_equal(variance_by_level(&v, value, boot, within, 5), 0);
	assert_same(v.within, 1);
	assert_true(v.run == 0); /* all of it is the runs' own */
	assert_int_equal(variance_by_level(&v, value, boot, within, 6), -EINVAL);
	assert_int_equal(variance_by_level(&v, value, boot, NULL, 0), -EINVAL);
}

static void refuses_bad_input(void **state)
{
	static const double bad[] = { .5, NAN }, above[] = { .5, 1.1 }, below[] = { -.1 };
	static const unsigned int boot[2];
	static const double good[] = { .5, .6 };
	struct variance_levels v;
	double result;

	(void)state;
	assert_true(isnan(median(good, 0)));
	assert_true(isnan(median(bad, 2)));
	assert_int_equal(holm(good, 0, &result), 0);
	assert_int_equal(holm(bad, 2, &result), -EINVAL);
	assert_int_equal(holm(above, 2, &result), -EINVAL);
	assert_int_equal(holm(below, 1, &result), -EINVAL);
	assert_int_equal(variance_by_level(&v, bad, boot, NULL, 2), -EINVAL);
	assert_int_equal(variance_by_level(&v, good, boot, bad, 2), -EINVAL);
	assert_true(isnan(detectable_shift(NAN, 5, 5, .05, .8)));
	assert_true(isnan(detectable_shift(-1, 5, 5, .05, .8)));
	assert_true(isnan(detectable_shift(1, 5, 5, 0, .8)));
	assert_true(isnan(detectable_shift(1, 5, 5, .05, 1)));
	assert_int_equal(runs_needed(NAN, .1, .05, .8), 0);
	assert_int_equal(runs_needed(1, 0, .05, .8), 0);
	assert_int_equal(runs_needed(1, NAN, .05, .8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_trusted),
		cmocka_unit_test(medians),
		cmocka_unit_test(power_is_what_is_found),
		cmocka_unit_test(power_and_runs_agree),
		cmocka_unit_test(boots_are_told_apart),
		cmocka_unit_test(refuses_bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
