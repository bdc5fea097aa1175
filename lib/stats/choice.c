// SPDX-License-Identifier: MIT
/* The test behind the rank tests. */
#include "stats/internal.h"

#include <math.h>
#include <string.h>

#include "system/alloc.h"
#include "system/cleanup.h"

/* Additions that an exact distribution may cost, were each sum counted: some ten milliseconds. */
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

/* The bits by which sums can be shortened: without ties scores are even, and so are all sums. */
static unsigned int find_shift(const struct stratum *stratum, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < stratum[i].size; j++)
			if (stratum[i].score[j] % 2)
				return 0;
	return 1;
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
 * How many choices in @s have each sum above its smallest, 0 to @range, shortened by @shift. Row k
 * holds it for k scores out of those seen so far, above the k smallest: the next score takes the
 * choices of k - 1 to row k, higher by what it has more than the k-th smallest; last[k]
 * is the largest sum in row k. The caller frees.
 */
static double *count_sums(const struct stratum *s, uint64_t range, unsigned int shift)
{
	size_t columns = range + 1;
	double *row = xcalloc((s->chosen + 1) * columns, sizeof(*row));
	CLEANUP_FREE uint64_t *last = xcalloc(s->chosen + 1, sizeof(*last));

	row[0] = 1;
	for (size_t i = 0; i < s->size; i++) {
		for (size_t k = i < s->chosen ? i + 1 : s->chosen; k > 0; k--) {
			uint64_t up = (s->score[i] - s->score[k - 1]) >> shift;
			uint64_t largest =
				add_row(&row[k * columns], &row[(k - 1) * columns],
					last[k - 1], up, range);

			if (largest > last[k])
				last[k] = largest;
		}
	}
	memmove(row, &row[s->chosen * columns], columns * sizeof(*row));
	return row;
}

/* How likely the sums 0 to @range of some strata are, and those up to, and from, each of them. */
struct sums {
	uint64_t range;
	double *probability, *scratch;
	double *up_to, *from;
};

/* For sums up to @range. */
static void sums_init(struct sums *s, uint64_t range)
{
	s->range = 0;
	s->probability = xcalloc(4 * (range + 1), sizeof(*s->probability));
	s->scratch = s->probability + range + 1;
	s->up_to = s->scratch + range + 1;
	s->from = s->up_to + range + 1;
	s->probability[0] = 1;
}

static void sums_free(struct sums *s)
{
	double *first = s->probability < s->scratch ? s->probability : s->scratch;

	free(first);
}

static void add_scaled(double *restrict to, const double *restrict from, uint64_t n,
		       double scale)
{
	for (uint64_t i = 0; i < n; i++)
		to[i] += from[i] * scale;
}

/* Adds a stratum, which has sums up to @more. */
static void convolve(struct sums *all, const struct stratum *s, uint64_t more,
		     unsigned int shift)
{
	CLEANUP_FREE double *counts = count_sums(s, more, shift);
	double total = 0, *sum = all->scratch;

	for (uint64_t u = 0; u <= more; u++)
		total += counts[u];
	memset(sum, 0, (all->range + more + 1) * sizeof(*sum));
	for (uint64_t up = 0; up <= more; up++)
		if (counts[up] != 0)
			add_scaled(sum + up, all->probability, all->range + 1,
				   counts[up] / total);
	all->range += more;
	all->scratch = all->probability;
	all->probability = sum;
}

static void accumulate(struct sums *s)
{
	double sum = 0;

	for (uint64_t u = 0; u <= s->range; u++)
		s->up_to[u] = sum += s->probability[u];
	sum = 0;
	for (uint64_t u = s->range + 1; u-- > 0;)
		s->from[u] = sum += s->probability[u];
}

/* P(|S - mean| >= |sum - mean|) of S, a sum of @a and one of @b, shortened by @shift. */
static double exact_p(const struct sums *a, const struct sums *b, const struct moments *m,
		      double sum, unsigned int shift)
{
	/* The mean is a fraction: what it misses by rounding is far below its steps. */
	double distance = fabs(sum - m->mean) - 1e-8, p = 0;
	int64_t low = (int64_t)floor(ldexp(m->mean - distance, -(int)shift));
	int64_t high = (int64_t)ceil(ldexp(m->mean + distance, -(int)shift));
	int64_t last = (int64_t)b->range;

	if (low + 1 >= high)
		return 1; /* nothing lies between */
	for (int64_t u = 0; u <= (int64_t)a->range; u++) {
		double beyond = 0;

		if (low >= u)
			beyond += b->up_to[low - u < last ? low - u : last];
		if (high - u <= last)
			beyond += b->from[high > u ? high - u : 0];
		p += a->probability[u] * beyond;
	}
	return fmin(p, 1);
}

/*
 * All strata are dealt to two parts of about the same range, whose sums are counted: a tail of both
 * together is found faster than all their sums.
 */
static void count_all(struct rank_p *result, const struct stratum *stratum, size_t n,
		      const struct moments *m, double sum, double extreme)
{
	unsigned int shift = find_shift(stratum, n);
	struct sums part[2];

	sums_init(&part[0], m->range >> shift);
	sums_init(&part[1], m->range >> shift);
	for (size_t i = 0; i < n; i++) {
		uint64_t range;

		smallest_sum(&stratum[i], &range);
		if (range > 0)
			convolve(&part[part[1].range < part[0].range], &stratum[i],
				 range >> shift, shift);
	}
	accumulate(&part[1]);
	result->p = exact_p(&part[0], &part[1], m, sum, shift);
	result->floor = exact_p(&part[0], &part[1], m, extreme, shift);
	sums_free(&part[0]);
	sums_free(&part[1]);
}

void choice_test(struct rank_p *result, const struct stratum *stratum, size_t n,
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
