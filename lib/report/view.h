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

#include "report/page.h"
#include "report/svg.h"
#include "summary/document.h"
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
	size_t runs;	       /* that are drawn */
	size_t alike; /* bytes that all names begin with, and a picture leaves out */
};

/** Makes the groups of @v; then view_end(). */
void view_begin(struct view *v);
void view_end(struct view *v);

/** The row of @group for set @s and metric @m, or NULL. */
const struct compare_row *view_row(const struct view *v, const struct group *group,
				   size_t s, size_t m);

/** Whether metric @m is a quantile that was asked for. */
bool view_shows(const struct view *v, size_t m);

/** A metric over the runs of a cell. */
struct view_value {
	double median, low, high; /* NAN: not known */
	size_t n, few;		  /* runs that tell, and those with too few samples */
};

/** Metric @m of set @s in @group: nothing is known where it has no cell. */
struct view_value view_value(const struct view *v, const struct group *group, size_t s,
			     size_t m);
/** The median, "242µs" or "n<368"; @buf. */
const char *view_value_text(const struct metric *m, const struct view_value *value,
			    char *buf, size_t size);
/** All digits, and from where to where runs go; @buf. */
const char *view_value_hint(const struct metric *m, const struct view_value *value,
			    char *buf, size_t size);

/** The next id of a table or a chart; @buf of ID_SIZE, which is returned. */
#define ID_SIZE 32
const char *view_table_id(struct view *v, char *buf);
const char *view_chart_id(struct view *v, char *buf);

/** The median of @n values of which some may be NAN; NAN: all are. Sorts @value. */
double view_median(double *value, size_t n);

/** Begins a part about set @s, folded where there are many; view_set_end() ends it. */
void view_set_begin(const struct view *v, size_t s);
void view_set_end(const struct view *v);

/** A swatch of the colour of set @s, within text. */
void view_swatch(const struct view *v, size_t s);

/** The name of set @s in a picture: where all names begin alike, what they differ in. */
void view_set_label(const struct view *v, double x, double y, enum svg_anchor anchor,
		    size_t s);

/** The colours of the sets that have a cell in @group (NULL: all), as a list. */
void view_key(const struct view *v, const struct group *group);

/** A run in words: "run 0003, boot 2, 2026-01-31 10:00:00"; @buf. */
const char *view_run_text(const struct run *run, char *buf, size_t size);

/** What is drawn of @run. */
const struct curve *view_curve(const struct view *v, const struct run *run);

#endif
