/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DECIDE_TAIL_H
#define PINLAT_DECIDE_TAIL_H

/*
 * Bad units: a shift is one of the typical unit, and does not see that one in five stalls. Who says
 * "same" has to look for them.
 */

#include "decide/decide.h"
#include "decide/rounds.h"

/**
 * Fills .bad and .bad_share of @row from its values @r, of which units are bad that are farther
 * than @margin from the median (of their round: @within) and far beyond the spread.
 */
void tail_find(struct decide_row *row, const struct rounds *r, bool within, double margin,
	       const struct decide_options *options);

/** The share of bad units that "same" excludes for @row. */
double tail_excluded(const struct decide_row *row, const struct decide_options *options);

/** Units a side that exclude it if none of them is bad. */
size_t tail_least(const struct decide_row *row, const struct decide_options *options);

#endif
