/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_VIEW_H
#define PINLAT_REPORT_VIEW_H

/*
 * What is being written: the subtests of all sets side by side, with what each says of a metric; and
 * how a set and a run are shown wherever they are.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report/chart.h"
#include "report/page.h"
#include "report/svg.h"
#include "render/document.h"
#include "sets/cell.h"
#include "summary/words.h"

/** So many sets are drawn in rows with their names; more, in columns. */
#define SETS_IN_ROWS 12
/** From so many new sets on, what is about one of them is folded. */
#define SETS_FOLDED 4
/** Characters of a name in a picture. */
#define NAME_DRAWN 12
/** Characters of a text from elsewhere, before it folds. */
#define TEXT_SHOWN 120

/** The cells of one subtest that are shown together, one of each set. */
struct group {
	char *name;		  /* owned; "thp-busy", or "thp-busy [arena machine]" */
	const struct cell **cell; /* owned; one a set; NULL: it has none */
	const struct compare_row *
		*row; /* owned; the first of each new set; NULL: not compared */
	bool judged;
};

/** What is being written. */
struct view {
	const struct page *page;
	const struct comparison *c;
	struct document document; /* what is said of it */
	FILE *out;
	size_t groups;
	struct group *group;   /* owned; the judged ones first */
	size_t tables, charts; /* so far: for their ids */
	const char *ids;       /* what these begin with: of each view of a page another */
	char id[32];	       /* the last one */
	size_t runs;	       /* that are drawn */
	struct scale forest;   /* of all changes that the part being written draws */
	char **label; /* owned, one a set: its name in a picture; where all begin alike, what they differ in */
};

/** Makes the groups of @v; then view_end(). */
void view_begin(struct view *v);
void view_end(struct view *v);

/** The row of @group for set @s and metric @m, or NULL. */
const struct compare_row *view_row(const struct view *v, const struct group *group,
				   size_t s, size_t m);

/** Metric @m of set @s in @group: nothing is known where it has no cell. */
struct cell_value view_value(const struct view *v, const struct group *group, size_t s,
			     size_t m);
/** The median, "242µs" or "n<368"; @buf. */
const char *view_value_text(const struct metric *m, const struct cell_value *value,
			    char *buf, size_t size);

/** --margin; where each number has its own, that which most have. For scales, and bands of many. */
double view_margin(const struct view *v);

/** The next id of a table or a chart; it stays until the next one. */
const char *view_table_id(struct view *v);
const char *view_chart_id(struct view *v);

/** The name of set @s within text; the same in a picture, with its foot at @y. */
void view_name(const struct view *v, size_t s);
void view_label(const struct view *v, double x, double y, enum svg_anchor anchor,
		size_t s);

/** A logarithmic scale that holds metric @m of every run of @group. */
struct scale view_scale(const struct view *v, const struct group *group, size_t m,
			double from, double to);

/** Begins a part about set @s of a struct view, folded where there are many; view_set_end() ends it. */
void view_set_begin(void *view, size_t s);
void view_set_end(void *view, size_t s);

/** A swatch of the colour of set @s, within text. */
void view_swatch(const struct view *v, size_t s);

/** A run in words: "run 0003, boot 2, 2026-01-31 10:00:00"; @buf. */
const char *view_run_text(const struct run *run, char *buf, size_t size);

/** What is drawn of @run. */
const struct curve *view_curve(const struct view *v, const struct run *run);

/** Parts of the page that have a file of their own, and whether it has them. */
bool part_has_history(const struct view *v);
void part_history(struct view *v);
void part_subtests(struct view *v);
bool part_has_worst(const struct view *v);
void part_worst(struct view *v);
void part_runs(struct view *v);

/**
 * Draws the answer: the tails of the group that the verdict is about in large, each kernel with its
 * name and its p99; and that p99 of every run.
 */
void draw_answer(struct view *v);

#endif
