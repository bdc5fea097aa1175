/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_RECORD_LIST_H
#define PINLAT_UNIT_RECORD_LIST_H

/* All records of a path at once, for tests. */

#include "record/file.h"

/** A growing list of records. */
struct record_list {
	size_t n;
	struct record *record; /* owned */
	size_t problems;
	char **problem; /* owned: "file:line: what" for each line that was left out */
};

/** Appends what records_visit() finds in @path to @list, and returns what it returns. */
int record_list_read(struct record_list *list, const char *path);

/** Frees all that @list owns. */
void record_list_free(struct record_list *list);

#endif
