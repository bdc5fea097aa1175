// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sample.h"

/* What differs by the boot is not known from a few boots, however many runs they have. */
static void few_boots(void **state)
{
	struct sample s;

	(void)state;
	for (size_t boots = 1; boots <= 6; boots++) {
		sample_make(&s, boots, 6, 2);
		s.row.unit = UNIT_BOOT;
		sample_decide(&s);
		if (boots >= DECIDE_BOOTS) {
			assert_int_equal(s.row.verdict, VERDICT_WORSE);
			assert_int_equal(s.row.reason, REASON_NONE);
			continue;
		}
		assert_int_equal(s.row.verdict, VERDICT_UNCLEAR);
		assert_int_equal(s.row.reason, REASON_FEW_BOOTS);
		assert_int_equal(s.row.least, DECIDE_BOOTS);
		/* the size is known all the same */
		assert_true(s.row.change.estimate > .9 && s.row.p <= 1);
	}
	/* runs of one boot are as many as they are */
	sample_make(&s, 4, 6, 2);
	assert_int_equal(sample_decide(&s).verdict, VERDICT_WORSE);
}

/* So many boots that they would do for one row may be too few for nine. */
static void boots_to_make(void **state)
{
	struct decide_options o = sample_options();
	struct decide_row row[9];
	struct sample s[9];

	(void)state;
	for (int i = 0; i < 9; i++) {
		sample_make(&s[i], 4, 5, 2);
		row[i] = s[i].row;
		row[i].unit = UNIT_BOOT;
	}
	assert_int_equal(decide(row, 9, &o), 0);
	assert_int_equal(row[0].reason, REASON_FEW_BOOTS);
	assert_int_equal(row[0].least, 6);
}

/* The kernel or the boot: nobody knows, unless somebody says so. */
static void one_boot(void **state)
{
	struct decide_options o = decide_defaults();
	struct sample s;

	(void)state;
	sample_make(&s, 10, 10, 2);
	s.row.unit = UNIT_ONE_BOOT;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_UNCLEAR);
	assert_int_equal(s.row.reason, REASON_ONE_BOOT);
	assert_true(s.row.p_adjusted < .001 && s.row.change.low > .9);
	/* that is not the same either */
	sample_make(&s, 20, 20, 1);
	s.row.unit = UNIT_ONE_BOOT;
	assert_int_equal(sample_decide(&s).verdict, VERDICT_UNCLEAR);
	/* one boot a side is never in rounds, which need not be allowed by itself */
	o.allow_one_boot = true;
	assert_int_equal(decide(&s.row, 1, &o), 0);
	assert_int_equal(s.row.verdict, VERDICT_SAME);
	sample_make(&s, 10, 10, 2);
	s.row.unit = UNIT_ONE_BOOT;
	assert_int_equal(decide(&s.row, 1, &o), 0);
	assert_int_equal(s.row.verdict, VERDICT_WORSE);
}

/* Every row that is unclear says why, and no other one does. */
static void reasons(void **state)
{
	struct sample s;

	(void)state;
	sample_make(&s, 6, 6, 1);
	s.row.side[0].n = 0;
	assert_int_equal(sample_decide(&s).reason, REASON_EMPTY);
	sample_make(&s, 6, 6, 1);
	s.value[1][0] = 0;
	assert_int_equal(sample_decide(&s).reason, REASON_ZEROS);
	s.row.primary = false;
	assert_int_equal(sample_decide(&s).reason, REASON_NONE);
	for (enum decide_reason r = REASON_NONE; r < DECIDE_REASONS; r++)
		assert_int_equal(*decide_reason_name(r) == '\0', r == REASON_NONE);
	assert_string_equal(decide_reason_name(REASON_ONE_BOOT), "one-boot");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_boots),
		cmocka_unit_test(boots_to_make),
		cmocka_unit_test(one_boot),
		cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
