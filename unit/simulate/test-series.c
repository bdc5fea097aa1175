// SPDX-License-Identifier: MIT
/* Change points in small: false alarms, power and places. docs/history.md is the same in large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tally.h"
#include "series.h"

#define EXPERIMENTS 200

static struct series_tally run(struct series_design design, bool compared)
{
	struct series_tally t = { .design = design, .compared = compared };

	assert_int_equal(series_run(&t, EXPERIMENTS, 7), 0);
	return t;
}

static double share(unsigned int count)
{
	return (double)count / EXPERIMENTS;
}

static void false_alarms_are_as_rare_as_alpha(void **state)
{
	static const size_t kernels[] = { 5, 10, 20, 50 };
	double most = SERIES_ALPHA + tally_error(SERIES_ALPHA, EXPERIMENTS);

	(void)state;
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		for (size_t k = 0; k < 4; k++) {
			struct series_tally t =
				run((struct series_design){ shape, TRUTH_NOTHING,
							    kernels[k], 5 },
				    false);

			assert_true(share(t.method[METHOD_PINLAT].any) <= most);
		}
	}
}

static void a_spike_is_no_change(void **state)
{
	double most = SERIES_ALPHA + tally_error(SERIES_ALPHA, EXPERIMENTS);
	struct series_tally t =
		run((struct series_design){ SHAPE_PARETO, TRUTH_SPIKE, 20, 5 }, false);

	(void)state;
	assert_true(share(t.method[METHOD_PINLAT].any) <= most);
}

static void finds_steps_where_they_are(void **state)
{
	struct series_tally t =
		run((struct series_design){ SHAPE_PARETO, TRUTH_STEP_50, 20, 5 }, false);

	(void)state;
	assert_true(share(t.method[METHOD_PINLAT].all) > .97);
	assert_true(t.exact > t.found * .9);
	assert_true(t.placed > t.found * .93 && t.sized > t.found * .85);
	t = run((struct series_design){ SHAPE_PARETO, TRUTH_LAST, 20, 5 }, false);
	assert_true(share(t.method[METHOD_PINLAT].all) > .9);
	t = run((struct series_design){ SHAPE_PARETO, TRUTH_UP_DOWN, 50, 5 }, false);
	assert_true(share(t.method[METHOD_PINLAT].all) > .9);
}

/* Runs of one boot are no independent witnesses; squares obey an outlier. */
static void sees_methods_that_are_wrong(void **state)
{
	double most = SERIES_ALPHA + tally_error(SERIES_ALPHA, EXPERIMENTS);
	struct series_tally t =
		run((struct series_design){ SHAPE_PARETO, TRUTH_NOTHING, 20, 10 }, true);

	(void)state;
	assert_true(share(t.method[METHOD_NEIGHBOURS].any) > most);
	assert_true(share(t.method[METHOD_E_DIVISIVE].any) <= most);
	t = run((struct series_design){ SHAPE_PARETO, TRUTH_SPIKE, 20, 10 }, true);
	assert_true(share(t.method[METHOD_PENALTY].any) > most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(false_alarms_are_as_rare_as_alpha),
		cmocka_unit_test(a_spike_is_no_change),
		cmocka_unit_test(finds_steps_where_they_are),
		cmocka_unit_test(sees_methods_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
