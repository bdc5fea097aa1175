/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_LADDER_H
#define PINLAT_RECORD_LADDER_H

/*
 * The subtests' names, "timer-idle" to "thp-busy": a probe, and a load of which each adds one thing
 * to the one before it.
 */

#include <stddef.h>

#define LADDER_PROBES 2
#define LADDER_LOADS  5

/** The same names as comma lists. */
#define LADDER_PROBE_LIST "timer,thp"
#define LADDER_LOAD_LIST  "idle,base,locked,pinned,busy"

extern const char *const ladder_probe[LADDER_PROBES];

/** From the foot: "idle", … "busy". */
extern const char *const ladder_load[LADDER_LOADS];

/** Where @subtest stands: probe by probe, each from its foot; those of other names come last. */
size_t ladder_rank(const char *subtest);

/** The same as an order, other names among themselves by letters: as strcmp(). */
int ladder_compare(const char *a, const char *b);

#endif
