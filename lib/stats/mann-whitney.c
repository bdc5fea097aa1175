// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/inference-private.h"

/*
 * Fills @score with the doubled midranks of the ascending @a and @b together, in
 * ascending order. Returns those of @a added up; @tied: whether any values are equal.
 */
static uint64_t midranks(uint64_t *score, const double *a, size_t n, const double *b,
			 size_t m, bool *tied)
{
	size_t i = 0, j = 0;
	uint64_t sum = 0;

	*tied = false;
	while (i < n || j < m) {
		double value = j == m || (i < n && a[i] < b[j]) ? a[i] : b[j];
		size_t before = i + j, first = i, size;
		uint64_t midrank;

		while (i < n && a[i] == value)
			i++;
		while (j < m && b[j] == value)
			j++;
		size = i + j - before;
		midrank = 2 * before + size + 1;
		for (size_t k = 0; k < size; k++)
			score[before + k] = midrank;
		sum += (i - first) * midrank;
		*tied |= size > 1;
	}
	return sum;
}

/* From the doubled rank sum of @n out of @n + @m distinct values. */
static void count_distinct(struct rank_p *result, uint64_t sum, size_t n, size_t m)
{
	struct null_counts c;
	size_t u = sum / 2 - n * (n + 1) / 2;

	_count_mann_whitney(&c, n, m);
	if (u > n * m - u)
		u = n * m - u;
	result->p = fmin(1, 2 * _null_at_most(&c, u));
	result->floor = fmin(1, 2 * _null_at_most(&c, 0));
	result->exact = true;
}

static int test_sorted(struct rank_p *result, const double *a, size_t n, const double *b,
		       size_t m)
{
	struct stratum all = { .size = n + m, .chosen = n };
	uint64_t *score = calloc(n + m, sizeof(*score)), sum;
	bool tied, count = n * m <= COUNTED_PAIRS;
	int ret = 0;

	if (!score)
		return -ENOMEM;
	sum = midranks(score, a, n, b, m, &tied);
	all.score = score;
	if (count && !tied)
		count_distinct(result, sum, n, m);
	else
		ret = _choice_test(result, &all, 1, sum, count);
	free(score);
	return ret;
}

int mann_whitney(struct rank_p *result, const double *a, size_t n, const double *b,
		 size_t m)
{
	double *sorted_a, *sorted_b;
	int ret = -ENOMEM;

	if (n > m) /* symmetric; to choose the fewer costs less */
		return mann_whitney(result, b, m, a, n);
	if (!_values_usable(a, n) || !_values_usable(b, m))
		return -EINVAL;
	sorted_a = _sorted_copy(a, n);
	sorted_b = _sorted_copy(b, m);
	if (sorted_a && sorted_b)
		ret = test_sorted(result, sorted_a, n, sorted_b, m);
	free(sorted_a);
	free(sorted_b);
	return ret;
}

double mann_whitney_floor(size_t n, size_t m)
{
	size_t fewer = n < m ? n : m, more = n < m ? m : n;
	double pairs = (double)n * (double)m, p = 2;

	if (n * m > COUNTED_PAIRS)
		return _normal_p(pairs / 2, 0.5, sqrt(pairs * (double)(n + m + 1) / 12));
	for (size_t i = 1; i <= fewer; i++)
		p *= (double)i / (double)(more + i);
	return fmin(1, p);
}
