/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_INTERNAL_H
#define PINLAT_SUMMARY_INTERNAL_H

/* Private to lib/summary: the steps of compare(), in their order. */

#include "summary/comparison.h"

/** Two cells that are compared. */
struct pair {
	size_t set; /* of the new one */
	const struct cell *cell[DECIDE_SIDES];
};

struct pair_list {
	size_t n;
	struct pair *pair; /* owned */
};

/** Compares the machines: refusals, and c->difference. */
void match_machines(struct comparison *c);

/** Matches cells; what speaks against it goes to c->refusals, or to c->warnings. */
void match_cells(struct comparison *c, struct pair_list *pairs);

/** Refuses because of @kind, or warns where that is allowed. */
void match_refuse(struct comparison *c, enum refusal_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Writes c->warnings. */
void compare_warn(struct comparison *c);

/** Gives the verdicts of the sets and of the whole, and says them. */
void compare_say(struct comparison *c);

#endif
