// SPDX-License-Identifier: MIT
#include "decide/machines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/row.h"
#include "stats/estimate.h"
#include "stats/random.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* Random orders that are counted, and their seed. */
#define ORDERS 999
#define SEED   17

/* Numbers the machines of @row from 0 in the order of their units; returns how many there are. */
static size_t number(const struct decide_row *row, unsigned int *const of[DECIDE_SIDES])
{
	size_t all = row->side[DECIDE_BASE].n + row->side[DECIDE_NEW].n, count = 0, k;
	CLEANUP_FREE unsigned int *known = xcalloc(all, sizeof(*known));

	for (int side = 0; side < DECIDE_SIDES; side++) {
		const struct decide_side *s = &row->side[side];

		for (size_t i = 0; i < s->n; i++) {
			for (k = 0; k < count && known[k] != row->machine[side][i]; k++)
				;
			if (k == count)
				known[count++] = row->machine[side][i];
			of[side][i] = (unsigned int)k;
		}
	}
	return count;
}

size_t machines_count(const struct decide_row *row)
{
	size_t n = row->side[DECIDE_BASE].n, m = row->side[DECIDE_NEW].n;
	CLEANUP_FREE unsigned int *of = xcalloc(n + m, sizeof(*of));
	unsigned int *const sides[] = { of, of + n };

	if (!row->machine[DECIDE_BASE] || !row->machine[DECIDE_NEW])
		return 0;
	return number(row, sides);
}

/* The units of one machine. */
struct part {
	struct decide_row row;
	struct rounds rounds;
	size_t *unit[DECIDE_SIDES];  /* which of all they are */
	double *start[DECIDE_SIDES]; /* borrowed room */
};

static void part_init(struct part *p, const struct decide_row *row)
{
	*p = (struct part){ 0 };
	for (int side = 0; side < DECIDE_SIDES; side++) {
		size_t n = row->side[side].n;

		p->unit[side] = xcalloc(n, sizeof(*p->unit[side]));
		p->start[side] = xcalloc(n, sizeof(*p->start[side]));
		p->rounds.round[side] = xcalloc(n, sizeof(*p->rounds.round[side]));
	}
}

static void part_free(struct part *p)
{
	for (int side = 0; side < DECIDE_SIDES; side++) {
		free(p->unit[side]);
		free(p->start[side]);
		free(p->rounds.round[side]);
	}
}

/* Takes the units of machine @k. */
static void part_take(struct part *p, const struct decide_row *row,
		      const struct rounds *r, size_t k)
{
	for (int side = 0; side < DECIDE_SIDES; side++) {
		const struct decide_side *s = &row->side[side];
		size_t n = 0;

		for (size_t i = 0; i < s->n; i++) {
			if (r->machine[side][i] != k)
				continue;
			p->start[side][n] = s->start ? s->start[i] : NAN;
			p->unit[side][n++] = i;
		}
		p->rounds.n[side] = n;
		memset(p->rounds.round[side], 0, n * sizeof(*p->rounds.round[side]));
		p->row.side[side] =
			(struct decide_side){ .n = n, .start = p->start[side] };
	}
}

bool machines_blocks(struct rounds *r, const struct decide_row *row,
		     enum decide_blocks blocks)
{
	size_t machines = number(row, r->machine);
	bool in_rounds = true;
	struct part p;

	r->count = 0;
	part_init(&p, row);
	for (size_t k = 0; k < machines; k++) {
		part_take(&p, row, r, k);
		p.rounds.count = rounds_find(&p.row, p.rounds.round[DECIDE_BASE],
					     p.rounds.round[DECIDE_NEW]);
		in_rounds &= p.rounds.count > 1 || (p.rounds.n[DECIDE_BASE] == 1 &&
						    p.rounds.n[DECIDE_NEW] == 1);
		if (blocks == BLOCKS_AUTO)
			rounds_join(&p.rounds);
		if (blocks == BLOCKS_NONE)
			p.rounds.count = 0;
		for (int side = 0; side < DECIDE_SIDES; side++)
			for (size_t i = 0; i < p.rounds.n[side]; i++)
				r->round[side][p.unit[side][i]] =
					(unsigned int)r->count +
					(p.rounds.count ? p.rounds.round[side][i] : 0);
		r->count += p.rounds.count ? p.rounds.count : 1;
	}
	part_free(&p);
	return in_rounds;
}

void machines_level(const struct rounds *r, double *const level[DECIDE_SIDES])
{
	size_t most = r->n[0] > r->n[1] ? r->n[0] : r->n[1], machines;
	CLEANUP_FREE double *room = xcalloc(most, sizeof(*room));

	for (int side = 0; side < DECIDE_SIDES; side++)
		memcpy(level[side], r->value[side], r->n[side] * sizeof(*level[side]));
	machines = r->machine[0] ? rounds_machines(r) : 0;
	for (size_t k = 0; k < machines; k++) {
		double of_base = median(room, rounds_side(r, DECIDE_BASE, k, room));
		double of_new = median(room, rounds_side(r, DECIDE_NEW, k, room));
		double middle = isnan(of_base)	? of_new
				: isnan(of_new) ? of_base
						: (of_base + of_new) / 2;

		for (int side = 0; side < DECIDE_SIDES; side++)
			for (size_t i = 0; i < r->n[side]; i++)
				if (r->machine[side][i] == k)
					level[side][i] -= middle;
	}
}

/* Values in blocks, whose sides are changed at random. */
struct agreement {
	struct rounds
		r; /* borrowed; but the values of side 1 are owned, less the shift */
	size_t machines, *unit;	     /* owned; of a block */
	double *a, *b, *differences; /* owned room */
};

/*
 * How far the shifts of the machines are apart: the sum of squares about their mean, each with the
 * weight nm / (n + m) that it has by its numbers.
 */
static double spread_of(const struct agreement *g)
{
	double weights = 0, mean = 0, squares = 0;

	for (size_t k = 0; k < g->machines; k++) {
		size_t n = rounds_side(&g->r, DECIDE_BASE, k, g->a);
		size_t m = rounds_side(&g->r, DECIDE_NEW, k, g->b);
		double weight = (double)(n * m) / (double)(n + m), shift, from;

		if (n == 0 || m == 0)
			continue;
		shift = median(g->differences,
			       rounds_differences(g->a, n, g->b, m, g->differences));
		/* West's update of a weighted sum of squares. */
		from = shift - mean;
		weights += weight;
		mean += from * weight / weights;
		squares += weight * from * (shift - mean);
	}
	return squares;
}

/* Value @i of those of block @k, whichever side they are on. */
static double *value_at(const struct agreement *g, size_t i)
{
	size_t n = g->r.n[DECIDE_BASE];

	return i < n ? &g->r.value[DECIDE_BASE][i] : &g->r.value[DECIDE_NEW][i - n];
}

/* Deals the values of each block anew to its places on both sides. */
static void deal(const struct agreement *g, struct random_state *random)
{
	size_t n = g->r.n[DECIDE_BASE], all = n + g->r.n[DECIDE_NEW];

	for (size_t k = 0; k < g->r.count; k++) {
		size_t size = 0;

		for (size_t i = 0; i < all; i++)
			if ((i < n ? g->r.round[DECIDE_BASE][i]
				   : g->r.round[DECIDE_NEW][i - n]) == k)
				g->unit[size++] = i;
		for (size_t i = size; i > 1; i--) {
			double *x = value_at(g, g->unit[i - 1]);
			double *y = value_at(g, g->unit[random_below(random, i)]);
			double kept = *x;

			*x = *y;
			*y = kept;
		}
	}
}

double machines_agree(const struct rounds *r, double shift)
{
	size_t all = r->n[0] + r->n[1], pairs = r->n[0] * r->n[1], beyond = 1;
	CLEANUP_FREE double *base = xmemdup(r->value[0], r->n[0] * sizeof(*base));
	CLEANUP_FREE double *new = xmemdup(r->value[1], r->n[1] * sizeof(*new));
	CLEANUP_FREE double *room = xcalloc(all + pairs, sizeof(*room));
	CLEANUP_FREE size_t *unit = xcalloc(all, sizeof(*unit));
	struct random_state random = random_stream(SEED, 0);
	struct agreement g = { *r,   rounds_machines(r), unit,
			       room, room + r->n[0],	 room + all };
	double seen;

	for (size_t i = 0; i < r->n[1]; i++)
		new[i] -= shift;
	g.r.value[DECIDE_BASE] = base;
	g.r.value[DECIDE_NEW] = new;
	seen = spread_of(&g);
	for (int order = 0; order < ORDERS; order++) {
		deal(&g, &random);
		/* Of equal ones none is farther apart but by rounding. */
		beyond += spread_of(&g) >= seen * (1 - 1e-9);
	}
	return (double)beyond / (ORDERS + 1);
}

/* The values of @side of machine @k on the scale of the test, in @to; returns how many. */
static size_t scaled_side(const struct decide_row *row, int side, unsigned int machine,
			  double *to)
{
	const struct decide_side *s = &row->side[side];
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (row->machine[side][i] == machine)
			to[n++] = row->difference ? s->value[i] : log(s->value[i]);
	return n;
}

/* Whether @machine is among the @n first ones of @list. */
static bool is_listed(const struct machine_change *list, size_t n, unsigned int machine)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].machine == machine)
			return true;
	return false;
}

size_t machines_changes(const struct decide_row *row, double level,
			struct machine_change **list)
{
	size_t units = row->side[DECIDE_BASE].n;
	const unsigned int *machine = row->machine[DECIDE_BASE];
	CLEANUP_FREE double *a = xcalloc(units, sizeof(*a));
	CLEANUP_FREE double *b = xcalloc(row->side[DECIDE_NEW].n, sizeof(*b));
	size_t n = 0;

	*list = xcalloc(units, sizeof(**list));
	for (size_t i = 0; machine && i < units; i++) {
		struct machine_change *m = &(*list)[n];
		struct interval shift;

		if (is_listed(*list, n, machine[i]))
			continue;
		m->machine = machine[i];
		m->n[DECIDE_BASE] = scaled_side(row, DECIDE_BASE, m->machine, a);
		m->n[DECIDE_NEW] = scaled_side(row, DECIDE_NEW, m->machine, b);
		if (hodges_lehmann(&shift, a, m->n[DECIDE_BASE], b, m->n[DECIDE_NEW],
				   level) < 0)
			shift = (struct interval){ NAN, NAN, NAN };
		m->change = (struct interval){ shift_as_change(row, shift.estimate),
					       shift_as_change(row, shift.low),
					       shift_as_change(row, shift.high) };
		n++;
	}
	return n;
}
