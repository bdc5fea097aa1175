/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DECIDE_DECIDE_PRIVATE_H
#define PINLAT_DECIDE_DECIDE_PRIVATE_H

/* Private to lib/decide: what decide() asks of a single row. */

#include "decide/decide.h"

/** Empties the answers of @row, and fills what needs no test. Returns as decide(). */
int _row_look(struct decide_row *row);

/**
 * Change, intervals, p, power and drift of @row, which has units on both sides, as one of
 * @family rows. Returns as decide().
 */
int _row_test(struct decide_row *row, size_t family,
	      const struct decide_options *options);

#endif
