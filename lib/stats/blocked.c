// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "stats/inference-private.h"

/* A value of a or b. */
struct blocked_value {
	double value;
	uint64_t score; /* its doubled midrank among all */
	unsigned int block;
	bool of_a;
};

static int by_value(const void *a, const void *b)
{
	const struct blocked_value *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static int by_block_and_score(const void *a, const void *b)
{
	const struct blocked_value *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (x->score > y->score) - (x->score < y->score);
}

/* Gives each value its score, and puts them in order of blocks. */
static void rank(struct blocked_value *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	for (size_t first = 0, end; first < n; first = end) {
		for (end = first + 1; end < n && v[end].value == v[first].value; end++)
			;
		for (size_t i = first; i < end; i++)
			v[i].score = first + end + 1;
	}
	qsort(v, n, sizeof(*v), by_block_and_score);
}

static size_t block_size(const struct blocked_value *v, size_t left)
{
	size_t n = 1;

	while (n < left && v[n].block == v[0].block)
		n++;
	return n;
}

static int test_blocks(struct rank_p *result, const struct blocked_value *v, size_t n)
{
	uint64_t *score = calloc(n, sizeof(*score)), sum = 0;
	struct stratum *stratum = calloc(n, sizeof(*stratum));
	size_t blocks = 0;
	int ret = -ENOMEM;

	if (!score || !stratum)
		goto out;
	for (size_t first = 0, size; first < n; first += size) {
		struct stratum *s = &stratum[blocks++];

		size = block_size(&v[first], n - first);
		*s = (struct stratum){ .score = &score[first], .size = size };
		for (size_t i = first; i < first + size; i++) {
			score[i] = v[i].score;
			s->chosen += v[i].of_a;
			sum += v[i].of_a ? score[i] : 0;
		}
	}
	ret = _choice_test(result, stratum, blocks, sum, true);
out:
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
		v[i] = (struct blocked_value){ a[i], 0, block_a[i], true };
	for (size_t i = 0; i < m; i++)
		v[n + i] = (struct blocked_value){ b[i], 0, block_b[i], false };
	rank(v, n + m);
	ret = test_blocks(result, v, n + m);
	free(v);
	return ret;
}
