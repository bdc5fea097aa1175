// SPDX-License-Identifier: MIT
/* Sides that spread differently: a rank test would take that for a change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sample.h"

/* @n against @m units, evenly within 1 % and @factor times that, @shift apart. */
static void make(struct sample *s, size_t n, size_t m, double factor, double shift)
{
	sample_make(s, n, m, 1);
	for (size_t i = 0; i < n; i++)
		s->value[0][i] = exp(.01 * ((double)i / (double)(n - 1) - .5));
	for (size_t i = 0; i < m; i++)
		s->value[1][i] =
			exp(.01 * factor * ((double)i / (double)(m - 1) - .5) + shift);
}

/* 20 calm against 5 noisy ones, of which all happen to lie above: seen in 14 % of comparisons. */
static void calm_against_few_noisy(void **state)
{
	static const double noisy[] = { .01, .02, .05, .1, .6 };
	struct sample s;

	(void)state;
	make(&s, 20, 5, 30, 0);
	for (size_t i = 0; i < 5; i++)
		s.value[1][i] = exp(noisy[i]);
	sample_decide(&s);
	assert_true(s.row.welch);
	assert_true(s.row.p > .05);
	assert_false(s.row.exact);
	assert_int_equal(s.row.verdict, VERDICT_UNCLEAR);
	assert_int_equal(s.row.reason, REASON_SPREAD);
	assert_true(s.row.change.low < 0 && s.row.change.high > .16);
	assert_true(s.row.spread[1] > 10 * s.row.spread[0]);
	/* so far above, it is a change */
	make(&s, 20, 5, 30, 1);
	sample_decide(&s);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
	assert_true(s.row.change.low > 0);
}

/* Six noisy values lie on one side of calm ones by chance; so few do not tell how they are skewed. */
static void calm_against_noisy(void **state)
{
	static const double noisy[] = { -.01, -.01, -.02, -.04, -.1, -.3 };
	struct sample s;

	(void)state;
	make(&s, 6, 6, 1, 0);
	for (size_t i = 0; i < 6; i++)
		s.value[1][i] = exp(noisy[i]);
	sample_decide(&s);
	assert_true(s.row.welch);
	assert_int_equal(s.row.verdict, VERDICT_UNCLEAR);
	assert_int_equal(s.row.reason, REASON_SPREAD);
	/* what lies far off is a change */
	for (size_t i = 0; i < 6; i++)
		s.value[1][i] = exp(noisy[i] - .4);
	assert_int_equal(sample_decide(&s).verdict, VERDICT_BETTER);
}

/* Stalls where there were none: counts cannot spread without being more. */
static void nothing_against_something(void **state)
{
	static const double stalls[] = { 3, 9, 1, 5, 20, 2 };
	struct sample s;

	(void)state;
	make(&s, 6, 6, 1, 0);
	s.row.difference = true;
	for (size_t i = 0; i < 6; i++) {
		s.value[0][i] = 0;
		s.value[1][i] = stalls[i];
	}
	sample_decide(&s);
	assert_false(s.row.welch);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
	/* but of three stalls in each run there may be fewer */
	for (size_t i = 0; i < 6; i++) {
		s.value[0][i] = 3;
		s.value[1][i] = 3 + stalls[i] / 20;
	}
	sample_decide(&s);
	assert_true(s.row.welch);
	assert_int_equal(s.row.verdict, VERDICT_UNCLEAR);
	/* and none is fewer than that */
	assert_true(s.row.change.low >= -3);
}

/* Five runs with hardly a stall and five with 37 to 77 a minute: nobody calls that chance. */
static void counts_spread_where_they_are_larger(void **state)
{
	static const double few[] = { 0, 2.5, 0, 0, 0 },
			    many[] = { 36.5, 53, 71, 77, 42 };
	struct sample s;

	(void)state;
	make(&s, 5, 5, 1, 0);
	s.row.difference = true;
	for (size_t i = 0; i < 5; i++) {
		s.value[0][i] = few[i];
		s.value[1][i] = many[i];
	}
	sample_decide(&s);
	assert_true(s.row.welch && s.row.exact);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
	assert_true(s.row.change.low > 0);
	/* a third as many spread a third as much, but roots of them do not */
	for (size_t i = 0; i < 5; i++)
		s.value[0][i] = many[i] / 3;
	sample_decide(&s);
	assert_false(s.row.welch);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
}

static void when(void **state)
{
	struct sample s;

	(void)state;
	make(&s, 5, 5, 1.9, .1);
	assert_false(sample_decide(&s).welch);
	assert_true(s.row.exact);
	make(&s, 5, 5, 2.1, .1);
	assert_true(sample_decide(&s).welch);
	make(&s, 5, 5, .4, .1);
	assert_true(sample_decide(&s).welch);
	/* so few do not tell how they spread: where numbers differ, Welch is always asked */
	make(&s, 20, 5, 1, .1);
	assert_true(sample_decide(&s).welch);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
	/* one has no spread at all */
	make(&s, 20, 2, 1, .1);
	s.row.side[1].n = 1;
	assert_false(sample_decide(&s).welch);
	/* where all are equal there is no spread to differ */
	make(&s, 20, 20, 0, .1);
	for (size_t i = 0; i < 20; i++)
		s.value[0][i] = 1;
	sample_decide(&s);
	assert_false(s.row.welch);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
}

/* An outlier is no spread: it must not hide a change that nearly all runs show. */
static void outliers_do_not_hide(void **state)
{
	struct sample s;

	(void)state;
	make(&s, 10, 10, 1, .2);
	s.value[1][9] *= 700;
	sample_decide(&s);
	assert_false(s.row.welch);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
}

/* "Same" asks for the wider interval too. */
static void same_is_wider(void **state)
{
	struct sample s;
	double high;

	(void)state;
	make(&s, 20, 20, 1, 0);
	high = sample_decide(&s).equal_high;
	make(&s, 20, 20, 20, 0);
	sample_decide(&s);
	assert_true(s.row.welch);
	assert_true(s.row.equal_high > 3 * high);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calm_against_few_noisy),
		cmocka_unit_test(calm_against_noisy),
		cmocka_unit_test(nothing_against_something),
		cmocka_unit_test(counts_spread_where_they_are_larger),
		cmocka_unit_test(when),
		cmocka_unit_test(outliers_do_not_hide),
		cmocka_unit_test(same_is_wider),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
