// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/distribution.h"
#include "stats/random.h"

static void empty(void **state)
{
	static struct histogram h;
	struct distribution d, other = { 0 };

	(void)state;
	histogram_reset(&h);
	assert_int_equal(distribution_from_histogram(&d, &h), 0);
	assert_int_equal(d.count, 0);
	assert_int_equal(d.min, 0);
	assert_int_equal(d.max, 0);
	assert_int_equal(d.buckets, 0);
	assert_int_equal(distribution_quantile(&d, 0.5), 0);
	assert_true(distribution_mean(&d) == 0.0);
	assert_false(distribution_supports(&d, 0.5));
	assert_int_equal(distribution_merge(&other, &d), 0);
	assert_int_equal(other.count, 0);
	distribution_free(&other);
	distribution_free(&d);
	distribution_free(NULL);
}

static void from_histogram(void **state)
{
	static struct histogram h;
	struct distribution d;

	(void)state;
	histogram_reset(&h);
	histogram_add(&h, 1001);
	histogram_add_n(&h, 3, 2);
	histogram_add(&h, UINT64_MAX / 4);
	assert_int_equal(distribution_from_histogram(&d, &h), 0);
	assert_int_equal(d.count, 4);
	assert_int_equal(d.min, 3);
	assert_true(d.max == UINT64_MAX / 4);
	assert_true(d.sum == 6 + 1001 + UINT64_MAX / 4);
	assert_int_equal(d.buckets, 3);
	assert_int_equal(d.bucket[0].lower, 3);
	assert_int_equal(d.bucket[0].count, 2);
	assert_int_equal(d.bucket[1].lower, 1000);
	assert_int_equal(d.bucket[1].count, 1);
	assert_true(d.bucket[2].lower ==
		    histogram_lower(histogram_index(UINT64_MAX / 4)));
	assert_true(distribution_mean(&d) == (double)d.sum / 4);
	distribution_free(&d);
	assert_null(d.bucket);
	assert_int_equal(d.count, 0);
}

static void between_two_looks(void **state)
{
	static struct histogram before, now;
	struct distribution d;

	(void)state;
	histogram_reset(&now);
	histogram_add_n(&now, 10, 5);
	histogram_add(&now, 100000);
	before = now;
	histogram_add_n(&now, 10, 2);
	histogram_add(&now, 2000);
	assert_int_equal(distribution_between(&d, &before, &now), 0);
	assert_int_equal(d.count, 3);
	assert_int_equal(d.buckets, 2);
	assert_int_equal(d.bucket[0].count, 2);
	assert_int_equal(d.sum, 2020);
	assert_int_equal(d.min, 10);
	/* The bucket's end: 2000 to 2003. The whole time's maximum does not count. */
	assert_int_equal(d.max, 2003);
	distribution_free(&d);

	/* ... unless it is in this very bucket. */
	before = now;
	histogram_add(&now, 400001);
	assert_int_equal(distribution_between(&d, &before, &now), 0);
	assert_int_equal(d.max, 400001);
	distribution_free(&d);

	assert_int_equal(distribution_between(&d, &now, &now), 0);
	assert_int_equal(d.count, 0);
	distribution_free(&d);
}

/* Values at a threshold, and what is above it: exact counts, sums within a bucket. */
static void from_a_threshold(void **state)
{
	static const uint64_t thresholds[] = { 1000000, 10000000, 100000000 };
	static struct histogram h;
	struct random_state r = random_stream(7, 0);
	struct distribution d;

	(void)state;
	for (size_t t = 0; t < sizeof(thresholds) / sizeof(*thresholds); t++) {
		uint64_t from = thresholds[t], count = 0;
		struct distribution_tail tail;
		double sum = 0;

		histogram_reset(&h);
		for (unsigned int i = 0; i < 4000; i++) {
			/* a tenth to ten times the threshold, but not within a bucket of it */
			uint64_t value = from / 10 + random_below(&r, 10 * from);

			if (value > from - from / 250 && value < from + from / 250)
				continue;
			histogram_add(&h, value);
			count += value >= from;
			sum += value >= from ? (double)value : 0;
		}
		assert_int_equal(distribution_from_histogram(&d, &h), 0);
		tail = distribution_from(&d, from);
		assert_int_equal(tail.count, count);
		assert_true(fabs(tail.sum / sum - 1) < 0.002);
		/* All that there is, and nothing. */
		assert_int_equal(distribution_from(&d, 0).count, d.count);
		assert_true(fabs(distribution_from(&d, 0).sum / (double)d.sum - 1) <
			    0.002);
		assert_int_equal(distribution_from(&d, d.max + 1).count, 0);
		assert_true(distribution_from(&d, d.max + 1).sum == 0);
		distribution_free(&d);
	}
}

/* A bucket that holds the threshold counts whole, as a quantile in it says. */
static void at_a_threshold(void **state)
{
	static const struct {
		uint64_t from, first; /* the lower end of the bucket that holds it */
	} cases[] = { { 1000000, 999424 },
		      { 10000000, 9994240 },
		      { 100000000, 99876864 } };
	static struct histogram h;
	struct distribution d;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		histogram_reset(&h);
		histogram_add_n(&h, cases[i].first - 1, 3); /* below */
		histogram_add_n(&h, cases[i].first, 5);	    /* in its bucket */
		histogram_add_n(&h, 2 * cases[i].from, 2);
		assert_int_equal(distribution_from_histogram(&d, &h), 0);
		assert_int_equal(distribution_from(&d, cases[i].from).count, 7);
		assert_true(distribution_at_rank(&d, 4) >= cases[i].from);
		assert_true(distribution_at_rank(&d, 3) < cases[i].from);
		distribution_free(&d);

		/* Where it is the last one, its exact maximum decides. */
		histogram_reset(&h);
		histogram_add_n(&h, cases[i].from - 1, 4);
		assert_int_equal(distribution_from_histogram(&d, &h), 0);
		assert_int_equal(distribution_from(&d, cases[i].from).count, 0);
		distribution_free(&d);
	}
}

static void assert_same(const struct distribution *a, const struct distribution *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->min, b->min);
	assert_int_equal(a->max, b->max);
	assert_int_equal(a->sum, b->sum);
	assert_int_equal(a->buckets, b->buckets);
	assert_memory_equal(a->bucket, b->bucket, a->buckets * sizeof(*a->bucket));
}

static void merge_is_adding_all(void **state)
{
	static struct histogram parts[3], whole;
	struct distribution merged = { 0 }, d, expected;
	struct random_state r = random_stream(2, 0);

	(void)state;
	histogram_reset(&whole);
	for (unsigned int i = 0; i < 3; i++)
		histogram_reset(&parts[i]);
	for (unsigned int i = 0; i < 5000; i++) {
		uint64_t value = 7 + (random_next(&r) >> (20 + random_below(&r, 44)));

		histogram_add(&parts[random_below(&r, 3)], value);
		histogram_add(&whole, value);
	}
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(distribution_from_histogram(&d, &parts[i]), 0);
		assert_int_equal(distribution_merge(&merged, &d), 0);
		distribution_free(&d);
	}
	assert_int_equal(distribution_from_histogram(&expected, &whole), 0);
	assert_same(&merged, &expected);

	/* The sum saturates instead of wrapping. */
	merged.sum = UINT64_MAX - 1;
	assert_int_equal(distribution_merge(&merged, &expected), 0);
	assert_true(merged.sum == UINT64_MAX);
	distribution_free(&merged);
	distribution_free(&expected);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Checks every per mille of @values against its sorted self. */
static void check_quantiles(uint64_t *values, size_t n)
{
	static struct histogram h;
	struct distribution d;

	histogram_reset(&h);
	for (size_t i = 0; i < n; i++)
		histogram_add(&h, values[i]);
	qsort(values, n, sizeof(*values), by_value);
	assert_int_equal(distribution_from_histogram(&d, &h), 0);
	for (size_t permille = 1; permille <= 1000; permille++) {
		/* Inverted CDF: the value of rank ceil(p * n), counted from 1. */
		size_t rank = (permille * n + 999) / 1000;
		uint64_t exact = values[rank - 1];
		uint64_t q = distribution_quantile(&d, (double)permille / 1000);

		if (exact < 512)
			assert_int_equal(q, exact);
		else
			assert_true(fabs((double)q - (double)exact) <=
				    0.002 * (double)exact);
	}
	assert_int_equal(distribution_quantile(&d, 1e-12), values[0]);
	assert_int_equal(distribution_quantile(&d, 1), values[n - 1]);
	distribution_free(&d);
}

#define MOST 10000

static void quantiles_of_small_values(void **state)
{
	static uint64_t values[MOST];
	static const size_t sizes[] = { 1, 2, 3, 7, 10, 99, 100, 101, 1000, 4001 };
	struct random_state r = random_stream(3, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t k = 0; k < sizes[i]; k++)
			values[k] = random_below(&r, 512);
		check_quantiles(values, sizes[i]);
	}
}

static void quantiles_of_all_magnitudes(void **state)
{
	static uint64_t values[MOST];
	static const size_t sizes[] = { 1, 5, 100, 999, MOST };
	struct random_state r = random_stream(4, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t k = 0; k < sizes[i]; k++)
			values[k] = random_next(&r) >> random_below(&r, 64);
		check_quantiles(values, sizes[i]);
	}
}

/* Latencies look like this: most in a few buckets, and a long thin tail. */
static void quantiles_of_a_tail(void **state)
{
	static uint64_t values[MOST];
	struct random_state r = random_stream(5, 0);

	(void)state;
	for (size_t i = 0; i < MOST; i++) {
		double u = (double)(random_next(&r) >> 11) / (double)(1ull << 53);

		values[i] = 60000 + (uint64_t)(5000 * pow(1 - u, -1.5));
	}
	check_quantiles(values, MOST);
}

static void quantiles_stay_within_the_extremes(void **state)
{
	static struct histogram h;
	struct distribution d;

	(void)state;
	/* One bucket: its middle is that of neither. */
	for (unsigned int i = 0; i < 2; i++) {
		static const uint64_t ends[] = { 999424, 1001471 };

		assert_int_equal(histogram_index(ends[0]), histogram_index(ends[1]));
		histogram_reset(&h);
		histogram_add_n(&h, ends[i], 10);
		assert_int_equal(distribution_from_histogram(&d, &h), 0);
		assert_int_equal(distribution_quantile(&d, 0.5), ends[i]);
		distribution_free(&d);
	}
}

static void samples_needed(void **state)
{
	static const struct {
		double p;
		uint64_t n;
	} table[] = {
		{ 0.5, 6 }, { 0.9, 36 }, { 0.95, 72 }, { 0.99, 368 }, { 0.999, 3688 }
	};
	struct distribution d = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(quantile_samples_needed(table[i].p), table[i].n);
		assert_true(pow(table[i].p, (double)table[i].n) <= 0.025);
		assert_true(pow(table[i].p, (double)table[i].n - 1) > 0.025);
		d.count = table[i].n;
		assert_true(distribution_supports(&d, table[i].p));
		d.count--;
		assert_false(distribution_supports(&d, table[i].p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(from_histogram),
		cmocka_unit_test(between_two_looks),
		cmocka_unit_test(merge_is_adding_all),
		cmocka_unit_test(from_a_threshold),
		cmocka_unit_test(at_a_threshold),
		cmocka_unit_test(quantiles_of_small_values),
		cmocka_unit_test(quantiles_of_all_magnitudes),
		cmocka_unit_test(quantiles_of_a_tail),
		cmocka_unit_test(quantiles_stay_within_the_extremes),
		cmocka_unit_test(samples_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
