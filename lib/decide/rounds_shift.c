// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "decide/rounds-private.h"
#include "system/cleanup.h"

int _rounds_align(const struct rounds *r)
{
	_cleanup_free_ double *sum = calloc(r->count, sizeof(*sum));
	_cleanup_free_ double *size = calloc(r->count, sizeof(*size));

	if (!sum || !size)
		return -ENOMEM;
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < r->n[side]; i++) {
			sum[r->round[side][i]] += r->value[side][i];
			size[r->round[side][i]]++;
		}
	}
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < r->n[side]; i++)
			r->value[side][i] -=
				sum[r->round[side][i]] / size[r->round[side][i]];
	return 0;
}

/* The samples of a struct rounds, and what is needed to move one of them. */
struct inversion {
	const struct rounds *r;
	double *sorted[2];
	double *moved; /* side 1 */
	double alpha;
};

/* The p that remains when side 1 is moved back by @shift, into @p. */
static int p_at(const struct inversion *v, double shift, double *p)
{
	const struct rounds *r = v->r;
	struct rank_p result = { .p = NAN };
	int ret;

	for (size_t i = 0; i < r->n[1]; i++)
		v->moved[i] = r->value[1][i] - shift;
	ret = blocked_rank_test(&result, r->value[0], r->round[0], r->n[0], v->moved,
				r->round[1], r->n[1]);
	*p = result.p;
	return ret;
}

/*
 * The least and the greatest difference between the sides strictly within @from and @to.
 * False: there is none.
 */
static bool differences_within(const struct inversion *v, double from, double to,
			       double *least, double *greatest)
{
	const double *a = v->sorted[0], *b = v->sorted[1];
	size_t above = 0, below = 0; /* b's up to `from`, and below `to` */

	*least = INFINITY;
	*greatest = -INFINITY;
	for (size_t i = 0; i < v->r->n[0]; i++) {
		while (above < v->r->n[1] && b[above] - a[i] <= from)
			above++;
		while (below < v->r->n[1] && b[below] - a[i] < to)
			below++;
		if (above >= below)
			continue;
		*least = fmin(*least, b[above] - a[i]);
		*greatest = fmax(*greatest, b[below - 1] - a[i]);
	}
	return *least <= *greatest;
}

/*
 * The end of the interval that lies between @inside, a shift which the test does not refuse,
 * and @outside, beyond which all shifts order the values alike. The order, and with it p,
 * changes at differences between two values alone: halving ends when one of them is left. Where p
 * should not fall steadily it finds one of the ends.
 */
static int find_end(const struct inversion *v, double inside, double outside, double *end)
{
	double p, least, greatest;
	int ret = p_at(v, outside, &p);

	if (ret == 0 && p > v->alpha) {
		*end = outside < inside ? -INFINITY : INFINITY;
		return 0;
	}
	*end = outside;
	while (ret == 0 && differences_within(v, fmin(inside, outside),
					      fmax(inside, outside), &least, &greatest)) {
		double middle = (inside + outside) / 2;

		*end = outside < inside ? least : greatest;
		if (greatest - least <= 1e-12 || middle == inside || middle == outside)
			break;
		ret = p_at(v, middle, &p);
		if (p > v->alpha)
			inside = middle;
		else
			outside = middle;
	}
	return ret;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int _rounds_shift(struct interval *shift, const struct rounds *r, double level)
{
	_cleanup_free_ double *a = calloc(r->n[0], sizeof(*a));
	_cleanup_free_ double *b = calloc(r->n[1], sizeof(*b));
	_cleanup_free_ double *moved = calloc(r->n[1], sizeof(*moved));
	struct inversion v = { r, { a, b }, moved, 1 - level };
	double least, greatest, reach;
	int ret;

	if (!a || !b || !moved)
		return -ENOMEM;
	ret = hodges_lehmann(shift, r->value[0], r->n[0], r->value[1], r->n[1], level);
	if (ret < 0)
		return ret;
	for (int side = 0; side < 2; side++) {
		memcpy(v.sorted[side], r->value[side], r->n[side] * sizeof(double));
		qsort(v.sorted[side], r->n[side], sizeof(double), by_value);
	}
	differences_within(&v, -INFINITY, INFINITY, &least, &greatest);
	/* Beyond all differences nothing is left tied. */
	reach = 1e-9 + (greatest - least) * 1e-4;
	ret = find_end(&v, shift->estimate, least - reach, &shift->low);
	if (ret == 0)
		ret = find_end(&v, shift->estimate, greatest + reach, &shift->high);
	return ret;
}
