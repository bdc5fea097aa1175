/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_SHOW_H
#define PINLAT_RUNNER_SHOW_H

/*
 * Records as text, on standard output: a pure function of the records. It knows no
 * clock, no locale, no terminal width and no environment; colours, where wanted, are
 * all that a terminal adds.
 */

#include <stdbool.h>

#include "sets/sets.h"

#define SHOW_WIDTH 100

/** One record as a page. */
void show_record(const struct record *r, bool colour);

/** What --explain gave, nothing where it was not asked for. */
void show_explain(const struct record *r);

/** Sets that were read apart, as tables, one for each arena and engine. */
void show_sets(const struct sets *sets, bool colour);

/** Reads @path and shows it as show_sets(), for the end of a run. Returns 0 or -errno. */
int show_directory(const char *path, bool colour);

/** Text at @path ("kernel.release") of @tree, or "" where it is not or no text. */
const char *tree_text(json_object *tree, const char *path);

/** Number at @path; returns whether there is one. */
bool tree_number(json_object *tree, const char *path, double *value);

#endif
