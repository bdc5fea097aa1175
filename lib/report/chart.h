/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_CHART_H
#define PINLAT_REPORT_CHART_H

/*
 * Scales: where a value stands in a picture, and the values that an axis names. Charts: a picture
 * with two axes, in a <figure> with its caption. As wide as a phone, so that its text
 * can be read on one; a wide page stands several side by side.
 *
 *	chart_begin(&c, out, "c7", "thp-busy p99 of every run");
 *	chart_axis_x(&c, ticks, n);
 *	… svg_*() at scale_at(&c.x, …), scale_at(&c.y, …)
 *	chart_end(&c);
 *
 * Figures stand between charts_begin() and charts_end(), which put them into rows.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct scale {
	double low, high; /* values; low < high, and both above 0 if log */
	double from, to;  /* where they stand; from > to: upwards, as on a y axis */
	bool log;
};

/** The longest text of a tick. */
#define TICK_SIZE 24
/** The most ticks of an axis. */
#define TICKS_MAX 16

struct tick {
	double value;
	char text[TICK_SIZE];
};

/**
 * A scale that holds the @n values (those that are no number, or not above 0 for a logarithm, are
 * left out) with a little room on both sides. Values that are all the same, or none at all, get
 * a scale too. @from and @to: where it begins and ends in the picture.
 */
struct scale scale_of(const double *value, size_t n, bool log, double from, double to);

/** Where @value stands; beyond the ends of @s: at its end. */
double scale_at(const struct scale *s, double value);

/**
 * Chooses at most @most (up to TICKS_MAX) round values of @s, which is one of nanoseconds, and
 * says them in a unit of time. Returns how many: at least 1, unless even the roundest is more
 * than fits.
 */
size_t scale_ticks(const struct scale *s, struct tick *tick, size_t most);

/**
 * The same of a scale of ratios (1.05 is 5 % more; log): round changes, "+5%", "x10", about
 * 1, which is "0".
 */
size_t scale_change_ticks(const struct scale *s, struct tick *tick, size_t most);

#define CHART_WIDTH 340
/** Of a large one, which a phone shows at half its size: so its text is larger. */
#define LARGE_WIDTH 660
#define LARGE_TEXT  15

struct chart {
	FILE *out;
	double width, height;		 /* of the picture */
	double left, right, top, bottom; /* edges of the plot in it */
	double text;			 /* how high its text is */
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

/** The same of LARGE_WIDTH, with larger text. */
void chart_begin_large(struct chart *c, FILE *out, const char *id, const char *caption,
		       double height, double left);

/** How many ticks fit above each other. */
size_t chart_room_y(const struct chart *c);

/** Draws an axis below, or at the left: a faint line for each tick, and its text. */
void chart_axis_x(const struct chart *c, const struct tick *tick, size_t n);
void chart_axis_y(const struct chart *c, const struct tick *tick, size_t n);

/** Ends the picture, writes @note (escaped; NULL: none) under it. */
void chart_end(const struct chart *c, const char *note);

#endif
