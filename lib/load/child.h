/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_CHILD_H
#define PINLAT_LOAD_CHILD_H

#include "load/load.h"

/**
 * The life of the load child: fill, lock or pin, report ready, work on command,
 * end on command. Its outcome stands in @shared: LOAD_ENDED, or LOAD_FAILED with why.
 */
void load_child_run(const struct load_config *config, struct load_shared *shared);

#endif
