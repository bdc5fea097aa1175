/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_SVG_H
#define PINLAT_REPORT_SVG_H

/*
 * SVG within HTML, drawn with presentation attributes alone: no style, no script, nothing from
 * elsewhere, so that it looks the same under the strictest content policy. What is not given a
 * colour is drawn in that of the text around it, which is right in the dark too.
 *
 * Coordinates are in units of a picture whose height and width svg_begin() is told; it is shown
 * at that size, in CSS pixels, or smaller where the page is narrow.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "decide/decide.h"

/** Text of most pictures. */
#define SVG_TEXT 11
/** How wide a character of that is at most, on average; labels are cut by it. */
#define SVG_CHARACTER 6.6

enum svg_anchor {
	SVG_START,
	SVG_MIDDLE,
	SVG_END,
};

/** How a line is drawn. */
struct svg_pen {
	const char *colour; /* "#1170aa" or "currentColor" */
	double width;	    /* 0: no line, but the area within, filled */
	double opacity;	    /* 1: opaque */
	bool dashed;
};

/** Begins a picture with text of @text units that is called by the element @labelled_by (its id). */
void svg_begin(FILE *out, double width, double height, int text, const char *labelled_by);
void svg_end(FILE *out);

/** Begins a picture that says nothing that the words beside it do not say; @more attributes. */
void svg_begin_plain(FILE *out, int width, int height, const char *more);

/** A small square of @colour, and a blank, within text. */
void svg_swatch(FILE *out, const char *colour, double opacity);

/** A straight line. */
void svg_line(FILE *out, double x1, double y1, double x2, double y2,
	      const struct svg_pen *pen);

/** A filled rectangle. */
void svg_rect(FILE *out, double x, double y, double width, double height,
	      const char *colour, double opacity);

/** @text, which is escaped, with its foot at @y. */
void svg_text(FILE *out, double x, double y, enum svg_anchor anchor, const char *text);

/**
 * The same cut to @most characters, with @title shown on hover, as far as a kilobyte; isolated from
 * the direction of writing around it.
 */
void svg_label(FILE *out, double x, double y, enum svg_anchor anchor, const char *text,
	       size_t most, const char *title);

/** A dot of one run: hollow or filled; @title (escaped; NULL: none) is shown on hover. */
void svg_dot(FILE *out, double x, double y, double radius, const char *colour,
	     bool hollow, const char *title);

/**
 * Paths: many lines drawn with one pen, in few bytes: of one group, since a group takes as many as
 * a line of ten points, and time to draw.
 *
 *	svg_paths_begin(out, &pen);
 *	for each line
 *		svg_path_begin(&p, out, colour);
 *		for each point
 *			svg_path_to(&p, x, y);
 *		svg_path_end(&p, title);
 *	svg_paths_end(out);
 */
struct svg_path {
	FILE *out;
	bool down; /* the pen is: the next point is joined to the one before */
	long x, y; /* of the point before, in tenths */
};

void svg_paths_begin(FILE *out, const struct svg_pen *pen);
void svg_paths_end(FILE *out);

/** @colour NULL: the pen's. */
void svg_path_begin(struct svg_path *p, FILE *out, const char *colour);
/** Goes on to a point; points within a tenth of the one before cost nothing. */
void svg_path_to(struct svg_path *p, double x, double y);
/** Lifts the pen: what follows is another line of the same path. */
void svg_path_lift(struct svg_path *p);
/** A dot as wide as the pen, and no line to it. */
void svg_path_dot(struct svg_path *p, double x, double y);
/** Ends the path; @title (escaped; NULL: none) is shown on hover. */
void svg_path_end(struct svg_path *p, const char *title);

/*
 * Colours, all of them at least 3:1 on white and on #16181c, and apart for the colour-blind.
 * None of them says anything that words, shape or place do not say too.
 */

/** From so many sets on, colours follow the order of the sets instead of telling them apart. */
#define PALETTE_DISTINCT 7

/** The colour of set @i of @n, the same in all pictures. */
const char *palette_set(size_t i, size_t n);

/** The colour of a cause of latency, an enum attribution_cause; CAUSES: of none that is known. */
const char *palette_cause(int cause);

/** The colour of a verdict; "currentColor" for those that nobody need look at. */
const char *palette_verdict(enum verdict v);

#endif
