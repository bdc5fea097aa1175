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

/* Rounds that there are at least where single units may be missing from them. */
#define INCOMPLETE_LEAST 3

/* For a tail that is met exactly, such as .1 at 3 v 3: doubles miss it by a hair. */
#define HAIR 1e-10

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

/* The first of @n turns that belongs to round @round of @rounds of equal length. */
static size_t first_turn(size_t round, size_t rounds, size_t n)
{
	return (round * n + rounds - 1) / rounds;
}

/*
 * Whether each of @rounds holds both sides, and of each no more units than @missing away from its
 * share.
 */
static bool is_balanced(const struct turn *turn, const size_t n[DECIDE_SIDES],
			size_t rounds, double missing)
{
	size_t all = n[DECIDE_BASE] + n[DECIDE_NEW];

	for (size_t round = 0; round < rounds; round++) {
		size_t found[DECIDE_SIDES] = { 0 };

		for (size_t i = first_turn(round, rounds, all);
		     i < first_turn(round + 1, rounds, all); i++)
			found[turn[i].side]++;
		for (int side = 0; side < DECIDE_SIDES; side++) {
			double share = (double)n[side] / (double)rounds;

			if (found[side] == 0 ||
			    fabs((double)found[side] - share) > missing)
				return false;
		}
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

/*
 * Whether neither side is earlier than the other by more than where it is always the first in
 * complete rounds; half a turn more for a missing unit.
 */
static bool is_centered(const struct turn *turn, const size_t n[DECIDE_SIDES],
			size_t rounds)
{
	size_t all = n[DECIDE_BASE] + n[DECIDE_NEW];
	double mean[DECIDE_SIDES] = { 0 };

	for (size_t i = 0; i < all; i++)
		mean[turn[i].side] += (double)i / (double)n[turn[i].side];
	return fabs(mean[DECIDE_BASE] - mean[DECIDE_NEW]) <=
	       ((double)all / (double)rounds + 1) / 2;
}

/* As many rounds as there can be, or 0. */
static size_t count_rounds(const struct turn *turn, const size_t n[DECIDE_SIDES])
{
	size_t fewer = n[DECIDE_BASE] < n[DECIDE_NEW] ? n[DECIDE_BASE] : n[DECIDE_NEW];
	size_t most = common_divisor(n[DECIDE_BASE], n[DECIDE_NEW]);

	for (size_t rounds = most; rounds > 1; rounds--)
		if (most % rounds == 0 && is_balanced(turn, n, rounds, 0))
			return rounds;
	for (size_t rounds = fewer; rounds >= INCOMPLETE_LEAST; rounds--)
		if (is_balanced(turn, n, rounds, 1) && is_centered(turn, n, rounds))
			return rounds;
	return 0;
}

size_t rounds_find(const struct decide_row *row, unsigned int *block_base,
		   unsigned int *block_new)
{
	unsigned int *block[] = { block_base, block_new };
	const size_t n[] = { row->side[DECIDE_BASE].n, row->side[DECIDE_NEW].n };
	size_t all = n[0] + n[1], rounds = 0;
	CLEANUP_FREE struct turn *turn = xcalloc(all, sizeof(*turn));

	if (take_turns(row, turn))
		rounds = count_rounds(turn, n);
	for (size_t i = 0; rounds > 0 && i < all; i++)
		block[turn[i].side][turn[i].unit] = (unsigned int)(i * rounds / all);
	return rounds;
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

/* The mean of each round or, where not @within, that of all in each place. */
static void find_means(double *mean, const struct rounds *r, bool within)
{
	CLEANUP_FREE double *size = xcalloc(r->count + 1, sizeof(*size));

	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < r->n[side]; i++) {
			size_t round = within ? r->round[side][i] : 0;

			size[round]++;
			mean[round] += (r->value[side][i] - mean[round]) / size[round];
		}
	}
}

double rounds_deviation(const struct rounds *r, bool within)
{
	CLEANUP_FREE double *mean = xcalloc(r->count + 1, sizeof(*mean));
	double freedom =
		(double)(r->n[0] + r->n[1]) - 1 - (within ? (double)r->count : 1);
	double squares = 0;

	find_means(mean, r, within);
	for (int side = 0; side < 2; side++) {
		double of_side = 0, of_squares = 0, n = (double)r->n[side];

		for (size_t i = 0; i < r->n[side]; i++) {
			double v =
				r->value[side][i] - mean[within ? r->round[side][i] : 0];

			of_side += v / n;
			of_squares += v * v;
		}
		squares += of_squares - n * of_side * of_side;
	}
	return freedom > 0 ? sqrt(fmax(0, squares) / freedom) : NAN;
}

size_t rounds_machines(const struct rounds *r)
{
	size_t n = 0;

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < r->n[side]; i++)
			n = r->machine[side][i] >= n ? r->machine[side][i] + 1 : n;
	return n;
}

size_t rounds_side(const struct rounds *r, int side, size_t machine, double *to)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n[side]; i++)
		if (r->machine[side][i] == machine)
			to[n++] = r->value[side][i];
	return n;
}

size_t rounds_differences(const double *a, size_t n, const double *b, size_t m,
			  double *to)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			*to++ = b[j] - a[i];
	return n * m;
}

double rounds_machine_shift(const struct rounds *r)
{
	CLEANUP_FREE double *a = xcalloc(r->n[0], sizeof(*a));
	CLEANUP_FREE double *b = xcalloc(r->n[1], sizeof(*b));
	CLEANUP_FREE double *all = xcalloc(r->n[0] * r->n[1], sizeof(*all));
	size_t machines = rounds_machines(r), n = 0;

	for (size_t k = 0; k < machines; k++)
		n += rounds_differences(a, rounds_side(r, 0, k, a), b,
					rounds_side(r, 1, k, b), all + n);
	return median(all, n);
}

/* Shifts at which p is known already. */
#define KNOWN_MOST 64

struct inversion {
	size_t n[2];
	double *sorted[2];
	double estimate;
	struct blocked_samples *samples;
	size_t known;
	struct {
		double shift, p;
	} at[KNOWN_MOST];
};

struct inversion *inversion_new(const struct rounds *r)
{
	struct inversion *v = xcalloc(1, sizeof(*v));
	struct interval shift;

	for (int side = 0; side < 2; side++) {
		v->n[side] = r->n[side];
		v->sorted[side] = sorted_copy(r->value[side], r->n[side]);
	}
	v->samples = blocked_samples_new(r->value[0], r->round[0], r->n[0], r->value[1],
					 r->round[1], r->n[1]);
	if (r->machine[0]) {
		v->estimate = rounds_machine_shift(r);
		return v;
	}
	hodges_lehmann(&shift, r->value[0], r->n[0], r->value[1], r->n[1], .5);
	v->estimate = shift.estimate;
	return v;
}

void inversion_free(struct inversion *v)
{
	if (!v)
		return;
	free(v->sorted[0]);
	free(v->sorted[1]);
	blocked_samples_free(v->samples);
	free(v);
}

/* The p that remains when side 1 is moved back by @shift. */
static double p_at(struct inversion *v, double shift)
{
	struct rank_p result;

	for (size_t i = 0; i < v->known; i++)
		if (v->at[i].shift == shift)
			return v->at[i].p;
	blocked_samples_test(&result, v->samples, shift);
	if (v->known < KNOWN_MOST) {
		v->at[v->known].shift = shift;
		v->at[v->known++].p = result.p;
	}
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
	for (size_t i = 0; i < v->n[0]; i++) {
		while (above < v->n[1] && b[above] - a[i] <= from)
			above++;
		while (below < v->n[1] && b[below] - a[i] < to)
			below++;
		if (above >= below)
			continue;
		*least = fmin(*least, b[above] - a[i]);
		*greatest = fmax(*greatest, b[below - 1] - a[i]);
	}
	return *least <= *greatest;
}

/* Whether the test refuses all shifts from @inside to the next difference towards @outside. */
static bool ends_at(struct inversion *v, double alpha, double inside, double outside)
{
	double least, greatest, next;

	if (!differences_within(v, fmin(inside, outside), fmax(inside, outside), &least,
				&greatest))
		return true;
	next = outside < inside ? greatest : least;
	return p_at(v, (inside + next) / 2) <= alpha;
}

/*
 * The end of the interval that lies between @inside, a shift which the test does not refuse,
 * and @outside, beyond which all shifts give the values the same order. The order, and with it p,
 * changes at differences between two values alone: halving ends when one of them is left. Where p
 * should not fall steadily it finds one of the ends.
 */
static double find_end(struct inversion *v, double alpha, double inside, double outside)
{
	double end = outside, least, greatest;

	if (p_at(v, outside) > alpha)
		return outside < inside ? -INFINITY : INFINITY;
	if (ends_at(v, alpha, inside, outside))
		return inside;
	while (differences_within(v, fmin(inside, outside), fmax(inside, outside), &least,
				  &greatest)) {
		double middle = (inside + outside) / 2;

		end = outside < inside ? least : greatest;
		if (greatest - least <= 1e-12 || middle == inside || middle == outside)
			break;
		if (p_at(v, middle) > alpha)
			inside = middle;
		else
			outside = middle;
	}
	return end;
}

void inversion_interval(struct inversion *v, double level, struct interval *shift)
{
	double alpha = (1 - level) * (1 + HAIR), least, greatest, reach;

	differences_within(v, -INFINITY, INFINITY, &least, &greatest);
	/* Beyond all differences nothing is left tied. */
	reach = 1e-9 + (greatest - least) * 1e-4;
	shift->estimate = v->estimate;
	shift->low = find_end(v, alpha, v->estimate, least - reach);
	shift->high = find_end(v, alpha, v->estimate, greatest + reach);
}
