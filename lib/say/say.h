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
	char *const *
		link; /* one a set: where its records are, a URL or NULL; NULL: not said */
};

/**
 * The answer in one line: "pinlat: worse: 1 in 100 of the huge-page faults take at least 8.90ms on base,
 * 111ms on patched (median pair x12.0 [x3.1..x41.0]); 8 boots of each kernel, in turn; MOCK GPU (i915)". malloc()ed.
 */
char *say_line(const struct comparison *c);

/** Says it; release @d with doc_free(). @d refers to @s->c and the links. */
void say(struct document *d, const struct saying *s);

struct json_object;

/** All of @c as a JSON tree after docs/compare.schema.json. */
struct json_object *compare_to_json(const struct comparison *c);

#endif
