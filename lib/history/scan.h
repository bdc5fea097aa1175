/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_HISTORY_SCAN_H
#define PINLAT_HISTORY_SCAN_H

/* Scans: all cuts of one series, and of parts of it, by Mann and Whitney's p. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/changepoint.h"

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
	/* owned; of each cut of each part: the distance that scan_expect() expects */
	int32_t *expected;
};

/**
 * Of the whole series of @n values, and of its seeded intervals of at least @least values: more
 * than @n, and the whole is all there is.
 */
void scan_init(struct scan *s, size_t n, size_t least);

/** The best cut of @rank: s->n numbers of scan_ranks(), in any order. Of equal ones the first. */
struct scan_cut scan_best(struct scan *s, const int32_t *rank);

/** From now on scan_reaches() looks for a cut with a p of at most @p. */
void scan_expect(struct scan *s, double p);

/** Whether @rank has such a cut: scan_best().p <= p, several times as fast. */
bool scan_reaches(struct scan *s, const int32_t *rank);

/** Frees what @s owns. */
void scan_free(struct scan *s);

/** Numbers below @n of the same order as @value: equal ones are equal. */
void scan_ranks(int32_t *rank, const double *value, size_t n);

#endif
