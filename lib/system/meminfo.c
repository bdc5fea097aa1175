// SPDX-License-Identifier: MIT
#include "system/meminfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "system/cleanup.h"
#include "system/sysfile.h"
#include "system/units.h"

int meminfo_pread(int fd, struct meminfo *m)
{
	const struct {
		const char *key;
		uint64_t *value;
	} fields[] = {
		{ "MemTotal", &m->total },	   { "MemFree", &m->free },
		{ "MemAvailable", &m->available }, { "SwapTotal", &m->swap_total },
		{ "SwapFree", &m->swap_free },	   { "Dirty", &m->dirty },
	};
	char text[4096];
	ssize_t ret = sysfile_pread(fd, text, sizeof(text));

	if (ret < 0)
		return (int)ret;
	memset(m, 0, sizeof(*m));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (sysfile_find_u64(text, fields[i].key, fields[i].value) == 0)
			*fields[i].value *= KIB;
	}
	/* Decisions hang on these two; the others may be missing (no swap built in). */
	return m->total && m->available ? 0 : -ENODATA;
}

int meminfo_read(struct meminfo *m)
{
	_cleanup_close_ int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : meminfo_pread(fd, m);
}
