// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "history/scan.h"
#include "history/changepoint.h"
#include "vectors.h"

static struct scan_cut scan(const double *value, size_t n, size_t least, double alpha,
			    unsigned int orders)
{
	struct scan_tables *tables = scan_tables_new();
	struct scan_cut cut =
		scan_best(value, n, least, alpha, orders, random_stream(1, 0), tables);

	scan_tables_free(tables);
	return cut;
}

static void check_scan(const struct vector *v)
{
	struct scan_cut cut =
		scan(v->value[0], v->n[0], changepoint_least(v->value[1][0]), .05, 0);

	assert_int_equal(cut.first, (size_t)v->value[2][0]);
	assert_int_equal(cut.at, (size_t)v->value[3][0]);
	assert_int_equal(cut.end, (size_t)v->value[4][0]);
	assert_same(cut.p, v->value[5][0]);
}

/* The chance of a cut is the share of orders that have one as good: of a few values all are counted. */
static void chances_are_those_of_orders(void **state)
{
	static const double value[] = { 1, 2, 3, 4, 5, 6 },
			    mixed[] = { 1, 6, 2, 5, 3, 4 };
	struct scan_cut cut = scan(value, 6, 7, 1, 20000);

	(void)state;
	/* 3 against 3 apart, in two directions and 3! * 3! orders each, of 6!. */
	assert_true(fabs(cut.p - .1) < 1e-9 && cut.at == 3);
	assert_true(fabs(cut.chance - 72. / 720) < 5 * sqrt(.1 * .9 / 20000));
	cut = scan(mixed, 6, 7, 1, 20000);
	assert_true(cut.chance > .5);
}

static void scans_equal_second_implementation(void **state)
{
	(void)state;
	each_vector("changepoint-scan", 6, check_scan);
}

static void check_changes(const struct vector *v)
{
	struct changepoint_options o = changepoint_defaults();
	struct changepoints c;
	double p = v->value[3][0];

	o.alpha = v->value[1][0];
	o.orders = 9999;
	assert_int_equal(changepoints_find(&c, v->value[0], v->n[0], &o), 0);
	assert_int_equal(c.n, v->n[2]);
	for (size_t i = 0; i < c.n; i++)
		assert_int_equal(c.change[i].at, (size_t)v->value[2][i]);
	/* It ends early where p is above alpha, so it is rougher there. */
	if (!isnan(p))
		assert_true(fabs(c.p - p) <=
			    5 * sqrt(p / (p > o.alpha ? 500 : o.orders)));
	changepoints_free(&c);
}

static void changes_equal_second_implementation(void **state)
{
	(void)state;
	each_vector("changepoint", 4, check_changes);
}

/* A cut's p is that of the test that it is said to be; above what is counted, too. */
static void cuts_are_mann_whitney(void **state)
{
	static double value[300];

	(void)state;
	for (size_t n = 4; n <= 300; n += n / 2) {
		struct scan_cut cut;
		struct rank_p r;

		for (size_t i = 0; i < n; i++)
			value[i] = sin((double)i * (double)i);
		cut = scan(value, n, n + 1, .05, 0);
		assert_true(cut.at >= CHANGEPOINT_SEGMENT &&
			    cut.at <= n - CHANGEPOINT_SEGMENT);
		assert_int_equal(
			mann_whitney(&r, value, cut.at, value + cut.at, n - cut.at), 0);
		assert_same(cut.p, r.p);
	}
}

struct made {
	size_t n;
	double value[200];
};

/* @n values around 0 with a spread of 1; values from @at on are @by higher. */
static struct made make(gsl_rng *rng, size_t n, size_t at, double by)
{
	struct made m = { .n = n };

	for (size_t i = 0; i < n; i++)
		m.value[i] = gsl_ran_gaussian_ziggurat(rng, 1) + (i >= at ? by : 0);
	return m;
}

static struct changepoints find(const struct made *m, double alpha)
{
	struct changepoint_options o = changepoint_defaults();
	struct changepoints c;

	o.alpha = alpha;
	assert_int_equal(changepoints_find(&c, m->value, m->n, &o), 0);
	for (size_t i = 0; i < c.n; i++) {
		const struct changepoint *x = &c.change[i];
		size_t before = i > 0 ? c.change[i - 1].at : 0;
		size_t next = i + 1 < c.n ? c.change[i + 1].at : m->n;

		assert_true(x->at >= before + CHANGEPOINT_SEGMENT);
		assert_true(x->at + CHANGEPOINT_SEGMENT <= next);
		assert_true(before < x->low && x->low <= x->at);
		assert_true(x->at <= x->high && x->high < next);
		assert_true(x->p > 0 && x->p <= alpha);
		assert_true(x->shift.low <= x->shift.estimate &&
			    x->shift.estimate <= x->shift.high);
	}
	return c;
}

static void finds_a_step(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	static const size_t places[] = { 3, 10, 27 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct made m = make(rng, 30, places[i], 20);
		struct changepoints c = find(&m, .05);

		assert_int_equal(c.n, 1);
		assert_int_equal(c.change[0].at, places[i]);
		assert_int_equal(c.change[0].low, places[i]);
		assert_int_equal(c.change[0].high, places[i]);
		assert_true(fabs(c.change[0].shift.estimate - 20) < 2);
		assert_true(c.p == c.change[0].p && c.drift > .05);
		changepoints_free(&c);
	}
	gsl_rng_free(rng);
}

/* A regression that was mended: without parts both steps hide each other. */
static void finds_up_and_down(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct made m = make(rng, 30, 10, 15);
	struct changepoints c;

	(void)state;
	for (size_t i = 20; i < 30; i++)
		m.value[i] -= 15;
	c = find(&m, .05);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.change[0].at, 10);
	assert_int_equal(c.change[1].at, 20);
	assert_true(c.change[0].shift.estimate > 12 && c.change[1].shift.estimate < -12);
	changepoints_free(&c);
	gsl_rng_free(rng);
}

/* However far it is off. */
static void an_outlier_is_no_change(void **state)
{
	static const double off[] = { 5, 1e3, 1e12, -1e12 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	(void)state;
	for (size_t n = 9; n <= 100; n += 13) {
		struct made m = make(rng, n, n, 0);
		struct changepoints c = find(&m, .01);
		size_t before = c.n;

		for (size_t i = 0; i < 4; i++) {
			struct made spiked = m;

			changepoints_free(&c);
			spiked.value[n * (i + 1) / 5] += off[i];
			c = find(&spiked, .01);
			assert_int_equal(c.n, before);
		}
		changepoints_free(&c);
	}
	gsl_rng_free(rng);
}

/* Values that few others have, as histograms give them; and all of them alike. */
static void ties(void **state)
{
	struct made m = { .n = 40 };
	struct changepoints c = find(&m, .05);

	(void)state;
	assert_int_equal(c.n, 0);
	assert_true(c.p == 1 && c.drift == 1 && !c.hopeless);
	changepoints_free(&c);
	for (size_t i = 20; i < 40; i++)
		m.value[i] = 1;
	c = find(&m, .05);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.change[0].at, 20);
	assert_true(c.change[0].shift.estimate == 1);
	changepoints_free(&c);
}

static void tells_a_drift(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct made m = make(rng, 60, 60, 0);
	struct changepoints c;

	(void)state;
	for (size_t i = 0; i < 60; i++)
		m.value[i] += (double)i;
	c = find(&m, .05);
	assert_true(c.n > 1 && c.drift < .05);
	changepoints_free(&c);
	gsl_rng_free(rng);
}

/* @n nights of which each has @correlation of the one before. */
static struct made make_alike(gsl_rng *rng, size_t n, double correlation)
{
	struct made m = { .n = n };
	double before = gsl_ran_gaussian_ziggurat(rng, 1);

	for (size_t i = 0; i < n; i++)
		m.value[i] = before = correlation * before +
				      gsl_ran_gaussian_ziggurat(
					      rng, sqrt(1 - correlation * correlation));
	return m;
}

static struct changepoints look(const struct made *m, double alpha)
{
	struct changepoint_options o = changepoint_defaults();
	struct changepoints c;

	o.alpha = alpha;
	o.correlation = .3;
	assert_int_equal(changepoints_find(&c, m->value, m->n, &o), 0);
	return c;
}

/* A clean step is found in its place, and is no drift: also among nights that are a little alike. */
static void a_step_is_no_drift(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	static const size_t places[] = { 20, 50, 90, 93 };

	(void)state;
	for (int alike = 0; alike < 2; alike++) {
		for (size_t i = 0; i < 4; i++) {
			struct made m = make_alike(rng, 100, alike * .3);
			struct changepoints c;

			for (size_t k = places[i]; k < m.n; k++)
				m.value[k] += 9;
			c = look(&m, .002);
			assert_int_equal(c.n, 1);
			assert_int_equal(c.change[0].at, places[i]);
			assert_true(fabs(c.change[0].shift.estimate - 9) < 2);
			assert_int_equal(c.change[0].drift, DRIFT_NONE);
			changepoints_free(&c);
		}
	}
	gsl_rng_free(rng);
}

/* Nearly each change of a slope, and most of nights that are much alike, are told to be a drift. */
static void drifts_are_told(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t changes[2] = { 0 }, drifts[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		struct made m = make_alike(rng, 100, 0);
		struct changepoints c;

		for (size_t k = 0; k < m.n; k++)
			m.value[k] += (i % 2 ? -6 : 6) * (double)k / 100;
		for (int kind = 0; kind < 2; kind++) {
			c = look(&m, .05);
			changes[kind] += c.n;
			for (size_t k = 0; k < c.n; k++)
				drifts[kind] += c.change[k].drift != DRIFT_NONE;
			changepoints_free(&c);
			m = make_alike(rng, 100, .95);
		}
	}
	assert_true(changes[0] >= 20 && drifts[0] > changes[0] * 9 / 10);
	assert_true(changes[1] >= 20 && drifts[1] > changes[1] * 7 / 10);
	gsl_rng_free(rng);
}

/* Nights that are as much alike as is allowed raise no more false alarms than others. */
static void alike_by_so_much(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	unsigned int found = 0, without = 0;

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		struct made m = make_alike(rng, 60, .3);
		struct changepoints c = look(&m, .05);

		found += c.n > 0;
		changepoints_free(&c);
		c = find(&m, .05);
		without += c.n > 0;
		changepoints_free(&c);
	}
	/* 5 %, and three standard errors; not known of, they are three times as many */
	assert_true(found <= 33);
	assert_true(without > 40);
	gsl_rng_free(rng);
}

static void too_few(void **state)
{
	struct made m = { .n = 7, .value = { 0, 0, 0, 9, 9, 9, 9 } };
	struct changepoints c = find(&m, .05);

	(void)state;
	assert_int_equal(changepoint_least(.05), 8);
	assert_int_equal(changepoint_least(.05 / 6), 11);
	assert_true(c.hopeless && c.n == 0 && c.p == 1);
	changepoints_free(&c);
	m.value[7] = 9;
	for (m.n = 1; m.n <= 3; m.n++) {
		c = find(&m, .5);
		assert_int_equal(c.n, 0);
		changepoints_free(&c);
	}
}

static void same_input_same_output(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct made m = make(rng, 50, 25, 1.2);
	struct changepoints a = find(&m, .05), b = find(&m, .05);

	(void)state;
	assert_int_equal(a.n, 1);
	assert_int_equal(b.n, 1);
	assert_memory_equal(a.change, b.change, sizeof(*a.change));
	assert_true(a.p == b.p && a.drift == b.drift);
	changepoints_free(&a);
	changepoints_free(&b);
	gsl_rng_free(rng);
}

static void refuses_bad_input(void **state)
{
	static double many[CHANGEPOINT_VALUES_MAX + 1];
	double value[] = { 1, 2, 3, NAN };
	struct changepoint_options o = changepoint_defaults();
	struct changepoints c;

	(void)state;
	assert_int_equal(changepoints_find(&c, value, 0, &o), -EINVAL);
	assert_int_equal(changepoints_find(&c, value, 4, &o), -EINVAL);
	assert_int_equal(changepoints_find(&c, many, CHANGEPOINT_VALUES_MAX + 1, &o),
			 -EINVAL);
	assert_int_equal(changepoints_find(&c, value, 3, &o), 0);
	changepoints_free(&c);
	o.alpha = 0;
	assert_int_equal(changepoints_find(&c, value, 3, &o), -EINVAL);
	o.alpha = .05;
	o.level = 1;
	assert_int_equal(changepoints_find(&c, value, 3, &o), -EINVAL);
	o.level = .95;
	o.correlation = 1;
	assert_int_equal(changepoints_find(&c, value, 3, &o), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scans_equal_second_implementation),
		cmocka_unit_test(chances_are_those_of_orders),
		cmocka_unit_test(changes_equal_second_implementation),
		cmocka_unit_test(cuts_are_mann_whitney),
		cmocka_unit_test(finds_a_step),
		cmocka_unit_test(finds_up_and_down),
		cmocka_unit_test(an_outlier_is_no_change),
		cmocka_unit_test(ties),
		cmocka_unit_test(tells_a_drift),
		cmocka_unit_test(a_step_is_no_drift),
		cmocka_unit_test(drifts_are_told),
		cmocka_unit_test(alike_by_so_much),
		cmocka_unit_test(too_few),
		cmocka_unit_test(same_input_same_output),
		cmocka_unit_test(refuses_bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
