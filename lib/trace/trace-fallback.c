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

const char *const *trace_events(const struct trace *t)
{
	static const char *const none[] = { NULL };

	(void)t;
	return none;
}

const char *const *trace_missing(const struct trace *t)
{
	return trace_events(t);
}

uint64_t trace_buffer_bytes(const struct trace *t)
{
	(void)t;
	return 0;
}

void trace_reclaim(const struct trace *t, struct trace_pages *anon,
		   struct trace_pages *file)
{
	(void)t;
	*anon = *file = (struct trace_pages){ 0 };
}

void trace_lost(const struct trace *t, uint64_t *samples, uint64_t *reclaim)
{
	(void)t;
	*samples = *reclaim = 0;
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
