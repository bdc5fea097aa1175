// SPDX-License-Identifier: MIT
#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/changepoint-private.h"

/* Random orders for an interval of a place: its ends are whole numbers, so few do. */
#define PLACE_ORDERS 499
/* Sums of the same numbers in another order differ by less. */
#define HAIR 1e-12

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

int _changepoint_place(const double *value, size_t n, size_t *at)
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

int _changepoint_interval(struct changepoint *c, const double *value, size_t first,
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
