/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_JUDGED_H
#define PINLAT_SUMMARY_JUDGED_H

/* A step of compare(): which numbers of which subtests it judges. */

#include "summary/comparison.h"

/** A number that is judged: a metric of a subtest. */
struct judged {
	char *subtest;	    /* owned */
	const char *metric; /* not owned */
	double margin;	    /* a change below this does not matter; .05 is 5 % */
	double absolute; /* of what may be 0: nor does a difference below this, in its unit */
};

struct judged_list {
	size_t n;
	struct judged *judged; /* owned */
};

/**
 * Chooses what @c judges: what options.primary names; else six latencies of `timer` and `thp` under
 * the highest load that all sets have, and the work that was done beside them. Returns 0, or
 * -EINVAL (options.primary names what there is not) with the reason in c->refusals, where it also
 * says what a set lacks. Release @list with judged_free(), always.
 */
int judged_choose(struct comparison *c, struct judged_list *list);

/** The number that @list has of @metric of @subtest, or NULL. */
const struct judged *judged_find(const struct judged_list *list, const char *subtest,
				 const char *metric);

/** Frees what @list owns. */
void judged_free(struct judged_list *list);

#endif
