// SPDX-License-Identifier: MIT
#include <errno.h>
#include <float.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "stats/inference-private.h"

/* A value of a or b, in order of blocks and within them of values. */
struct blocked_value {
	double value;
	unsigned int block;
	bool of_a;
};

static int by_block_and_value(const void *a, const void *b)
{
	const struct blocked_value *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

static size_t block_size(const struct blocked_value *v, size_t left)
{
	size_t n = 1;

	while (n < left && v[n].block == v[0].block)
		n++;
	return n;
}

/* What @v has more than the mean of its block. Added up in the order of values: neither
 * the order of the runs nor which side they are of changes the outcome. */
static void align(double *aligned, const struct blocked_value *v, size_t n)
{
	for (size_t first = 0, size; first < n; first += size) {
		double mean = 0;

		size = block_size(&v[first], n - first);
		for (size_t i = first; i < first + size; i++)
			mean += v[i].value / (double)size;
		for (size_t i = first; i < first + size; i++)
			aligned[i] = v[i].value - mean;
	}
}

/* How far apart rounding alone may leave two aligned values that are equal. */
static double rounding(const struct blocked_value *v, size_t n)
{
	double largest = 0;

	for (size_t i = 0; i < n; i++)
		largest = fmax(largest, fabs(v[i].value));
	return 4 * DBL_EPSILON * (double)n * largest;
}

/* Doubled midranks of @value, whose ascending order is @order. */
static void midranks(uint64_t *score, const double *value, const size_t *order, size_t n,
		     double equal)
{
	for (size_t first = 0, end; first < n; first = end) {
		for (end = first + 1; end < n; end++) {
			if (value[order[end]] - value[order[end - 1]] > equal)
				break;
		}
		for (size_t i = first; i < end; i++)
			score[order[i]] = first + end + 1;
	}
}

static int test_blocks(struct rank_p *result, const struct blocked_value *v, size_t n)
{
	double *aligned = calloc(n, sizeof(*aligned));
	size_t *order = calloc(n, sizeof(*order));
	uint64_t *score = calloc(n, sizeof(*score)), sum = 0;
	struct stratum *stratum = calloc(n, sizeof(*stratum));
	size_t blocks = 0;
	int ret = -ENOMEM;

	if (!aligned || !order || !score || !stratum)
		goto out;
	align(aligned, v, n);
	gsl_sort_index(order, aligned, 1, n);
	midranks(score, aligned, order, n, rounding(v, n));
	for (size_t first = 0, size; first < n; first += size) {
		struct stratum *s = &stratum[blocks++];

		size = block_size(&v[first], n - first);
		*s = (struct stratum){ .score = &score[first], .size = size };
		for (size_t i = first; i < first + size; i++) {
			s->chosen += v[i].of_a;
			sum += v[i].of_a ? score[i] : 0;
		}
	}
	ret = _choice_test(result, stratum, blocks, sum, true);
out:
	free(aligned);
	free(order);
	free(score);
	free(stratum);
	return ret;
}

int blocked_rank_test(struct rank_p *result, const double *a, const unsigned int *block_a,
		      size_t n, const double *b, const unsigned int *block_b, size_t m)
{
	struct blocked_value *v;
	int ret;

	if (!_values_usable(a, n) || !_values_usable(b, m))
		return -EINVAL;
	v = calloc(n + m, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		v[i] = (struct blocked_value){ a[i], block_a[i], true };
	for (size_t i = 0; i < m; i++)
		v[n + i] = (struct blocked_value){ b[i], block_b[i], false };
	qsort(v, n + m, sizeof(*v), by_block_and_value);
	ret = test_blocks(result, v, n + m);
	free(v);
	return ret;
}
