/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_SCALE_H
#define PINLAT_REPORT_SCALE_H

/* Where a value stands in a picture, and the values that an axis names. */

#include <stdbool.h>
#include <stddef.h>

#include "sets/metric.h"

struct scale {
	double low, high; /* values; low < high, and both above 0 if log */
	double from, to;  /* where they stand; from > to: upwards, as on a y axis */
	bool log;
};

/** The longest text of a tick. */
#define TICK_SIZE 24
/** The most ticks of an axis. */
#define TICKS_MAX 16

struct tick {
	double value;
	char text[TICK_SIZE];
};

/**
 * A scale that holds the @n values (those that are no number, or not above 0 for a logarithm, are
 * left out) with a little room on both sides. Values that are all the same, or none at all, get
 * a scale too. @from and @to: where it begins and ends in the picture.
 */
struct scale scale_of(const double *value, size_t n, bool log, double from, double to);

/** Where @value stands; beyond the ends of @s: at its end. */
double scale_at(const struct scale *s, double value);

/**
 * Chooses at most @most (up to TICKS_MAX) round values of @s and says them in @unit. Returns how
 * many: at least 1, unless even the roundest is more than fits.
 */
size_t scale_ticks(const struct scale *s, enum metric_unit unit, struct tick *tick,
		   size_t most);

/**
 * The same of a scale of ratios (1.05 is 5 % more; log): round changes, "+5%", "x10", about
 * 1, which is "0".
 */
size_t scale_change_ticks(const struct scale *s, struct tick *tick, size_t most);

#endif
