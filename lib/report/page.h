/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_PAGE_H
#define PINLAT_REPORT_PAGE_H

/*
 * The page of `pinlat report`: one file, with nothing from anywhere else, no script, and a style
 * that it can do without. It also forbids itself, by a content policy of its own, to load or run
 * anything. It decides nothing: statistics, verdicts, warnings and refusals are the
 * comparison's.
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
	struct metrics asked; /* what is shown; more was read for page_quantiles() */
	const char *command;  /* that made the page, quoted for a shell */
	/* one a set: where its records are, seen from the page, as a URL; NULL: it is named only */
	char *const *link;
	bool part;	   /* of another page that links to it: no index lists it */
	bool history;	   /* has one however few its sets are */
	const char *order; /* of the sets, set_order_text() */
	/* one a set: the page of it and the set before it, as a URL; NULL: there is none */
	char *const *pair;
};

/**
 * Adds the quantiles that the shift of a distribution is drawn by, as far as there is room; keep
 * what was there before as page.asked.
 */
void page_quantiles(struct metrics *m);

/** Writes the page. */
void page_write(const struct page *page);

/* The skeleton, for who writes other pages. */

/** Begins a page; @title is escaped, and cut after a hundred characters. */
void page_begin(FILE *out, const char *title);

/** The same in two steps, with room for elements of the head between them. */
void page_head(FILE *out, const char *title);
void page_body(FILE *out);

/** Begins a section under @title (escaped); @id is unique in the page. */
void page_section(FILE *out, const char *id, const char *title);

/** A paragraph of plain text, escaped. @class "note", "sub" or NULL. */
void page_text(FILE *out, const char *class, const char *text);

void page_section_end(FILE *out);

/** Ends the page, with the version that made it. */
void page_end(FILE *out);

#endif
