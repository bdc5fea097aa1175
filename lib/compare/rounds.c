// SPDX-License-Identifier: MIT
#include "compare/rounds-private.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "compare/decide.h"
#include "system/cleanup.h"

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

int decide_rounds(const struct decide_row *row, unsigned int *block_base,
		  unsigned int *block_new)
{
	unsigned int *block[] = { block_base, block_new };
	size_t n = row->side[DECIDE_BASE].n, m = row->side[DECIDE_NEW].n;
	size_t most = common_divisor(n, m), rounds, length = 0;
	_cleanup_free_ struct turn *turn = calloc(n + m + 1, sizeof(*turn));

	if (!turn)
		return -ENOMEM;
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
	return (int)((n + m) / length);
}

double _rounds_floor(size_t n, size_t m, size_t count)
{
	size_t a = n / count, b = m / count;
	double choices = lgamma((double)(a + b + 1)) - lgamma((double)(a + 1)) -
			 lgamma((double)(b + 1));

	return fmin(1, 2 * exp(-choices * (double)count));
}

int _rounds_align(const struct rounds *r)
{
	_cleanup_free_ double *mean = calloc(r->count, sizeof(*mean));
	double size = (double)(r->n[0] + r->n[1]) / (double)r->count;

	if (!mean)
		return -ENOMEM;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < r->n[side]; i++)
			mean[r->round[side][i]] += r->value[side][i] / size;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < r->n[side]; i++)
			r->value[side][i] -= mean[r->round[side][i]];
	return 0;
}

/* The p that remains when side 1 is moved back by @shift, into @p; @moved is room for it. */
static int p_at(const struct rounds *r, double *moved, double shift, double *p)
{
	struct rank_p result;
	int ret;

	for (size_t i = 0; i < r->n[1]; i++)
		moved[i] = r->value[1][i] - shift;
	ret = blocked_rank_test(&result, r->value[0], r->round[0], r->n[0], moved,
				r->round[1], r->n[1]);
	*p = result.p;
	return ret;
}

/*
 * The end of the interval that lies between @inside, a shift which the test does not refuse,
 * and @outside, beyond which all shifts order the values alike. Halving finds the place
 * to the last digits of a double; where p should not fall steadily it finds one of them.
 */
static int find_end(const struct rounds *r, double *moved, double alpha, double inside,
		    double outside, double *end)
{
	double p;
	int ret = p_at(r, moved, outside, &p);

	if (ret == 0 && p > alpha) {
		*end = outside < inside ? -INFINITY : INFINITY;
		return 0;
	}
	for (int i = 0; i < 60 && ret == 0; i++) {
		double middle = (inside + outside) / 2;

		ret = p_at(r, moved, middle, &p);
		if (p > alpha)
			inside = middle;
		else
			outside = middle;
	}
	*end = outside;
	return ret;
}

int _rounds_shift(struct interval *shift, const struct rounds *r, double level)
{
	_cleanup_free_ double *moved = calloc(r->n[1], sizeof(*moved));
	double low = INFINITY, high = -INFINITY, spread;
	int ret;

	if (!moved)
		return -ENOMEM;
	ret = _rounds_align(r);
	if (ret == 0)
		ret = hodges_lehmann(shift, r->value[0], r->n[0], r->value[1], r->n[1],
				     level);
	if (ret < 0)
		return ret;
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < r->n[side]; i++) {
			low = fmin(low, r->value[side][i]);
			high = fmax(high, r->value[side][i]);
		}
	}
	/* A little more than any two values are apart: no difference is left tied. */
	spread = (high - low) * 1.0001 + 1e-9;
	ret = find_end(r, moved, 1 - level, shift->estimate, shift->estimate - 2 * spread,
		       &shift->low);
	if (ret == 0)
		ret = find_end(r, moved, 1 - level, shift->estimate,
			       shift->estimate + 2 * spread, &shift->high);
	return ret;
}
