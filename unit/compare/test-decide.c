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

#include "decide/decide.h"
#include "decide/rounds.h"
#include "stats/ranktest.h"

#define UNITS_MAX 16

/* Values with a start each, of both sides of one row. */
struct sample {
	double value[DECIDE_SIDES][UNITS_MAX], start[DECIDE_SIDES][UNITS_MAX];
	struct decide_row row;
};

/* A judged row of @n against @m units, 1 % apart within a side; all of base come first. */
static void make(struct sample *s, size_t n, size_t m, double factor)
{
	for (size_t i = 0; i < n; i++) {
		s->value[0][i] = 1000 * pow(1.01, (double)((i * 7) % n));
		s->start[0][i] = (double)i;
	}
	for (size_t i = 0; i < m; i++) {
		s->value[1][i] = factor * 1000 * pow(1.01, (double)((i * 7) % m));
		s->start[1][i] = (double)(n + i);
	}
	s->row = (struct decide_row){
		.side = { { n, s->value[0], s->start[0] },
			  { m, s->value[1], s->start[1] } },
		.primary = true,
		.margin = .05,
	};
}

static struct decide_row decide_one(struct sample *s)
{
	struct decide_options o = decide_defaults();

	assert_int_equal(decide(&s->row, 1, &o), 0);
	return s->row;
}

static void test_worse_and_better(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	make(&s, 5, 5, 1.5);
	d = decide_one(&s);
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

	make(&s, 5, 5, 1 / 1.5);
	d = decide_one(&s);
	assert_int_equal(d.verdict, VERDICT_BETTER);
	assert_float_equal(d.change.estimate, 1 / 1.5 - 1, 1e-9);
}

static void test_same_matters_more_than_p(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	make(&s, 5, 5, 1.04);
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < 5; i++)
			s.value[side][i] = 1000 * (side ? 1.02 : 1) + (double)i;
	d = decide_one(&s);
	assert_true(d.p < .01);
	assert_int_equal(d.verdict, VERDICT_SAME);

	/* the margin is one of ratios: 1/1.05 below is as far as 1.05 above */
	s.row.margin = .0199;
	assert_int_equal(decide_one(&s).verdict, VERDICT_WORSE);
	make(&s, 12, 12, 1);
	assert_int_equal(decide_one(&s).verdict, VERDICT_SAME);
	s.row.margin = .001;
	assert_int_equal(decide_one(&s).verdict, VERDICT_UNCLEAR);
}

static void test_too_few(void **state)
{
	struct decide_options o = decide_defaults();
	struct decide_row row[6];
	struct sample s[6];

	(void)state;
	for (int i = 0; i < 6; i++) {
		make(&s[i], 4, 4, 2);
		row[i] = s[i].row;
	}
	/* a family of one: 2 / C(8, 4) = .0286 will do */
	assert_int_equal(decide(row, 1, &o), 0);
	assert_int_equal(row[0].verdict, VERDICT_WORSE);
	assert_int_equal(row[0].least, 0);
	/* of six: it never can */
	assert_int_equal(decide(row, 6, &o), 0);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(row[i].verdict, VERDICT_UNCLEAR);
		assert_true(row[i].hopeless);
		assert_int_equal(row[i].least, 5);
		assert_float_equal(row[i].p_adjusted, 6 * 2 / 70., 1e-12);
	}
	/* a fifth run a side, and it can */
	for (int i = 0; i < 6; i++) {
		make(&s[i], 5, 5, 2);
		row[i] = s[i].row;
	}
	assert_int_equal(decide(row, 6, &o), 0);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(row[i].verdict, VERDICT_WORSE);
		assert_float_equal(row[i].p_adjusted, 6 * 2 / 252., 1e-12);
	}
}

/* Holm lets a row pass on less when others have: four runs do for the last of two. */
static void test_family(void **state)
{
	struct decide_options o = decide_defaults();
	struct sample s[2];
	struct decide_row row[2];

	(void)state;
	make(&s[0], 5, 5, 2);
	make(&s[1], 4, 4, 2);
	row[0] = s[0].row;
	row[1] = s[1].row;
	assert_int_equal(decide(row, 2, &o), 0);
	assert_float_equal(row[0].p_adjusted, 2 * 2 / 252., 1e-12);
	assert_float_equal(row[1].p_adjusted, 2 / 70., 1e-12);
	assert_false(row[1].hopeless);
	assert_int_equal(row[1].verdict, VERDICT_WORSE);
	/* but not where the first one shows nothing */
	make(&s[0], 5, 5, 1);
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

static void test_zeros(void **state)
{
	struct decide_options o = decide_defaults();
	struct sample s;
	struct decide_row d;

	(void)state;
	make(&s, 5, 5, 2);
	s.value[0][3] = 0;
	d = decide_one(&s);
	assert_true(d.zeros);
	assert_int_equal(d.verdict, VERDICT_UNCLEAR);
	assert_true(isnan(d.change.estimate) && isnan(d.p));
	assert_false(isnan(d.median[0]));
	s.value[0][3] = NAN;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	s.value[0][3] = INFINITY;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
}

/* What may be 0 is compared by difference: in its own unit, zeros and all. */
static void test_differences(void **state)
{
	struct sample s;
	struct decide_row d;
	struct interval expected;
	struct decide_options o = decide_defaults();

	(void)state;
	make(&s, 5, 5, 1);
	for (size_t i = 0; i < 5; i++) {
		s.value[0][i] = 0;
		s.value[1][i] = 24 + (double)i;
	}
	s.row.primary = false;
	s.row.difference = true;
	d = decide_one(&s);
	assert_int_equal(d.verdict, VERDICT_NONE);
	assert_float_equal(d.change.estimate, 26, 1e-12);
	assert_float_equal(d.change.low, 24, 1e-12);
	assert_float_equal(d.change.high, 28, 1e-12);
	assert_true(decide_bounded(&d));
	assert_true(isnan(d.p));
	/* Where values are above 0 too: never a ratio. */
	make(&s, 5, 5, 1.5);
	s.row.primary = false;
	s.row.difference = true;
	d = decide_one(&s);
	hodges_lehmann(&expected, s.value[0], 5, s.value[1], 5, o.level);
	assert_float_equal(d.change.estimate, expected.estimate, 1e-9);
	assert_float_equal(d.change.low, expected.low, 1e-9);
	/* A fall by more than 1 is no fall by more than 100 %. */
	make(&s, 5, 5, .5);
	s.row.primary = false;
	s.row.difference = true;
	d = decide_one(&s);
	assert_true(d.change.high < -1 && decide_bounded(&d));
	/* One against one has no interval. */
	make(&s, 1, 1, 2);
	s.row.primary = false;
	s.row.difference = true;
	d = decide_one(&s);
	assert_float_equal(d.change.estimate, 1000, 1e-9);
	assert_false(decide_bounded(&d));
}

/* Its verdict is by the values too, and its margin by the median of the base. */
static void test_judged_differences(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	make(&s, 5, 5, 1);
	s.row.difference = true;
	for (size_t i = 0; i < 5; i++) {
		s.value[0][i] = 22 + (double)i;
		s.value[1][i] = 0;
	}
	d = decide_one(&s);
	assert_int_equal(d.verdict, VERDICT_BETTER);
	assert_float_equal(d.p, 2 / 252., 1e-12);
	assert_float_equal(d.change.estimate, -24, 1e-12);
	assert_true(isnan(d.detectable) && d.needed == 0);
	/* none on either side is the same; one more on one side is not shown to be */
	for (size_t i = 0; i < 5; i++)
		s.value[0][i] = 0;
	assert_int_equal(decide_one(&s).verdict, VERDICT_SAME);
	s.value[1][0] = s.value[1][1] = s.value[1][2] = 1;
	assert_int_equal(decide_one(&s).verdict, VERDICT_UNCLEAR);
	/* 5 % of 1000 is 50 */
	for (size_t i = 0; i < 5; i++) {
		s.value[0][i] = 1000;
		s.value[1][i] = 1049;
	}
	assert_int_equal(decide_one(&s).verdict, VERDICT_SAME);
	for (size_t i = 0; i < 5; i++)
		s.value[1][i] = 1051;
	assert_int_equal(decide_one(&s).verdict, VERDICT_WORSE);
}

/* Of work, less is worse; it is a family of its own, and each has half of alpha. */
static void test_work(void **state)
{
	struct decide_options o = decide_defaults();
	struct sample s[3];
	struct decide_row row[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		make(&s[i], 5, 5, .5);
		row[i] = s[i].row;
		row[i].work = i > 0;
	}
	assert_int_equal(decide(row, 3, &o), 0);
	assert_int_equal(row[0].verdict, VERDICT_BETTER);
	assert_float_equal(row[0].p_adjusted, 2 * 2 / 252., 1e-12);
	assert_int_equal(row[1].verdict, VERDICT_WORSE);
	assert_float_equal(row[1].p_adjusted, 2 * 2 * 2 / 252., 1e-12);
	assert_int_equal(decide_overall(row, 3), VERDICT_MIXED);
	/* the other way round is the other way round */
	for (int i = 0; i < 3; i++) {
		make(&s[i], 5, 5, 2);
		row[i].side[0] = s[i].row.side[0];
		row[i].side[1] = s[i].row.side[1];
	}
	assert_int_equal(decide(row, 3, &o), 0);
	assert_int_equal(row[0].verdict, VERDICT_WORSE);
	assert_int_equal(row[1].verdict, VERDICT_BETTER);
	assert_int_equal(decide_overall(row, 3), VERDICT_MIXED);
	/* work alone is judged at the whole of alpha */
	assert_int_equal(decide(row + 1, 2, &o), 0);
	assert_float_equal(row[1].p_adjusted, 2 * 2 / 252., 1e-12);
	/* a kernel that does nothing */
	row[1].difference = true;
	for (size_t i = 0; i < 5; i++)
		s[1].value[1][i] = 0;
	assert_int_equal(decide(row + 1, 1, &o), 0);
	assert_int_equal(row[1].verdict, VERDICT_WORSE);
	assert_int_equal(decide_overall(row + 1, 1), VERDICT_WORSE);
}

static void test_bad_options(void **state)
{
	struct decide_options o = decide_defaults();
	struct sample s;

	(void)state;
	make(&s, 5, 5, 2);
	o.alpha = .5;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o.alpha = 0;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o = decide_defaults();
	o.level = 1;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o = decide_defaults();
	o.power = NAN;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	o = decide_defaults();
	s.row.margin = 0;
	assert_int_equal(decide(&s.row, 1, &o), -EINVAL);
	assert_int_equal(decide(NULL, 0, &o), 0);
	assert_int_equal(decide_overall(NULL, 0), VERDICT_NONE);
}

/* The units of both sides take turns: base, new, base, new, … */
static void take_turns(struct sample *s)
{
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < s->row.side[side].n; i++)
			s->start[side][i] = 2 * (double)i + side;
}

static void test_rounds_are_recognised(void **state)
{
	unsigned int base[UNITS_MAX], new[UNITS_MAX];
	struct sample s;

	(void)state;
	make(&s, 8, 8, 1);
	assert_int_equal(rounds_find(&s.row, base, new), 0);
	take_turns(&s);
	assert_int_equal(rounds_find(&s.row, base, new), 8);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(base[i], i);
		assert_int_equal(new[i], i);
	}
	/* two and one in each round, and in either order */
	make(&s, 6, 3, 1);
	for (size_t i = 0; i < 6; i++)
		s.start[0][i] = floor((double)i / 2) * 10 + (double)(i % 2) * 2;
	for (size_t i = 0; i < 3; i++)
		s.start[1][i] = (double)i * 10 + (i == 1 ? 3 : 1);
	assert_int_equal(rounds_find(&s.row, base, new), 3);
	assert_int_equal(base[5], 2);
	assert_int_equal(new[1], 1);
	/* what started at the same time has no order */
	s.start[1][0] = s.start[0][0];
	assert_int_equal(rounds_find(&s.row, base, new), 0);
	s.start[1][0] = NAN;
	assert_int_equal(rounds_find(&s.row, base, new), 0);
	s.row.side[1].start = NULL;
	assert_int_equal(rounds_find(&s.row, base, new), 0);
}

/* A change of 10 % that a @drift from round to round hides from who compares all with all. */
static void make_drifting(struct sample *s, size_t rounds, double drift)
{
	make(s, rounds, rounds, 1);
	take_turns(s);
	for (size_t i = 0; i < rounds; i++) {
		s->value[0][i] = 1000 * pow(drift, (double)i);
		s->value[1][i] =
			s->value[0][i] * (1.1 + .001 * (double)((i * 5) % rounds));
	}
}

static void test_rounds_are_used(void **state)
{
	struct decide_options o = decide_defaults();
	struct sample s;

	(void)state;
	make_drifting(&s, 8, 1.4);
	o.blocks = BLOCKS_ROUNDS;
	assert_int_equal(decide(&s.row, 1, &o), 0);
	assert_int_equal(s.row.rounds, 8);
	assert_float_equal(s.row.floor, 2 / 256., 1e-12);
	assert_float_equal(s.row.p, 2 / 256., 1e-12);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
	assert_true(s.row.change.low > .09 && s.row.change.high < .12);
	assert_true(s.row.change.estimate > .1 && s.row.change.estimate < .108);
	assert_true(s.row.detectable < .05);

	o.blocks = BLOCKS_NONE;
	assert_int_equal(decide(&s.row, 1, &o), 0);
	assert_int_equal(s.row.rounds, 0);
	assert_int_equal(s.row.verdict, VERDICT_UNCLEAR);
	assert_true(s.row.change.low < 0 && s.row.change.high > 1);

	/* 2 / 2^5 = .0625 is never enough, but they were asked for */
	make_drifting(&s, 5, 1.4);
	o.blocks = BLOCKS_ROUNDS;
	assert_int_equal(decide(&s.row, 1, &o), 0);
	assert_int_equal(s.row.rounds, 5);
	assert_true(s.row.hopeless);
	assert_int_equal(s.row.verdict, VERDICT_UNCLEAR);
}

static void test_rounds_are_joined(void **state)
{
	struct decide_options o = decide_defaults();
	struct decide_row six[6];
	struct sample s;

	(void)state;
	/* 8 pairs become twice 4 against 4, which sees what drift hides from all with all */
	make_drifting(&s, 8, 1.06);
	assert_int_equal(decide(&s.row, 1, &o), 0);
	assert_int_equal(s.row.rounds, 2);
	assert_float_equal(s.row.floor, 2 / (70. * 70), 1e-12);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
	assert_true(s.row.change.low > 0 && s.row.change.high < .2);
	o.blocks = BLOCKS_NONE;
	assert_int_equal(decide(&s.row, 1, &o), 0);
	assert_int_equal(s.row.verdict, VERDICT_UNCLEAR);

	/* 10 become 4, 3 and 3 */
	o.blocks = BLOCKS_AUTO;
	make_drifting(&s, 10, 1.03);
	assert_int_equal(decide(&s.row, 1, &o), 0);
	assert_int_equal(s.row.rounds, 3);
	assert_float_equal(s.row.floor, 2 / (70. * 20 * 20), 1e-12);

	/* of 5 there is nothing to join that leaves two */
	make_drifting(&s, 5, 1.03);
	assert_int_equal(decide(&s.row, 1, &o), 0);
	assert_int_equal(s.row.rounds, 0);
	assert_false(s.row.hopeless);

	/* 6: 2 / 20^2 is small for a family of one, and too close to .05 / 6 for one of six */
	make_drifting(&s, 6, 1.03);
	for (int i = 0; i < 6; i++)
		six[i] = s.row;
	assert_int_equal(decide(six, 1, &o), 0);
	assert_int_equal(six[0].rounds, 2);
	assert_int_equal(decide(six, 6, &o), 0);
	assert_int_equal(six[0].rounds, 0);
}

/* p is at most 1 - level exactly where the interval leaves out 0. */
static void test_interval_agrees_with_p(void **state)
{
	struct decide_options o = decide_defaults();
	struct sample s;

	(void)state;
	o.blocks = BLOCKS_ROUNDS;
	for (int step = 0; step < 40; step++) {
		make_drifting(&s, 9, 1.4);
		for (size_t i = 0; i < 9; i++)
			s.value[1][i] = s.value[0][i] * (1 + .002 * step) *
					(1 + .01 * (double)((i * 4) % 9) - .04);
		assert_int_equal(decide(&s.row, 1, &o), 0);
		assert_int_equal(s.row.p <= .05,
				 s.row.change.low > 0 || s.row.change.high < 0);
	}
}

static void test_drift(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	make(&s, 6, 6, 1);
	for (size_t i = 0; i < 6; i++) {
		s.value[0][i] = 1000 - (double)i;
		s.start[0][i] = (double)((i * 5) % 7);
		s.value[1][i] = 1000 + (double)i;
	}
	d = decide_one(&s);
	assert_float_equal(d.tau[1], 1, 1e-12);
	assert_float_equal(d.drift[1], 2 / 720., 1e-12);
	assert_true(fabs(d.tau[0]) < 1);
	s.row.side[1].start = NULL;
	d = decide_one(&s);
	assert_true(isnan(d.tau[1]) && isnan(d.drift[1]));
}

/* What rows of verdicts @a, @b and, of work, @work say. */
static enum verdict overall(enum verdict a, enum verdict b, enum verdict work)
{
	struct decide_row row[] = { { .primary = true, .verdict = a },
				    { .primary = true, .verdict = b },
				    { .primary = true, .work = true, .verdict = work },
				    { .verdict = VERDICT_NONE } };

	return decide_overall(row, 4);
}

static void test_overall(void **state)
{
	enum verdict same = VERDICT_SAME, unclear = VERDICT_UNCLEAR;
	enum verdict better = VERDICT_BETTER, worse = VERDICT_WORSE;
	struct decide_row none = { .verdict = VERDICT_NONE };

	(void)state;
	assert_int_equal(overall(same, same, same), same);
	assert_int_equal(overall(same, unclear, same), unclear);
	assert_int_equal(overall(better, unclear, better), better);
	assert_int_equal(overall(worse, unclear, same), worse);
	assert_int_equal(overall(unclear, unclear, worse), worse);
	assert_int_equal(overall(better, worse, same), VERDICT_MIXED);
	assert_int_equal(overall(better, better, worse), VERDICT_MIXED);
	/* nobody was shown to wait less */
	assert_int_equal(overall(unclear, same, better), VERDICT_MIXED);
	assert_int_equal(decide_overall(&none, 1), VERDICT_NONE);
	assert_string_equal(verdict_name(VERDICT_MIXED), "mixed");
	assert_string_equal(verdict_name(VERDICT_NONE), "");
}

static void test_sets(void **state)
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

static void test_one_against_one(void **state)
{
	struct sample s;
	struct decide_row d;

	(void)state;
	make(&s, 1, 1, 3);
	d = decide_one(&s);
	assert_float_equal(d.p, 1, 1e-12);
	assert_float_equal(d.change.estimate, 2, 1e-9);
	assert_true(!(d.change.low > -1) && isinf(d.change.high));
	assert_true(d.hopeless && isnan(d.detectable));
	assert_int_equal(d.least, 4);
	assert_int_equal(d.verdict, VERDICT_UNCLEAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worse_and_better),
		cmocka_unit_test(test_same_matters_more_than_p),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_zeros),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_judged_differences),
		cmocka_unit_test(test_work),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_rounds_are_recognised),
		cmocka_unit_test(test_rounds_are_used),
		cmocka_unit_test(test_rounds_are_joined),
		cmocka_unit_test(test_interval_agrees_with_p),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_overall),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_one_against_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
