// SPDX-License-Identifier: MIT
/* Several machines: each is a block, and whether they agree is a question of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "decide/machines.h"
#include "sample.h"
#include "stats/random.h"
#include "system/cleanup.h"

/* A sample of several machines. */
struct fleet {
	struct sample s;
	unsigned int machine[DECIDE_SIDES][UNITS_MAX];
};

/* A number between -1 and 1, the same for the same @seed. */
static double noise(uint64_t seed)
{
	struct random_state r = random_stream(seed, 3);

	return (double)(int64_t)random_next(&r) / 9.3e18;
}

/*
 * @machines with @boots a side, which took turns on each machine. A machine is @apart times as slow as
 * the one before it; the new kernel takes @factor[machine] times as long; boots differ by 10 %.
 */
static void make(struct fleet *f, unsigned int machines, unsigned int boots, double apart,
		 const double *factor)
{
	size_t n = 0;

	sample_make(&f->s, (size_t)machines * boots, (size_t)machines * boots, 1);
	for (unsigned int k = 0; k < machines; k++) {
		for (unsigned int i = 0; i < boots; i++, n++) {
			for (unsigned int side = 0; side < DECIDE_SIDES; side++) {
				double kernel = side ? factor[k] : 1;

				f->s.value[side][n] =
					1000 * pow(apart, k) * kernel *
					(1 + .1 * noise(100 * k + 2 * i + side));
				f->s.start[side][n] = 2 * i + side + .1 * k;
				f->machine[side][n] = 7 * k + 3;
			}
		}
	}
	for (int side = 0; side < DECIDE_SIDES; side++)
		f->s.row.machine[side] = f->machine[side];
}

static const double same[] = { 1, 1, 1, 1, 1, 1 };
static const double slower[] = { 1.3, 1.3, 1.3, 1.3, 1.3, 1.3 };

/* What machines differ by hides no change, and makes none. */
static void blocks(void **state)
{
	struct fleet f;

	(void)state;
	for (int i = 0; i < 6; i++) {
		double apart = pow(1.5, i);

		make(&f, 3, 4, apart, slower);
		assert_int_equal(sample_decide_strictly(&f.s).verdict, VERDICT_WORSE);
		assert_int_equal(f.s.row.machines, 3);
		assert_true(f.s.row.change.low > .1 && f.s.row.change.estimate > .2 &&
			    f.s.row.change.estimate < .4 && f.s.row.change.high < .6);
		assert_true(f.s.row.agree_adjusted > .05);
		make(&f, 3, 4, apart, same);
		assert_int_equal(sample_decide(&f.s).verdict, VERDICT_UNCLEAR);
		assert_true(f.s.row.p > .05);
	}
	/* not told apart, machines that are three times as slow hide it */
	make(&f, 3, 4, 3, slower);
	f.s.row.machine[0] = f.s.row.machine[1] = NULL;
	assert_int_equal(sample_decide(&f.s).verdict, VERDICT_UNCLEAR);
	assert_int_equal(f.s.row.machines, 0);
	assert_true(isnan(f.s.row.agree));
}

/* How far apart machines are changes neither p nor the estimate. */
static void level(void **state)
{
	struct fleet near, far;

	(void)state;
	make(&near, 4, 3, 20, slower);
	make(&far, 4, 3, 5000, slower);
	sample_decide(&near.s);
	sample_decide(&far.s);
	assert_true(fabs(near.s.row.p - far.s.row.p) < 1e-12);
	assert_true(fabs(near.s.row.change.estimate - far.s.row.change.estimate) < 1e-9);
	assert_true(near.s.row.agree == far.s.row.agree);
}

/* One machine is no block: nothing differs from a row that does not tell. */
static void one_machine(void **state)
{
	struct fleet f;
	struct decide_row told;

	(void)state;
	make(&f, 1, 8, 1, slower);
	told = sample_decide_strictly(&f.s);
	f.s.row.machine[0] = f.s.row.machine[1] = NULL;
	sample_decide_strictly(&f.s);
	assert_int_equal(told.machines, 1);
	assert_true(told.p == f.s.row.p && told.rounds == f.s.row.rounds &&
		    told.change.low == f.s.row.change.low && isnan(told.agree));
}

/* Worse on one machine alone. */
static void disagree(void **state)
{
	static const double one[] = { 1, 1, 2 };
	static const double both[] = { 1.5, 1 / 1.5 };
	CLEANUP_FREE struct machine_change *list = NULL;
	struct fleet f;

	(void)state;
	make(&f, 3, 6, 1.3, one);
	sample_decide(&f.s);
	assert_true(f.s.row.agree_adjusted <= .01);
	assert_int_equal(machines_changes(&f.s.row, .95, &list), 3);
	assert_int_equal(list[2].machine, 17);
	assert_int_equal(list[2].n[0], 6);
	assert_true(list[2].change.low > .7 && list[2].change.high < 1.4);
	assert_true(list[0].change.low < 0 && list[0].change.high > 0);
	make(&f, 2, 6, 1, both);
	sample_decide(&f.s);
	assert_true(f.s.row.agree_adjusted <= .01);
	assert_int_equal(f.s.row.verdict, VERDICT_UNCLEAR);
}

/* One boot a side of each machine: as many blocks as machines, and turns enough. */
static void pairs(void **state)
{
	struct fleet f;

	(void)state;
	make(&f, 6, 1, 3, slower);
	sample_decide_strictly(&f.s);
	assert_int_equal(f.s.row.rounds, 6);
	assert_true(f.s.row.in_rounds);
	assert_true(fabs(f.s.row.p - 2. / 64) < 1e-12);
}

/* On one machine all of base comes first. */
static void order(void **state)
{
	struct fleet f;

	(void)state;
	make(&f, 3, 4, 2, slower);
	for (size_t i = 0; i < 4; i++)
		f.s.start[1][i] += 1000;
	sample_decide_strictly(&f.s);
	assert_false(f.s.row.in_rounds);
	assert_int_equal(f.s.row.reason, REASON_ORDER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks),      cmocka_unit_test(level),
		cmocka_unit_test(one_machine), cmocka_unit_test(disagree),
		cmocka_unit_test(pairs),       cmocka_unit_test(order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
