/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_DECIDE_SAMPLE_H
#define PINLAT_UNIT_DECIDE_SAMPLE_H

/* Rows with values, to be decided. */

#include <stddef.h>

#include "decide/decide.h"

#define UNITS_MAX 40

/** Values with a start each, of both sides of one row. */
struct sample {
	double value[DECIDE_SIDES][UNITS_MAX], start[DECIDE_SIDES][UNITS_MAX];
	struct decide_row row;
};

/** A primary row of @n against @m units, 1 % apart within a side; all of base come first. */
void sample_make(struct sample *s, size_t n, size_t m, double factor);

/** The units of both sides take turns: base, new, base, new, … */
void sample_take_turns(struct sample *s);

/** The defaults, but for the order of units and for bad ones, which are not looked at. */
struct decide_options sample_options(void);

/** Decides the row of @s with sample_options(). */
struct decide_row sample_decide(struct sample *s);

/** Decides it with the defaults. */
struct decide_row sample_decide_strictly(struct sample *s);

#endif
