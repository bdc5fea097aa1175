/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_GROUP_H
#define PINLAT_RUNNER_GROUP_H

/* Records that may stand in one table, and what their runs say together. */

#include <stdbool.h>
#include <stddef.h>

#include "record/file.h"
#include "record/record.h"

/* All of one label, kernel, machine, arena and engine. */
struct group {
	size_t n;
	const struct record **record; /* owned list of records that are not */
	const char *engine;	      /* of those records that have one; "" if none has */
};

struct group_list {
	size_t n;
	struct group *group;
};

/** Sorts the records of @list into groups, in the order of their first ones. 0 or -ENOMEM. */
int group_records(const struct record_list *list, struct group_list *groups);

/** Frees what @groups owns. */
void group_list_free(struct group_list *groups);

/** Text at @path ("kernel.release") of @tree, or "" where it is not or no text. */
const char *tree_text(json_object *tree, const char *path);

/** Number at @path; returns whether there is one. */
bool tree_number(json_object *tree, const char *path, double *value);

/** Whether the record says that it comes from a virtual machine. */
bool record_is_virtual(const struct record *r);

/** Sorts @value and returns its median: the mean of the middle two where n is even. */
double sorted_median(double *value, size_t n);

#endif
