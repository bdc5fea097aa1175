/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_HISTORY_PRIVATE_H
#define PINLAT_REPORT_HISTORY_PRIVATE_H

/* Private to lib/report: many kernels in order, and where their levels change. */

#include "report/page-private.h"
#include "history/changepoint.h"

/** A metric that is judged, over all kernels. */
struct history_series {
	const struct group *group;
	size_t metric;
	char *name;	/* owned; "thp-busy p99" */
	size_t n;	/* kernels that have a value above 0 */
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

/** Makes the series of what is judged in @v, and finds their changes. 0 or -ENOMEM. */
int _history_make(struct history *h, const struct view *v);
void _history_free(struct history *h);

/** The series as pictures. Returns 0 or -ENOMEM. */
int _history_draw(struct view *v, const struct history *h);

/** The level of @series from its change @i - 1 to its change @i: the median of its medians. */
double _history_level(const struct history_series *series, size_t i);

/** The first kernel of that level, and the first behind it. */
size_t _history_first(const struct history_series *series, size_t i);
size_t _history_end(const struct history_series *series, size_t i);

/** What change @i of @series makes of latencies, as a ratio less 1, with its interval. */
struct interval _history_change(const struct history_series *series, size_t i);

/** Each kernel against the one before it, as a table. Returns 0 or -ENOMEM. */
int _history_neighbours(struct view *v, const struct history *h);

#endif
