// SPDX-License-Identifier: MIT
/* Where pinlat was built without libtracefs and libtraceevent. */
#include "trace/trace.h"

#include <errno.h>

#include "system/text.h"

int trace_possible(char *why, size_t size)
{
	return why_not(
		why, size, -ENOSYS,
		"this pinlat was built without libtracefs and libtraceevent (meson setup -Dtrace=enabled; Debian: libtracefs-dev)");
}

int trace_create(struct trace **trace, const struct tracing *place, uint64_t duration_ns,
		 char *why, size_t size)
{
	(void)place;
	(void)duration_ns;
	*trace = NULL;
	return trace_possible(why, size);
}
