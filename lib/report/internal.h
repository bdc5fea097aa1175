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

/** Whether some set tells its worst samples. */
bool part_has_traced(const struct view *v);

/** Writes what v->document says about @about; the ids within begin with @id. */
void part_said(const struct view *v, enum doc_subject about, const char *id);

/* Each writes a part. */
void part_history(struct view *v);
void part_subtests(struct view *v);
void part_explain(struct view *v);
void part_runs(struct view *v);

/* Pictures of a subtest. */
void draw_tails(struct view *v, const struct group *group);
void draw_shift(struct view *v, const struct group *group);
void draw_time(struct view *v, const struct group *group);

/* Changes with their intervals, drawn within the cells of a table. */

/** The scale that all rows of @choice share. */
struct scale forest_scale(const struct view *v, enum row_choice choice);

/** The change of @row: its margin, interval and estimate. */
void forest_cell(FILE *out, const struct scale *scale, const struct compare_row *row);

/** The axis of such changes. */
void forest_axis(FILE *out, const struct scale *scale);

#endif
