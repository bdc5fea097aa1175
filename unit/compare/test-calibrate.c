// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "decide/calibrate.h"
#include "stats/estimate.h"
#include "stats/random.h"

#define ROWS  6
#define UNITS 64

struct sample {
	double value[ROWS][UNITS], start[UNITS];
	struct calibrate_row row[ROWS];
};

static double gauss(struct random_state *r)
{
	double u = ((double)(random_next(r) >> 11) + .5) * 0x1p-53;
	double v = ((double)(random_next(r) >> 11) + .5) * 0x1p-53;

	return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979 * v);
}

/* Rows of @n units that spread by @spread and each time grow by @growth. */
static void make(struct sample *s, size_t n, double spread, double growth, uint64_t seed)
{
	struct random_state r = random_stream(seed, n);

	for (size_t u = 0; u < n; u++)
		s->start[u] = 30 * (double)u;
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t u = 0; u < n; u++)
			s->value[i][u] =
				1e6 * exp(spread * gauss(&r) + growth * (double)u);
		s->row[i] = (struct calibrate_row){
			.n = n, .value = s->value[i], .start = s->start, .margin = .05
		};
	}
}

/* In any order; units that are too few to exclude bad ones are not the question here. */
static struct decide_options options(void)
{
	struct decide_options o = decide_defaults();

	o.allow_order = true;
	o.bad_runs = 1;
	return o;
}

static struct calibration run(struct sample *s, size_t rows, uint64_t seed)
{
	struct decide_options o = options();
	struct calibration c;

	assert_int_equal(calibrate(&c, s->row, rows, &o, seed), 0);
	return c;
}

static void all_splits_are_made_once(void **state)
{
	static const struct {
		size_t n, splits;
		bool all;
	} known[] = { { 4, 3, true },
		      { 5, 10, true },
		      { 6, 10, true },
		      { 10, 126, true },
		      { 11, 462, true },
		      { 14, 1716, true },
		      { 15, CALIBRATE_SPLITS, false },
		      { 64, CALIBRATE_SPLITS, false } };
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct calibration c;

		make(&s, known[i].n, .1, 0, 1);
		c = run(&s, 1, 1);
		assert_int_equal(c.splits, known[i].splits);
		assert_int_equal(c.all, known[i].all);
	}
}

/*
 * Logarithms 0, 1, 3, 7 (hundredths): the halves {0 1|3 7}, {0 3|1 7}, {0 7|1 3} are 4.5, 2.5
 * and 1.5 apart.
 */
static void noise_is_known_for_four_units(void **state)
{
	const double value[] = { exp(.01), 1, exp(.07), exp(.03) };
	struct calibrate_row row = { .n = 4, .value = value, .margin = .05 };
	struct decide_options o = decide_defaults();
	struct calibration c;

	(void)state;
	assert_int_equal(calibrate(&c, &row, 1, &o, 0), 0);
	assert_float_equal(row.noise, expm1(.045), 1e-12);
	assert_float_equal(
		row.deviation,
		sqrt((1.75 * 1.75 + 2.75 * 2.75 + 4.25 * 4.25 + .25 * .25) / 3) / 100,
		1e-12);
	assert_float_equal(row.in_turn.change.estimate, expm1(-.025), 1e-12);
	assert_float_equal(row.by_time.change.estimate, expm1(.045), 1e-12);
	assert_true(isinf(row.least_margin));
	assert_true(c.hopeless);
	assert_int_equal(c.significant, 0);
}

/* A drift is a change for who measures one kernel after the other, and for nobody else. */
static void drift_shows_by_time_alone(void **state)
{
	struct sample s;

	(void)state;
	make(&s, 20, .01, .02, 3);
	run(&s, ROWS, 1);
	for (size_t i = 0; i < ROWS; i++) {
		assert_int_equal(s.row[i].by_time.verdict, VERDICT_WORSE);
		assert_true(s.row[i].in_turn.verdict == VERDICT_SAME ||
			    s.row[i].in_turn.verdict == VERDICT_UNCLEAR);
		assert_true(s.row[i].by_time.change.estimate > .15);
		assert_true(s.row[i].noise > .05);
	}
	make(&s, 20, .01, 0, 3);
	run(&s, ROWS, 1);
	for (size_t i = 0; i < ROWS; i++) {
		assert_int_equal(s.row[i].by_time.verdict, VERDICT_SAME);
		assert_true(s.row[i].noise < .02);
	}
}

/*
 * Over all splits no more than alpha of them are called a change, whatever the values; and some
 * are, or this would show nothing.
 */
static void false_positives_keep_to_alpha(void **state)
{
	size_t significant = 0;
	struct sample s;

	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct calibration c;

		make(&s, 10 + seed % 3, seed % 2 ? .5 : .05, seed % 3 ? 0 : .1, seed);
		c = run(&s, ROWS, 1);
		assert_true(c.all);
		assert_true((double)c.significant <= .05 * (double)c.splits);
		assert_false(c.hopeless);
		significant += c.significant;
		for (size_t i = 0; i < ROWS; i++)
			assert_true(s.row[i].significant <= c.significant);
	}
	assert_true(significant > 20);
}

static void few_units_are_hopeless(void **state)
{
	struct calibration c;
	struct sample s;

	(void)state;
	make(&s, 8, .1, 0, 1);
	c = run(&s, ROWS, 1);
	assert_true(c.hopeless);
	assert_int_equal(s.row[0].in_turn.least, 5);
	c = run(&s, 1, 1);
	assert_false(c.hopeless);
}

/*
 * In how many of the 252 splits of ten units, one half of which is @times what it was, decide()
 * gives @wanted with @margin.
 */
static unsigned int count_verdicts(const double *value, double times, double margin,
				   enum verdict wanted)
{
	struct decide_options o = options();
	unsigned int count = 0;

	for (unsigned int bits = 0; bits < 1 << 10; bits++) {
		double side[DECIDE_SIDES][10];
		size_t n[DECIDE_SIDES] = { 0 };
		struct decide_row row = { .primary = true, .margin = margin };

		if (__builtin_popcount(bits) != 5)
			continue;
		for (unsigned int u = 0; u < 10; u++)
			side[bits >> u & 1][n[bits >> u & 1]++] =
				value[u] * (bits >> u & 1 ? times : 1);
		for (int i = 0; i < DECIDE_SIDES; i++)
			row.side[i] = (struct decide_side){ n[i], side[i], NULL };
		assert_int_equal(decide(&row, 1, &o), 0);
		count += row.verdict == wanted;
	}
	return count;
}

static void margin_is_the_least_that_serves(void **state)
{
	struct sample s;
	double margin;

	(void)state;
	make(&s, 10, .1, 0, 5);
	run(&s, 1, 1);
	margin = s.row[0].least_margin;
	assert_true(count_verdicts(s.value[0], 1, margin * (1 + 1e-9), VERDICT_SAME) >=
		    .8 * 252);
	assert_true(count_verdicts(s.value[0], 1, margin * (1 - 1e-9), VERDICT_SAME) <
		    .8 * 252);
}

/* No formula: so many splits really find it. The margin is so small that none is "same". */
static void shift_is_the_least_that_is_found(void **state)
{
	struct sample s;

	(void)state;
	for (uint64_t seed = 0; seed < 5; seed++) {
		double shift;

		make(&s, 10, .1, 0, seed);
		run(&s, 1, 1);
		shift = s.row[0].shift;
		assert_true(count_verdicts(s.value[0], exp(shift + 1e-9), 1e-6,
					   VERDICT_WORSE) >= .8 * 252);
		assert_true(count_verdicts(s.value[0], exp(shift - 1e-9), 1e-6,
					   VERDICT_WORSE) < .8 * 252);
		assert_float_equal(calibrate_detectable(&s.row[0], 5, 1,
							&(struct decide_options){
								.alpha = .05,
								.power = .8,
							}),
				   expm1(shift), 1e-12);
	}
}

static void same_seed_same_figures(void **state)
{
	struct sample a, b;
	struct calibration first, again;

	(void)state;
	make(&a, 30, .1, 0, 1);
	b = a;
	for (size_t i = 0; i < ROWS; i++)
		b.row[i].value = b.value[i];
	first = run(&a, ROWS, 7);
	again = run(&b, ROWS, 7);
	assert_int_equal(first.significant, again.significant);
	assert_true(a.row[0].noise == b.row[0].noise);
	run(&b, ROWS, 8);
	assert_true(a.row[0].noise != b.row[0].noise);
}

static void rows_may_differ_in_length(void **state)
{
	struct sample s;

	(void)state;
	make(&s, 10, .1, 0, 1);
	s.row[1].n = 9;
	s.row[2].n = 4;
	run(&s, 3, 1);
	assert_true(isfinite(s.row[0].noise) && isfinite(s.row[1].noise));
	assert_true(s.row[2].noise > 0);
}

static void detectable_falls_with_units(void **state)
{
	struct decide_options o = decide_defaults();
	struct sample s;
	double before = INFINITY;

	(void)state;
	make(&s, 10, .1, 0, 1);
	run(&s, ROWS, 1);
	assert_true(isinf(calibrate_detectable(&s.row[0], 4, ROWS, &o)));
	for (size_t units = 5; units <= 80; units *= 2) {
		double now = calibrate_detectable(&s.row[0], units, ROWS, &o);

		assert_true(now > 0 && now < before);
		before = now;
	}
}

static void nonsense_is_refused(void **state)
{
	static const double bad[] = { 0, -1, NAN, INFINITY };
	struct decide_options o = decide_defaults();
	struct calibration c;
	struct sample s;

	(void)state;
	make(&s, 10, .1, 0, 1);
	assert_int_equal(calibrate(&c, s.row, 0, &o, 1), -EINVAL);
	s.row[1].n = 3;
	assert_int_equal(calibrate(&c, s.row, ROWS, &o, 1), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make(&s, 10, .1, 0, 1);
		s.value[3][9] = bad[i];
		assert_int_equal(calibrate(&c, s.row, ROWS, &o, 1), -EINVAL);
	}
	make(&s, 10, .1, 0, 1);
	o.alpha = 0;
	assert_int_equal(calibrate(&c, s.row, ROWS, &o, 1), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_splits_are_made_once),
		cmocka_unit_test(noise_is_known_for_four_units),
		cmocka_unit_test(drift_shows_by_time_alone),
		cmocka_unit_test(false_positives_keep_to_alpha),
		cmocka_unit_test(few_units_are_hopeless),
		cmocka_unit_test(margin_is_the_least_that_serves),
		cmocka_unit_test(shift_is_the_least_that_is_found),
		cmocka_unit_test(same_seed_same_figures),
		cmocka_unit_test(rows_may_differ_in_length),
		cmocka_unit_test(detectable_falls_with_units),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
