/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_SHOW_EXPLAIN_H
#define PINLAT_RUNNER_SHOW_EXPLAIN_H

/* What `show` prints of a run that was traced (--explain), and what it reads such trees with. */

#include <stdbool.h>

#include "record/record.h"

/** Where the worst samples' time went, what reclaim did; nothing where that was not asked for. */
void show_explain(const struct record *r);

/** The whole number at the path that @format makes. Returns whether there is one. */
bool show_number(json_object *tree, double *value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** What @tree says is missing, a line each that begins with @what. */
void show_missing(json_object *tree, const char *what);

#endif
