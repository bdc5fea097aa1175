// SPDX-License-Identifier: MIT
#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>

#include "stats/estimate.h"

/* For a tail that is met exactly, such as 1/64 at n = 6 and p = 1/2. */
#define HAIR 1e-9

/* Beyond so many values GSL's beta function loses its digits, and the guess is right. */
#define COUNTED 1000000000

/* One side of the interval: how many of @n fall below a quantile is binomial in @p. */
struct side {
	uint64_t n;
	double p, tail;
};

/* P(X < rank) <= tail, by the incomplete beta function: DLMF 8.17.5. */
static bool within_tail(const struct side *s, uint64_t rank)
{
	if (rank == 0 || rank > s->n)
		return rank == 0;
	return gsl_cdf_beta_Q(s->p, (double)rank, (double)(s->n - rank) + 1) <=
	       s->tail * (1 + HAIR);
}

/* Where the rank would be if X were normal, but for its skewness (Cornish and Fisher). */
static uint64_t guess(const struct side *s)
{
	double n = (double)s->n, z = gsl_cdf_ugaussian_Pinv(s->tail);
	double sd = sqrt(n * s->p * (1 - s->p)), skew = (z * z - 1) * (1 - 2 * s->p) / 6;
	double rank = floor(n * s->p + z * sd + skew + 0.5);

	if (!(rank > 0))
		return 0;
	return rank < n ? (uint64_t)rank : s->n;
}

/*
 * The largest rank within the tail: from the guess in growing steps down and up, then by
 * halves. Rank 0 is always within, n + 1 never.
 */
static uint64_t last_within_tail(const struct side *s)
{
	uint64_t within = guess(s), beyond = within;

	if (s->n > COUNTED)
		return within;
	for (uint64_t step = 1; !within_tail(s, within); step *= 2) {
		beyond = within;
		within -= within < step ? within : step;
	}
	for (uint64_t step = 1; within_tail(s, beyond); step *= 2) {
		within = beyond;
		beyond += s->n + 1 - beyond < step ? s->n + 1 - beyond : step;
	}
	while (beyond - within > 1) {
		uint64_t middle = within + (beyond - within) / 2;

		if (within_tail(s, middle))
			within = middle;
		else
			beyond = middle;
	}
	return within;
}

int quantile_ranks(uint64_t n, double p, double level, uint64_t *low, uint64_t *high)
{
	double tail = (1 - level) / 2;

	if (n == 0 || n == UINT64_MAX || !(p > 0 && p < 1) || !(level > 0 && level < 1))
		return -EINVAL;
	*low = last_within_tail(&(struct side){ n, p, tail });
	*high = n + 1 - last_within_tail(&(struct side){ n, 1 - p, tail });
	return 0;
}

int distribution_quantile_interval(const struct distribution *d, double p, double level,
				   uint64_t *low, uint64_t *high)
{
	int ret = quantile_ranks(d->count, p, level, low, high);

	if (ret < 0)
		return ret;
	*low = *low == 0 ? 0 : distribution_at_rank(d, *low);
	*high = *high > d->count ? UINT64_MAX : distribution_at_rank(d, *high);
	return 0;
}
