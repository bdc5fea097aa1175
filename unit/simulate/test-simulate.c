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

static void run(struct tally *t, struct design design)
{
	assert_int_equal(tally_run(t, &design, EXPERIMENTS, 1), 0);
}

static double share(unsigned int count)
{
	return (double)count / EXPERIMENTS;
}

static void assert_demands(const struct tally *t)
{
	const struct tally_effect *e = t->effect;
	double tolerance = results_error(.05, EXPERIMENTS);

	assert_true(share(e[EFFECT_NONE].found[JUDGE_VERDICT].any) <= .05 + tolerance);
	assert_true(tally_share(&e[EFFECT_20].covered, EXPERIMENTS) >= .95 - tolerance);
	assert_true(tally_share(&e[EFFECT_MARGIN].same, EXPERIMENTS) <= .05 + tolerance);
}

static void demands_hold(void **state)
{
	static const struct design designs[] = {
		{ SHAPE_LOGNORMAL, ORDER_SEQUENTIAL, 1, 5, 0 },
		{ SHAPE_PARETO, ORDER_ROUNDS, 1, 10, 0 },
		{ SHAPE_BIMODAL, ORDER_SEQUENTIAL, 1, 8, 0 },
		{ SHAPE_PARETO, ORDER_ROUNDS, 8, 3, DESIGN_BOOT_SPREAD },
	};
	struct tally t;

	(void)state;
	for (size_t i = 0; i < sizeof(designs) / sizeof(*designs); i++) {
		run(&t, designs[i]);
		assert_demands(&t);
	}
}

/*
 * On units that are not in rounds it is the same test before Holm, but for such as spread
 * differently by chance: there Welch's test is asked too.
 */
static void power_is_that_of_benchstat(void **state)
{
	struct tally t;

	(void)state;
	run(&t, (struct design){ SHAPE_PARETO, ORDER_SEQUENTIAL, 1, 10, 0 });
	for (enum effect e = 0; e < EFFECTS; e++) {
		for (size_t m = 0; m < DESIGN_METRICS; m++)
			assert_true(t.effect[e].found[JUDGE_P].row[m] <=
				    t.effect[e].found[JUDGE_UNITS].row[m]);
		assert_true(tally_share(&t.effect[e].found[JUDGE_P], EXPERIMENTS) >
			    tally_share(&t.effect[e].found[JUDGE_UNITS], EXPERIMENTS) -
				    .03);
	}
	assert_true(tally_share(&t.effect[EFFECT_20].found[JUDGE_VERDICT], EXPERIMENTS) >
		    .8);
	assert_true(tally_share(&t.effect[EFFECT_20].found[JUDGE_RULES + RULE_MMTESTS],
				EXPERIMENTS) < .2);
	assert_true(tally_share(&t.effect[EFFECT_50].found[JUDGE_VERDICT], EXPERIMENTS) >
		    .99);
}

/* Where nothing drifts they cost little, and what is said to be detectable with 80 % is. */
static void rounds_cost_little(void **state)
{
	static const enum shape shapes[] = { SHAPE_LOGNORMAL, SHAPE_BIMODAL };
	const struct tally_effect *e;
	struct tally t;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		run(&t, (struct design){ shapes[i], ORDER_ROUNDS, 1, 8, 0 });
		e = &t.effect[EFFECT_20];
		assert_true(tally_share(&e->found[JUDGE_P], EXPERIMENTS) >
			    tally_share(&e->found[JUDGE_UNITS], EXPERIMENTS) - .05);
		e = &t.effect[EFFECT_DETECTABLE];
		assert_true(tally_share_p99(&e->found[JUDGE_VERDICT], EXPERIMENTS) >
			    .8 - results_error(.8, EXPERIMENTS));
	}
}

static void rounds_win_against_drift(void **state)
{
	const struct tally_effect *e;
	struct tally t;

	(void)state;
	run(&t, (struct design){ SHAPE_DRIFTING, ORDER_ROUNDS, 1, 10, 0 });
	e = &t.effect[EFFECT_10];
	assert_true(tally_share(&e->found[JUDGE_P], EXPERIMENTS) >
		    tally_share(&e->found[JUDGE_UNITS], EXPERIMENTS) + .03);
	assert_demands(&t);
}

/* Each row tested for itself, as benchstat does: one of six is wrong far too often. */
static void sees_a_family_without_holm(void **state)
{
	struct tally t;

	(void)state;
	run(&t, (struct design){ SHAPE_PARETO, ORDER_SEQUENTIAL, 1, 10, 0 });
	assert_true(share(t.effect[EFFECT_NONE].found[JUDGE_UNITS].any) >
		    .05 + results_error(.05, EXPERIMENTS));
}

static void sees_boots_that_differ(void **state)
{
	struct tally t;

	(void)state;
	run(&t,
	    (struct design){ SHAPE_PARETO, ORDER_SEQUENTIAL, 1, 10, DESIGN_BOOT_SPREAD });
	assert_true(share(t.effect[EFFECT_NONE].found[JUDGE_VERDICT].any) >
		    .05 + results_error(.05, EXPERIMENTS));
}

static void sees_drift_between_the_sides(void **state)
{
	struct tally t;

	(void)state;
	run(&t, (struct design){ SHAPE_DRIFTING, ORDER_SEQUENTIAL, 1, 10, 0 });
	assert_true(share(t.effect[EFFECT_NONE].found[JUDGE_VERDICT].any) >
		    .05 + results_error(.05, EXPERIMENTS));
	assert_false(results_is_fair(&t.design));
}

static void sees_pooled_samples(void **state)
{
	unsigned int found;

	(void)state;
	assert_int_equal(pooled_run(SHAPE_PARETO, 5, 50, 1, &found), 0);
	assert_true(found > 25);
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
	assert_true(planned >= .95 - results_error(.05, EXPERIMENTS));
	assert_true(greedy < planned);
	assert_true(t.planned.runs / EXPERIMENTS < STOP_CAP / 2.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_those_of_samples),
		cmocka_unit_test(demands_hold),
		cmocka_unit_test(power_is_that_of_benchstat),
		cmocka_unit_test(rounds_cost_little),
		cmocka_unit_test(rounds_win_against_drift),
		cmocka_unit_test(sees_a_family_without_holm),
		cmocka_unit_test(sees_boots_that_differ),
		cmocka_unit_test(sees_drift_between_the_sides),
		cmocka_unit_test(sees_pooled_samples),
		cmocka_unit_test(stopping_rule_does_not_cheat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
