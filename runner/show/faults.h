/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_SHOW_FAULTS_H
#define PINLAT_RUNNER_SHOW_FAULTS_H

/* What `show` prints of the faults that the `thp` probe made. */

#include "record/record.h"
#include "sets/sets.h"

/**
 * A table of the faults of all `thp` subtests of @set, and pinned against locked in a sentence; nothing
 * where it has none. The metrics of @sets are those of metrics_init() and metrics_add_loads().
 */
void show_faults(const struct sets *sets, const struct set *set);

/** The stalls of one record, a line each threshold; nothing where it is not of `thp`. */
void show_stalls(const struct record *r);

#endif
