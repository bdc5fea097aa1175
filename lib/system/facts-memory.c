// SPDX-License-Identifier: MIT
#include "system/facts-private.h"

#include <stdio.h>
#include <string.h>

#include "system/meminfo.h"
#include "system/sysfile-private.h"
#include "system/sysfile.h"
#include "system/units.h"

void _swaps_summary(char *text, char *buf, size_t size)
{
	char *line = strsep(&text, "\n"); /* the heading */
	size_t len = 0;

	buf[0] = '\0';
	while (line && (line = strsep(&text, "\n")) && len < size) {
		char *save = NULL, bytes[32];
		char *path = strtok_r(line, " \t", &save);
		const char *type = strtok_r(NULL, " \t", &save);
		const char *kib = strtok_r(NULL, " \t", &save);
		uint64_t n;

		if (!kib || parse_u64(kib, &n) < 0 || n > UINT64_MAX / KIB)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s %s %s",
					len ? "; " : "", _sysfile_unescape(path), type,
					format_size(n * KIB, bytes, sizeof(bytes)));
	}
}

/* A number below /proc/sys/vm; 0 where this kernel does not have it. */
static uint64_t vm_setting(const char *name)
{
	uint64_t value = 0;
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	(void)sysfile_u64(path, &value);
	return value;
}

#define THP "/sys/kernel/mm/transparent_hugepage/"

void _facts_memory(struct facts *f)
{
	char swaps[4096];
	struct meminfo m;

	if (meminfo_read(&m) == 0) {
		f->memory_total = m.total;
		f->swap_total = m.swap_total;
		f->swap_free = m.swap_free;
	}
	f->swappiness = (uint32_t)vm_setting("swappiness");
	f->min_free_kbytes = vm_setting("min_free_kbytes");
	f->watermark_scale_factor = (uint32_t)vm_setting("watermark_scale_factor");
	f->compaction_proactiveness = (uint32_t)vm_setting("compaction_proactiveness");
	if (sysfile_read("/proc/swaps", swaps, sizeof(swaps)) > 0)
		_swaps_summary(swaps, f->swaps, sizeof(f->swaps));
	sysfile_choice(THP "enabled", f->thp_enabled, sizeof(f->thp_enabled));
	sysfile_choice(THP "defrag", f->thp_defrag, sizeof(f->thp_defrag));
	sysfile_line("/sys/kernel/mm/lru_gen/enabled", f->lru_gen, sizeof(f->lru_gen));
}
