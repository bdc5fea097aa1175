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
