// SPDX-License-Identifier: MIT
/* Where pinlat was built without libtracefs and libtraceevent. */
#include "trace/trace.h"

#include <errno.h>
#include <stdio.h>

int trace_possible(char *why, size_t size)
{
	snprintf(
		why, size,
		"this pinlat was built without libtracefs and libtraceevent (meson setup -Dtrace=enabled; Debian: libtracefs-dev)");
	return -ENOSYS;
}

int trace_create(struct trace **trace, const struct tracing *place, uint64_t duration_ns,
		 char *why, size_t size)
{
	(void)place;
	(void)duration_ns;
	*trace = NULL;
	return trace_possible(why, size);
}

int trace_follow(struct trace *t, const pid_t *pids, size_t n)
{
	(void)t;
	(void)pids;
	(void)n;
	return -ENOSYS;
}

int trace_start(struct trace *t)
{
	(void)t;
	return -ENOSYS;
}

void trace_drain(struct trace *t)
{
	(void)t;
}

void trace_end_window(struct trace *t)
{
	(void)t;
}

void trace_stop(struct trace *t)
{
	(void)t;
}

const struct trace_summary *trace_summary(const struct trace *t)
{
	(void)t;
	return NULL;
}

int trace_keep(struct trace *t, const char *path)
{
	(void)t;
	(void)path;
	return -ENOSYS;
}

int trace_read(struct trace *t, int (*take)(const struct trace_event *e, void *data),
	       void *data)
{
	(void)t;
	(void)take;
	(void)data;
	return -ENOSYS;
}

void trace_free(struct trace *t)
{
	(void)t;
}
