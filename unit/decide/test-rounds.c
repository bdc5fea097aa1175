// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "decide/rounds.h"
#include "sample.h"

static void rounds_are_recognised(void **state)
{
	unsigned int base[UNITS_MAX], new[UNITS_MAX];
	struct sample s;

	(void)state;
	sample_make(&s, 8, 8, 1);
	assert_int_equal(rounds_find(&s.row, base, new), 0);
	sample_take_turns(&s);
	assert_int_equal(rounds_find(&s.row, base, new), 8);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(base[i], i);
		assert_int_equal(new[i], i);
	}
	/* two and one in each round, and in either order */
	sample_make(&s, 6, 3, 1);
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

/* Gives the units starts in the order of @order, of which 'A' is base. */
static void put_in_order(struct sample *s, const char *order)
{
	size_t n[DECIDE_SIDES] = { 0 };

	for (size_t i = 0; order[i]; i++) {
		int side = order[i] == 'B';

		s->value[side][n[side]] = 1000 + (double)((i * 7) % 11);
		s->start[side][n[side]++] = (double)i;
	}
	s->row = (struct decide_row){
		.side = { { n[0], s->value[0], s->start[0] },
			  { n[1], s->value[1], s->start[1] } },
		.primary = true,
		.margin = .05,
	};
}

static size_t rounds_in(const char *order)
{
	unsigned int base[UNITS_MAX], new[UNITS_MAX];
	struct sample s;

	put_in_order(&s, order);
	return rounds_find(&s.row, base, new);
}

/* An invalid run does not make rounds of something else; nor are they seen where there are none. */
static void rounds_may_be_incomplete(void **state)
{
	(void)state;
	assert_true(rounds_in("ABBAABBAABAB") == 6);
	assert_true(rounds_in("ABBAABBAABB") >= 3);
	assert_true(rounds_in("ABBABBAABA") >= 3);
	assert_true(rounds_in("BBAABBAABA") >= 3);
	assert_true(rounds_in("ABABABABBABABABABABABABAB") >= 3);
	assert_int_equal(rounds_in("AAAAAABBBBBB"), 0);
	assert_int_equal(rounds_in("AAAAAABBBBB"), 0);
	assert_int_equal(rounds_in("AAAAAABBBBBBBBBBBB"), 0);
	assert_int_equal(rounds_in("AAAAAABABBBBB"), 0);
	assert_int_equal(rounds_in("AAABAABBABBB"), 0);
	assert_int_equal(rounds_in("AAABBBBBBAA"), 0);
	assert_int_equal(rounds_in("ABBBBB"), 0);
	assert_int_equal(rounds_in("A"), 0);
}

/* Not in rounds, a drift would be a change: there is no verdict, unless it is allowed. */
static void order_is_asked_for(void **state)
{
	struct sample s;

	(void)state;
	sample_make(&s, 6, 6, 2);
	assert_int_equal(sample_decide(&s).verdict, VERDICT_WORSE);
	assert_int_equal(sample_decide_strictly(&s).verdict, VERDICT_UNCLEAR);
	assert_int_equal(s.row.reason, REASON_ORDER);
	assert_false(s.row.in_rounds);
	assert_true(s.row.p_adjusted < .01);
	sample_take_turns(&s);
	assert_int_equal(sample_decide_strictly(&s).verdict, VERDICT_WORSE);
	assert_int_equal(s.row.reason, REASON_NONE);
	assert_true(s.row.in_rounds);
	/* a drift can hide a change too */
	sample_make(&s, 20, 20, 1);
	assert_int_equal(sample_decide_strictly(&s).verdict, VERDICT_UNCLEAR);
	assert_int_equal(s.row.reason, REASON_ORDER);
	/* what nobody knows is not in order */
	sample_make(&s, 6, 6, 2);
	s.row.side[1].start = NULL;
	assert_int_equal(sample_decide_strictly(&s).reason, REASON_ORDER);
	/* where nothing would be proven anyway, that is the reason */
	sample_make(&s, 3, 3, 2);
	assert_int_equal(sample_decide_strictly(&s).reason, REASON_FEW);
	sample_make(&s, 6, 6, 1);
	s.row.margin = .001;
	assert_int_equal(sample_decide_strictly(&s).reason, REASON_OPEN);
}

/* A change of 10 % that a @drift from round to round hides from who compares all with all. */
static void make_drifting(struct sample *s, size_t rounds, double drift)
{
	sample_make(s, rounds, rounds, 1);
	sample_take_turns(s);
	for (size_t i = 0; i < rounds; i++) {
		s->value[0][i] = 1000 * pow(drift, (double)i);
		s->value[1][i] =
			s->value[0][i] * (1.1 + .001 * (double)((i * 5) % rounds));
	}
}

static void rounds_are_used(void **state)
{
	struct decide_options o = sample_options();
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

static void rounds_are_joined(void **state)
{
	struct decide_options o = sample_options();
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
static void interval_agrees_with_p(void **state)
{
	struct decide_options o = sample_options();
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_are_recognised),
		cmocka_unit_test(rounds_may_be_incomplete),
		cmocka_unit_test(order_is_asked_for),
		cmocka_unit_test(rounds_are_used),
		cmocka_unit_test(rounds_are_joined),
		cmocka_unit_test(interval_agrees_with_p),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
