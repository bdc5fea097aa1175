// SPDX-License-Identifier: MIT
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

const struct engine_ops *const engines[] = {
	&i915_engine,
	&uring_engine,
	NULL,
};

const struct engine_ops *engine_choose(const char *name,
				       const struct engine_config *config, char *why,
				       size_t size)
{
	bool any = strcmp(name, "auto") == 0;

	snprintf(why, size, "there is no engine '%s'", name);
	for (const struct engine_ops *const *e = engines; *e; e++) {
		if ((any || strcmp((*e)->name, name) == 0) &&
		    (*e)->usable(config, why, size) == 0)
			return *e;
	}
	return NULL;
}
