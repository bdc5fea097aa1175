/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_PALETTE_H
#define PINLAT_REPORT_PALETTE_H

/*
 * Colours, all of them at least 3:1 on white and on #16181c, and apart for the colour-blind.
 * None of them says anything that words, shape or place do not say too.
 */

#include <stddef.h>

#include "decide/decide.h"

/** From so many sets on, colours follow the order of the sets instead of telling them apart. */
#define PALETTE_DISTINCT 7

/** The colour of set @i of @n, the same in all pictures. */
const char *palette_set(size_t i, size_t n);

/** The colour of a cause of latency, an enum attribution_cause; CAUSES: of none that is known. */
const char *palette_cause(int cause);

/** The colour of a verdict; "currentColor" for those that nobody need look at. */
const char *palette_verdict(enum verdict v);

#endif
