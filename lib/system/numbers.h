/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_NUMBERS_H
#define PINLAT_SYSTEM_NUMBERS_H

/* Numbers as people read them. None of it knows a locale. */

#include <stddef.h>
#include <stdint.h>

/** A unit of time that suits a row of a table. */
struct time_unit {
	const char *name;
	double ns;
};

/** The unit in which @ns is best read: ns, µs, ms or s. */
struct time_unit unit_for(uint64_t ns);

/** @value with three significant digits, never in E notation; returns @buf. */
char *format_number(double value, char *buf, size_t size);

/** @ns with its unit, "2.61ms"; returns @buf. */
char *format_time(uint64_t ns, char *buf, size_t size);

/** A count: "81920", "107M", "9.22G"; decimal; returns @buf. */
char *format_count(double value, char *buf, size_t size);

/** Time on the clock: "24s", "3m20s", "2h05m"; returns @buf. */
char *format_clock(double seconds, char *buf, size_t size);

#endif
