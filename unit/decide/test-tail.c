// SPDX-License-Identifier: MIT
/* "Same" excludes bad units, and says how large a share of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "sample.h"

/* Both sides the same within 1 %, in turn. */
static void make_same(struct sample *s, size_t n, enum decide_unit unit)
{
	sample_make(s, n, n, 1);
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < n; i++)
			s->value[side][i] = 1000 + (double)((i * 7 + (size_t)side) % 11);
	sample_take_turns(s);
	s->row.unit = unit;
}

static void enough_units(void **state)
{
	struct sample s;

	(void)state;
	for (size_t n = 6; n <= 20; n++) {
		make_same(&s, n, UNIT_RUN);
		sample_decide_strictly(&s);
		assert_float_equal(s.row.bad_share, 1 - pow(.05, 1. / (double)n), 1e-12);
		assert_int_equal(s.row.same_least, 14);
		assert_int_equal(s.row.verdict, n < 14 ? VERDICT_UNCLEAR : VERDICT_SAME);
		assert_int_equal(s.row.reason, n < 14 ? REASON_TAIL : REASON_NONE);
		make_same(&s, n, UNIT_BOOT);
		sample_decide_strictly(&s);
		assert_int_equal(s.row.same_least, 11);
		assert_int_equal(s.row.verdict, n < 11 ? VERDICT_UNCLEAR : VERDICT_SAME);
	}
}

/* The fewer units of two sides are what excludes. */
static void smaller_side(void **state)
{
	struct sample s;

	(void)state;
	make_same(&s, 26, UNIT_RUN);
	s.row.side[1].n = 13;
	for (size_t i = 0; i < 13; i++)
		s.start[1][i] = 4 * (double)i + .5;
	assert_int_equal(sample_decide_strictly(&s).reason, REASON_TAIL);
	assert_true(s.row.in_rounds);
	assert_float_equal(s.row.bad_share, 1 - pow(.05, 1. / 13), 1e-12);
}

/* A stall of 700 times in 4 runs of 20 is no matter of the typical run; "same" it is not. */
static void one_run_in_five(void **state)
{
	struct sample s;

	(void)state;
	for (int side = 0; side < DECIDE_SIDES; side++) {
		make_same(&s, 20, UNIT_RUN);
		for (size_t i = 2; i < 20; i += 5)
			s.value[side][i] *= 700;
		sample_decide_strictly(&s);
		assert_int_equal(s.row.verdict, VERDICT_UNCLEAR);
		assert_int_equal(s.row.reason, REASON_TAIL);
		assert_int_equal(s.row.bad[side], 4);
		assert_int_equal(s.row.bad[1 - side], 0);
		/* qbeta(.95, 5, 16) of R */
		assert_float_equal(s.row.bad_share, .401029, 1e-6);
	}
	/* one of twenty may be more than one in five, one of thirty is not */
	make_same(&s, 20, UNIT_RUN);
	s.value[1][7] = INFINITY;
	assert_int_equal(sample_decide_strictly(&s).verdict, VERDICT_UNCLEAR);
	assert_int_equal(s.row.bad[1], 1);
	make_same(&s, 30, UNIT_RUN);
	s.value[1][7] = INFINITY;
	assert_int_equal(sample_decide_strictly(&s).verdict, VERDICT_SAME);
	assert_int_equal(s.row.bad[1], 1);
	/* it runs fast instead: bad is what is not like the others */
	make_same(&s, 20, UNIT_RUN);
	s.value[1][3] /= 2;
	assert_int_equal(sample_decide_strictly(&s).bad[1], 1);
}

/* What spreads is not bad, and within the margin nothing is. */
static void noise_is_not_bad(void **state)
{
	struct sample s;

	(void)state;
	make_same(&s, 20, UNIT_RUN);
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < 20; i++)
			s.value[side][i] = exp((double)((i * 7) % 20) / 10);
	sample_decide_strictly(&s);
	assert_int_equal(s.row.bad[0] + s.row.bad[1], 0);
	make_same(&s, 20, UNIT_RUN);
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < 20; i++)
			s.value[side][i] = i == 4 ? 1049 : 1000;
	sample_decide_strictly(&s);
	assert_int_equal(s.row.bad[0] + s.row.bad[1], 0);
	assert_int_equal(s.row.verdict, VERDICT_SAME);
	s.value[0][4] = 1051;
	assert_int_equal(sample_decide_strictly(&s).bad[0], 1);
}

/* Where rounds are used, a unit is measured by those of its round. */
static void in_drifting_rounds(void **state)
{
	struct sample s;

	(void)state;
	make_same(&s, 30, UNIT_RUN);
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < 30; i++) {
			size_t round = i / 3;

			s.value[side][i] *= pow(1.3, (double)round);
		}
	s.value[1][29] *= 1.5;
	sample_decide_strictly(&s);
	assert_int_equal(s.row.rounds, 10);
	assert_int_equal(s.row.bad[0], 0);
	assert_int_equal(s.row.bad[1], 1);
	assert_int_equal(s.row.verdict, VERDICT_SAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enough_units),	      cmocka_unit_test(smaller_side),
		cmocka_unit_test(one_run_in_five),    cmocka_unit_test(noise_is_not_bad),
		cmocka_unit_test(in_drifting_rounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
