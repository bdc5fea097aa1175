/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_ENVIRONMENT_H
#define PINLAT_SETS_ENVIRONMENT_H

/* The machine that records come from, as a flat list of facts: "kernel.release" = "6.1.0". */

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "system/text.h"

/** One leaf of a record's environment. */
struct fact {
	char *path, *text; /* owned */
};

struct fact_list {
	size_t n;
	struct fact *fact; /* owned; sorted by path */
};

/** The leaves of @tree (may be NULL). */
struct fact_list facts_from_tree(json_object *tree);

/**
 * Adds to @facts what only @more tells; the paths of what they tell differently are added to
 * @differing, each once.
 */
void facts_merge(struct fact_list *facts, const struct fact_list *more,
		 struct text_list *differing);

/** The text at @path, or "". */
const char *facts_find(const struct fact_list *facts, const char *path);

/**
 * Whether @a and @b are two different answers to @path: not what changes by itself (free
 * swap), and memory only if by more than 1 %. "" is an answer.
 */
bool fact_differs(const char *path, const char *a, const char *b);

/** Whether @a and @b may be facts of one kernel: nothing that both tell of it differs. */
bool is_same_kernel(const struct fact_list *a, const struct fact_list *b);

/** Whether @a and @b are facts of one kernel on one machine. */
bool is_same_machine(const struct fact_list *a, const struct fact_list *b);

/** Frees what @facts owns. */
void facts_free(struct fact_list *facts);

/**
 * What of the long texts @a and @b (a kernel command line, a list of mitigations) only one of
 * them has, in order: the words of @a go to *@only_a, those of @b to *@only_b, both malloc()ed.
 * Words end at blanks, or in lists at "; ".
 */
void fact_words(const char *a, const char *b, char **only_a, char **only_b);

#endif
