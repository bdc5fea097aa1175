// SPDX-License-Identifier: MIT
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

const struct engine_ops *const engines[] = {
	&i915_engine,
	&uring_engine,
	NULL,
};

const struct engine_ops *engine_find(const char *name)
{
	for (size_t i = 0; engines[i]; i++) {
		if (!strcmp(engines[i]->name, name))
			return engines[i];
	}
	return NULL;
}

const struct engine_ops *engine_choose(const char *name,
				       const struct engine_config *config, char *why,
				       size_t size)
{
	const struct engine_ops *engine;

	if (strcmp(name, "auto")) {
		engine = engine_find(name);
		if (!engine)
			snprintf(why, size, "there is no engine '%s'", name);
		else if (engine->usable(config, why, size) < 0)
			engine = NULL;
		return engine;
	}
	for (size_t i = 0; engines[i]; i++) {
		if (engines[i]->usable(config, why, size) == 0)
			return engines[i];
	}
	return NULL;
}
