// SPDX-License-Identifier: MIT
#include "history/changepoint.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
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

/* From these p on a change is taken for a drift; see enum changepoint_drift. */
#define SLOPE_P	      .05
#define CORRELATION_P .1
/* Levels of fewer values say nothing of either. */
#define DRIFT_LEAST 4
/* Thirds by which the slope of a line is found: to a 10^-10th of the largest step. */
#define LINE_STEPS 60

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
	struct scan_tables *tables;
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

/* Values whose order means nothing if a level has no change, of a part of a series. */
struct rest {
	size_t first; /* of which value the first is */
	size_t n;
	double *value; /* owned */
};

/* Of values @first to @end - 1, each less what it may have from the one before. */
static struct rest rest_of(const struct search *s, size_t first, size_t end)
{
	struct rest r = { .first = first, .n = end - first };

	r.value = xmemdup(s->value + first, r.n * sizeof(*r.value));
	if (!(s->o->correlation > 0))
		return r;
	r.first++;
	r.n--;
	for (size_t i = 0; i < r.n; i++)
		r.value[i] = s->value[r.first + i] -
			     s->o->correlation * s->value[r.first + i - 1];
	return r;
}

static void rest_free(struct rest *r)
{
	free(r->value);
}

/* Cuts values @first to @end - 1 as long as a cut is significant. */
static void cut_part(struct search *s, size_t first, size_t end)
{
	double alpha = s->o->alpha * (double)(end - first) / (double)s->n;
	size_t least = changepoint_least(alpha), at;
	CLEANUP(rest_free) struct rest rest = rest_of(s, first, end);
	struct scan_cut cut;

	if (rest.n < least)
		return;
	cut = scan_best(rest.value, rest.n, least, alpha, orders_for(s->o, alpha),
			random_stream(s->o->seed, s->parts++), s->tables);
	if (end - first == s->n)
		s->whole = cut.chance;
	if (cut.chance > alpha)
		return;
	at = rest.first + cut.at;
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

/* How far values @first to @end - 1, less @slope a value, are from their median, in all. */
static double deviation_from(const struct search *s, size_t first, size_t end,
			     double slope, double *room)
{
	for (size_t i = first; i < end; i++)
		room[i - first] = s->value[i] - slope * (double)(i - first);
	gsl_sort(room, 1, end - first);
	return deviation(room, end - first);
}

/* How far values @first to @end - 1 are from the line that is nearest, which is convex in the slope. */
static double deviation_from_line(const struct search *s, size_t first, size_t end)
{
	CLEANUP_FREE double *room = xcalloc(end - first, sizeof(*room));
	double most = 0, low, high;

	for (size_t i = first + 1; i < end; i++)
		most = fmax(most, fabs(s->value[i] - s->value[i - 1]));
	low = -most;
	high = most;
	for (int i = 0; i < LINE_STEPS; i++) {
		double a = low + (high - low) / 3, b = high - (high - low) / 3;

		if (deviation_from(s, first, end, a, room) <
		    deviation_from(s, first, end, b, room))
			high = b;
		else
			low = a;
	}
	return deviation_from(s, first, end, (low + high) / 2, room);
}

/* How much more alike neighbours in a level are than by chance: a sum, and its variance. */
struct likeness {
	double sum, variance;
};

/* Ranks from 1 on; equal values share the mean of theirs. */
static void midranks(double *rank, const double *value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rank[i] = 0.5;
		for (size_t j = 0; j < n; j++)
			rank[i] += value[j] < value[i]	  ? 1
				   : value[j] == value[i] ? 0.5
							  : 0;
	}
}

static void add_likeness(struct likeness *l, const struct rest *r)
{
	double n = (double)r->n, mean = (n + 1) / 2, squares = 0, steps = 0;
	CLEANUP_FREE double *rank = xcalloc(r->n, sizeof(*rank));

	midranks(rank, r->value, r->n);
	for (size_t i = 0; i < r->n; i++) {
		squares += (rank[i] - mean) * (rank[i] - mean);
		if (i > 0)
			steps += (rank[i] - rank[i - 1]) * (rank[i] - rank[i - 1]);
	}
	if (!(squares > 0))
		return;
	/* the ratio is 2 by chance; each value counts once */
	l->sum += n * (2 - steps / squares);
	l->variance += n * 4 * (n - 2) * (5 * n * n - 2 * n - 9) /
		       (5 * (n + 1) * (n - 1) * (n - 1));
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

/* A level, and what its values say of drifts. */
struct level {
	size_t first, end;
	double deviation; /* from its median, in all */
	double slope_p;	  /* of Kendall's test */
	struct likeness likeness;
};

static void fill_level(const struct search *s, struct level *l, double *room)
{
	CLEANUP(rest_free) struct rest r = rest_of(s, l->first, l->end);
	struct rank_p kendall;
	double tau;

	l->deviation = deviation_from(s, l->first, l->end, 0, room);
	l->slope_p = 1;
	if (r.n < DRIFT_LEAST)
		return;
	kendall_drift(r.value, r.n, &tau, &kendall);
	l->slope_p = kendall.p;
	add_likeness(&l->likeness, &r);
}

/*
 * Whether a line explains the values of @n levels as well as these do: Schwarz's criterion, where
 * values have a Laplace distribution about the line, or about n levels with n - 1 places.
 */
static bool is_line(const struct search *s, const struct level *level, size_t n)
{
	size_t first = level[0].first, end = level[n - 1].end;
	double values = (double)(end - first), more = 2 * (double)n - 1 - 2, steps = 0;

	for (size_t i = 0; i < n; i++)
		steps += level[i].deviation;
	return steps > 0 && values * log(deviation_from_line(s, first, end) / steps) <
				    more / 2 * log(values);
}

/* Whether neighbours within @n levels are more alike than they may be. */
static bool is_alike(const struct level *level, size_t n)
{
	double sum = 0, variance = 0;

	for (size_t i = 0; i < n; i++) {
		sum += level[i].likeness.sum;
		variance += level[i].likeness.variance;
	}
	return variance > 0 && gsl_cdf_ugaussian_Q(sum / sqrt(variance)) <= CORRELATION_P;
}

/* What else than a step the change from level @k - 1 to level @k of @n may be. */
static enum changepoint_drift drift_of(const struct search *s, const struct level *level,
				       size_t n, size_t k)
{
	size_t first = k >= 2 ? k - 2 : 0, last = k + 1 < n ? k + 1 : k;

	if (2 * fmin(level[k - 1].slope_p, level[k].slope_p) <= SLOPE_P)
		return DRIFT_SLOPE;
	for (size_t from = first; from < k; from++)
		for (size_t to = k; to <= last; to++)
			if (is_line(s, level + from, to - from + 1))
				return DRIFT_SLOPE;
	if (is_alike(level + k - 1, 2) || is_alike(level, n))
		return DRIFT_CORRELATION;
	return DRIFT_NONE;
}

static void tell_drifts(const struct search *s, struct changepoints *result)
{
	size_t n = result->n + 1;
	CLEANUP_FREE struct level *level = xcalloc(n, sizeof(*level));
	CLEANUP_FREE double *room = xcalloc(s->n, sizeof(*room));

	for (size_t k = 0; k < n; k++) {
		level[k].first = k > 0 ? level[k - 1].end : 0;
		level[k].end = level_end(s, level[k].first);
		fill_level(s, &level[k], room);
	}
	for (size_t k = 1; k < n; k++)
		result->change[k - 1].drift = drift_of(s, level, n, k);
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
	tell_drifts(s, result);
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
	    !is_share(options->alpha) || !is_share(options->level) ||
	    !(options->correlation >= 0) || options->correlation >= 1)
		return -EINVAL;
	result->hopeless =
		n - (options->correlation > 0) < changepoint_least(options->alpha);
	s.starts = xcalloc(n + 1, sizeof(*s.starts));
	s.p = xcalloc(n + 1, sizeof(*s.p));
	s.tables = options->tables ? options->tables : scan_tables_new();
	cut_part(&s, 0, n);
	finish(&s, result);
	if (!options->tables)
		scan_tables_free(s.tables);
	free(s.p);
	free(s.starts);
	return 0;
}
