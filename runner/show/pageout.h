/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_SHOW_PAGEOUT_H
#define PINLAT_RUNNER_SHOW_PAGEOUT_H

/* What `show` prints of the calls that the `pageout` probe made. */

#include "record/record.h"
#include "sets/sets.h"

/**
 * A table of all `pageout` subtests of @set, a row each way and unit; nothing where it has none. The
 * metrics of @sets have those of metrics_add_pageout().
 */
void show_pageout(const struct sets *sets, const struct set *set);

/** The same of one record; nothing where it is of another probe. */
void show_pageout_of(const struct record *r);

#endif
