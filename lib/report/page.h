/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_PAGE_H
#define PINLAT_REPORT_PAGE_H

/*
 * The page of `pinlat report`. It decides nothing: statistics, verdicts, warnings and refusals are
 * the comparison's.
 */

#include <stdbool.h>
#include <stdio.h>

#include "summary/comparison.h"
#include "report/curves.h"

/** What a page is made of. */
struct page {
	FILE *out;
	const struct comparison
		*c; /* its sets in order; rows only if they were compared */
	const struct curves *curves; /* of all its records */
	bool compared; /* else c->refusals says why not; no refusal: there is one set, or it was not asked for */
	const struct comparison *
		within; /* of one set: its memory pinned against mlocked; NULL: it lacks one */
	const char *command; /* that made the page, quoted for a shell */
	/* one a set: where its records are, seen from the page, as a URL; NULL: it is named only */
	char *const *link;
	bool part;	   /* of another page that links to it: no index lists it */
	bool history;	   /* has one however few its sets are */
	const char *order; /* of the sets, set_order_text() */
	/* one a set: the page of it and the set before it, as a URL; NULL: there is none */
	char *const *pair;
};

/** Writes the page. */
void page_write(const struct page *page);

#endif
