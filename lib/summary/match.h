/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_MATCH_H
#define PINLAT_SUMMARY_MATCH_H

/* A step of compare(): what of a set is compared with what of the base, and what speaks against it. */

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

#endif
