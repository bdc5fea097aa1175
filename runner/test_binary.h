/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_TEST_BINARY_H
#define PINLAT_RUNNER_TEST_BINARY_H

/* The test binary gem_syslatency_pinned: where it is, and what it says of itself. */

#include <stdbool.h>
#include <stddef.h>

#include "system/text.h"

/**
 * Finds it: $PINLAT_TEST, else beside this program (build tree, then installed).
 * Returns 0, or -errno having complained.
 */
int test_binary_find(char *path, size_t size);

/**
 * Runs it with one @option (and its value, or NULL) and collects its standard output
 * in *@text (owned by the caller). Returns its exit code (128 + signal), or -errno.
 */
int test_binary_ask(const char *path, const char *option, const char *value, char **text);

/** The same with @argv, its path first; it inherits @lock, as a run does (claim/lock.h; 0: none). */
int test_binary_ask_as(const struct text_list *argv, int lock, char **text);

/** One line of --list-engines or --list-tracing. */
struct part_answer {
	char name[32];
	bool usable;
	char why[200]; /* it is not, or what there is */
};

/** Asks with @option for a list of such lines. Returns how many fit @parts, or -errno. */
int test_binary_parts(const char *path, const char *option, struct part_answer *parts,
		      size_t room);

#endif
