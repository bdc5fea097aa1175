/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_INTERNAL_H
#define PINLAT_SETS_INTERNAL_H

/* Private to lib/sets. */

#include "sets/sets.h"
#include "sets/setup.h"

/** sets_load() of the path with number @index. */
int sets_load_path(struct sets *sets, const char *path, size_t index);

/** Frees what @set owns. */
void set_free(struct set *set);

#endif
