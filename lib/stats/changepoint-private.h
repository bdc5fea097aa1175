/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_CHANGEPOINT_PRIVATE_H
#define PINLAT_STATS_CHANGEPOINT_PRIVATE_H

/* Scans (all cuts of one series, and of parts of it, by Mann and Whitney's p), and places. */

#include <stddef.h>
#include <stdint.h>

#include "stats/changepoint.h"
#include "stats/random.h"

/** A cut: values first to at - 1 against those from at to end - 1. */
struct scan_cut {
	size_t first, at, end;
	double p; /* 1: there is no cut that can differ */
};

/* Values from first to end - 1. */
struct scan_part {
	size_t first, end;
};

/** Eight numbers that are added at once; malloc() aligns them. */
#define SCAN_LANES 8
typedef int16_t scan_lanes __attribute__((vector_size(2 * SCAN_LANES)));

/** How series of @n values are scanned; one is used for many. */
struct scan {
	size_t n;
	size_t parts;
	struct scan_part *part; /* owned */
	/*
	 * p by distance |2U - nm| of a cut of n + m values, n <= m, at [(n + m) * rows + n]; owned.
	 * NULL: not among the parts, or too many to be counted.
	 */
	double **p;
	size_t rows;
	size_t width; /* lanes that have room for a number of each rank */
	/* owned; at k * width, of each rank: how many of the first k values are above it, less below */
	scan_lanes *above;
	scan_lanes *
		sign; /* owned; at a * width, of each rank: 1 if a is above it, -1 if below */
	/* owned; of each cut of each part: the distance that _scan_expect() expects */
	int32_t *expected;
};

/** Of the whole series alone. Returns 0 or -ENOMEM. */
int _scan_init_whole(struct scan *s, size_t n);

/** Of the whole and of its seeded intervals in which a p of @alpha is possible. 0 or -ENOMEM. */
int _scan_init_seeded(struct scan *s, size_t n, double alpha);

/** The best cut of @rank: s->n numbers of _ranks_of(), in any order. Of equal ones the first. */
struct scan_cut _scan(struct scan *s, const int32_t *rank);

/** From now on _scan_reaches() looks for a cut with a p of at most @p. Returns 0 or -ENOMEM. */
int _scan_expect(struct scan *s, double p);

/** Whether @rank has such a cut: _scan().p <= p, several times as fast. */
bool _scan_reaches(struct scan *s, const int32_t *rank);

/** Frees what @s owns. */
void _scan_free(struct scan *s);

/** Where @n >= 2 * CHANGEPOINT_SEGMENT values of two levels are best cut. Returns 0 or -ENOMEM. */
int _changepoint_place(const double *value, size_t n, size_t *at);

/**
 * Fills c->low and c->high, where c->at lies among the values from @first to @end - 1 of two
 * levels that are c->shift apart. Returns 0 or -ENOMEM.
 */
int _changepoint_interval(struct changepoint *c, const double *value, size_t first,
			  size_t end, double level, struct random_state random);

/** Numbers below @n of the same order as @value: equal ones are equal. Returns 0 or -ENOMEM. */
int _ranks_of(int32_t *rank, const double *value, size_t n);

#endif
