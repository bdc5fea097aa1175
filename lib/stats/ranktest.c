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

/* @chosen of @size scores, in ascending order, any choice as likely as any other. */
struct stratum {
	const uint64_t *score;
	size_t size, chosen;
};

/* Additions that an exact distribution may cost: some ten milliseconds. */
#define ADDITIONS 25e6

/* What is known of the sum of all strata before anything is counted. */
struct moments {
	uint64_t smallest, range; /* the sum lies within smallest ... smallest + range */
	double mean;		  /* above smallest */
	double variance;
	double additions;
};

/* The smallest sum of @s; @range: what the largest has more. */
static uint64_t smallest_sum(const struct stratum *s, uint64_t *range)
{
	uint64_t smallest = 0, largest = 0;

	for (size_t i = 0; i < s->chosen; i++) {
		smallest += s->score[i];
		largest += s->score[s->size - 1 - i];
	}
	*range = largest - smallest;
	return smallest;
}

static double mean_score(const struct stratum *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->size; i++)
		sum += s->score[i];
	return (double)sum / (double)s->size;
}

/* Of @s->chosen scores drawn without replacement. */
static double sum_variance(const struct stratum *s, double mean)
{
	double n = (double)s->size, k = (double)s->chosen, squares = 0;

	if (s->size < 2)
		return 0;
	for (size_t i = 0; i < s->size; i++) {
		double d = (double)s->score[i] - mean;

		squares += d * d;
	}
	return k * (n - k) / (n * (n - 1)) * squares;
}

static struct moments moments_of(const struct stratum *stratum, size_t n)
{
	struct moments all = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct stratum *s = &stratum[i];
		double mean = mean_score(s), k = (double)s->chosen, sums;
		uint64_t range, smallest = smallest_sum(s, &range);

		all.smallest += smallest;
		all.mean += k * mean - (double)smallest;
		all.variance += sum_variance(s, mean);
		if (range == 0)
			continue;
		sums = fmin((double)range, exp2((double)s->size));
		all.additions += (double)s->size * k * (double)range / 2;
		all.additions += sums * (double)all.range;
		all.range += range;
	}
	return all;
}

/*
 * Adds row @from of sums 0 to @last to row @to, higher by @up. Sums above @range never
 * become whole choices, because a sum only grows. Returns the largest sum added.
 */
static uint64_t add_row(double *restrict to, const double *restrict from, uint64_t last,
			uint64_t up, uint64_t range)
{
	if (up > range)
		return 0;
	if (last > range - up)
		last = range - up;
	for (uint64_t u = 0; u <= last; u++)
		to[u + up] += from[u];
	return last + up;
}

/*
 * How many choices in @s have each sum above its smallest, 0 to @range. Row k holds it
 * for k scores out of those seen so far, above the k smallest: the next score takes the
 * choices of k - 1 to row k, higher by what it has more than the k-th smallest; last[k]
 * is the largest sum in row k. The caller frees.
 */
static double *count_sums(const struct stratum *s, uint64_t range)
{
	size_t columns = range + 1;
	double *row = xcalloc((s->chosen + 1) * columns, sizeof(*row));
	CLEANUP_FREE uint64_t *last = xcalloc(s->chosen + 1, sizeof(*last));

	row[0] = 1;
	for (size_t i = 0; i < s->size; i++) {
		for (size_t k = i < s->chosen ? i + 1 : s->chosen; k > 0; k--) {
			uint64_t largest = add_row(&row[k * columns],
						   &row[(k - 1) * columns], last[k - 1],
						   s->score[i] - s->score[k - 1], range);

			if (largest > last[k])
				last[k] = largest;
		}
	}
	memmove(row, &row[s->chosen * columns], columns * sizeof(*row));
	return row;
}

/*
 * Adds a stratum to the probabilities of the sums 0 to @range of those before it, in
 * @all; @scratch is as large.
 */
static void convolve(double *all, double *scratch, uint64_t *range,
		     const struct stratum *s)
{
	CLEANUP_FREE double *counts = NULL;
	double total = 0;
	uint64_t more;

	smallest_sum(s, &more);
	if (more == 0)
		return;
	counts = count_sums(s, more);
	for (uint64_t u = 0; u <= more; u++)
		total += counts[u];
	memset(scratch, 0, (*range + more + 1) * sizeof(*scratch));
	for (uint64_t up = 0; up <= more; up++) {
		if (counts[up] == 0)
			continue;
		for (uint64_t u = 0; u <= *range; u++)
			scratch[u + up] += all[u] * (counts[up] / total);
	}
	*range += more;
	memcpy(all, scratch, (*range + 1) * sizeof(*all));
}

/* P(|S - mean| >= |sum - mean|), sums and mean counted from the smallest sum. */
static double exact_p(const double *probability, const struct moments *m, double sum)
{
	/* The mean is a fraction: what it misses by rounding is far below its steps. */
	double distance = fabs(sum - m->mean) - 1e-8, p = 0;

	for (uint64_t u = 0; u <= m->range; u++) {
		if (fabs((double)u - m->mean) >= distance)
			p += probability[u];
	}
	return fmin(p, 1);
}

static void count_all(struct rank_p *result, const struct stratum *stratum, size_t n,
		      const struct moments *m, double sum, double extreme)
{
	CLEANUP_FREE double *all = xcalloc(m->range + 1, sizeof(*all));
	CLEANUP_FREE double *scratch = xcalloc(m->range + 1, sizeof(*scratch));
	uint64_t range = 0;

	all[0] = 1;
	for (size_t i = 0; i < n; i++)
		convolve(all, scratch, &range, &stratum[i]);
	result->p = exact_p(all, m, sum);
	result->floor = exact_p(all, m, extreme);
}

/*
 * Two-sided p of @sum, the sum of the scores chosen in all @n strata; scores are
 * midranks doubled (whole numbers). With @count it is exact, whatever the ties, unless
 * that took too long.
 */
static void choice_test(struct rank_p *result, const struct stratum *stratum, size_t n,
			uint64_t sum, bool count)
{
	struct moments m = moments_of(stratum, n);
	double above = (double)(sum - m.smallest), range = (double)m.range;
	double extreme = m.mean > range - m.mean ? 0 : range;

	*result = (struct rank_p){ .exact = count && m.additions <= ADDITIONS };
	if (result->exact) {
		count_all(result, stratum, n, &m, above, extreme);
		return;
	}
	/* Scores are doubled, so that half a rank is 1. */
	result->p = null_normal_p(above - m.mean, 1, sqrt(m.variance));
	result->floor = null_normal_p(extreme - m.mean, 1, sqrt(m.variance));
}

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

/* @count: as choice_test(). */
static void test_blocks(struct rank_p *result, const struct blocked_value *v, size_t n,
			bool count)
{
	CLEANUP_FREE uint64_t *score = xcalloc(n, sizeof(*score));
	CLEANUP_FREE struct stratum *stratum = xcalloc(n, sizeof(*stratum));
	size_t blocks = 0;
	uint64_t sum = 0;

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
	choice_test(result, stratum, blocks, sum, count);
}

/* All values, ranked; without blocks they are of one. NULL: some cannot be used. */
static struct blocked_value *ranked(const double *a, const unsigned int *block_a,
				    size_t n, const double *b,
				    const unsigned int *block_b, size_t m)
{
	struct blocked_value *v;

	if (!values_usable(a, n) || !values_usable(b, m))
		return NULL;
	v = xcalloc(n + m, sizeof(*v));
	for (size_t i = 0; i < n; i++)
		v[i] = (struct blocked_value){ a[i], 0, block_a ? block_a[i] : 0, true };
	for (size_t i = 0; i < m; i++)
		v[n + i] = (struct blocked_value){ b[i], 0, block_b ? block_b[i] : 0,
						   false };
	rank(v, n + m);
	return v;
}

int mann_whitney(struct rank_p *result, const double *a, size_t n, const double *b,
		 size_t m)
{
	CLEANUP_FREE struct blocked_value *v = NULL;
	bool tied = false, count = n * m <= COUNTED_PAIRS;
	uint64_t sum = 0;

	if (n > m) /* symmetric; to choose the fewer costs less */
		return mann_whitney(result, b, m, a, n);
	v = ranked(a, NULL, n, b, NULL, m);
	if (!v)
		return -EINVAL;
	for (size_t i = 0; i < n + m; i++) {
		sum += v[i].of_a ? v[i].score : 0;
		tied |= i > 0 && v[i].score == v[i - 1].score;
	}
	if (count && !tied)
		count_distinct(result, sum, n, m);
	else
		test_blocks(result, v, n + m, count);
	return 0;
}

int blocked_rank_test(struct rank_p *result, const double *a, const unsigned int *block_a,
		      size_t n, const double *b, const unsigned int *block_b, size_t m)
{
	CLEANUP_FREE struct blocked_value *v = ranked(a, block_a, n, b, block_b, m);

	if (!v)
		return -EINVAL;
	test_blocks(result, v, n + m, true);
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
