/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_ATTRIBUTION_H
#define PINLAT_SUMMARY_ATTRIBUTION_H

/* Where the time of a cell's samples went: its runs' sums, added up. */

#include <stddef.h>

#include "summary/comparison.h"
#include "stats/attribution.h"

struct compare_attribution {
	size_t runs;	   /* that count and have it */
	unsigned int seen; /* bit i: all of them could see cause i */
	struct attribution_split all, slow;
};

/** Adds up the runs of @cell. Returns how many have it. */
size_t compare_attribution(const struct cell *cell, struct compare_attribution *a);

/**
 * "104ms on average: 83 % direct reclaim, 17 % run queue", of the slow samples of @cell;
 * "not recorded"; @buf.
 */
const char *compare_attribution_text(const struct cell *cell, char *buf, size_t size);

/** Whether some cell that is judged for new set @s has it. */
bool compare_has_attribution(const struct comparison *c, size_t s);

#endif
