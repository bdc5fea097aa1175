// SPDX-License-Identifier: MIT
#include "history/changepoint.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history/scan.h"
#include "stats/inference-private.h"
#include "stats/random.h"

/* Two p that are counted in different ways may differ by rounding, and so may sums in another order. */
#define HAIR 1e-12
/* Random orders that give a p of at most alpha, if p is alpha: fewer would be too rough. */
#define LEAST_ORDERS 10
/* A p that is counted among random orders scatters: one just below alpha would be found by luck. */
#define CLEARLY (2.0 / 3)

/* Random orders for an interval of a place: its ends are whole numbers, so few do. */
#define PLACE_ORDERS 499

/* A series while it is cut. */
struct search {
	const struct changepoint_options *o;
	const double *value;
	size_t n;
	bool *starts;	/* by value: a level begins with it */
	double *p;	/* of the change there */
	double whole;	/* p of the whole series */
	uint64_t parts; /* looked at so far; each has random numbers of its own */
};

struct changepoint_options changepoint_defaults(void)
{
	return (struct changepoint_options){
		.alpha = .05, .level = .95, .orders = 1999, .seed = 1
	};
}

size_t changepoint_least(double alpha)
{
	size_t n = 2 * CHANGEPOINT_SEGMENT;

	while (mann_whitney_floor(n / 2, n - n / 2) > CLEARLY * alpha)
		n++;
	return n;
}

void changepoints_free(struct changepoints *c)
{
	free(c->change);
	*c = (struct changepoints){ 0 };
}

/*
 * In how many of the random orders a cut is as good as expected; as a p. It ends as soon as it is
 * certain that p is above @alpha: J. Besag, P. Clifford, "Sequential Monte Carlo p-values",
 * Biometrika 78 (1991), doi 10.1093/biomet/78.2.301.
 */
static double count_orders(struct scan *scan, int32_t *rank, double alpha,
			   unsigned int orders, struct random_state random)
{
	double most = floor(alpha * ((double)orders + 1) + HAIR), as_good = 0, made = 0;

	while (made < orders && as_good < most) {
		random_shuffle(&random, rank, scan->n, sizeof(*rank));
		made++;
		as_good += scan_reaches(scan, rank);
	}
	return (as_good + 1) / (made + 1);
}

/* So many that a p well below @alpha is possible. */
static unsigned int orders_for(const struct changepoint_options *o, double alpha)
{
	return (unsigned int)fmax(o->orders, ceil(LEAST_ORDERS / alpha));
}

/* The best cut of values @first to @end - 1, its p that over all cuts of them. */
static int test_part(struct search *s, size_t first, size_t end, double alpha,
		     struct scan_cut *cut)
{
	size_t n = end - first;
	int32_t *rank = calloc(n, sizeof(*rank));
	struct scan scan = { 0 };
	int ret = rank ? scan_init(&scan, n, changepoint_least(alpha)) : -ENOMEM;

	ret = ret ? ret : scan_ranks(rank, s->value + first, n);
	if (ret < 0)
		goto out;
	*cut = scan_best(&scan, rank);
	cut->at += first;
	ret = scan_expect(&scan, cut->p * (1 + HAIR));
	if (ret == 0)
		cut->p = count_orders(&scan, rank, alpha, orders_for(s->o, alpha),
				      random_stream(s->o->seed, s->parts++));
out:
	scan_free(&scan);
	free(rank);
	return ret;
}

/* Cuts values @first to @end - 1 as long as a cut is significant. */
static int cut_part(struct search *s, size_t first, size_t end)
{
	double alpha = s->o->alpha * (double)(end - first) / (double)s->n;
	struct scan_cut cut;
	int ret;

	if (end - first < changepoint_least(alpha))
		return 0;
	ret = test_part(s, first, end, alpha, &cut);
	if (ret < 0)
		return ret;
	if (end - first == s->n)
		s->whole = cut.p;
	if (cut.p > alpha)
		return 0;
	s->starts[cut.at] = true;
	s->p[cut.at] = cut.p;
	ret = cut_part(s, first, cut.at);
	return ret ? ret : cut_part(s, cut.at, end);
}

/* Puts @value in its place among @n ascending ones. */
static void insert(double *ascending, size_t n, double value)
{
	size_t i = n;

	while (i > 0 && ascending[i - 1] > value)
		i--;
	memmove(ascending + i + 1, ascending + i, (n - i) * sizeof(*ascending));
	ascending[i] = value;
}

/* How far @n ascending values are from their median, in all. */
static double deviation(const double *ascending, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n / 2; i++)
		sum += ascending[n - 1 - i] - ascending[i];
	return sum;
}

/* @n values are cut where both sides are nearest to their medians. @room: 2n numbers. */
static size_t place(const double *value, size_t n, double *room)
{
	double *ascending = room, *before = room + n, least = INFINITY;
	size_t best = CHANGEPOINT_SEGMENT;

	for (size_t i = 0; i < n; i++) {
		before[i] = deviation(ascending, i);
		insert(ascending, i, value[i]);
	}
	for (size_t at = n; at-- > CHANGEPOINT_SEGMENT;) {
		double sum;

		insert(ascending, n - 1 - at, value[at]);
		sum = before[at] + deviation(ascending, n - at);
		if (n - at < CHANGEPOINT_SEGMENT || sum >= least * (1 - HAIR))
			continue;
		least = sum;
		best = at;
	}
	return best;
}

/* Where @n >= 2 * CHANGEPOINT_SEGMENT values of two levels are best cut. */
static int find_place(const double *value, size_t n, size_t *at)
{
	double *room = calloc(2 * n, sizeof(*room));

	if (!room)
		return -ENOMEM;
	*at = place(value, n, room);
	free(room);
	return 0;
}

/* The places that random orders of @rest give, where @at is right; ascending. */
static int replace(double *found, double *rest, size_t n, size_t at, double shift,
		   struct random_state random)
{
	double *value = calloc(n, sizeof(*value));
	double *room = calloc(2 * n, sizeof(*room));
	int ret = value && room ? 0 : -ENOMEM;

	if (ret < 0)
		goto out;
	for (size_t k = 0; k < PLACE_ORDERS; k++) {
		random_shuffle(&random, rest, n, sizeof(*rest));
		for (size_t i = 0; i < n; i++)
			value[i] = rest[i] + (i < at ? 0 : shift);
		found[k] = (double)place(value, n, room);
	}
	gsl_sort(found, 1, PLACE_ORDERS);
out:
	free(room);
	free(value);
	return ret;
}

/*
 * Fills c->low and c->high, where c->at lies among the values from @first to @end - 1 of two levels
 * that are c->shift apart.
 */
static int place_interval(struct changepoint *c, const double *value, size_t first,
			  size_t end, double level, struct random_state random)
{
	size_t n = end - first, at = c->at - first;
	size_t cut = (size_t)floor((1 - level) / 2 * (PLACE_ORDERS + 1));
	double *rest = calloc(n, sizeof(*rest));
	double found[PLACE_ORDERS], low, high;
	int ret;

	if (!rest)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		rest[i] = value[first + i] - (i < at ? 0 : c->shift.estimate);
	ret = replace(found, rest, n, at, c->shift.estimate, random);
	free(rest);
	if (ret < 0)
		return ret;
	/* As far from where it is found as the random orders are from where it is. */
	low = fmin((double)at, 2 * (double)at - found[PLACE_ORDERS - 1 - cut]);
	high = fmax((double)at, 2 * (double)at - found[cut]);
	c->low = first + (size_t)fmax(low, CHANGEPOINT_SEGMENT);
	c->high = first + (size_t)fmin(high, (double)(n - CHANGEPOINT_SEGMENT));
	return 0;
}

/* The end of the level that begins with value @first. */
static size_t level_end(const struct search *s, size_t first)
{
	do {
		first++;
	} while (first < s->n && !s->starts[first]);
	return first;
}

/* Each change once more, between its neighbours: it was found in a part that knew less. */
static int place_again(struct search *s)
{
	size_t first = 0, at = level_end(s, 0), better;

	while (at < s->n) {
		size_t end = level_end(s, at);
		int ret = find_place(s->value + first, end - first, &better);

		if (ret < 0)
			return ret;
		better += first;
		if (better != at) {
			s->starts[at] = false;
			s->starts[better] = true;
			s->p[better] = s->p[at];
			at = better;
		}
		first = at;
		at = end;
	}
	return 0;
}

static int fill_change(const struct search *s, size_t first, struct changepoint *c)
{
	size_t end = level_end(s, c->at);
	int ret = hodges_lehmann(&c->shift, s->value + first, c->at - first,
				 s->value + c->at, end - c->at, s->o->level);

	c->p = s->p[c->at];
	return ret ? ret
		   : place_interval(c, s->value, first, end, s->o->level,
				    random_stream(s->o->seed, s->parts));
}

/* Smallest p of Kendall's test in any level, times how many there are. */
static int find_drift(const struct search *s, struct changepoints *result)
{
	double least = 1;
	size_t end;

	for (size_t first = 0; first < s->n; first = end) {
		struct rank_p kendall = { .p = 1 };
		double tau;
		int ret = 0;

		end = level_end(s, first);
		if (end - first >= 3)
			ret = kendall_drift(s->value + first, end - first, &tau,
					    &kendall);
		if (ret < 0)
			return ret;
		least = fmin(least, kendall.p);
	}
	result->drift = fmin(1, least * (double)(result->n + 1));
	return 0;
}

static int finish(struct search *s, struct changepoints *result)
{
	size_t first = 0;
	int ret = place_again(s);

	for (size_t i = 1; i < s->n; i++)
		result->n += s->starts[i];
	result->change = calloc(result->n + 1, sizeof(*result->change));
	if (!result->change)
		return -ENOMEM;
	for (size_t i = 0; i < result->n && ret == 0; i++, s->parts++) {
		result->change[i].at = level_end(s, first);
		ret = fill_change(s, first, &result->change[i]);
		first = result->change[i].at;
	}
	result->p = s->whole;
	return ret ? ret : find_drift(s, result);
}

static bool is_share(double value)
{
	return value > 0 && value < 1;
}

int changepoints_find(struct changepoints *result, const double *value, size_t n,
		      const struct changepoint_options *options)
{
	struct search s = { .o = options, .value = value, .n = n, .whole = 1 };
	int ret;

	*result = (struct changepoints){ .p = 1, .drift = 1 };
	if (n > CHANGEPOINT_VALUES_MAX || !_values_usable(value, n) ||
	    !is_share(options->alpha) || !is_share(options->level))
		return -EINVAL;
	result->hopeless = n < changepoint_least(options->alpha);
	s.starts = calloc(n + 1, sizeof(*s.starts));
	s.p = calloc(n + 1, sizeof(*s.p));
	ret = s.starts && s.p ? cut_part(&s, 0, n) : -ENOMEM;
	ret = ret ? ret : finish(&s, result);
	if (ret < 0)
		changepoints_free(result);
	free(s.p);
	free(s.starts);
	return ret;
}
