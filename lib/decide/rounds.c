// SPDX-License-Identifier: MIT
#include "decide/rounds.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "stats/internal.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* Runs of either side that a joined round has at least. */
#define JOINED_LEAST 3

/* One unit in the order of time. */
struct turn {
	double start;
	unsigned int side;
	size_t unit;
};

static int by_start(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* All units of @row by their start; false: some order cannot be told. */
static bool take_turns(const struct decide_row *row, struct turn *turn)
{
	size_t n = 0;

	for (unsigned int side = 0; side < DECIDE_SIDES; side++) {
		const struct decide_side *s = &row->side[side];

		for (size_t i = 0; s->start && i < s->n; i++) {
			if (!isfinite(s->start[i]))
				return false;
			turn[n++] = (struct turn){ s->start[i], side, i };
		}
	}
	if (n < row->side[DECIDE_BASE].n + row->side[DECIDE_NEW].n)
		return false;
	qsort(turn, n, sizeof(*turn), by_start);
	for (size_t i = 1; i < n; i++)
		if (turn[i].start == turn[i - 1].start &&
		    turn[i].side != turn[i - 1].side)
			return false;
	return true;
}

/* Whether each @length turns hold @base of the base. */
static bool is_balanced(const struct turn *turn, size_t n, size_t length, size_t base)
{
	for (size_t i = 0; i < n; i += length) {
		size_t found = 0;

		for (size_t j = i; j < i + length; j++)
			found += turn[j].side == DECIDE_BASE;
		if (found != base)
			return false;
	}
	return true;
}

static size_t common_divisor(size_t a, size_t b)
{
	while (b > 0) {
		size_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

size_t rounds_find(const struct decide_row *row, unsigned int *block_base,
		   unsigned int *block_new)
{
	unsigned int *block[] = { block_base, block_new };
	size_t n = row->side[DECIDE_BASE].n, m = row->side[DECIDE_NEW].n;
	size_t most = common_divisor(n, m), rounds, length = 0;
	CLEANUP_FREE struct turn *turn = xcalloc(n + m + 1, sizeof(*turn));

	if (most < 2 || !take_turns(row, turn))
		return 0;
	for (rounds = most; rounds > 1 && length == 0; rounds--)
		if (most % rounds == 0 &&
		    is_balanced(turn, n + m, (n + m) / rounds, n / rounds))
			length = (n + m) / rounds;
	if (length == 0)
		return 0;
	for (size_t i = 0; i < n + m; i++)
		block[turn[i].side][turn[i].unit] = (unsigned int)(i / length);
	return (n + m) / length;
}

void rounds_join(struct rounds *r)
{
	size_t fewer = r->n[0] < r->n[1] ? r->n[0] : r->n[1], joined;

	if (r->count == 0)
		return;
	joined = fewer / JOINED_LEAST;
	if (joined >= r->count)
		return;
	if (joined == 0)
		joined = 1;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < r->n[side]; i++)
			r->round[side][i] =
				(unsigned int)(r->round[side][i] * joined / r->count);
	r->count = joined;
}

double rounds_floor(const struct rounds *r)
{
	double floor = 2; /* over as many choices as there are in all rounds together */

	for (size_t round = 0; round < r->count; round++) {
		size_t size[2] = { 0 };

		for (int side = 0; side < 2; side++)
			for (size_t i = 0; i < r->n[side]; i++)
				size[side] += r->round[side][i] == round;
		floor *= mann_whitney_floor(size[0], size[1]) / 2;
	}
	return fmin(1, floor);
}

void rounds_align(const struct rounds *r)
{
	CLEANUP_FREE double *sum = xcalloc(r->count, sizeof(*sum));
	CLEANUP_FREE double *size = xcalloc(r->count, sizeof(*size));

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
}

/* The samples of a struct rounds, and what is needed to move one of them. */
struct inversion {
	const struct rounds *r;
	double *sorted[2];
	double *moved; /* side 1 */
	double alpha;
};

/* The p that remains when side 1 is moved back by @shift. */
static double p_at(const struct inversion *v, double shift)
{
	const struct rounds *r = v->r;
	struct rank_p result;

	for (size_t i = 0; i < r->n[1]; i++)
		v->moved[i] = r->value[1][i] - shift;
	blocked_rank_test(&result, r->value[0], r->round[0], r->n[0], v->moved,
			  r->round[1], r->n[1]);
	return result.p;
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
 * and @outside, beyond which all shifts give the values the same order. The order, and with it p,
 * changes at differences between two values alone: halving ends when one of them is left. Where p
 * should not fall steadily it finds one of the ends.
 */
static double find_end(const struct inversion *v, double inside, double outside)
{
	double end = outside, least, greatest;

	if (p_at(v, outside) > v->alpha)
		return outside < inside ? -INFINITY : INFINITY;
	while (differences_within(v, fmin(inside, outside), fmax(inside, outside), &least,
				  &greatest)) {
		double middle = (inside + outside) / 2;

		end = outside < inside ? least : greatest;
		if (greatest - least <= 1e-12 || middle == inside || middle == outside)
			break;
		if (p_at(v, middle) > v->alpha)
			inside = middle;
		else
			outside = middle;
	}
	return end;
}

void rounds_shift(struct interval *shift, const struct rounds *r, double level)
{
	CLEANUP_FREE double *a = sorted_copy(r->value[0], r->n[0]);
	CLEANUP_FREE double *b = sorted_copy(r->value[1], r->n[1]);
	CLEANUP_FREE double *moved = xcalloc(r->n[1], sizeof(*moved));
	const struct inversion v = { r, { a, b }, moved, 1 - level };
	double least, greatest, reach;

	hodges_lehmann(shift, r->value[0], r->n[0], r->value[1], r->n[1], level);
	differences_within(&v, -INFINITY, INFINITY, &least, &greatest);
	/* Beyond all differences nothing is left tied. */
	reach = 1e-9 + (greatest - least) * 1e-4;
	shift->low = find_end(&v, shift->estimate, least - reach);
	shift->high = find_end(&v, shift->estimate, greatest + reach);
}
