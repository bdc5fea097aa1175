/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DECIDE_ROW_H
#define PINLAT_DECIDE_ROW_H

/* The test of one row: what decide() asks of it before and after it knows the other rows. */

#include <math.h>

#include "decide/decide.h"
#include "decide/rounds.h"
#include "stats/spread.h"

/** A row that has values on both sides and can be tested. Zeroed: one that cannot. */
struct row_test {
	struct decide_row *row;
	const struct decide_options *options;
	struct rounds logs; /* of a difference: the values; infinite ones replaced */
	double infinite; /* a shift beyond this one is between values some of which are infinite */
	bool within;		     /* compared within rounds */
	struct inversion *inversion; /* of logs; NULL: not within rounds */
	struct welch welch;	     /* where row->welch */
	double rank_p;		     /* of the rank test; NAN: the row is not primary */
	double *level[DECIDE_SIDES]; /* the values, less the levels of their machines */
};

/** Empties the answers of @row, and fills what needs no test. Returns as decide(). */
int row_look(struct decide_row *row);

/** Whether @row has what a test needs. */
bool row_is_testable(const struct decide_row *row);

/**
 * Tests @row, which is testable, as one of a family of @rows: all answers but those that depend on
 * the other rows. @t borrows both; release with row_test_free().
 */
void row_test_run(struct row_test *t, struct decide_row *row, size_t rows,
		  const struct decide_options *options);

/** The change with its interval at @level. */
void row_test_interval(const struct row_test *t, double level, struct interval *change);

/** Frees what @t owns. */
void row_test_free(struct row_test *t);

/** @shift, on the scale of the test of @row, as a change: of differences itself, else of ratios. */
static inline double shift_as_change(const struct decide_row *row, double shift)
{
	return row->difference ? shift : expm1(shift);
}

/** Whether the interval at 1 - 2 alpha lies within the margin. */
bool row_within_margin(const struct decide_row *row);

#endif
