/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_UNITS_H
#define PINLAT_SYSTEM_UNITS_H

/*
 * Sizes, times and other numbers as people write and read them, and the clock. None of it knows a
 * locale; all parsers refuse trailing text.
 */

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define KIB 1024ull
#define MIB (1024ull * KIB)
#define GIB (1024ull * MIB)

#define NSEC_PER_USEC 1000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC  1000000000ull

/** "4096", "64k", "64M", "1.5G", "1T", also with "iB": bytes. Returns 0 or -EINVAL/-ERANGE. */
int parse_size(const char *text, uint64_t *bytes);

/** "20s", "1.5s", "500ms", "100us", "64ns", "2m", plain seconds. Returns 0 or -EINVAL/-ERANGE. */
int parse_duration(const char *text, uint64_t *ns);

/** A whole decimal number. Returns 0 or -EINVAL/-ERANGE. */
int parse_u64(const char *text, uint64_t *value);

/** "80%" -> 0.8, 0 < x <= 100. Returns 0 or -EINVAL. */
int parse_percent(const char *text, double *fraction);

/** Writes e.g. "64M", "1.5G", "512" (exact to one decimal) into @buf; returns @buf. */
char *format_size(uint64_t bytes, char *buf, size_t size);

/** Writes e.g. "20s", "1.5ms", "100us" into @buf; returns @buf. */
char *format_duration(uint64_t ns, char *buf, size_t size);

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

/** What @clock says, in ns; 0: there is no such clock (any more). */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* CLOCK_MONOTONIC, in ns, everywhere. */

/** Now. */
static inline uint64_t monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/** Now, in seconds. */
static inline double monotonic_seconds(void)
{
	return (double)monotonic_ns() / NSEC_PER_SEC;
}

static inline struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NSEC_PER_SEC),
				  .tv_nsec = (long)(ns % NSEC_PER_SEC) };
}

/** Sleeps @ns, or less if a signal comes. */
static inline void sleep_ns(uint64_t ns)
{
	struct timespec ts = timespec_of(ns);

	nanosleep(&ts, NULL);
}

/** Sleeps until the instant @ns, whatever interrupts. */
static inline void sleep_until(uint64_t ns)
{
	struct timespec ts = timespec_of(ns);

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) != 0)
		;
}

#endif
