// SPDX-License-Identifier: MIT
/* Other ways to find changes in a series, as far as a table needs them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"
#include "stats/estimate.h"
#include "stats/random.h"

#define SEGMENT	      CHANGEPOINT_SEGMENT
#define ENERGY_ORDERS 199

const char *method_name(enum method method)
{
	static const char *const name[METHODS] = { "pinlat", "E-divisive", "penalty",
						   "neighbours" };

	return name[method];
}

/* Sums of distances: sum[i][j] is of the pairs of the first i values with the first j. */
struct energy {
	size_t n;
	double sum[SERIES_KERNELS_MAX + 1][SERIES_KERNELS_MAX + 1];
};

static void add_up(struct energy *e, const double *value, size_t n)
{
	e->n = n;
	memset(e->sum, 0, sizeof(e->sum));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			e->sum[i + 1][j + 1] = e->sum[i][j + 1] + e->sum[i + 1][j] -
					       e->sum[i][j] + fabs(value[i] - value[j]);
}

/* Their statistic Q: values up to @at against those from there to @end. */
static double divergence(const struct energy *e, size_t at, size_t end)
{
	double n = (double)at, m = (double)(end - at);
	double within_a = e->sum[at][at] / (n * (n - 1));
	double cross = e->sum[at][end] - e->sum[at][at];
	double b = e->sum[end][end] - e->sum[at][at] - 2 * cross;

	return n * m / (n + m) * (2 * cross / (n * m) - within_a - b / (m * (m - 1)));
}

static double best_divergence(const double *value, size_t n, size_t *best)
{
	static _Thread_local struct energy e;
	double most = -INFINITY;

	add_up(&e, value, n);
	for (size_t at = SEGMENT; at + SEGMENT <= n; at++) {
		for (size_t end = at + SEGMENT; end <= n; end++) {
			double q = divergence(&e, at, end);

			if (q <= most)
				continue;
			most = q;
			*best = at;
		}
	}
	return most;
}

/* The best cut of any level, and where it is; -INFINITY: none can be cut. */
static double best_of_levels(const double *value, size_t n, const bool *starts,
			     size_t *best)
{
	double most = -INFINITY;

	for (size_t first = 0, end; first < n; first = end) {
		size_t at = first;
		double q;

		for (end = first + 1; end < n && !starts[end];)
			end++;
		if (end - first < 2 * SEGMENT)
			continue;
		q = best_divergence(value + first, end - first, &at);
		if (q > most) {
			most = q;
			*best = first + at;
		}
	}
	return most;
}

static void shuffle_levels(double *value, size_t n, const bool *starts,
			   struct random_state *random)
{
	for (size_t first = 0, end; first < n; first = end) {
		for (end = first + 1; end < n && !starts[end];)
			end++;
		for (size_t i = end; i > first + 1; i--) {
			size_t j = first + random_below(random, i - first);
			double last = value[i - 1];

			value[i - 1] = value[j];
			value[j] = last;
		}
	}
}

static int e_divisive(const struct series *s, uint64_t seed, size_t *found)
{
	size_t n = s->design.kernels, at = 0, ignored;
	struct random_state random = random_stream(seed, 0);
	bool starts[SERIES_KERNELS_MAX] = { false };
	double value[SERIES_KERNELS_MAX];
	int changes = 0;

	for (;;) {
		double q = best_of_levels(s->median, n, starts, &at);
		unsigned int as_good = 0;

		if (q == -INFINITY)
			return changes;
		memcpy(value, s->median, n * sizeof(*value));
		for (size_t i = 0; i < ENERGY_ORDERS; i++) {
			shuffle_levels(value, n, starts, &random);
			as_good += best_of_levels(value, n, starts, &ignored) >= q;
			if (as_good + 1 > SERIES_ALPHA * (ENERGY_ORDERS + 1))
				return changes;
		}
		starts[at] = true;
		found[changes++] = at;
	}
}

/* Robust: half of all neighbours differ by less than .954 standard deviations. */
static double variance_of_neighbours(const double *value, size_t n)
{
	double apart[SERIES_KERNELS_MAX] = { 0 }, middle;

	for (size_t i = 1; i < n; i++)
		apart[i - 1] = fabs(value[i] - value[i - 1]);
	middle = median(apart, n - 1);
	return middle * middle / (.954 * .954);
}

/* Optimal partitioning (Jackson et al. 2005): what PELT finds too, only later. */
static int by_penalty(const struct series *s, size_t *found)
{
	size_t n = s->design.kernels, from[SERIES_KERNELS_MAX + 1] = { 0 };
	double cost[SERIES_KERNELS_MAX + 1];
	double penalty = 2 * log((double)n) * variance_of_neighbours(s->median, n);
	int changes = 0;

	cost[0] = -penalty;
	for (size_t end = 1; end <= n; end++) {
		double sum = 0, squares = 0;

		cost[end] = INFINITY;
		for (size_t first = end; first-- > 0;) {
			double v = s->median[first], size = (double)(end - first), all;

			sum += v;
			squares += v * v;
			all = cost[first] + penalty + squares - sum * sum / size;
			if (end - first < SEGMENT || all >= cost[end])
				continue;
			cost[end] = all;
			from[end] = first;
		}
	}
	for (size_t end = from[n]; end > 0; end = from[end])
		found[changes++] = end;
	return changes;
}

static int by_neighbours(const struct series *s, size_t *found)
{
	double p[SERIES_KERNELS_MAX] = { 0 };
	size_t pairs = s->design.kernels - 1;
	int changes = 0, ret;

	for (size_t i = 0; i < pairs; i++) {
		struct rank_p r;

		ret = mann_whitney(&r, s->value[i], s->design.runs, s->value[i + 1],
				   s->design.runs);
		if (ret < 0)
			return ret;
		p[i] = r.p;
	}
	ret = holm(p, pairs, p);
	for (size_t i = 0; ret == 0 && i < pairs; i++)
		if (p[i] <= SERIES_ALPHA)
			found[changes++] = i + 1;
	return ret < 0 ? ret : changes;
}

int method_find(enum method method, const struct series *s, uint64_t seed,
		size_t at[SERIES_FOUND_MAX])
{
	switch (method) {
	case METHOD_E_DIVISIVE:
		return e_divisive(s, seed, at);
	case METHOD_PENALTY:
		return by_penalty(s, at);
	case METHOD_NEIGHBOURS:
		return by_neighbours(s, at);
	default:
		return -EINVAL;
	}
}
