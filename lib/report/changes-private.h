/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_CHANGES_PRIVATE_H
#define PINLAT_REPORT_CHANGES_PRIVATE_H

/* Private to lib/report: changes with their intervals, drawn within the cells of a table. */

#include "report/page-private.h"

/** The scale that the rows of @choice of set @s (0: of all) share. Returns 0 or -ENOMEM. */
int _forest_scale(struct scale *scale, const struct view *v, size_t s,
		  enum row_choice choice);

/** A cell with the change of @row: its margin, interval and estimate. */
void _forest_cell(FILE *out, const struct scale *scale, const struct compare_row *row);

/** The last row of a table: the axis, between @before and @after other columns. */
void _forest_foot(FILE *out, const struct scale *scale, size_t before, size_t after);

/** The table of the rows of @choice of set @s; @scale NULL: not drawn. Returns 0 or -ENOMEM. */
int _changes_table(struct view *v, size_t s, enum row_choice choice,
		   const struct scale *scale, const char *caption);

/** All digits of the median of a side, for who looks closer; @buf. */
const char *_exact_text(const struct comparison *c, const struct compare_row *row,
			int side, char *buf, size_t size);

#endif
