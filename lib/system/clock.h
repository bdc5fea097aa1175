/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_CLOCK_H
#define PINLAT_SYSTEM_CLOCK_H

/* CLOCK_MONOTONIC, in ns, everywhere. */

#include <stdint.h>
#include <time.h>

#include "system/units.h"

/** Now. */
static inline uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
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
