/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_ENVIRONMENT_H
#define PINLAT_SETS_ENVIRONMENT_H

/* The machine that records come from, as a flat list of facts: "kernel.release" = "6.1.0". */

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "record/record.h"
#include "system/text.h"

/** One leaf of a record's environment. */
struct fact {
	char *path, *text; /* owned */
};

struct fact_list {
	size_t n;
	struct fact *fact; /* owned; sorted by path */
};

/** Whether @r has counters of a mock GPU, which only the lab's drivers keep. */
bool record_counts_mock(const struct record *r);

/**
 * The leaves of the environment of @r. Where no "device.mock" is among them, and there is a device or
 * a mock's counters, it is what the counters tell: records before 1.4 have no other mark of the lab.
 */
struct fact_list facts_of_record(const struct record *r);

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
 * swap), memory only if by more than 1 %, and a kernel's command line only if in parameters that
 * can change a number. "" is an answer.
 */
bool fact_differs(const char *path, const char *a, const char *b);

/** Whether the fact at @path tells which kernel it is: release, version or build id. */
bool is_of_kernel(const char *path);

/** Whether @a and @b may be facts of one kernel: nothing that both tell of it differs. */
bool is_same_kernel(const struct fact_list *a, const struct fact_list *b);

/** Whether @a and @b are facts of one kernel on one machine. */
bool is_same_machine(const struct fact_list *a, const struct fact_list *b);

/** Frees what @facts owns. */
void facts_free(struct fact_list *facts);

/**
 * What only one of the long texts @a and @b at @path has: the parameters of a kernel's command line
 * that can change a number, or the items of a list ("; " is between them). In their order, joined:
 * those of @a in *@only_a, those of @b in *@only_b, both malloc()ed.
 */
void fact_words(const char *path, const char *a, const char *b, char **only_a,
		char **only_b);

#endif
