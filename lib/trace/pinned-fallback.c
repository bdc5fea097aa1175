// SPDX-License-Identifier: MIT
/* Where pinlat was built without libbpf, or without the tools that make its program. */
#include "trace/trace.h"

#include <errno.h>
#include <stdio.h>

int pinned_possible(char *why, size_t size)
{
	snprintf(
		why, size,
		"this pinlat was built without libbpf (meson setup -Dbpf=enabled; Debian: libbpf-dev, bpftool and clang)");
	return -ENOSYS;
}

int pinned_create(struct pinned **pinned, size_t n, char *why, size_t size)
{
	(void)n;
	*pinned = NULL;
	return pinned_possible(why, size);
}

int pinned_follow(struct pinned *p, const pid_t *pids, size_t n)
{
	(void)p;
	(void)pids;
	(void)n;
	return -ENOSYS;
}

void pinned_start(struct pinned *p)
{
	(void)p;
}

void pinned_stop(struct pinned *p)
{
	(void)p;
}

int pinned_read(const struct pinned *p, struct pinned_counts *counts)
{
	(void)p;
	*counts = (struct pinned_counts){ 0 };
	return -ENOSYS;
}

void pinned_free(struct pinned *p)
{
	(void)p;
}
