/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_LINES_PRIVATE_H
#define PINLAT_REPORT_LINES_PRIVATE_H

/* Private to lib/report: lines of runs, with as many points as the page has bytes for. */

#include <stddef.h>
#include <sys/param.h>

#include "report/page-private.h"

/** Of the line of a set, where there are more than SETS_IN_ROWS. */
#define LINES_FOLDED 12

struct line_point {
	double x, y; /* in the picture */
};

/** Points that the line of a run is made of, at most. */
#define LINE_POINTS MAX(CURVE_POINTS + 1, CURVE_SECONDS)

/** What is drawn of @run. */
const struct curve *_curve_of(const struct view *v, const struct compare_run *run);

/** How many points the line of a run may have where @runs are drawn. */
size_t _line_points(size_t runs);

/**
 * Adds @n points to @path, as a line of its own, with at most @most: those stay that the eye would
 * miss (Visvalingam and Whyatt 1993, doi 10.1179/000870493786962263: the least area goes first).
 * @point is altered.
 */
void _line_add(struct svg_path *path, struct line_point *point, size_t n, size_t most);

/** The same as a path of its own, in the colour of set @s; its name is shown on hover. */
void _line_put(const struct view *v, size_t s, struct line_point *point, size_t n,
	       size_t most);

/**
 * Draws a line of each run of @group in @chart; @reduce makes its points, at most LINE_POINTS, and
 * returns how many. Where runs are very many, those of a set are one path, and none is named.
 */
void _lines_of_runs(const struct view *v, const struct group *group,
		    const struct chart *chart, double opacity,
		    size_t (*reduce)(const struct curve *curve, const struct chart *chart,
				     struct line_point *point));

#endif
