/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_CHANGES_H
#define PINLAT_SUMMARY_CHANGES_H

/* Changes in words: two absolute numbers and the factor between them, the largest change first. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "summary/comparison.h"

/** Judged rows of one new set. */
struct changes {
	size_t n;
	const struct compare_row **row; /* owned; the largest change first */
};

/** Those of new set @s that have verdict @v. */
struct changes changes_find(const struct comparison *c, size_t s, enum verdict v);

/** Those that are unclear and yet differ, each for itself, by more than chance at alpha. */
struct changes changes_find_unproven(const struct comparison *c, size_t s);

/** How large the first of them is; less than any change where there is none. */
double changes_largest(const struct changes *changes);

/** Frees what @changes owns. */
void changes_free(struct changes *changes);

/**
 * Prints up to @most of them: "thp-busy: p99 of faults 280ms against 9.44ms (median pair x30.1);
 * time inside faults …; and 2 more".
 */
void changes_tell(FILE *out, const struct comparison *c, const struct changes *changes,
		  size_t most);

/**
 * The answer for a title, in one line: of each new kernel the largest change for the worse and the
 * largest for the better with both values, each number once: "1 in 100 of the huge-page faults take
 * at least 8.90ms on base, 111ms on patched (median pair x12.0)"; with @intervals "[x3.1..x41.0]" after it. Of many
 * kernels, or where nothing differs, c->sentence. malloc()ed.
 */
char *changes_headline(const struct comparison *c, bool intervals);

#endif
