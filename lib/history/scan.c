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

/* Eight numbers that are added at once; malloc() aligns them. */
#define SCAN_LANES 8
typedef int16_t scan_lanes __attribute__((vector_size(2 * SCAN_LANES)));

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
	size_t width; /* lanes that have room for a number of each rank */
	/* owned; at k * width, of each rank: how many of the first k values are above it, less below */
	scan_lanes *above;
	scan_lanes *
		sign; /* owned; at a * width, of each rank: 1 if a is above it, -1 if below */
	/* owned; of each cut of each part: the distance that expect() expects */
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
	s->above = xcalloc((n + 1) * s->width, sizeof(*s->above));
	s->sign = xcalloc(n * s->width, sizeof(*s->sign));
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++)
			s->sign[a * s->width + b / SCAN_LANES][b % SCAN_LANES] =
				(int16_t)((a > b) - (a < b));
	add_seeded(s, least);
}

/* How many of the first k values are above each rank, less those below it. */
static void compare_all(struct scan *s, const int32_t *rank)
{
	for (size_t k = 0; k < s->n; k++) {
		const scan_lanes *before = &s->above[k * s->width];
		const scan_lanes *sign = &s->sign[(size_t)rank[k] * s->width];
		scan_lanes *above = &s->above[(k + 1) * s->width];

		for (size_t i = 0; i < s->width; i++)
			above[i] = before[i] + sign[i];
	}
}

/* How many values of @part are above @rank, less those below it. */
static int32_t part_above(const struct scan *s, struct scan_part part, int32_t rank)
{
	size_t i = (size_t)rank / SCAN_LANES, lane = (size_t)rank % SCAN_LANES;

	return s->above[part.end * s->width + i][lane] -
	       s->above[part.first * s->width + i][lane];
}

/*
 * Moving a cut by one value changes 2U - nm by how many of the part are above
 * that value, less those below.
 */
static void scan_part(const struct scan *s, const int32_t *rank, struct scan_part part,
		      struct scan_cut *best)
{
	int32_t distance = 0;

	for (size_t i = part.first; i + CHANGEPOINT_SEGMENT < part.end; i++) {
		size_t before = i + 1 - part.first;
		double p;

		distance += part_above(s, part, rank[i]);
		if (before < CHANGEPOINT_SEGMENT)
			continue;
		p = cut_p(s, before, part.end - i - 1, distance);
		if (p < best->p)
			*best = (struct scan_cut){ part.first, i + 1, part.end, p, 1 };
	}
}

/* The best cut of @rank: s->n numbers of ranks_of(), in any order. */
static struct scan_cut find_best(struct scan *s, const int32_t *rank)
{
	struct scan_cut best = { 0, 0, s->n, 1, 1 };

	compare_all(s, rank);
	for (size_t i = 0; i < s->parts; i++)
		scan_part(s, rank, s->part[i], &best);
	return best;
}

/* The least distance of a cut of @n against @m with a p of at most @p; INT32_MAX: none. */
static int32_t distance_for(const struct scan *s, size_t n, size_t m, double p)
{
	int32_t low = 0, high = (int32_t)(n * m);

	if (cut_p(s, n, m, high) > p)
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

/* From now on reaches() looks for a cut with a p of at most @p. */
static void expect(struct scan *s, double p)
{
	size_t cuts = 0, c = 0;

	for (size_t i = 0; i < s->parts; i++)
		cuts += s->part[i].end - s->part[i].first;
	s->expected = xcalloc(cuts + 1, sizeof(*s->expected));
	for (size_t i = 0; i < s->parts; i++) {
		size_t length = s->part[i].end - s->part[i].first;

		for (size_t n = CHANGEPOINT_SEGMENT; n + CHANGEPOINT_SEGMENT <= length;
		     n++)
			s->expected[c++] = distance_for(s, n, length - n, p);
	}
}

/* Whether @rank has such a cut: find_best().p <= p, several times as fast. */
static bool reaches(struct scan *s, const int32_t *rank)
{
	const int32_t *expected = s->expected;

	compare_all(s, rank);
	for (size_t i = 0; i < s->parts; i++) {
		struct scan_part part = s->part[i];
		int32_t distance = 0;

		for (size_t k = part.first; k + CHANGEPOINT_SEGMENT < part.end; k++) {
			distance += part_above(s, part, rank[k]);
			if (k + 1 - part.first >= CHANGEPOINT_SEGMENT &&
			    abs(distance) >= *expected++)
				return true;
		}
	}
	return false;
}

static void scan_free(struct scan *s)
{
	free(s->part);
	free(s->above);
	free(s->sign);
	free(s->expected);
}

/* Numbers below @n of the same order as @value: equal ones are equal. */
static void ranks_of(int32_t *rank, const double *value, size_t n)
{
	CLEANUP_FREE size_t *order = xcalloc(n + 1, sizeof(*order));

	gsl_sort_index(order, value, 1, n);
	for (size_t i = 0; i < n; i++)
		rank[order[i]] = i > 0 && value[order[i]] == value[order[i - 1]]
					 ? rank[order[i - 1]]
					 : (int32_t)i;
}

/*
 * In how many of the random orders a cut is as good as expected; as a p. It ends as soon as it is
 * certain that p is above @alpha: J. Besag, P. Clifford, "Sequential Monte Carlo p-values",
 * Biometrika 78 (1991), doi 10.1093/biomet/78.2.301.
 */
static double count_orders(struct scan *scan, int32_t *rank, double alpha,
			   unsigned int orders, struct random_state random)
{
	double most = floor(alpha * ((double)orders + 1) + HAIR), as_good = 0, made = 0;

	while (made < orders && as_good < most) {
		random_shuffle(&random, rank, scan->n, sizeof(*rank));
		made++;
		as_good += reaches(scan, rank);
	}
	return (as_good + 1) / (made + 1);
}

/* How many cuts are looked at, in all parts. */
static double count_cuts(const struct scan *s)
{
	double cuts = 0;

	for (size_t i = 0; i < s->parts; i++)
		cuts += (double)(s->part[i].end - s->part[i].first);
	return cuts;
}

struct scan_cut scan_best(const double *value, size_t n, size_t least, double alpha,
			  unsigned int orders, struct random_state random,
			  struct scan_tables *tables)
{
	CLEANUP_FREE int32_t *rank = xcalloc(n, sizeof(*rank));
	CLEANUP(scan_free) struct scan scan;
	struct scan_cut cut;

	scan_init(&scan, n, least, tables);
	ranks_of(rank, value, n);
	cut = find_best(&scan, rank);
	/*
	 * Bonferroni's bound: where that is far below alpha nothing has to be counted, and where it would
	 * take too long the bound alone decides, which finds a little less.
	 */
	cut.chance = fmin(1, cut.p * count_cuts(&scan));
	if (cut.chance <= alpha * CERTAIN || orders > ORDERS_MOST)
		return cut;
	expect(&scan, cut.p * (1 + HAIR));
	cut.chance = count_orders(&scan, rank, alpha, orders, random);
	return cut;
}
