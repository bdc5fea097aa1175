/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SAY_ATTRIBUTION_H
#define PINLAT_SAY_ATTRIBUTION_H

/* Where the time of a cell's samples went: its runs' sums, added up. */

#include <stddef.h>

#include "summary/comparison.h"
#include "render/document.h"
#include "stats/attribution.h"

struct compare_attribution {
	size_t runs;	   /* that count and have it */
	unsigned int seen; /* bit i: all of them could see cause i */
	struct attribution_split all, slow;
};

/** Adds up the runs of @cell, or those on @machine of its set. Returns how many have it. */
size_t compare_attribution(const struct cell *cell, struct compare_attribution *a);
size_t compare_attribution_on(const struct cell *cell, size_t machine,
			      struct compare_attribution *a);

/** Says where the time of the slow samples of new set @set and of the base went. */
void say_attribution(struct document *d, const struct comparison *c, size_t set);

/** The same of all cells, where nothing is compared. */
void say_attributions(struct document *d, const struct comparison *c);

#endif
