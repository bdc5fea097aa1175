// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "sample.h"

static void worse_and_better(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	sample_make(&s, 5, 5, 1.5);
	d = sample_decide(&s);
	assert_int_equal(d.verdict, VERDICT_WORSE);
	assert_float_equal(d.p, 2 / 252., 1e-12);
	assert_float_equal(d.floor, 2 / 252., 1e-12);
	assert_float_equal(d.p_adjusted, d.p, 1e-12);
	assert_true(d.exact);
	assert_false(d.hopeless);
	assert_float_equal(d.median[0], 1000 * pow(1.01, 2), 1e-9);
	assert_float_equal(d.median[1], 1500 * pow(1.01, 2), 1e-9);
	assert_float_equal(d.change.estimate, .5, 1e-9);
	assert_true(d.change.low > .4 && d.change.low < .5);
	assert_true(d.change.high > .5 && d.change.high < .6);
	/* the 90 % interval lies within the 95 % one */
	assert_true(d.equal_low >= d.change.low && d.equal_high <= d.change.high);

	sample_make(&s, 5, 5, 1 / 1.5);
	d = sample_decide(&s);
	assert_int_equal(d.verdict, VERDICT_BETTER);
	assert_float_equal(d.change.estimate, 1 / 1.5 - 1, 1e-9);
}

static void same_matters_more_than_p(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	sample_make(&s, 5, 5, 1.04);
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < 5; i++)
			s.value[side][i] = 1000 * (side ? 1.02 : 1) + (double)i;
	d = sample_decide(&s);
	assert_true(d.p < .01);
	assert_int_equal(d.verdict, VERDICT_SAME);

	/* the margin is one of ratios: 1/1.05 below is as far as 1.05 above */
	s.row.margin = .0199;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_WORSE);
	sample_make(&s, 12, 12, 1);
	assert_int_equal(sample_decide(&s).verdict, VERDICT_SAME);
	s.row.margin = .001;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_UNCLEAR);
}

static void bad_options(void **state)
{
	struct decide_options o = sample_options();
	struct sample s;

	(void)state;
	sample_make(&s, 5, 5, 2);
	o.alpha = .5;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o.alpha = 0;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o = sample_options();
	o.level = 1;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o = sample_options();
	o.power = NAN;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o = sample_options();
	o.bad_runs = 0;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o = sample_options();
	o.bad_boots = 1.1;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o = sample_options();
	s.row.margin = 0;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	assert_int_equal(decide(NULL, 0, &o), 0);
	assert_int_equal(decide_overall(NULL, 0), VERDICT_NONE);
}

static void drift(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	sample_make(&s, 6, 6, 1);
	for (size_t i = 0; i < 6; i++) {
		s.value[0][i] = 1000 - (double)i;
		s.start[0][i] = (double)((i * 5) % 7);
		s.value[1][i] = 1000 + (double)i;
	}
	d = sample_decide(&s);
	assert_float_equal(d.tau[1], 1, 1e-12);
	assert_float_equal(d.drift[1], 2 / 720., 1e-12);
	assert_true(fabs(d.tau[0]) < 1);
	s.row.side[1].start = NULL;
	d = sample_decide(&s);
	assert_true(isnan(d.tau[1]) && isnan(d.drift[1]));
}

/* What rows of verdicts @a, @b and, of work, @work say. */
static enum verdict together(enum verdict a, enum verdict b, enum verdict work)
{
	struct decide_row row[] = { { .primary = true, .verdict = a },
				    { .primary = true, .verdict = b },
				    { .primary = true, .work = true, .verdict = work },
				    { .verdict = VERDICT_NONE } };

	return decide_overall(row, 4);
}

static void overall(void **state)
{
	enum verdict same = VERDICT_SAME, unclear = VERDICT_UNCLEAR;
	enum verdict better = VERDICT_BETTER, worse = VERDICT_WORSE;
	struct decide_row none = { .verdict = VERDICT_NONE };

	(void)state;
	assert_int_equal(together(same, same, same), same);
	assert_int_equal(together(same, unclear, same), unclear);
	assert_int_equal(together(better, unclear, better), better);
	assert_int_equal(together(worse, unclear, same), worse);
	assert_int_equal(together(unclear, unclear, worse), worse);
	assert_int_equal(together(better, worse, same), VERDICT_MIXED);
	assert_int_equal(together(better, better, worse), VERDICT_MIXED);
	/* nobody was shown to wait less */
	assert_int_equal(together(unclear, same, better), VERDICT_MIXED);
	assert_int_equal(decide_overall(&none, 1), VERDICT_NONE);
	assert_string_equal(verdict_name(VERDICT_MIXED), "mixed");
	assert_string_equal(verdict_name(VERDICT_NONE), "");
}

static void sets(void **state)
{
	enum verdict v[] = { VERDICT_SAME, VERDICT_NONE, VERDICT_SAME };

	(void)state;
	assert_int_equal(decide_sets(v, 3), VERDICT_SAME);
	assert_int_equal(decide_sets(v + 1, 1), VERDICT_NONE);
	v[1] = VERDICT_UNCLEAR;
	assert_int_equal(decide_sets(v, 3), VERDICT_UNCLEAR);
	/* one set that is better and one that is worse are not mixed */
	v[0] = VERDICT_BETTER;
	assert_int_equal(decide_sets(v, 3), VERDICT_BETTER);
	v[1] = VERDICT_MIXED;
	assert_int_equal(decide_sets(v, 3), VERDICT_MIXED);
	v[2] = VERDICT_WORSE;
	assert_int_equal(decide_sets(v, 3), VERDICT_WORSE);
}

static void one_against_one(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	sample_make(&s, 1, 1, 3);
	d = sample_decide(&s);
	assert_float_equal(d.p, 1, 1e-12);
	assert_float_equal(d.change.estimate, 2, 1e-9);
	assert_true(!(d.change.low > -1) && isinf(d.change.high));
	assert_true(d.hopeless && isnan(d.detectable));
	assert_int_equal(d.least, 4);
	assert_int_equal(d.verdict, VERDICT_UNCLEAR);
}

/* A run that stalled so much that it has no p99 is the slowest. */
static void infinite_is_worst(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	sample_make(&s, 6, 6, 1);
	for (size_t i = 0; i < 6; i++)
		s.value[1][i] = INFINITY;
	d = sample_decide(&s);
	assert_int_equal(d.verdict, VERDICT_WORSE);
	assert_float_equal(d.p, 2 / 924., 1e-12);
	assert_true(isinf(d.median[1]) && isfinite(d.median[0]));
	assert_true(isinf(d.change.estimate) && isinf(d.change.low));
	assert_true(isnan(d.detectable));
	assert_int_equal(d.bad[1], 6);
	assert_int_equal(d.bad[0], 0);

	/* it is only a rank: among slower ones it changes neither p nor the finite end */
	sample_make(&s, 6, 6, 1.5);
	d = sample_decide(&s);
	s.value[1][2] = INFINITY;
	assert_float_equal(sample_decide(&s).p, d.p, 1e-12);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
	assert_true(s.row.change.low > .4 && s.row.change.low <= d.change.low + .05);
	assert_true(isinf(s.row.change.high));

	/* from there, everything is faster: by all of it */
	for (size_t i = 0; i < 6; i++)
		s.value[0][i] = INFINITY;
	s.value[1][2] = 1500;
	d = sample_decide(&s);
	assert_int_equal(d.verdict, VERDICT_BETTER);
	assert_float_equal(d.change.estimate, -1, 0);
	assert_float_equal(d.change.high, -1, 0);

	/* on both sides they are ties, and nobody says that all is well */
	for (size_t i = 0; i < 6; i++)
		s.value[1][i] = INFINITY;
	d = sample_decide(&s);
	assert_float_equal(d.p, 1, 1e-12);
	assert_float_equal(d.change.estimate, 0, 0);
	assert_int_equal(sample_decide_strictly(&s).verdict, VERDICT_UNCLEAR);
}

/* Of work, the infinite run is the best one, and one that did nothing the worst. */
static void infinite_work_is_best(void **state)
{
	struct sample s;

	(void)state;
	sample_make(&s, 6, 6, 1);
	s.row.work = s.row.difference = true;
	for (size_t i = 0; i < 6; i++)
		s.value[1][i] = -INFINITY;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_WORSE);
	assert_true(s.row.change.estimate == -INFINITY);
	for (size_t i = 0; i < 6; i++)
		s.value[1][i] = INFINITY;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_BETTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worse_and_better),
		cmocka_unit_test(same_matters_more_than_p),
		cmocka_unit_test(bad_options),
		cmocka_unit_test(drift),
		cmocka_unit_test(overall),
		cmocka_unit_test(sets),
		cmocka_unit_test(one_against_one),
		cmocka_unit_test(infinite_is_worst),
		cmocka_unit_test(infinite_work_is_best),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
