// SPDX-License-Identifier: MIT
/* How rank statistics are distributed where nothing has changed, and intervals of shifts. */
#include "stats/internal.h"

#include <errno.h>
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "system/alloc.h"
#include "system/cleanup.h"

bool values_usable(const double *value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!(fabs(value[i]) <= DBL_MAX / 4))
			return false;
	}
	return n > 0;
}

double *sorted_copy(const double *value, size_t n)
{
	double *copy = xmemdup(value, n * sizeof(*copy));

	gsl_sort(copy, 1, n);
	return copy;
}

/* For a tail that is met exactly, such as 0.05 at 3 v 3: doubles miss it by a hair. */
#define HAIR 1e-10

static void start(struct null_counts *c, size_t largest)
{
	c->size = largest / 2 + 1;
	c->total = 1;
	memset(c->count, 0, c->size * sizeof(*c->count));
	c->count[0] = 1;
}

/* Multiplies the generating function by (1 - q^up) / (1 - q^down). */
static void times(struct null_counts *c, size_t up, size_t down)
{
	for (size_t s = c->size; s-- > up;)
		c->count[s] -= c->count[s - up];
	for (size_t s = down; s < c->size; s++)
		c->count[s] += c->count[s - down];
	c->total *= (double)up / (double)down;
}

void null_count_mann_whitney(struct null_counts *c, size_t n, size_t m)
{
	size_t fewer = n < m ? n : m, more = n < m ? m : n;

	start(c, n * m);
	for (size_t i = 1; i <= fewer; i++)
		times(c, more + i, i);
}

/* Of Wilcoxon's signed-rank statistic of @n <= COUNTED_VALUES. */
static void null_count_signed_rank(struct null_counts *c, size_t n)
{
	start(c, n * (n + 1) / 2);
	for (size_t i = 1; i <= n; i++)
		times(c, 2 * i, i);
}

void null_count_inversions(struct null_counts *c, const size_t *group, size_t groups,
			   size_t pairs)
{
	size_t before = 0;

	/* A group among the lower ones is inverted as two samples are: U. */
	start(c, pairs);
	for (size_t g = 0; g < groups; g++) {
		for (size_t i = 1; i <= group[g]; i++)
			times(c, before + i, i);
		before += group[g];
	}
}

double null_at_most(const struct null_counts *c, size_t value)
{
	double sum = 0;

	for (size_t s = 0; s <= value; s++)
		sum += c->count[s];
	return sum / c->total;
}

size_t null_rank(const struct null_counts *c, double tail)
{
	double sum = 0, limit = tail * (1 + HAIR) * c->total;

	for (size_t s = 0; s < c->size; s++) {
		sum += c->count[s];
		if (sum > limit)
			return s;
	}
	return c->size;
}

/* The largest k with P(statistic < k) <= @tail where it is normal and has whole values. */
static size_t null_normal_rank(double mean, double sd, double tail)
{
	double k = floor(mean + 0.5 + gsl_cdf_ugaussian_Pinv(tail) * sd);

	return k > 0 ? (size_t)k : 0;
}

double null_normal_p(double deviation, double correction, double sd)
{
	double distance = fmax(0, fabs(deviation) - correction);

	return sd > 0 ? erfc(distance / (sd * M_SQRT2)) : 1;
}

/* All sums x + y of two ascending arrays, or those of x with itself, a pair once. */
struct sums {
	const double *x, *y;
	size_t n, m;
	bool walsh;	      /* y is x */
	const double *sorted; /* all sums, ascending; NULL: they are too many */
};

static uint64_t sums_in_all(const struct sums *s)
{
	return s->walsh ? (uint64_t)s->n * (s->n + 1) / 2 : (uint64_t)s->n * s->m;
}

static uint64_t sums_at_most(const struct sums *s, double limit)
{
	uint64_t count = 0, doubles = 0;
	size_t j = s->m;

	for (size_t i = 0; i < s->n; i++) {
		while (j > 0 && s->x[i] + s->y[j - 1] > limit)
			j--;
		count += j;
		doubles += s->x[i] + s->x[i] <= limit;
	}
	return s->walsh ? (count + doubles) / 2 : count;
}

/* Doubles as integers of the same order, so that there is a middle between any two. */
static int64_t to_ordered(double value)
{
	int64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits < 0 ? INT64_MIN - bits : bits;
}

static double from_ordered(int64_t ordered)
{
	int64_t bits = ordered < 0 ? INT64_MIN - ordered : ordered;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* The sum of rank @rank (from 1): the smallest number that so many do not exceed. */
static double sum_at(const struct sums *s, uint64_t rank)
{
	int64_t low = to_ordered(s->x[0] + s->y[0]);
	int64_t high = to_ordered(s->x[s->n - 1] + s->y[s->m - 1]);

	if (s->sorted)
		return s->sorted[rank - 1];
	while (low < high) {
		uint64_t distance = (uint64_t)high - (uint64_t)low;
		int64_t middle = (int64_t)((uint64_t)low + distance / 2);

		if (sums_at_most(s, from_ordered(middle)) >= rank)
			high = middle;
		else
			low = middle + 1;
	}
	return from_ordered(low);
}

/* So few are sorted, which is faster than to look for some of them. */
#define SORTED_SUMS 400

/* Fills @sum with all sums, ascending; their number is at most SORTED_SUMS. */
static void sort_sums(const struct sums *s, double *sum)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		for (size_t j = s->walsh ? i : 0; j < s->m; j++)
			sum[n++] = s->x[i] + s->y[j];
	gsl_sort(sum, 1, n);
}

/* The median of the sums, and those of rank @rank from either end. */
static struct interval between(struct sums *s, uint64_t rank)
{
	uint64_t n = sums_in_all(s);
	struct interval i = { .low = -INFINITY, .high = INFINITY };
	double sorted[SORTED_SUMS];

	if (n <= SORTED_SUMS) {
		sort_sums(s, sorted);
		s->sorted = sorted;
	}
	i.estimate = sum_at(s, n / 2 + 1);
	if (n % 2 == 0)
		i.estimate = (sum_at(s, n / 2) + i.estimate) / 2;
	if (rank > 0) {
		i.low = sum_at(s, rank);
		i.high = sum_at(s, n + 1 - rank);
	}
	s->sorted = NULL;
	return i;
}

static uint64_t mann_whitney_rank(size_t n, size_t m, double level)
{
	struct null_counts c;
	double pairs = (double)n * (double)m;

	if (n * m <= COUNTED_PAIRS) {
		null_count_mann_whitney(&c, n, m);
		return null_rank(&c, (1 - level) / 2);
	}
	return null_normal_rank(pairs / 2, sqrt(pairs * (double)(n + m + 1) / 12),
				(1 - level) / 2);
}

static uint64_t signed_rank_rank(size_t n, double level)
{
	struct null_counts c;
	double values = (double)n, sums = values * (values + 1) / 2;

	if (n <= COUNTED_VALUES) {
		null_count_signed_rank(&c, n);
		return null_rank(&c, (1 - level) / 2);
	}
	return null_normal_rank(sums / 2, sqrt(sums * (2 * values + 1) / 12),
				(1 - level) / 2);
}

/* Changes the sign of all, which stay ascending. */
static void negate(double *ascending, size_t n)
{
	for (size_t i = 0, j = n - 1; i <= j && j < n; i++, j--) {
		double low = ascending[i];

		ascending[i] = -ascending[j];
		ascending[j] = -low;
	}
}

int hodges_lehmann(struct interval *result, const double *a, size_t n, const double *b,
		   size_t m, double level)
{
	CLEANUP_FREE double *minus_a = NULL, *sorted_b = NULL;
	struct sums s;

	if (!values_usable(a, n) || !values_usable(b, m) || !(level > 0 && level < 1))
		return -EINVAL;
	minus_a = sorted_copy(a, n);
	sorted_b = sorted_copy(b, m);
	negate(minus_a, n);
	s = (struct sums){ .x = minus_a, .y = sorted_b, .n = n, .m = m };
	*result = between(&s, mann_whitney_rank(n, m, level));
	return 0;
}

int hodges_lehmann_one(struct interval *result, const double *a, size_t n, double level)
{
	CLEANUP_FREE double *x = NULL;
	struct interval twice;

	if (!values_usable(a, n) || !(level > 0 && level < 1))
		return -EINVAL;
	x = sorted_copy(a, n);
	twice = between(&(struct sums){ x, x, n, n, true, NULL },
			signed_rank_rank(n, level));
	*result = (struct interval){ twice.estimate / 2, twice.low / 2, twice.high / 2 };
	return 0;
}
