// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "sample.h"
#include "stats/ranktest.h"

static void zeros(void **state)
{
	struct decide_options o = sample_options();
	struct sample s;
	struct decide_row d;

	(void)state;
	sample_make(&s, 5, 5, 2);
	s.value[0][3] = 0;
	d = sample_decide(&s);
	assert_true(d.zeros);
	assert_int_equal(d.verdict, VERDICT_UNCLEAR);
	assert_true(isnan(d.change.estimate) && isnan(d.p));
	assert_false(isnan(d.median[0]));
	s.value[0][3] = NAN;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
}

/* What may be 0 is compared by difference: in its own unit, zeros and all. */
static void differences(void **state)
{
	struct sample s;
	struct decide_row d;
	struct interval expected;
	struct decide_options o = sample_options();

	(void)state;
	sample_make(&s, 5, 5, 1);
	for (size_t i = 0; i < 5; i++) {
		s.value[0][i] = 0;
		s.value[1][i] = 24 + (double)i;
	}
	s.row.primary = false;
	s.row.difference = true;
	d = sample_decide(&s);
	assert_int_equal(d.verdict, VERDICT_NONE);
	assert_float_equal(d.change.estimate, 26, 1e-12);
	assert_float_equal(d.change.low, 24, 1e-12);
	assert_float_equal(d.change.high, 28, 1e-12);
	assert_true(decide_bounded(&d));
	assert_true(isnan(d.p));
	/* Where values are above 0 too: never a ratio. */
	sample_make(&s, 5, 5, 1.5);
	s.row.primary = false;
	s.row.difference = true;
	d = sample_decide(&s);
	hodges_lehmann(&expected, s.value[0], 5, s.value[1], 5, o.level);
	assert_float_equal(d.change.estimate, expected.estimate, 1e-9);
	assert_float_equal(d.change.low, expected.low, 1e-9);
	/* A fall by more than 1 is no fall by more than 100 %. */
	sample_make(&s, 5, 5, .5);
	s.row.primary = false;
	s.row.difference = true;
	d = sample_decide(&s);
	assert_true(d.change.high < -1 && decide_bounded(&d));
	/* One against one has no interval. */
	sample_make(&s, 1, 1, 2);
	s.row.primary = false;
	s.row.difference = true;
	d = sample_decide(&s);
	assert_float_equal(d.change.estimate, 1000, 1e-9);
	assert_false(decide_bounded(&d));
}

/* Its verdict is by the values too, and its margin by the median of the base. */
static void judged_differences(void **state)
{
	struct decide_options o = sample_options();
	struct sample s;
	struct decide_row d;

	(void)state;
	sample_make(&s, 5, 5, 1);
	s.row.difference = true;
	for (size_t i = 0; i < 5; i++) {
		s.value[0][i] = 22 + (double)i;
		s.value[1][i] = 0;
	}
	d = sample_decide(&s);
	assert_int_equal(d.verdict, VERDICT_BETTER);
	assert_float_equal(d.p, 2 / 252., 1e-12);
	assert_float_equal(d.change.estimate, -24, 1e-12);
	/* all of base's spread: 2 / 2^.5 of a unit, so some 2 of 24 can be seen */
	assert_true(d.detectable > 1 && d.detectable < 4);
	assert_true(d.needed > 0);
	/* none on either side is the same; one more on one side is not shown to be */
	for (size_t i = 0; i < 5; i++)
		s.value[0][i] = 0;
	d = sample_decide(&s);
	assert_int_equal(d.verdict, VERDICT_SAME);
	assert_true(isnan(d.detectable) && d.needed == 0);
	s.value[1][0] = s.value[1][1] = s.value[1][2] = 1;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_UNCLEAR);
	/* 5 % of 1000 is 50 */
	for (size_t i = 0; i < 5; i++) {
		s.value[0][i] = 1000;
		s.value[1][i] = 1049;
	}
	assert_int_equal(sample_decide(&s).verdict, VERDICT_SAME);
	for (size_t i = 0; i < 5; i++)
		s.value[1][i] = 1051;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_WORSE);
	/* or no less than what is asked for: of nothing there is no share */
	s.row.absolute = 60;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_SAME);
	for (size_t i = 0; i < 5; i++) {
		s.value[0][i] = 0;
		s.value[1][i] = (double)i / 10;
	}
	s.row.absolute = .5;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_SAME);
	s.row.absolute = .1;
	assert_int_not_equal(sample_decide(&s).verdict, VERDICT_SAME);
	s.row.absolute = -1;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
}

/* Of work, less is worse; it is one family with the latencies. */
static void work(void **state)
{
	struct decide_options o = sample_options();
	struct sample s[3];
	struct decide_row row[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		sample_make(&s[i], 5, 5, .5);
		row[i] = s[i].row;
		row[i].work = i > 0;
	}
	assert_int_equal(decide(row, 3, &o), 0);
	assert_int_equal(row[0].verdict, VERDICT_BETTER);
	assert_float_equal(row[0].p_adjusted, 3 * 2 / 252., 1e-12);
	assert_int_equal(row[1].verdict, VERDICT_WORSE);
	assert_float_equal(row[1].p_adjusted, 3 * 2 / 252., 1e-12);
	assert_int_equal(decide_overall(row, 3), VERDICT_MIXED);
	/* the other way round is the other way round */
	for (int i = 0; i < 3; i++) {
		sample_make(&s[i], 5, 5, 2);
		row[i].side[0] = s[i].row.side[0];
		row[i].side[1] = s[i].row.side[1];
	}
	assert_int_equal(decide(row, 3, &o), 0);
	assert_int_equal(row[0].verdict, VERDICT_WORSE);
	assert_int_equal(row[1].verdict, VERDICT_BETTER);
	assert_int_equal(decide_overall(row, 3), VERDICT_MIXED);
	/* a kernel that does nothing */
	row[1].difference = true;
	for (size_t i = 0; i < 5; i++)
		s[1].value[1][i] = 0;
	assert_int_equal(decide(row + 1, 1, &o), 0);
	assert_int_equal(row[1].verdict, VERDICT_WORSE);
	assert_int_equal(decide_overall(row + 1, 1), VERDICT_WORSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeros),
		cmocka_unit_test(differences),
		cmocka_unit_test(judged_differences),
		cmocka_unit_test(work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
