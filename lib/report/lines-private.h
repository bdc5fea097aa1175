/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_LINES_PRIVATE_H
#define PINLAT_REPORT_LINES_PRIVATE_H

/* Private to lib/report: lines of runs, with as many points as the page has bytes for. */

#include <stddef.h>
#include <stdio.h>

#include "report/svg.h"

/** From so many runs on the page, the lines of a set are one path, and no run is named. */
#define LINES_TITLED 1500

/** Of the line of a set, where there are more than SETS_IN_ROWS. */
#define LINES_FOLDED 12

struct line_point {
	double x, y; /* in the picture */
};

/** How many points the line of a run may have where @runs are drawn. */
size_t _line_points(size_t runs);

/**
 * Adds @n points to @path, as a line of its own, with at most @most: those stay that the eye would
 * miss (Visvalingam and Whyatt 1993, doi 10.1179/000870493786962263: the least area goes first).
 * @point is altered.
 */
void _line_add(struct svg_path *path, struct line_point *point, size_t n, size_t most);

/** The same as a path of its own; @title (NULL: none) is shown on hover. */
void _line_put(FILE *out, struct line_point *point, size_t n, size_t most,
	       const char *title);

#endif
