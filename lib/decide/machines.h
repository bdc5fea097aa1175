/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_DECIDE_MACHINES_H
#define PINLAT_DECIDE_MACHINES_H

/*
 * Units of several machines. Each machine is a block: what machines differ by is not taken for a
 * change, and does not hide one.
 */

#include <stdbool.h>
#include <stddef.h>

#include "decide/decide.h"
#include "decide/rounds.h"

/** How many machines the units of @row are from; 0: it does not tell. */
size_t machines_count(const struct decide_row *row);

/**
 * Fills @r->machine, and @r->round with blocks: of each machine its rounds, joined where @blocks is
 * BLOCKS_AUTO, or all of it where there are none or @blocks is BLOCKS_NONE. @r->n is filled.
 * Returns whether the units of every machine took turns, of which a pair is the least.
 */
bool machines_blocks(struct rounds *r, const struct decide_row *row,
		     enum decide_blocks blocks);

/**
 * The values of @r less the level of their machine, which is the mean of the medians of both sides:
 * @level, room for @r->n of each side. Without machines: the values.
 */
void machines_level(const struct rounds *r, double *const level[DECIDE_SIDES]);

/**
 * Whether machines agree: p of as large a spread of their shifts as there is, where all have the
 * shift @shift. Values of side 1 less the shift change sides at random within their block; 999 orders
 * are counted, the same ones for the same values.
 */
double machines_agree(const struct rounds *r, double shift);

/** A change on one of several machines. */
struct machine_change {
	unsigned int machine; /* as struct decide_row has it */
	size_t n[DECIDE_SIDES];
	struct interval change; /* as that of a row, Hodges-Lehmann; NAN: not known */
};

/**
 * The change of @row on each of its machines alone, with its interval at @level, for information: in
 * @list, which the caller frees, in the order in which machines are met. Returns how many there are.
 */
size_t machines_changes(const struct decide_row *row, double level,
			struct machine_change **list);

#endif
