// SPDX-License-Identifier: MIT
/*
 * The model of a run: its numbers are those of whole records, fault by fault, read by lib/sets; and
 * what is judged of such records never improves when stalls become longer or more frequent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "candidates.h"
#include "model.h"
#include "record/record.h"
#include "sets/metric.h"
#include "stats/ranktest.h"

#define RUNS	    600
#define LADDER_RUNS 40
/* By how much a quantile may differ by its place in a bucket, and chance. */
#define FLAT .01

/* One run, fault by fault. */
struct faults {
	gsl_rng *rng;
	struct model_run run;
	struct histogram woken, scheduled;
	double after;
};

static void run_cpu(struct faults *f)
{
	double at = 0, free_at = 0, stalled = 0, next[STALLS];

	for (int class = 0; class < STALLS; class ++)
		next[class] = model_gap(f->rng, &f->run, class);
	while ((at += gsl_ran_flat(f->rng, MODEL_PACE_MIN, MODEL_PACE_MAX)) <
	       MODEL_WINDOW) {
		double length = model_body(&f->run, gsl_rng_uniform_pos(f->rng));

		if (at < free_at) {
			histogram_add(&f->scheduled, (uint64_t)(free_at - at));
			continue;
		}
		for (int class = 0; class < STALLS; class ++) {
			if (at - stalled < next[class])
				continue;
			length = model_stall(f->rng, &f->run, class);
			stalled += length;
			next[class] += model_gap(f->rng, &f->run, class);
			break;
		}
		free_at = at + length;
		histogram_add(&f->woken, (uint64_t)length);
		histogram_add(&f->scheduled, (uint64_t)length);
	}
	f->after += fmax(free_at - MODEL_WINDOW, 0);
}

/* The record of one run; of what the numbers of thp are read from. */
static void make_record(gsl_rng *rng, const struct machine *m,
			const struct change *change, struct record *r)
{
	static struct faults f;
	static char subtest[] = "thp-busy";

	f.rng = rng;
	f.after = 0;
	histogram_reset(&f.woken);
	histogram_reset(&f.scheduled);
	model_draw_run(rng, m, change, 1, &f.run);
	for (int cpu = 0; cpu < MODEL_CPUS; cpu++)
		run_cpu(&f);
	*r = (struct record){ .subtest = subtest,
			      .cpus = MODEL_CPUS,
			      .after_window_ns = (uint64_t)f.after };
	r->config.duration_ns = (uint64_t)MODEL_WINDOW;
	r->config.interval_min_ns = (uint64_t)MODEL_PACE_MIN;
	r->config.interval_max_ns = (uint64_t)MODEL_PACE_MAX;
	assert_int_equal(distribution_from_histogram(&r->woken, &f.woken), 0);
	assert_int_equal(distribution_from_histogram(&r->scheduled, &f.scheduled), 0);
}

/* What lib/sets reads from the record of one run. */
static void read_run(gsl_rng *rng, const struct machine *m, const struct change *change,
		     double number[NUMBER_TIMER_P50])
{
	static struct metrics metrics;
	struct record r;

	if (metrics.n == 0)
		metrics_init(&metrics);
	make_record(rng, m, change, &r);
	for (int j = 0; j < NUMBER_TIMER_P50; j++) {
		size_t at = metrics_find(&metrics, number_name(j));

		assert_true(at < metrics.n);
		assert_true(metric_is_difference(&metrics.metric[at]) ==
			    number_is_difference(j));
		number[j] = metric_read(&metrics.metric[at], &r, false).value;
		assert_false(isnan(number[j]));
	}
	distribution_free(&r.woken);
	distribution_free(&r.scheduled);
}

/* The distance between the first and the last tenth. */
static double width(double *value)
{
	gsl_sort(value, 1, RUNS);
	return gsl_stats_quantile_from_sorted_data(value, 1, RUNS, .9) -
	       gsl_stats_quantile_from_sorted_data(value, 1, RUNS, .1);
}

static void compare(const struct machine *m, enum number n, double *drawn,
		    double *counted)
{
	/* One stall more or less, a CPU-minute. */
	double one = n >= NUMBER_STALLS_1MS && n <= NUMBER_STALLS_100MS
			     ? 60e9 / (MODEL_CPUS * MODEL_WINDOW)
			     : 0;
	double apart = fabs(width(drawn) - width(counted));
	struct rank_p rank;

	assert_int_equal(mann_whitney(&rank, drawn, RUNS, counted, RUNS), 0);
	if (rank.p <= 1e-4 || apart > .3 * width(counted) + 1.01 * one)
		fail_msg("%s: %s is %g, of records %g (p %g); width %g, of records %g",
			 m->name, number_name(n), drawn[RUNS / 2], counted[RUNS / 2],
			 rank.p, width(drawn), width(counted));
}

/* Location and spread of each number, drawn by the model and counted fault by fault. */
static void numbers_are_those_of_records(void **state)
{
	static double drawn[NUMBERS][RUNS], counted[NUMBERS][RUNS];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	(void)state;
	for (int m = 0; m < MACHINES_ALL; m++) {
		for (size_t i = 0; i < RUNS; i++) {
			double a[NUMBERS], b[NUMBERS];

			model_draw(rng, &machines[m], &change_none, 1, a);
			read_run(rng, &machines[m], &change_none, b);
			for (int j = 0; j < NUMBER_TIMER_P50; j++) {
				drawn[j][i] = a[j];
				counted[j][i] = b[j];
			}
		}
		for (int j = 0; j < NUMBER_TIMER_P50; j++)
			compare(&machines[m], j, drawn[j], counted[j]);
	}
	gsl_rng_free(rng);
}

/* The mean of each number over runs with the same random numbers. */
static void mean_of_runs(const struct machine *m, const struct change *change,
			 double mean[NUMBER_TIMER_P50])
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	memset(mean, 0, NUMBER_TIMER_P50 * sizeof(*mean));
	for (unsigned long i = 0; i < LADDER_RUNS; i++) {
		double number[NUMBER_TIMER_P50];

		gsl_rng_set(rng, i + 1);
		read_run(rng, m, change, number);
		for (int j = 0; j < NUMBER_TIMER_P50; j++)
			mean[j] += number[j] / LADDER_RUNS;
	}
	gsl_rng_free(rng);
}

/* Goes up a ladder of changes: no number that is judged falls, and the share of time rises. */
static void climb(const struct machine *m, const struct change *ladder, size_t steps)
{
	double last[NUMBER_TIMER_P50], mean[NUMBER_TIMER_P50];

	mean_of_runs(m, &ladder[0], last);
	for (size_t i = 1; i < steps; i++) {
		mean_of_runs(m, &ladder[i], mean);
		for (int j = 0; j < NUMBER_TIMER_P50; j++) {
			/* The lower quantiles are of the faults that do not stall. */
			double least =
				number_is_difference(j) ? last[j] : (1 - FLAT) * last[j];

			if (candidates_judged & 1u << j && mean[j] < least)
				fail_msg("%s, step %zu: %s falls from %g to %g", m->name,
					 i, number_name(j), last[j], mean[j]);
		}
		assert_true(mean[NUMBER_FAULT_TIME] > last[NUMBER_FAULT_TIME]);
		memcpy(last, mean, sizeof(last));
	}
}

static void longer_stalls_are_never_better(void **state)
{
	static const struct change ladder[] = {
		{ 1, 1, 1, .5, 0, 1, 1 },
		{ 1, 1, 1, 1, 0, 1, 1 },
		{ 1, 1, 1, 2, 0, 1, 1 },
		{ 1, 1, 1, 4, 0, 1, 1 },
	};

	(void)state;
	for (int m = 0; m < MACHINES; m++)
		climb(&machines[m], ladder, sizeof(ladder) / sizeof(*ladder));
}

static void more_stalls_are_never_better(void **state)
{
	static const struct change ladder[] = {
		{ 1, 1, 0, 1, 0, 1, 1 }, { 1, 1, .5, 1, 0, 1, 1 },
		{ 1, 1, 1, 1, 0, 1, 1 }, { 1, 1, 2, 1, 0, 1, 1 },
		{ 1, 1, 4, 1, 0, 1, 1 },
	};

	(void)state;
	for (int m = 0; m < MACHINES; m++)
		climb(&machines[m], ladder, sizeof(ladder) / sizeof(*ladder));
}

/* A rate by wall time falls where stalls become longer: what the exposure of lib/sets is for. */
static void rates_by_wall_time_would_be(void **state)
{
	const struct change longer = { 1, 1, 1, 4, 0, 1, 1 };
	const struct machine *m = &machines[MACHINE_LOOP];
	double usual[NUMBER_TIMER_P50], slow[NUMBER_TIMER_P50];

	(void)state;
	mean_of_runs(m, &change_none, usual);
	mean_of_runs(m, &longer, slow);
	assert_true(slow[NUMBER_STALLS_1MS] * (1 - slow[NUMBER_FAULT_TIME] / 100) <
		    usual[NUMBER_STALLS_1MS] * (1 - usual[NUMBER_FAULT_TIME] / 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_those_of_records),
		cmocka_unit_test(longer_stalls_are_never_better),
		cmocka_unit_test(more_stalls_are_never_better),
		cmocka_unit_test(rates_by_wall_time_would_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
