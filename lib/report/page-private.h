/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_PAGE_PRIVATE_H
#define PINLAT_REPORT_PAGE_PRIVATE_H

/* Private to lib/report: the parts of the page, in their order. */

#include "summary/words.h"
#include "report/chart.h"
#include "report/page.h"
#include "report/svg.h"

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
	char *name; /* owned; "thp-busy", or "thp-busy [arena machine]" */
	const struct compare_cell **cell; /* owned; one a set; NULL: it has none */
	const struct compare_row *
		*row; /* owned; the first of each new set; NULL: not compared */
	bool judged;
};

/** What is being written. */
struct view {
	const struct page *page;
	const struct comparison *c;
	FILE *out;
	size_t groups;
	struct group *group;   /* owned; the judged ones first */
	size_t tables, charts; /* so far: for their ids */
	size_t runs;	       /* that are drawn */
	size_t alike; /* bytes that all names begin with, and a picture leaves out */
};

/** Makes the groups of @v. Returns 0 or -ENOMEM; then _groups_free(), always. */
int _groups_make(struct view *v);
void _groups_free(struct view *v);

/** The row of @group for set @s and metric @m, or NULL. */
const struct compare_row *_group_row(const struct view *v, const struct group *group,
				     size_t s, size_t m);

/** Whether metric @m is a quantile that was asked for. */
bool _is_asked(const struct view *v, size_t m);

/** A metric over the runs of a cell. */
struct cell_value {
	double median, low, high; /* NAN: not known */
	size_t n, few;		  /* runs that tell, and those with too few samples */
};

/** Metric @m of set @s in @group, which has a cell of it. Returns 0 or -ENOMEM. */
int _cell_value(const struct view *v, const struct group *group, size_t s, size_t m,
		struct cell_value *value);
/** The median, "242µs" or "n<368"; @buf. */
const char *_cell_text(const struct metric *m, const struct cell_value *value, char *buf,
		       size_t size);
/** All digits, and from where to where runs go; @buf. */
const char *_cell_hint(const struct metric *m, const struct cell_value *value, char *buf,
		       size_t size);

/** The next id of a table or a chart; @buf of ID_SIZE, which is returned. */
#define ID_SIZE 32
const char *_next_table(struct view *v, char *buf);
const char *_next_chart(struct view *v, char *buf);

/** The median of @n values of which some may be NAN; NAN: all are. Sorts @value. */
double _median_of(double *value, size_t n);

/** Begins a part about set @s, folded where there are many; _set_end() ends it. */
void _set_begin(const struct view *v, size_t s);
void _set_end(const struct view *v);

/** A swatch of the colour of set @s, within text. */
void _swatch(const struct view *v, size_t s);

/** The name of set @s in a picture: where all names begin alike, what they differ in. */
void _set_label(const struct view *v, double x, double y, enum svg_anchor anchor,
		size_t s);

/** The colours of the sets that have a cell in @group (NULL: all), as a list. */
void _key(const struct view *v, const struct group *group);

/** A run in words: "run 0003, boot 2, 2026-01-31 10:00:00"; @buf. */
const char *_run_text(const struct compare_run *run, char *buf, size_t size);
/** "2026-01-31 10:00" in UTC, "" if @start is not known; @buf. */
const char *_time_text(double start, char *buf, size_t size);

/**
 * Whether the page has a history: sets were compared, and there are so many that one metric could
 * show a change point (changepoint_least()), or it was asked for.
 */
bool _has_history(const struct view *v);

/** Whether some set tells where the time of its slow samples went, or its worst samples. */
bool _has_attribution(const struct view *v);
bool _has_traced(const struct view *v);

/* Each writes a part. Those that may fail return 0 or -ENOMEM. */
int _part_verdict(struct view *v);
int _part_sets(struct view *v);
int _part_history(struct view *v);
int _part_changes(struct view *v);
int _part_subtests(struct view *v);
int _part_other(struct view *v);
int _part_attribution(struct view *v);
int _part_explain(struct view *v);
int _part_counters(struct view *v);
int _part_power(struct view *v);
int _part_runs(struct view *v);
int _part_environment(struct view *v);
int _part_source(struct view *v);

/* Pictures of a subtest. */
int _draw_runs(struct view *v, const struct group *group, size_t metric);
int _draw_tails(struct view *v, const struct group *group);
int _draw_shift(struct view *v, const struct group *group);
int _draw_time(struct view *v, const struct group *group);

#endif
