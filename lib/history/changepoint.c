// SPDX-License-Identifier: MIT
#include "history/changepoint.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history/scan.h"
#include "stats/internal.h"
#include "stats/random.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* Sums of the same numbers in another order differ by less. */
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

/* So many that a p well below @alpha is possible. */
static unsigned int orders_for(const struct changepoint_options *o, double alpha)
{
	return (unsigned int)fmax(o->orders, ceil(LEAST_ORDERS / alpha));
}

/* Cuts values @first to @end - 1 as long as a cut is significant. */
static void cut_part(struct search *s, size_t first, size_t end)
{
	double alpha = s->o->alpha * (double)(end - first) / (double)s->n;
	struct scan_cut cut;
	size_t at;

	if (end - first < changepoint_least(alpha))
		return;
	cut = scan_best(s->value + first, end - first, changepoint_least(alpha), alpha,
			orders_for(s->o, alpha), random_stream(s->o->seed, s->parts++));
	if (end - first == s->n)
		s->whole = cut.chance;
	if (cut.chance > alpha)
		return;
	at = first + cut.at;
	s->starts[at] = true;
	s->p[at] = cut.chance;
	cut_part(s, first, at);
	cut_part(s, at, end);
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

/*
 * @n >= 2 * CHANGEPOINT_SEGMENT values are cut where both sides are nearest to their medians. @room:
 * 2n numbers.
 */
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

/* The places that random orders of @rest give, where @at is right; ascending. */
static void replace(double *found, double *rest, size_t n, size_t at, double shift,
		    struct random_state random)
{
	CLEANUP_FREE double *value = xcalloc(n, sizeof(*value));
	CLEANUP_FREE double *room = xcalloc(2 * n, sizeof(*room));

	for (size_t k = 0; k < PLACE_ORDERS; k++) {
		random_shuffle(&random, rest, n, sizeof(*rest));
		for (size_t i = 0; i < n; i++)
			value[i] = rest[i] + (i < at ? 0 : shift);
		found[k] = (double)place(value, n, room);
	}
	gsl_sort(found, 1, PLACE_ORDERS);
}

/*
 * Fills c->low and c->high, where c->at lies among the values from @first to @end - 1 of two levels
 * that are c->shift apart.
 */
static void place_interval(struct changepoint *c, const double *value, size_t first,
			   size_t end, double level, struct random_state random)
{
	size_t n = end - first, at = c->at - first;
	size_t cut = (size_t)floor((1 - level) / 2 * (PLACE_ORDERS + 1));
	CLEANUP_FREE double *rest = xcalloc(n, sizeof(*rest));
	double found[PLACE_ORDERS], low, high;

	for (size_t i = 0; i < n; i++)
		rest[i] = value[first + i] - (i < at ? 0 : c->shift.estimate);
	replace(found, rest, n, at, c->shift.estimate, random);
	/* As far from where it is found as the random orders are from where it is. */
	low = fmin((double)at, 2 * (double)at - found[PLACE_ORDERS - 1 - cut]);
	high = fmax((double)at, 2 * (double)at - found[cut]);
	c->low = first + (size_t)fmax(low, CHANGEPOINT_SEGMENT);
	c->high = first + (size_t)fmin(high, (double)(n - CHANGEPOINT_SEGMENT));
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
static void place_again(struct search *s)
{
	CLEANUP_FREE double *room = xcalloc(2 * s->n, sizeof(*room));
	size_t first = 0, at = level_end(s, 0);

	while (at < s->n) {
		size_t end = level_end(s, at);
		size_t better = first + place(s->value + first, end - first, room);

		if (better != at) {
			s->starts[at] = false;
			s->starts[better] = true;
			s->p[better] = s->p[at];
			at = better;
		}
		first = at;
		at = end;
	}
}

static void fill_change(const struct search *s, size_t first, struct changepoint *c)
{
	size_t end = level_end(s, c->at);

	c->p = s->p[c->at];
	hodges_lehmann(&c->shift, s->value + first, c->at - first, s->value + c->at,
		       end - c->at, s->o->level);
	place_interval(c, s->value, first, end, s->o->level,
		       random_stream(s->o->seed, s->parts));
}

/* Smallest p of Kendall's test in any level, times how many there are. */
static void find_drift(const struct search *s, struct changepoints *result)
{
	double least = 1;
	size_t end;

	for (size_t first = 0; first < s->n; first = end) {
		struct rank_p kendall = { .p = 1 };
		double tau;

		end = level_end(s, first);
		if (end - first >= 3)
			kendall_drift(s->value + first, end - first, &tau, &kendall);
		least = fmin(least, kendall.p);
	}
	result->drift = fmin(1, least * (double)(result->n + 1));
}

static void finish(struct search *s, struct changepoints *result)
{
	size_t first = 0;

	place_again(s);
	for (size_t i = 1; i < s->n; i++)
		result->n += s->starts[i];
	result->change = xcalloc(result->n, sizeof(*result->change));
	for (size_t i = 0; i < result->n; i++, s->parts++) {
		result->change[i].at = level_end(s, first);
		fill_change(s, first, &result->change[i]);
		first = result->change[i].at;
	}
	result->p = s->whole;
	find_drift(s, result);
}

static bool is_share(double value)
{
	return value > 0 && value < 1;
}

int changepoints_find(struct changepoints *result, const double *value, size_t n,
		      const struct changepoint_options *options)
{
	struct search s = { .o = options, .value = value, .n = n, .whole = 1 };

	*result = (struct changepoints){ .p = 1, .drift = 1 };
	if (n > CHANGEPOINT_VALUES_MAX || !values_usable(value, n) ||
	    !is_share(options->alpha) || !is_share(options->level))
		return -EINVAL;
	result->hopeless = n < changepoint_least(options->alpha);
	s.starts = xcalloc(n + 1, sizeof(*s.starts));
	s.p = xcalloc(n + 1, sizeof(*s.p));
	cut_part(&s, 0, n);
	finish(&s, result);
	free(s.p);
	free(s.starts);
	return 0;
}
