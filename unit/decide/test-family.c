// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sample.h"

static void too_few(void **state)
{
	struct decide_options o = sample_options();
	struct decide_row row[6];
	struct sample s[6];

	(void)state;
	for (int i = 0; i < 6; i++) {
		sample_make(&s[i], 4, 4, 2);
		row[i] = s[i].row;
	}
	/* a family of one: 2 / C(8, 4) = .0286 will do */
	assert_int_equal(decide(row, 1, &o), 0);
	assert_int_equal(row[0].verdict, VERDICT_WORSE);
	assert_int_equal(row[0].least, 0);
	assert_int_equal(row[0].reason, REASON_NONE);
	/* of six: it never can */
	assert_int_equal(decide(row, 6, &o), 0);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(row[i].verdict, VERDICT_UNCLEAR);
		assert_true(row[i].hopeless);
		assert_int_equal(row[i].reason, REASON_FEW);
		assert_int_equal(row[i].least, 5);
		assert_float_equal(row[i].p_adjusted, 6 * 2 / 70., 1e-12);
	}
	/* a fifth run a side, and it can */
	for (int i = 0; i < 6; i++) {
		sample_make(&s[i], 5, 5, 2);
		row[i] = s[i].row;
	}
	assert_int_equal(decide(row, 6, &o), 0);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(row[i].verdict, VERDICT_WORSE);
		assert_float_equal(row[i].p_adjusted, 6 * 2 / 252., 1e-12);
	}
}

/* Holm lets a row pass on less when others have: four runs do for the last of two. */
static void family(void **state)
{
	struct decide_options o = sample_options();
	struct sample s[2];
	struct decide_row row[2];

	(void)state;
	sample_make(&s[0], 5, 5, 2);
	sample_make(&s[1], 4, 4, 2);
	row[0] = s[0].row;
	row[1] = s[1].row;
	assert_int_equal(decide(row, 2, &o), 0);
	assert_float_equal(row[0].p_adjusted, 2 * 2 / 252., 1e-12);
	assert_float_equal(row[1].p_adjusted, 2 / 70., 1e-12);
	assert_false(row[1].hopeless);
	assert_int_equal(row[1].verdict, VERDICT_WORSE);
	/* but not where the first one shows nothing */
	sample_make(&s[0], 5, 5, 1);
	row[0] = s[0].row;
	assert_int_equal(decide(row, 2, &o), 0);
	assert_true(row[1].hopeless);
	assert_int_equal(row[1].verdict, VERDICT_UNCLEAR);
	/* a row that is not judged does not count */
	row[0].primary = false;
	assert_int_equal(decide(row, 2, &o), 0);
	assert_int_equal(row[0].verdict, VERDICT_NONE);
	assert_true(isnan(row[0].p) && isnan(row[0].p_adjusted));
	assert_false(isnan(row[0].change.estimate));
	assert_int_equal(row[1].verdict, VERDICT_WORSE);
	/* nor does one that has nothing on one side, though it stays unclear */
	row[0].primary = true;
	row[0].side[0].n = 0;
	assert_int_equal(decide(row, 2, &o), 0);
	assert_int_equal(row[0].verdict, VERDICT_UNCLEAR);
	assert_true(isnan(row[0].median[0]) && !isnan(row[0].median[1]));
	assert_int_equal(row[1].verdict, VERDICT_WORSE);
	assert_int_equal(decide_overall(row, 2), VERDICT_WORSE);
}

/* Nine rows, as they are judged, need six units a side; more kernels make a larger family. */
static void nine(void **state)
{
	struct decide_options o = sample_options();
	struct decide_row row[18];
	struct sample s[18];

	(void)state;
	for (int i = 0; i < 18; i++) {
		sample_make(&s[i], 6, 6, i % 2 ? 2 : 1);
		row[i] = s[i].row;
		row[i].work = i % 9 > 5;
	}
	assert_int_equal(decide(row, 9, &o), 0);
	for (int i = 0; i < 9; i++) {
		assert_int_equal(row[i].verdict, i % 2 == 0    ? VERDICT_SAME
						 : row[i].work ? VERDICT_BETTER
							       : VERDICT_WORSE);
		assert_false(row[i].hopeless);
	}
	assert_float_equal(row[1].p_adjusted, 9 * 2 / 924., 1e-12);
	assert_int_equal(decide(row, 18, &o), 0);
	assert_float_equal(row[1].p_adjusted, 18 * 2 / 924., 1e-12);
	for (int i = 0; i < 9; i++) {
		s[i].row.side[0].n = s[i].row.side[1].n = 5;
		row[i] = s[i].row;
	}
	assert_int_equal(decide(row, 9, &o), 0);
	assert_true(row[1].hopeless);
	assert_int_equal(row[1].least, 6);
}

/* Pseudo-random values between 0 and 1. */
static double noise(unsigned int *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) / 16777216.;
}

/* The interval of the family leaves out no change exactly where p, adjusted, is small enough. */
static void interval_agrees_with_p(void **state)
{
	struct decide_options o = sample_options();
	unsigned int seed = 1, proven = 0, welch = 0;
	struct sample s[9];
	struct decide_row row[9];

	(void)state;
	for (int round = 0; round < 300; round++) {
		for (int i = 0; i < 9; i++) {
			size_t n = 6 + (size_t)(round % 5);
			double shift = (round + i) % 4 ? noise(&seed) : 0;
			double spread = i == 8 ? 5 : 1;

			sample_make(&s[i], n, n, 1);
			if (round % 2)
				sample_take_turns(&s[i]);
			for (size_t k = 0; k < n; k++) {
				s[i].value[0][k] = exp(noise(&seed));
				s[i].value[1][k] = exp(spread * noise(&seed) + shift);
			}
			row[i] = s[i].row;
		}
		assert_int_equal(decide(row, 9, &o), 0);
		for (int i = 0; i < 9; i++) {
			bool out = row[i].family.low > 0 || row[i].family.high < 0;

			assert_int_equal(out, row[i].p_adjusted <= o.alpha);
			assert_true(row[i].family_level >= 1 - .05 - 1e-12);
			assert_true(row[i].family_level <= 1 - .05 / 9 + 1e-12);
			assert_true(row[i].family.low <= row[i].change.low);
			assert_true(row[i].family.high >= row[i].change.high);
			proven += out;
			welch += row[i].welch;
		}
	}
	assert_true(proven > 100 && proven < 2600 && welch > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_few),
		cmocka_unit_test(family),
		cmocka_unit_test(nine),
		cmocka_unit_test(interval_agrees_with_p),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
