// SPDX-License-Identifier: MIT
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "history/changepoint.h"
#include "history/scan.h"
#include "stats/internal.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* By this the lengths of seeded intervals go down: what their authors recommend. */
#define DECAY M_SQRT1_2

/* Two p that are counted in different ways may differ by rounding. */
#define HAIR 1e-12

/* What is so much smaller than alpha is not counted, but bounded. */
#define CERTAIN 1e-3
/* More random orders are not made. */
#define ORDERS_MOST 200000

/* Values from first to end - 1. */
struct scan_part {
	size_t first, end;
};

/* Eight numbers that are compared at once; malloc() aligns them. They are also read one by one. */
#define SCAN_LANES 8
typedef int16_t scan_lanes __attribute__((vector_size(2 * SCAN_LANES), may_alias));

struct scan_tables {
	/*
	 * By n + m and n <= m: p of a cut of n + m values by half of its distance |2U - nm|, which is even or
	 * odd as nm is. NULL: not needed so far, or too many to be counted.
	 */
	double **of[CHANGEPOINT_VALUES_MAX + 1];
};

/* How series of @n values are scanned; one is used for many. */
struct scan {
	size_t n;
	size_t parts;
	struct scan_part *part; /* owned */
	struct scan_tables *tables;
	size_t width;	  /* lanes that have room for a number of each value */
	scan_lanes *rank; /* owned; of each value, as ranks_of() has them, in any order */
	/* owned; at k * width, of each value: how many of the first k are above it, less below */
	scan_lanes *above;
	/* owned; of each value of each part: the distance that expect() expects of a cut behind it */
	int32_t *expected;
};

struct scan_tables *scan_tables_new(void)
{
	return xcalloc(1, sizeof(struct scan_tables));
}

void scan_tables_free(struct scan_tables *tables)
{
	for (size_t length = 0; tables && length <= CHANGEPOINT_VALUES_MAX; length++) {
		for (size_t n = 0; tables->of[length] && n <= length / 2; n++)
			free(tables->of[length][n]);
		free(tables->of[length]);
	}
	free(tables);
}

/* P(|2U - nm| >= d) at [d / 2] for d from 0 or 1 to nm, even or odd as nm is. */
static double *count_p(size_t n, size_t m)
{
	size_t pairs = n * m;
	double *p = xcalloc(pairs / 2 + 1, sizeof(*p)), sum = 0;
	struct null_counts c;

	null_count_mann_whitney(&c, n, m);
	for (size_t u = 0; u <= pairs / 2; u++) {
		sum += c.count[u];
		p[pairs / 2 - u] = fmin(1, 2 * sum / c.total);
	}
	return p;
}

/* The p of a cut of @n against @m at @distance, as mann_whitney() has it without ties. */
static double cut_p(const struct scan *s, size_t n, size_t m, int32_t distance)
{
	size_t fewer = n < m ? n : m, d = (size_t)abs(distance);
	const double *p = s->tables->of[n + m][fewer];

	/* with ties it may lie between two distances, and then what is beyond it counts */
	if (p)
		return p[(d + (n * m - d) % 2) / 2];
	return null_normal_p((double)d / 2, 0.5,
			     sqrt((double)n * (double)m * (double)(n + m + 1) / 12));
}

/* Counts what the cuts of @length values need. */
static void add_tables(struct scan *s, size_t length)
{
	double **of = s->tables->of[length];

	if (of)
		return;
	of = s->tables->of[length] = xcalloc(length / 2 + 1, sizeof(*of));
	for (size_t n = CHANGEPOINT_SEGMENT; n <= length / 2; n++)
		if (n * (length - n) <= COUNTED_PAIRS)
			of[n] = count_p(n, length - n);
}

static void add_part(struct scan *s, size_t first, size_t end)
{
	s->part = xgrow(s->part, s->parts, sizeof(*s->part));
	s->part[s->parts++] = (struct scan_part){ first, end };
	add_tables(s, end - first);
}

/* The seeded intervals of their definition 1; the first of them is the whole. */
static void add_seeded(struct scan *s, size_t least)
{
	double n = (double)s->n;

	add_part(s, 0, s->n);
	for (double share = DECAY; ceil(n * share) >= (double)least; share *= DECAY) {
		double length = n * share, count = 2 * ceil(1 / share - 1e-9) - 1;
		double step = (n - length) / (count - 1);

		for (size_t i = 0; i < (size_t)count; i++)
			add_part(s, (size_t)floor((double)i * step + 1e-9),
				 (size_t)ceil((double)i * step + length - 1e-9));
	}
}

static void scan_init(struct scan *s, size_t n, size_t least, struct scan_tables *tables)
{
	*s = (struct scan){
		.n = n,
		.tables = tables,
		.width = (n + SCAN_LANES - 1) / SCAN_LANES,
	};
	s->rank = xcalloc(s->width, sizeof(*s->rank));
	s->above = xcalloc((n + 1) * s->width, sizeof(*s->above));
	add_seeded(s, least);
}

/*
 * How many of the first k values are above each, less those below it. What a part needs then lies side
 * by side, whatever the order of the ranks is.
 */
static void compare_all(struct scan *s)
{
	const scan_lanes *ranks = s->rank;
	size_t width = s->width;

	for (size_t k = 0; k < s->n; k++) {
		const scan_lanes *before = &s->above[k * width];
		scan_lanes *after = &s->above[(k + 1) * width];
		scan_lanes rank = ((const int16_t *)ranks)[k] + (scan_lanes){ 0 };

		/* a comparison is -1 where it holds */
		for (size_t i = 0; i < width; i++)
			after[i] = before[i] - (rank > ranks[i]) + (rank < ranks[i]);
	}
}

/* Of each value: how many of the first @k are above it, less those below. */
static const int16_t *first_above(const struct scan *s, size_t k)
{
	return (const int16_t *)&s->above[k * s->width];
}

/*
 * Moving a cut by one value changes 2U - nm by how many of the part are above
 * that value, less those below.
 */
static void scan_part(const struct scan *s, struct scan_part part, struct scan_cut *best)
{
	const int16_t *start = first_above(s, part.first),
		      *end = first_above(s, part.end);
	int32_t distance = 0;

	for (size_t i = part.first; i + CHANGEPOINT_SEGMENT < part.end; i++) {
		size_t before = i + 1 - part.first;
		double p;

		distance += end[i] - start[i];
		if (before < CHANGEPOINT_SEGMENT)
			continue;
		p = cut_p(s, before, part.end - i - 1, distance);
		if (p < best->p)
			*best = (struct scan_cut){ part.first, i + 1, part.end, p, 1 };
	}
}

/* The best cut of the values as they are ranked. */
static struct scan_cut find_best(struct scan *s)
{
	struct scan_cut best = { 0, 0, s->n, 1, 1 };

	compare_all(s);
	for (size_t i = 0; i < s->parts; i++)
		scan_part(s, s->part[i], &best);
	return best;
}

/* The least distance of a cut of @n against @m with a p of at most @p; INT32_MAX: there is no such cut. */
static int32_t distance_for(const struct scan *s, size_t n, size_t m, double p)
{
	int32_t low = 0, high = (int32_t)(n * m);

	if (n < CHANGEPOINT_SEGMENT || m < CHANGEPOINT_SEGMENT ||
	    cut_p(s, n, m, high) > p)
		return INT32_MAX;
	while (low < high) {
		int32_t middle = low + (high - low) / 2;

		if (cut_p(s, n, m, middle) <= p)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* How many values all parts have. */
static size_t count_values(const struct scan *s)
{
	size_t values = 0;

	for (size_t i = 0; i < s->parts; i++)
		values += s->part[i].end - s->part[i].first;
	return values;
}

/* From now on reaches() looks for a cut with a p of at most @p. */
static void expect(struct scan *s, double p)
{
	int32_t *next = s->expected = xcalloc(count_values(s) + 1, sizeof(*s->expected));

	for (size_t i = 0; i < s->parts; i++) {
		size_t length = s->part[i].end - s->part[i].first;

		for (size_t n = 1; n <= length; n++)
			*next++ = distance_for(s, n, length - n, p);
	}
}

static bool part_reaches(const struct scan *s, struct scan_part part,
			 const int32_t *expected)
{
	const int16_t *start = first_above(s, part.first),
		      *end = first_above(s, part.end);
	int32_t distance = 0;

	for (size_t i = part.first; i < part.end; i++) {
		distance += end[i] - start[i];
		if (abs(distance) >= *expected++)
			return true;
	}
	return false;
}

/* Whether there is such a cut as the values are ranked: find_best().p <= p, several times as fast. */
static bool reaches(struct scan *s)
{
	const int32_t *expected = s->expected;

	compare_all(s);
	for (size_t i = 0; i < s->parts; i++) {
		if (part_reaches(s, s->part[i], expected))
			return true;
		expected += s->part[i].end - s->part[i].first;
	}
	return false;
}

static void scan_free(struct scan *s)
{
	free(s->part);
	free(s->rank);
	free(s->above);
	free(s->expected);
}

/* Numbers below @n of the same order as @value: equal ones are equal. */
static void ranks_of(int16_t *rank, const double *value, size_t n)
{
	CLEANUP_FREE size_t *order = xcalloc(n + 1, sizeof(*order));

	gsl_sort_index(order, value, 1, n);
	for (size_t i = 0; i < n; i++)
		rank[order[i]] = i > 0 && value[order[i]] == value[order[i - 1]]
					 ? rank[order[i - 1]]
					 : (int16_t)i;
}

/*
 * In how many of the random orders a cut is as good as expected; as a p. It ends as soon as it is
 * certain that p is above @alpha: J. Besag, P. Clifford, "Sequential Monte Carlo p-values",
 * Biometrika 78 (1991), doi 10.1093/biomet/78.2.301.
 */
static double count_orders(struct scan *scan, double alpha, unsigned int orders,
			   struct random_state random)
{
	double most = floor(alpha * ((double)orders + 1) + HAIR), as_good = 0, made = 0;

	while (made < orders && as_good < most) {
		random_shuffle(&random, scan->rank, scan->n, sizeof(int16_t));
		made++;
		as_good += reaches(scan);
	}
	return (as_good + 1) / (made + 1);
}

struct scan_cut scan_best(const double *value, size_t n, size_t least, double alpha,
			  unsigned int orders, struct random_state random,
			  struct scan_tables *tables)
{
	CLEANUP(scan_free) struct scan scan;
	struct scan_cut cut;

	scan_init(&scan, n, least, tables);
	ranks_of((int16_t *)scan.rank, value, n);
	cut = find_best(&scan);
	/*
	 * Bonferroni's bound: where that is far below alpha nothing has to be counted, and where it would
	 * take too long the bound alone decides, which finds a little less.
	 */
	cut.chance = fmin(1, cut.p * (double)count_values(&scan));
	if (cut.chance <= alpha * CERTAIN || orders > ORDERS_MOST)
		return cut;
	expect(&scan, cut.p * (1 + HAIR));
	cut.chance = count_orders(&scan, alpha, orders, random);
	return cut;
}
