// SPDX-License-Identifier: MIT
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "stats/internal.h"
#include "system/alloc.h"

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

void null_count_signed_rank(struct null_counts *c, size_t n)
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

size_t null_normal_rank(double mean, double sd, double tail)
{
	double k = floor(mean + 0.5 + gsl_cdf_ugaussian_Pinv(tail) * sd);

	return k > 0 ? (size_t)k : 0;
}

double null_normal_p(double deviation, double correction, double sd)
{
	double distance = fmax(0, fabs(deviation) - correction);

	return sd > 0 ? erfc(distance / (sd * M_SQRT2)) : 1;
}
