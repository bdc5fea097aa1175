// SPDX-License-Identifier: MIT
#include "system/facts-private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/sysfile.h"
#include "system/units.h"

/* The first "KEY : VALUE" of /proc/cpuinfo's @text. */
static void cpuinfo_value(const char *text, const char *key, char *buf, size_t size)
{
	size_t len = strlen(key);

	for (const char *s = text; s; s = strchr(s, '\n')) {
		size_t blank;

		s += *s == '\n';
		if (strncmp(s, key, len) != 0)
			continue;
		blank = strspn(s + len, " \t");
		if (s[len + blank] != ':')
			continue;
		s += len + blank + 1;
		s += strspn(s, " \t");
		snprintf(buf, size, "%.*s", (int)strcspn(s, "\n"), s);
		return;
	}
}

static uint32_t count_nodes(void)
{
	_cleanup_closedir_ DIR *dir = opendir("/sys/devices/system/node");
	const struct dirent *entry;
	uint32_t nodes = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		uint64_t number;

		nodes += strncmp(entry->d_name, "node", 4) == 0 &&
			 parse_u64(entry->d_name + 4, &number) == 0;
	}
	return nodes;
}

void _mitigations(const char *directory, char *buf, size_t size)
{
	struct dirent **names;
	int n = scandir(directory, &names, NULL, alphasort);
	size_t len = 0;

	buf[0] = '\0';
	for (int i = 0; i < n; i++) {
		_cleanup_free_ struct dirent *entry = names[i];
		char path[PATH_MAX], text[512];

		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (entry->d_name[0] == '.' || len >= size ||
		    sysfile_line(path, text, sizeof(text)) <= 0 ||
		    strcmp(text, "Not affected") == 0)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s: %s",
					len ? "; " : "", entry->d_name, text);
	}
	if (n >= 0)
		free(names);
}

void _facts_processor(struct facts *f)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	char cpuinfo[8192];

	/* The first CPU's lines are enough. */
	if (sysfile_read("/proc/cpuinfo", cpuinfo, sizeof(cpuinfo)) > 0) {
		cpuinfo_value(cpuinfo, "model name", f->cpu_model, sizeof(f->cpu_model));
		cpuinfo_value(cpuinfo, "microcode", f->microcode, sizeof(f->microcode));
	}
	sysfile_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", f->governor,
		     sizeof(f->governor));
	_mitigations("/sys/devices/system/cpu/vulnerabilities", f->mitigations,
		     sizeof(f->mitigations));
	f->cpus_online = online > 0 ? (uint32_t)online : 0;
	f->numa_nodes = count_nodes();
}
