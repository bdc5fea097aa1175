// SPDX-License-Identifier: MIT
/*
 * The simulation in small: what it draws is what it says, what is demanded holds, and it sees
 * a rule that is wrong. docs/simulation.md is the same in large.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"
#include "stats/distribution.h"
#include "stats/ranktest.h"

#define EXPERIMENTS 200
#define RUNS	    400

/* One run, the long way: its samples in a histogram. */
static void run_the_long_way(gsl_rng *rng, enum shape shape,
			     double quantile[SHAPE_QUANTILES])
{
	static struct histogram h;
	struct distribution d;

	histogram_reset(&h);
	shape_samples(rng, shape, 20e3, SHAPE_SAMPLES, &h);
	assert_int_equal(distribution_from_histogram(&d, &h), 0);
	for (size_t q = 0; q < SHAPE_QUANTILES; q++)
		quantile[q] = (double)distribution_quantile(&d, shape_p[q]);
	distribution_free(&d);
}

/* Location, spread and correlation of quantiles drawn either way. */
static void quantiles_are_those_of_samples(void **state)
{
	static double drawn[SHAPE_QUANTILES][RUNS], counted[SHAPE_QUANTILES][RUNS];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	(void)state;
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		for (size_t i = 0; i < RUNS; i++) {
			double a[SHAPE_QUANTILES], b[SHAPE_QUANTILES];

			shape_quantiles(rng, shape, 20e3, a);
			run_the_long_way(rng, shape, b);
			for (size_t q = 0; q < SHAPE_QUANTILES; q++) {
				drawn[q][i] = log(shape_bucket(a[q]));
				counted[q][i] = log(b[q]);
			}
		}
		for (size_t q = 0; q < SHAPE_QUANTILES; q++) {
			struct rank_p rank;
			double ratio = gsl_stats_sd(drawn[q], 1, RUNS) /
				       gsl_stats_sd(counted[q], 1, RUNS);
			size_t next = (q + 1) % SHAPE_QUANTILES;
			double apart =
				gsl_stats_correlation(drawn[q], 1, drawn[next], 1, RUNS) -
				gsl_stats_correlation(counted[q], 1, counted[next], 1,
						      RUNS);

			assert_int_equal(
				mann_whitney(&rank, drawn[q], RUNS, counted[q], RUNS), 0);
			assert_true(rank.p > 1e-4);
			assert_true(ratio > .8 && ratio < 1.25);
			assert_true(fabs(apart) < .3);
		}
	}
	gsl_rng_free(rng);
}

static struct tally run(const struct design *design)
{
	struct tally t;

	assert_int_equal(tally_run(&t, design, EXPERIMENTS, 1), 0);
	return t;
}

/* The design of that name. */
static const struct design *find(const struct design *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	fail_msg("no design is called \"%s\"", name);
	return NULL;
}

static struct tally run_null(const char *name)
{
	return run(find(designs_null, designs_nulls, name));
}

static struct tally run_differing(const char *name)
{
	return run(find(designs_true, designs_trues, name));
}

/* The rules of decide() are held against each design at full size; here against some. */
static void demands_hold(void **state)
{
	static const char *const name[] = {
		"10 v 10",
		"6 v 6, base first",
		"three values, 10 v 10",
		"stalls in 50 % of runs, 10 v 10",
		"boots 10 %, runs 5 %, 8 v 8 boots of 3",
		"runs 5 % v 30 %, 20 v 5, base first",
		"runs 5 % v 30 %, skewed, 6 v 6",
		"runs 5 % v 30 %, skewed, 20 v 5, base first",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct tally t = run_null(name[i]);

		if (tally_proven(&t) > .05 + tally_error(.05, EXPERIMENTS) ||
		    tally_coverage(&t) < .95 - tally_error(.05, EXPERIMENTS))
			fail_msg("%s: %g proven, coverage %g", name[i], tally_proven(&t),
				 tally_coverage(&t));
	}
}

/* What no test can know is unclear; and were it not refused, it would be wrong. */
static void refuses_what_it_cannot_know(void **state)
{
	static const char *const name[] = {
		"AR(1) .6, 10 v 10, base first",
		"half of the boots x1.5, 1 v 1 boots of 10",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct tally t = run_null(name[i]);

		assert_int_equal(t.verdict[VERDICT_UNCLEAR], EXPERIMENTS);
		assert_true(t.allowed >
			    EXPERIMENTS * (.05 + tally_error(.05, EXPERIMENTS)));
	}
}

/* The same runs, taken for units although boots differ. */
static void sees_boots_that_are_no_units(void **state)
{
	struct design design = *find(designs_null, designs_nulls,
				     "boots 10 %, runs 5 %, 3 v 3 boots of 10");
	struct tally t = run(&design);

	(void)state;
	assert_int_equal(t.verdict[VERDICT_UNCLEAR], EXPERIMENTS);
	design.unit = UNIT_ONE_BOOT;
	design.order = ORDER_SEQUENTIAL;
	t = run(&design);
	assert_true(t.allowed > EXPERIMENTS * (.05 + tally_error(.05, EXPERIMENTS)));
}

static void same_is_rarely_wrong(void **state)
{
	static const char *const name[] = {
		"+5 %, 14 v 14, runs 2 %",
		"stalls in 20 % of new's runs, 14 v 14",
		"a quarter of new's boots x2, 11 v 11 boots of 3",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct tally t = run_differing(name[i]);

		if (t.verdict[VERDICT_SAME] >
		    EXPERIMENTS * (.05 + tally_error(.05, EXPERIMENTS)))
			fail_msg("%s: same in %u", name[i], t.verdict[VERDICT_SAME]);
	}
}

/* Each row tested for itself, as benchstat does: one of nine is wrong far too often. */
static void sees_a_family_without_holm(void **state)
{
	struct tally t = run_null("10 v 10");

	(void)state;
	assert_true(t.any[JUDGE_UNITS] >
		    EXPERIMENTS * (.05 + tally_error(.05, EXPERIMENTS)));
}

/* Half of the stalls: found by what is judged, and hardly by what was. */
static void finds_what_patches_do(void **state)
{
	struct design design = designs_usual[1];
	struct tally t;

	(void)state;
	design.change = candidates_change[1].change;
	t = run(&design);
	assert_true(t.verdict[VERDICT_BETTER] > EXPERIMENTS * .8);
	assert_true(t.worse < EXPERIMENTS * .05);
	design.change = candidates_change[4].change;
	t = run(&design);
	assert_true(t.better < EXPERIMENTS * .05);
}

/* Each step from the rule before to today's has the effect that it is there for. */
static void steps_from_the_rule_before(void **state)
{
	struct design design = designs_usual[1],
		      noisy = *find(designs_null, designs_nulls,
				    "runs 5 % v 30 %, 20 v 5");
	struct tally t;

	(void)state;
	design.steps = noisy.steps = true;
	/* The length of stalls is what the old p99 is made of. */
	design.change = candidates_change[2].change;
	t = run(&design);
	assert_true(tally_step(&t, STEP_BEFORE) > .95);
	assert_true(tally_step(&t, STEP_WELCH) <= tally_step(&t, STEP_ROUNDS));
	/* One side is noisy: ranks alone are wrong too often, and Welch's test mends that. */
	t = run(&noisy);
	assert_true(tally_step(&t, STEP_BEFORE) > .05 + tally_error(.05, EXPERIMENTS));
	assert_true(tally_step(&t, STEP_WELCH) < tally_step(&t, STEP_ROUNDS));
}

static void stopping_rule_does_not_cheat(void **state)
{
	const struct stop_case what = { .shape = SHAPE_PARETO, .run_spread = .10 };
	struct stop_tally t;
	double worst, planned, greedy;

	(void)state;
	assert_int_equal(stop_run(&t, &what, EXPERIMENTS, 1), 0);
	planned = stop_coverage(&t.planned, EXPERIMENTS, &worst);
	greedy = stop_coverage(&t.greedy, EXPERIMENTS, &worst);
	assert_true(planned >= .95 - tally_error(.05, EXPERIMENTS));
	assert_true(greedy < planned);
	assert_true(t.planned.runs / EXPERIMENTS < STOP_CAP / 2.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_those_of_samples),
		cmocka_unit_test(demands_hold),
		cmocka_unit_test(refuses_what_it_cannot_know),
		cmocka_unit_test(sees_boots_that_are_no_units),
		cmocka_unit_test(same_is_rarely_wrong),
		cmocka_unit_test(sees_a_family_without_holm),
		cmocka_unit_test(finds_what_patches_do),
		cmocka_unit_test(steps_from_the_rule_before),
		cmocka_unit_test(stopping_rule_does_not_cheat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
