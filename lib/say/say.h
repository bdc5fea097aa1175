/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SAY_SAY_H
#define PINLAT_SAY_SAY_H

/* A comparison as a document: which sentences and tables there are, and in which order. */

#include "summary/comparison.h"
#include "render/document.h"

/** What is said. */
struct saying {
	const struct comparison *c; /* rows only if they were compared */
	bool compared;	     /* else c->refusals says why not, or it was not asked for */
	size_t subtests;     /* of all sets; said where nothing is compared */
	const char *command; /* that was typed, quoted for a shell; NULL: not said */
	const struct metrics *asked; /* the quantiles that are said; NULL: all */
	char *const *
		link; /* one a set: where its records are, a URL or NULL; NULL: not said */
};

/** Says it; release @d with doc_free(). @d refers to @s->c and the links. */
void say(struct document *d, const struct saying *s);

#endif
