/* SPDX-License-Identifier: MIT */
/*
 * The patterns of --run-subtest and its kin, known as uwildmat.
 */
#ifndef IGT_PATTERN_H
#define IGT_PATTERN_H

#include <stdbool.h>

/**
 * igt_pattern_match() - does a name match a list of patterns?
 * @name: the name
 * @list: patterns with commas between them
 *
 * In a pattern `*` is any text, `?` any one character, `[a-z]` one character of a
 * set, `[^a-z]` one character not of it, and `\` takes the next one literally; a
 * comma in a set or after `\` is part of the pattern. A pattern that starts with
 * `!` takes back what it matches. The last pattern that matches decides; a name
 * that none matches is not matched.
 */
bool igt_pattern_match(const char *name, const char *list);

#endif
