/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_CHART_H
#define PINLAT_REPORT_CHART_H

/*
 * A picture with two axes, in a <figure> with its caption. As wide as a phone, so that its text
 * can be read on one; a wide page stands several side by side.
 *
 *	chart_begin(&c, out, "c7", "thp-busy p99 of every run");
 *	chart_axis_x(&c, ticks, n);
 *	… svg_*() at scale_at(&c.x, …), scale_at(&c.y, …)
 *	chart_end(&c);
 *
 * Figures stand between charts_begin() and charts_end(), which put them into rows.
 */

#include <stdio.h>

#include "report/scale.h"

#define CHART_WIDTH 340

struct chart {
	FILE *out;
	double width, height;		 /* of the picture */
	double left, right, top, bottom; /* edges of the plot in it */
	struct scale x, y; /* for who draws; chart_begin() sets where they stand */
};

void charts_begin(FILE *out);
void charts_end(FILE *out);

/**
 * Begins a picture of CHART_WIDTH by @height. @id is unique in the page; @caption is escaped, and
 * what a screen reader calls it. @left is how wide the labels of the y axis are.
 */
void chart_begin(struct chart *c, FILE *out, const char *id, const char *caption,
		 double height, double left);

/** How many ticks fit beside each other, or above each other. */
size_t chart_room_x(const struct chart *c);
size_t chart_room_y(const struct chart *c);

/** Draws an axis below, or at the left: a faint line for each tick, and its text. */
void chart_axis_x(const struct chart *c, const struct tick *tick, size_t n);
void chart_axis_y(const struct chart *c, const struct tick *tick, size_t n);

/** Ends the picture, writes @note (escaped; NULL: none) under it. */
void chart_end(const struct chart *c, const char *note);

#endif
