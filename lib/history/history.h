/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_HISTORY_HISTORY_H
#define PINLAT_HISTORY_HISTORY_H

/* Many kernels in order: metrics over all of them, and where their levels change. */

#include <stddef.h>

#include "history/changepoint.h"

/** A metric over all kernels. */
struct history_series {
	char *name;	/* owned; "thp-busy p99" */
	size_t subtest; /* which of the caller's subtests it is of */
	size_t metric;
	size_t n;	/* kernels that have a value above 0, and a finite one */
	size_t *set;	/* owned; which they are */
	double *median; /* owned; of their runs; by kernel, not by set */
	struct changepoints found;
};

struct history {
	size_t n;
	struct history_series *series; /* owned */
	double alpha;	/* of each series: the comparison's, shared out among them */
	size_t least;	/* kernels that a series needs */
	size_t longest; /* kernels of the series that has most */
	size_t changes; /* in all series */
};

/**
 * Adds a series to @h, which begins empty. @median: one of each of @sets
 * kernels, in order, of which those that are not above 0 are left out.
 */
void history_add(struct history *h, const char *name, size_t subtest, size_t metric,
		 const double *median, size_t sets);

/**
 * Once all series are added: finds their changes, where @alpha is that of all together. Kernels next to
 * each other may resemble each other by @correlation (changepoint.h); 0: they were measured in any order.
 */
void history_find(struct history *h, double alpha, double correlation);

/** Frees what @h owns. */
void history_free(struct history *h);

/** The level of @series from its change @i - 1 to its change @i: the median of its medians. */
double history_level(const struct history_series *series, size_t i);

/** The first kernel of that level, and the first after it. */
size_t history_first(const struct history_series *series, size_t i);
size_t history_end(const struct history_series *series, size_t i);

/** What change @i of @series makes of latencies, as a ratio less 1, with its interval. */
struct interval history_change(const struct history_series *series, size_t i);

#endif
