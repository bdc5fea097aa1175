// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "stats/estimate.h"
#include "stats/random.h"
#include "vectors.h"

static void check_vector(const struct vector *v)
{
	uint64_t low, high;

	assert_int_equal(quantile_ranks((uint64_t)v->value[0][0], v->value[1][0],
					v->value[2][0], &low, &high),
			 0);
	assert_int_equal(low, (uint64_t)v->value[3][0]);
	assert_int_equal(high, (uint64_t)v->value[4][0]);
}

static void equals_trusted(void **state)
{
	(void)state;
	each_vector("quantile-ranks", 5, check_vector);
}

/* There is an upper rank as soon as distribution_supports() says so, and no sooner. */
static void agrees_with_samples_needed(void **state)
{
	static const double quantiles[] = { .5, .9, .99, .999, .9999 };
	uint64_t low, high, needed;

	(void)state;
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		needed = quantile_samples_needed(quantiles[i]);
		assert_int_equal(quantile_ranks(needed, quantiles[i], .95, &low, &high),
				 0);
		assert_int_equal(high, needed);
		assert_int_equal(
			quantile_ranks(needed - 1, quantiles[i], .95, &low, &high), 0);
		assert_int_equal(high, needed);
	}
}

/* Up to the largest number there is: ranks enclose the quantile, about as far as they must. */
static void holds_at_any_size(void **state)
{
	static const double quantiles[] = { 1e-9, .01, .5, .9, .999, 1 - 1e-9 };

	(void)state;
	for (uint64_t n = 1; n < UINT64_MAX / 7; n = n * 7 + 3) {
		for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
			double p = quantiles[i], at = (double)n * p;
			double reach = 3 * sqrt(at * (1 - p)) + 3 + at * 1e-9;
			uint64_t low, high;

			assert_int_equal(quantile_ranks(n, p, .95, &low, &high), 0);
			assert_true(low < high && high <= n + 1);
			assert_true((double)low <= at + 1 && (double)high >= at);
			assert_true((double)low >= at - reach &&
				    (double)high <= at + reach);
		}
	}
}

/* Symmetric about the median; wider for a higher level. */
static void symmetric_and_nested(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 3000; n = n * 5 / 4 + 1) {
		uint64_t low, high, last_low = n, last_high = 1;

		for (unsigned int percent = 50; percent < 100; percent += 5) {
			double level = percent / 100.0;

			assert_int_equal(quantile_ranks(n, .5, level, &low, &high), 0);
			assert_int_equal(low + high, n + 1);
			assert_true(low <= last_low && high >= last_high);
			last_low = low;
			last_high = high;
		}
	}
}

static void values_at_ranks(void **state)
{
	static struct histogram h;
	struct distribution d;
	uint64_t low, high;

	(void)state;
	histogram_reset(&h);
	for (uint64_t value = 1; value <= 100; value++)
		histogram_add(&h, value);
	assert_int_equal(distribution_from_histogram(&d, &h), 0);
	for (uint64_t rank = 1; rank <= 100; rank++)
		assert_int_equal(distribution_at_rank(&d, rank), rank);
	assert_int_equal(distribution_at_rank(&d, 0), 1);
	assert_int_equal(distribution_at_rank(&d, 101), 100);

	/* Of 100 values, the median lies between the 40th and the 61st. */
	assert_int_equal(distribution_quantile_interval(&d, .5, .95, &low, &high), 0);
	assert_int_equal(low, 40);
	assert_int_equal(high, 61);
	assert_int_equal(distribution_quantile_interval(&d, .99, .95, &low, &high), 0);
	assert_true(low > 90 && low < 99);
	assert_true(high == UINT64_MAX);
	assert_int_equal(distribution_quantile_interval(&d, .01, .95, &low, &high), 0);
	assert_int_equal(low, 0);
	assert_true(high > 2 && high < 10);
	distribution_free(&d);
	assert_int_equal(distribution_quantile_interval(&d, .5, .95, &low, &high),
			 -EINVAL);
}

#define DRAWS 200

/* Drawn anew 2000 times: the interval holds the true quantile as often as it says. */
static void covers(void **state)
{
	static const double quantiles[] = { .5, .9, .99 };
	struct random_state random = random_stream(13, 0);
	const uint64_t most = 400;

	(void)state;
	for (size_t k = 0; k < sizeof(quantiles) / sizeof(quantiles[0]); k++) {
		uint64_t truth = (uint64_t)(quantiles[k] * (double)most), held = 0;

		for (unsigned int round = 0; round < 2000; round++) {
			static struct histogram h;
			struct distribution d;
			uint64_t low, high;

			histogram_reset(&h);
			for (unsigned int i = 0; i < DRAWS; i++)
				histogram_add(&h, 1 + random_below(&random, most));
			assert_int_equal(distribution_from_histogram(&d, &h), 0);
			assert_int_equal(distribution_quantile_interval(&d, quantiles[k],
									.95, &low, &high),
					 0);
			held += low <= truth && truth <= high;
			distribution_free(&d);
		}
		assert_true(held >=
			    1880); /* .94; of .95, 4 times the standard error is .02 */
	}
}

static void refuses_bad_input(void **state)
{
	static const double bad[] = { 0, 1, -1, 2, NAN, INFINITY };
	uint64_t low, high;

	(void)state;
	assert_int_equal(quantile_ranks(0, .5, .95, &low, &high), -EINVAL);
	assert_int_equal(quantile_ranks(UINT64_MAX, .5, .95, &low, &high), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(quantile_ranks(10, bad[i], .95, &low, &high), -EINVAL);
		assert_int_equal(quantile_ranks(10, .5, bad[i], &low, &high), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_trusted),
		cmocka_unit_test(agrees_with_samples_needed),
		cmocka_unit_test(holds_at_any_size),
		cmocka_unit_test(symmetric_and_nested),
		cmocka_unit_test(values_at_ranks),
		cmocka_unit_test(covers),
		cmocka_unit_test(refuses_bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
