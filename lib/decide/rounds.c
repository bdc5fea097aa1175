// SPDX-License-Identifier: MIT
#include "decide/rounds-private.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "decide/decide.h"
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

/* Runs of either side that a joined round has at least. */
#define JOINED_LEAST 3

void _rounds_join(struct rounds *r)
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

double _rounds_floor(const struct rounds *r)
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
