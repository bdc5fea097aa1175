/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_DRAW_H
#define PINLAT_REPORT_DRAW_H

/* Pictures of a subtest. */

#include "report/chart.h"
#include "report/view.h"

/** Draws an axis whose scale is one of nanoseconds. */
void draw_times_x(const struct chart *c);
void draw_times_y(const struct chart *c);

/**
 * Draws metric @m of the runs of @cell above each other at @x of @chart, as one path; @colour NULL:
 * the pen's. @title is shown on hover.
 */
void draw_column(const struct chart *chart, const struct cell *cell, size_t m, double x,
		 const char *colour, const char *title);

/** Draws the tails of @group, and its latency over time. */
void draw_curves(struct view *v, const struct group *group);

/** Draws the tails of @group into @chart, which is begun: axes, runs, and kernels @width wide. */
void draw_tails_in(const struct view *v, const struct group *group, struct chart *chart,
		   double width);

#endif
