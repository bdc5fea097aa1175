// SPDX-License-Identifier: MIT
/* Where pinlat was built without libbpf, or without the tools that make its program. */
#include "trace/trace.h"

#include <errno.h>

#include "system/text.h"

int pinned_possible(char *why, size_t size)
{
	return why_not(
		why, size, -ENOSYS,
		"this pinlat was built without libbpf (meson setup -Dbpf=enabled; Debian: libbpf-dev, bpftool and clang)");
}

int pinned_create(struct pinned **pinned, size_t n, char *why, size_t size)
{
	(void)n;
	*pinned = NULL;
	return pinned_possible(why, size);
}
