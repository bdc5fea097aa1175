// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "stats/random.h"
#include "stats/ranktest.h"
#include "vectors.h"

static void check_vector(const struct vector *v)
{
	struct rank_p r;
	double tau;

	assert_int_equal(kendall_drift(v->value[0], v->n[0], &tau, &r), 0);
	assert_same(tau, v->value[1][0]);
	assert_same(r.p, v->value[2][0]);
	assert_same(r.floor, v->value[3][0]);
	assert_int_equal(r.exact, (int)v->value[4][0]);
}

static void equals_trusted(void **state)
{
	(void)state;
	each_vector("kendall", 5, check_vector);
}

/* Heap's algorithm: the next of all orders. @c counts, and starts with zeros. */
static int next_order(double *value, size_t n, size_t *c)
{
	for (size_t i = 1; i < n; i++) {
		if (c[i] < i) {
			size_t with = i % 2 ? c[i] : 0;
			double moved = value[with];

			value[with] = value[i];
			value[i] = moved;
			c[i]++;
			return 1;
		}
		c[i] = 0;
	}
	return 0;
}

/* Over all orders, as many have a p this small as it says. */
static void check_all_orders(double *value, size_t n)
{
	static double p[720];
	size_t orders = 0, c[6] = { 0 };

	do {
		struct rank_p r;
		double tau;

		assert_int_equal(kendall_drift(value, n, &tau, &r), 0);
		assert_true(r.floor <= r.p && r.p <= 1 && fabs(tau) <= 1);
		p[orders++] = r.p;
	} while (next_order(value, n, c));
	for (size_t i = 0; i < orders; i++) {
		size_t smaller = 0;

		for (size_t j = 0; j < orders; j++)
			smaller += p[j] <= p[i] + 1e-12;
		assert_same(p[i], (double)smaller / (double)orders);
	}
}

static void is_a_p_over_all_orders(void **state)
{
	double distinct[] = { 1, 2, 3, 4, 5, 6 }, tied[] = { 1, 1, 2, 2, 2, 3 };

	(void)state;
	check_all_orders(distinct, 3);
	check_all_orders(distinct, 6);
	check_all_orders(tied, 5);
	check_all_orders(tied, 6);
}

/* Backwards it is the same drift the other way, at any size. */
static void backwards(void **state)
{
	static double a[2000], b[2000];
	struct random_state random = random_stream(12, 0);

	(void)state;
	for (size_t n = 3; n <= 2000; n += n / 3 + 1) {
		uint64_t different = n % 2 ? 1 + n / 2 : 1u << 30;
		struct rank_p r, back;
		double tau, back_tau;

		for (size_t i = 0; i < n; i++)
			a[i] = b[n - 1 - i] = (double)random_below(&random, different);
		assert_int_equal(kendall_drift(a, n, &tau, &r), 0);
		assert_int_equal(kendall_drift(b, n, &back_tau, &back), 0);
		assert_same(back_tau, -tau);
		assert_same(back.p, r.p);
		assert_int_equal(r.exact, n <= 100);
		assert_true(r.p > 1e-4);
		for (size_t i = 0; i < n; i++)
			a[i] = (double)i;
		assert_int_equal(kendall_drift(a, n, &tau, &r), 0);
		assert_true(tau == 1 && r.p == r.floor);
	}
}

static void refuses_bad_input(void **state)
{
	double a[] = { 1, 2, 3, NAN }, tau;
	struct rank_p r;

	(void)state;
	assert_int_equal(kendall_drift(a, 0, &tau, &r), -EINVAL);
	assert_int_equal(kendall_drift(a, 2, &tau, &r), -EINVAL);
	assert_int_equal(kendall_drift(a, 3, &tau, &r), 0);
	assert_int_equal(kendall_drift(a, 4, &tau, &r), -EINVAL);
	a[3] = -INFINITY;
	assert_int_equal(kendall_drift(a, 4, &tau, &r), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_trusted),
		cmocka_unit_test(is_a_p_over_all_orders),
		cmocka_unit_test(backwards),
		cmocka_unit_test(refuses_bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
