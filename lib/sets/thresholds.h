/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_THRESHOLDS_H
#define PINLAT_SETS_THRESHOLDS_H

/*
 * Margins by subtest and metric, from a file kept beside a CI job. One rule a line,
 *
 *	SUBTEST METRIC MARGIN		thp-* p99 20%
 *
 * where SUBTEST and METRIC may be globs (fnmatch(3)). The last rule that matches holds.
 * '#' begins a comment.
 */

#include <stdbool.h>
#include <stddef.h>

struct threshold {
	char *subtest, *metric; /* owned */
	double margin;		/* .05 is 5 % */
	size_t line;
};

struct threshold_list {
	size_t n;
	struct threshold *threshold; /* owned */
};

/**
 * Reads @path. Returns 0; -EINVAL with "file:line: what" in @why; or another -errno with a
 * sentence in @why: @path cannot be read. Release with threshold_list_free(), always.
 */
int threshold_list_read(struct threshold_list *list, const char *path, char *why,
			size_t size);

/** The rule that holds for @metric of @subtest, or NULL. @list may be NULL. */
const struct threshold *threshold_find(const struct threshold_list *list,
				       const char *subtest, const char *metric);

/** Frees what @list owns. */
void threshold_list_free(struct threshold_list *list);

#endif
