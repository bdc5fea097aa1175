// SPDX-License-Identifier: MIT
/* Rank tests: Mann and Whitney's, within blocks, and Kendall's for a drift. */
#include "stats/ranktest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/internal.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* From the doubled rank sum of @n out of @n + @m distinct values. */
static void count_distinct(struct rank_p *result, uint64_t sum, size_t n, size_t m)
{
	struct null_counts c;
	size_t u = sum / 2 - n * (n + 1) / 2;

	null_count_mann_whitney(&c, n, m);
	if (u > n * m - u)
		u = n * m - u;
	result->p = fmin(1, 2 * null_at_most(&c, u));
	result->floor = fmin(1, 2 * null_at_most(&c, 0));
	result->exact = true;
}

double mann_whitney_floor(size_t n, size_t m)
{
	size_t fewer = n < m ? n : m, more = n < m ? m : n;
	double pairs = (double)n * (double)m, p = 2;

	if (n * m > COUNTED_PAIRS)
		return null_normal_p(pairs / 2, 0.5,
				     sqrt(pairs * (double)(n + m + 1) / 12));
	for (size_t i = 1; i <= fewer; i++)
		p *= (double)i / (double)(more + i);
	return fmin(1, p);
}

/* A value of a or b. */
struct blocked_value {
	double value;
	unsigned int
		block; /* of the caller; from 0 on without gaps once blocks are numbered */
};

/* Both samples, ascending, and the blocks with room for the scores of their values. */
struct blocked_samples {
	struct blocked_value *value[2];
	size_t n[2];
	struct stratum *stratum;
	uint64_t **score; /* of each stratum */
	uint64_t *scores; /* of all */
	size_t blocks;
};

static int by_block(const void *a, const void *b)
{
	const struct blocked_value *const *x = a, *const *y = b;

	return ((*x)->block > (*y)->block) - ((*x)->block < (*y)->block);
}

static int by_value(const void *a, const void *b)
{
	const struct blocked_value *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* Numbers the blocks from 0 on, and makes each a stratum. */
static void number_blocks(struct blocked_samples *s)
{
	size_t all = s->n[0] + s->n[1];
	CLEANUP_FREE struct blocked_value **v = xcalloc(all, sizeof(*v));
	unsigned int last = 0;

	for (size_t i = 0; i < all; i++)
		v[i] = i < s->n[0] ? &s->value[0][i] : &s->value[1][i - s->n[0]];
	qsort(v, all, sizeof(*v), by_block);
	for (size_t i = 0; i < all; i++) {
		if (i == 0 || v[i]->block != last) {
			last = v[i]->block;
			s->score[s->blocks] = &s->scores[i];
			s->stratum[s->blocks++].score = &s->scores[i];
		}
		v[i]->block = (unsigned int)(s->blocks - 1);
		s->stratum[s->blocks - 1].size++;
	}
	for (size_t i = 0; i < s->n[0]; i++)
		s->stratum[s->value[0][i].block].chosen++;
}

struct blocked_samples *blocked_samples_new(const double *a, const unsigned int *block_a,
					    size_t n, const double *b,
					    const unsigned int *block_b, size_t m)
{
	const unsigned int *block[] = { block_a, block_b };
	const double *value[] = { a, b };
	struct blocked_samples *s;

	if (!values_usable(a, n) || !values_usable(b, m))
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->n[0] = n;
	s->n[1] = m;
	s->stratum = xcalloc(n + m, sizeof(*s->stratum));
	s->score = xcalloc(n + m, sizeof(*s->score));
	s->scores = xcalloc(n + m, sizeof(*s->scores));
	for (int side = 0; side < 2; side++) {
		s->value[side] = xcalloc(s->n[side], sizeof(*s->value[side]));
		for (size_t i = 0; i < s->n[side]; i++)
			s->value[side][i] = (struct blocked_value){
				value[side][i], block[side] ? block[side][i] : 0
			};
	}
	number_blocks(s);
	for (int side = 0; side < 2; side++)
		qsort(s->value[side], s->n[side], sizeof(*s->value[side]), by_value);
	return s;
}

void blocked_samples_free(struct blocked_samples *s)
{
	if (!s)
		return;
	for (int side = 0; side < 2; side++)
		free(s->value[side]);
	free(s->stratum);
	free(s->score);
	free(s->scores);
	free(s);
}

static void blocked_samples_clean(struct blocked_samples **s)
{
	blocked_samples_free(*s);
}

/*
 * Gives each value its doubled midrank among all, in its stratum, in ascending order; those of b are
 * less by @shift. Returns the sum of the scores of a. @tied: whether values are equal.
 */
static uint64_t rank(struct blocked_samples *s, double shift, bool *tied)
{
	const struct blocked_value *a = s->value[0], *b = s->value[1];
	const struct blocked_value *end_a = a + s->n[0], *end_b = b + s->n[1];
	uint64_t sum = 0, first = 0;

	for (size_t k = 0; k < s->blocks; k++)
		s->score[k] = &s->scores[s->stratum[k].score - s->scores];
	*tied = false;
	while (a < end_a || b < end_b) {
		const struct blocked_value *from_a = a, *from_b = b;
		double value = a == end_a ? b->value - shift : a->value;
		uint64_t score;

		if (b < end_b && b->value - shift < value)
			value = b->value - shift;
		while (a < end_a && a->value == value)
			a++;
		while (b < end_b && b->value - shift == value)
			b++;
		score = 2 * first + (uint64_t)(a - from_a) + (uint64_t)(b - from_b) + 1;
		sum += score * (uint64_t)(a - from_a);
		*tied |= a - from_a + (b - from_b) > 1;
		first += (uint64_t)(a - from_a) + (uint64_t)(b - from_b);
		while (from_a < a)
			*s->score[from_a++->block]++ = score;
		while (from_b < b)
			*s->score[from_b++->block]++ = score;
	}
	return sum;
}

void blocked_samples_test(struct rank_p *result, struct blocked_samples *s, double shift)
{
	bool tied;
	uint64_t sum = rank(s, shift, &tied);

	choice_test(result, s->stratum, s->blocks, sum, true);
}

int mann_whitney(struct rank_p *result, const double *a, size_t n, const double *b,
		 size_t m)
{
	CLEANUP(blocked_samples_clean) struct blocked_samples *s = NULL;
	bool tied, count = n * m <= COUNTED_PAIRS;
	uint64_t sum;

	if (n > m) /* symmetric; to choose the fewer costs less */
		return mann_whitney(result, b, m, a, n);
	s = blocked_samples_new(a, NULL, n, b, NULL, m);
	if (!s)
		return -EINVAL;
	sum = rank(s, 0, &tied);
	if (count && !tied)
		count_distinct(result, sum, n, m);
	else
		choice_test(result, s->stratum, s->blocks, sum, count);
	return 0;
}

int blocked_rank_test(struct rank_p *result, const double *a, const unsigned int *block_a,
		      size_t n, const double *b, const unsigned int *block_b, size_t m)
{
	CLEANUP(blocked_samples_clean)
	struct blocked_samples *s = blocked_samples_new(a, block_a, n, b, block_b, m);

	if (!s)
		return -EINVAL;
	blocked_samples_test(result, s, 0);
	return 0;
}

/* Merges the ascending halves of @value; returns how often a later one is smaller. */
static uint64_t merge(double *value, double *scratch, size_t n)
{
	size_t half = n / 2, i = 0, j = half, k = 0;
	uint64_t inversions = 0;

	while (i < half && j < n) {
		if (value[j] < value[i]) {
			inversions += half - i;
			scratch[k++] = value[j++];
		} else {
			scratch[k++] = value[i++];
		}
	}
	memcpy(&scratch[k], &value[i], (half - i) * sizeof(*value));
	memcpy(value, scratch, (k + half - i) * sizeof(*value));
	return inversions;
}

/* Sorts @value; returns how many pairs stood the wrong way round. */
static uint64_t sort_inversions(double *value, double *scratch, size_t n)
{
	size_t half = n / 2;
	uint64_t inversions;

	if (n < 2)
		return 0;
	inversions = sort_inversions(value, scratch, half);
	inversions += sort_inversions(&value[half], scratch, n - half);
	return inversions + merge(value, scratch, n);
}

/* What ties do to the test. */
struct ties {
	size_t groups;	 /* different values */
	double pairs;	 /* of different values */
	double variance; /* of concordant less discordant pairs: Kendall 1970, chapter 4 */
};

/* @group: how many have each of the ascending values @value. */
static struct ties count_ties(size_t *group, const double *value, size_t n)
{
	double all = (double)n;
	struct ties t = { 0, all * (all - 1) / 2, all * (all - 1) * (2 * all + 5) / 18 };

	for (size_t first = 0, end; first < n; first = end) {
		double size;

		for (end = first + 1; end < n && value[end] == value[first];)
			end++;
		group[t.groups++] = end - first;
		size = (double)(end - first);
		t.pairs -= size * (size - 1) / 2;
		t.variance -= size * (size - 1) * (2 * size + 5) / 18;
	}
	return t;
}

static void test_inversions(struct rank_p *result, uint64_t inversions,
			    const struct ties *t, const size_t *group, size_t n)
{
	double against = (double)inversions, along = t->pairs - against;
	struct null_counts c;

	result->exact = n <= COUNTED_VALUES;
	if (result->exact) {
		null_count_inversions(&c, group, t->groups, (size_t)t->pairs);
		result->p = 2 * null_at_most(&c, (size_t)fmin(along, against));
		result->p = fmin(1, result->p);
		result->floor = fmin(1, 2 * null_at_most(&c, 0));
		return;
	}
	/* Concordant less discordant pairs: it moves in steps of 2. */
	result->p = null_normal_p(along - against, 1, sqrt(t->variance));
	result->floor = null_normal_p(t->pairs, 1, sqrt(t->variance));
}

int kendall_drift(const double *a, size_t n, double *tau, struct rank_p *result)
{
	double all = (double)n * (double)(n - 1) / 2, most;
	CLEANUP_FREE double *sorted = NULL, *scratch = NULL;
	CLEANUP_FREE size_t *group = NULL;
	uint64_t inversions;
	struct ties t;

	if (n < 3 || !values_usable(a, n))
		return -EINVAL;
	sorted = xmemdup(a, n * sizeof(*sorted));
	scratch = xcalloc(n, sizeof(*scratch));
	group = xcalloc(n, sizeof(*group));
	inversions = sort_inversions(sorted, scratch, n);
	t = count_ties(group, sorted, n);
	test_inversions(result, inversions, &t, group, n);
	most = sqrt(t.pairs * all);
	*tau = most > 0 ? (t.pairs - 2 * (double)inversions) / most : 0;
	return 0;
}
