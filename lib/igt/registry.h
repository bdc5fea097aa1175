/* SPDX-License-Identifier: MIT */
#ifndef IGT_REGISTRY_H
#define IGT_REGISTRY_H

/* Private to igt/: the names of all subtests, collected before the run. */

#include <stdbool.h>

#include "igt/options.h"

void igt__registry_add(const char *file, int line, const char *name);
bool igt__registry_has(const char *name);
bool igt__registry_selects(const char *patterns);
void igt__registry_print(enum igt__mode mode, const char *patterns);
void igt__registry_print_description(void);

/* Aborts unless @name is well formed. */
void igt__check_name(const char *name);

/**
 * igt_pattern_match() - does a name match a list of patterns?
 * @name: the name
 * @list: patterns with commas between them, known as uwildmat
 *
 * In a pattern `*` is any text, `?` any one character, `[a-z]` one character of a
 * set, `[^a-z]` one character not of it, and `\` takes the next one literally; a
 * comma in a set or after `\` is part of the pattern. A pattern that starts with
 * `!` takes back what it matches. The last pattern that matches decides; a name
 * that none matches is not matched.
 */
bool igt_pattern_match(const char *name, const char *list);

#endif
