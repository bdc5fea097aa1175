// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "stats/spread.h"
#include "vectors.h"

static void check_spread(const struct vector *v)
{
	assert_same(robust_spread(v->value[0], v->n[0]), v->value[1][0]);
}

static void check_welch(const struct vector *v)
{
	struct welch w;
	double reach;

	assert_int_equal(welch_init(&w, v->value[0], v->n[0], v->value[1], v->n[1]), 0);
	reach = welch_reach(&w, v->value[2][0]);
	assert_same(welch_p(&w), v->value[3][0]);
	assert_same(w.shift - reach, v->value[4][0]);
	assert_same(w.shift + reach, v->value[5][0]);
}

static void equals_trusted(void **state)
{
	(void)state;
	each_vector("spread", 2, check_spread);
	each_vector("welch", 6, check_welch);
}

static void matter(void **state)
{
	(void)state;
	assert_false(spreads_matter(1, 5, 1.9, 5));
	assert_true(spreads_matter(1, 5, 2.1, 5));
	assert_true(spreads_matter(2.1, 20, 1, 20));
	assert_true(spreads_matter(0, 5, 1e-9, 5));
	assert_false(spreads_matter(0, 5, 0, 5));
	assert_true(spreads_matter(1, 20, 1, 5));
	assert_true(spreads_matter(1, 5, 1, 20));
}

static void outliers(void **state)
{
	static const double value[] = { 10, 11, 12, 13, 1000, -1000 };
	double out[6];

	(void)state;
	pull_in_outliers(out, value, 6, 1);
	for (size_t i = 0; i < 4; i++)
		assert_true(out[i] == value[i]);
	assert_true(out[4] == 16.5 && out[5] == 6.5);
	pull_in_outliers(out, value, 6, 0);
	assert_true(out[0] == 11.5 && out[4] == 11.5);
}

static void careful(void **state)
{
	struct welch w = { 1, 1, 9.5 };
	double p = welch_p(&w);

	(void)state;
	welch_be_careful(&w, 1, 6, 1.9, 9);
	assert_true(w.freedom == 9.5);
	welch_be_careful(&w, 1, 20, 1.9, 5);
	assert_true(w.freedom == 4);
	assert_true(welch_p(&w) > p);
	/* whichever side spreads more */
	w.freedom = 9.5;
	welch_be_careful(&w, 1, 6, 2.1, 8);
	assert_true(w.freedom == 6);
	w.freedom = 9.5;
	welch_be_careful(&w, 2.1, 6, 1, 8);
	assert_true(w.freedom == 6);
	w.freedom = 9.5;
	welch_be_careful(&w, 0, 20, 1, 5);
	assert_true(w.freedom == 4);
	/* it never gives any back */
	w.freedom = 2;
	welch_be_careful(&w, 1, 20, 3, 18);
	assert_true(w.freedom == 2);
}

static void few_and_equal(void **state)
{
	static const double same[] = { 2, 2, 2 }, other[] = { 3, 3, 3 },
			    bad[] = { 1, NAN };
	struct welch w;

	(void)state;
	assert_true(isnan(robust_spread(same, 1)));
	assert_true(isnan(robust_spread(bad, 2)));
	assert_true(robust_spread(same, 3) == 0);
	assert_int_equal(welch_init(&w, same, 1, other, 3), -EINVAL);
	assert_int_equal(welch_init(&w, same, 3, other, 1), -EINVAL);
	assert_int_equal(welch_init(&w, same, 3, bad, 2), -EINVAL);
	assert_int_equal(welch_init(&w, same, 3, same, 3), 0);
	assert_true(welch_p(&w) == 1 && welch_reach(&w, .95) == 0);
	assert_int_equal(welch_init(&w, same, 3, other, 3), 0);
	assert_true(welch_p(&w) == 0 && welch_reach(&w, .95) == 0 && w.shift == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_trusted), cmocka_unit_test(matter),
		cmocka_unit_test(outliers),	  cmocka_unit_test(careful),
		cmocka_unit_test(few_and_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
