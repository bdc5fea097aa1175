/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_STALLS_H
#define PINLAT_SETS_STALLS_H

/*
 * What a record of the `thp` probe says of the faults that were made: how many stalled, how often
 * that happens, and how much of the time is spent in them. All of it comes from the histogram
 * `woken`, which old records have too.
 *
 * EXECUTIVE SUMMARY: a stall is one fault of at least 1, 10 or 100 ms. Its rate is per CPU-minute
 * outside such stalls, so that longer stalls never lower it:
 *
 *	rate = stalls / (CPUs * window - time inside stalls of that length or longer)
 *
 * DETAILS: as wall time would count it, a stall that lasts twice as long leaves less time for
 * others and looks like an improvement. A task can only begin to stall while it does not stall: that
 * time is the exposure, as in any rate of events per time at risk (Rothman, Greenland & Lash, Modern
 * Epidemiology, 2008, chapter 3). It is the right one for any pace of the probe that is faster
 * than stalls follow each other.
 *
 * The last fault of a CPU may go on after its window has ended. Records from version 1.4 on say for how
 * long, and that is subtracted from the time in stalls, and from the time in all faults: a fault so
 * cut that was shorter than the threshold errs by no more than the threshold a CPU. Older records do
 * not say: where their longest fault is beyond STALLS_UNCUT of the window, neither rates nor
 * shares of time are known.
 *
 * What is counted at a threshold: distribution_from().
 */

#include <stdbool.h>
#include <stdint.h>

#include "record/record.h"

/** The longest fault, as a share of the window, of which it does not matter where it ended. */
#define STALLS_UNCUT 0.05

/** Why neither rates nor shares of @r are known, as a part of a sentence; NULL: they are. */
const char *stalls_unknown(const struct record *r);

/** Whether @r is of the probe whose samples are faults, and has some. */
bool stalls_are_known(const struct record *r);

/** How many faults of @r lasted @ns or longer. */
uint64_t stalls_count(const struct record *r, uint64_t ns);

/**
 * How many of them a CPU-minute outside of them, after the formula above; NAN: stalls_unknown().
 * At least the shortest interval of the plan lies before the first fault of each CPU: the exposure is
 * never less.
 */
double stalls_per_minute(const struct record *r, uint64_t ns);

/** How much of the time of all CPUs was spent inside faults, in percent; NAN as above. */
double stalls_time_percent(const struct record *r);

#endif
