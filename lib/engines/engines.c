// SPDX-License-Identifier: MIT
#include "engines/engines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/device-filter.h"
#include "xe/xe.h"

const struct engine_ops *const engines[] = {
	&i915_engine,
	&xe_engine,
	&uring_engine,
	NULL,
};

const struct engine_ops *engine_choose(const char *name,
				       const struct engine_config *config, char *why,
				       size_t size)
{
	bool any = strcmp(name, "auto") == 0;
	char said[300], passed[300] = "";
	int error = -ENXIO;

	if (any && config->device && device_filter_check(config->device, why, size) < 0)
		return NULL;
	snprintf(why, size, "there is no engine '%s'", name);
	for (const struct engine_ops *const *e = engines; *e; e++) {
		int ret;

		if (any ? config->device && !(*e)->device : strcmp((*e)->name, name) != 0)
			continue;
		ret = (*e)->usable(config, said, sizeof(said));
		if (ret == 0) {
			/* A GPU is no other engine's only for having its own driver. */
			snprintf(why, size, "%s",
				 error == -ENXIO && (*e)->device ? "" : passed);
			return *e;
		}
		snprintf(why, size, "%s", said);
		/* Why a GPU does not work says more than that its driver is another. */
		if (ret != -ENODEV && (!*passed || error == -ENXIO)) {
			error = ret;
			memcpy(passed, said, sizeof(passed));
		}
		/* A GPU that is wedged is a fault to be seen, no reason to measure something else. */
		if (ret == -EIO)
			break;
	}
	if (*passed)
		snprintf(why, size, "%s", passed);
	return NULL;
}
