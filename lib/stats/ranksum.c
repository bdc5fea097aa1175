// SPDX-License-Identifier: MIT
#include "stats/ranksum.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct ranked {
	double value;
	bool of_a;
};

static int by_value(const void *x, const void *y)
{
	double a = ((const struct ranked *)x)->value,
	       b = ((const struct ranked *)y)->value;

	return (a > b) - (a < b);
}

/* The sum of the midranks of a's values, and of t^3 - t over the groups of t equal values. */
static double sum_ranks(const struct ranked *r, size_t all, double *ties)
{
	double sum = 0;

	*ties = 0;
	for (size_t i = 0, next; i < all; i = next) {
		size_t of_a = 0;
		double t;

		for (next = i; next < all && r[next].value == r[i].value; next++)
			of_a += r[next].of_a;
		t = (double)(next - i);
		/* Ranks i + 1 to next, shared. */
		sum += (double)of_a * ((double)i + (t + 1) / 2);
		*ties += t * t * t - t;
	}
	return sum;
}

int rank_sum(const double *a, size_t n, const double *b, size_t m, double *p)
{
	double all = (double)(n + m), x = (double)n, y = (double)m, ties, off, variance;
	struct ranked *r;

	if (n == 0 || m == 0)
		return -EINVAL;
	r = calloc(n + m, sizeof(*r));
	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked){ a[i], true };
	for (size_t i = 0; i < m; i++)
		r[n + i] = (struct ranked){ b[i], false };
	qsort(r, n + m, sizeof(*r), by_value);
	off = fabs(sum_ranks(r, n + m, &ties) - x * (all + 1) / 2) - 0.5;
	free(r);
	variance = x * y / 12 * (all + 1 - ties / (all * (all - 1)));
	*p = variance > 0 && off > 0 ? erfc(off / sqrt(2 * variance)) : 1;
	return 0;
}
