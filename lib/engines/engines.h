/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINES_ENGINES_H
#define PINLAT_ENGINES_ENGINES_H

/* Which engines there are, and which is taken. */

#include <stddef.h>

#include "engine/engine.h"

/** All engines, best first, ended by NULL. */
extern const struct engine_ops *const engines[];

/**
 * The engine for @name; "auto": the first that is usable, with a sentence in @why if that passes
 * over a GPU that is there (else @why is empty). Where @config names a device, that is an engine
 * which has one; after a GPU that is wedged (-EIO of usable()) no other is tried. NULL if there is none,
 * with a sentence in @why.
 */
const struct engine_ops *engine_choose(const char *name,
				       const struct engine_config *config, char *why,
				       size_t size);

#endif
