/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_INTERNAL_H
#define PINLAT_REPORT_INTERNAL_H

/* Private to lib/report: the parts of the page, in their order, and pictures that they share. */

#include "report/chart.h"
#include "report/view.h"

/**
 * Whether the page has a history: sets were compared, and there are so many that one metric could
 * show a change point (changepoint_least()), or it was asked for.
 */
bool part_has_history(const struct view *v);

/** Whether some set tells where the time of its slow samples went, or its worst samples. */
bool part_has_attribution(const struct view *v);
bool part_has_traced(const struct view *v);

/* Each writes a part. Those that return a number may fail: 0 or -ENOMEM. */
int part_verdict(struct view *v);
int part_sets(struct view *v);
void part_history(struct view *v);
int part_changes(struct view *v);
void part_subtests(struct view *v);
int part_other(struct view *v);
int part_attribution(struct view *v);
void part_explain(struct view *v);
int part_counters(struct view *v);
int part_power(struct view *v);
void part_runs(struct view *v);
int part_environment(struct view *v);

/* Pictures of a subtest. */
void draw_tails(struct view *v, const struct group *group);
void draw_shift(struct view *v, const struct group *group);
void draw_time(struct view *v, const struct group *group);

/* Changes with their intervals, drawn within the cells of a table. */

/** The scale that the rows of @choice of set @s (0: of all) share. */
struct scale forest_scale(const struct view *v, size_t s, enum row_choice choice);

/** A cell with the change of @row: its margin, interval and estimate. */
void forest_cell(FILE *out, const struct scale *scale, const struct compare_row *row);

/** The last row of a table: the axis, between @before and @after other columns. */
void forest_foot(FILE *out, const struct scale *scale, size_t before, size_t after);

/** The table of the rows of @choice of set @s; @scale NULL: not drawn. Returns 0 or -ENOMEM. */
int part_changes_table(struct view *v, size_t s, enum row_choice choice,
		       const struct scale *scale, const char *caption);

/** All digits of the median of a side, for who looks closer; @buf. */
const char *part_exact_text(const struct comparison *c, const struct compare_row *row,
			    int side, char *buf, size_t size);

#endif
