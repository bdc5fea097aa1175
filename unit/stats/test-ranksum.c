// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "stats/ranksum.h"
#include "vectors.h"

static void check_vector(const struct vector *v)
{
	double p, swapped;

	assert_int_equal(rank_sum(v->value[0], v->n[0], v->value[1], v->n[1], &p), 0);
	assert_same(p, v->value[2][0]);
	assert_int_equal(rank_sum(v->value[1], v->n[1], v->value[0], v->n[0], &swapped),
			 0);
	assert_same(swapped, p);
}

static void equals_trusted(void **state)
{
	(void)state;
	each_vector("rank-sum", 3, check_vector);
}

static void nothing_to_compare(void **state)
{
	static const double value[] = { 1, 1, 1, 1, 1, 1 };
	double p;

	(void)state;
	assert_int_equal(rank_sum(value, 0, value, 6, &p), -EINVAL);
	assert_int_equal(rank_sum(value, 6, value, 0, &p), -EINVAL);
	/* SciPy has no number for values that are all equal; they do not differ. */
	assert_int_equal(rank_sum(value, 6, value, 6, &p), 0);
	assert_true(p == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_trusted),
		cmocka_unit_test(nothing_to_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
