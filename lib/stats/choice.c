// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/inference-private.h"

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
 * is the largest sum in row k. NULL: no memory; else the caller frees.
 */
static double *count_sums(const struct stratum *s, uint64_t range)
{
	size_t columns = range + 1;
	double *row = calloc((s->chosen + 1) * columns, sizeof(*row)), *counts = NULL;
	uint64_t *last = calloc(s->chosen + 1, sizeof(*last));

	if (!row || !last)
		goto out;
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
	counts = row;
	memmove(counts, &row[s->chosen * columns], columns * sizeof(*counts));
	row = NULL;
out:
	free(row);
	free(last);
	return counts;
}

/*
 * Adds a stratum to the probabilities of the sums 0 to @range of those before it, in
 * @all; @scratch is as large.
 */
static int convolve(double *all, double *scratch, uint64_t *range,
		    const struct stratum *s)
{
	uint64_t more;
	double *counts, total = 0;

	smallest_sum(s, &more);
	if (more == 0)
		return 0;
	counts = count_sums(s, more);
	if (!counts)
		return -ENOMEM;
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
	free(counts);
	return 0;
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

static int count_all(struct rank_p *result, const struct stratum *stratum, size_t n,
		     const struct moments *m, double sum, double extreme)
{
	double *all = calloc(m->range + 1, sizeof(*all));
	double *scratch = calloc(m->range + 1, sizeof(*scratch));
	uint64_t range = 0;
	int ret = all && scratch ? 0 : -ENOMEM;

	if (ret == 0)
		all[0] = 1;
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = convolve(all, scratch, &range, &stratum[i]);
	if (ret == 0) {
		result->p = exact_p(all, m, sum);
		result->floor = exact_p(all, m, extreme);
	}
	free(all);
	free(scratch);
	return ret;
}

int _choice_test(struct rank_p *result, const struct stratum *stratum, size_t n,
		 uint64_t sum, bool count)
{
	struct moments m = moments_of(stratum, n);
	double above = (double)(sum - m.smallest), range = (double)m.range;
	double extreme = m.mean > range - m.mean ? 0 : range;

	*result = (struct rank_p){ .exact = count && m.additions <= ADDITIONS };
	if (result->exact)
		return count_all(result, stratum, n, &m, above, extreme);
	/* Scores are doubled, so that half a rank is 1. */
	result->p = _normal_p(above - m.mean, 1, sqrt(m.variance));
	result->floor = _normal_p(extreme - m.mean, 1, sqrt(m.variance));
	return 0;
}
