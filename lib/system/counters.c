// SPDX-License-Identifier: MIT
#include "system/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "system/sysfile.h"
#include "system/units.h"

#define VMSTAT "/proc/vmstat"

static const char *const files[COUNTER_FILES] = {
	[COUNTER_VMSTAT] = VMSTAT,
	[COUNTER_MEMINFO] = "/proc/meminfo",
	[COUNTER_BUDDYINFO] = "/proc/buddyinfo",
	[COUNTER_PSI_MEMORY] = "/proc/pressure/memory",
	[COUNTER_PSI_IO] = "/proc/pressure/io",
	[COUNTER_PSI_CPU] = "/proc/pressure/cpu",
	[COUNTER_SCHEDSTAT] = "/proc/schedstat",
	[COUNTER_MOCK] = "/sys/kernel/debug/dri/0/mock_stats",
};

void counters_open(struct counters_reader *r)
{
	for (size_t i = 0; i < COUNTER_FILES; i++)
		r->fd[i] = open(files[i], O_RDONLY | O_CLOEXEC);
}

void counters_read(const struct counters_reader *r, struct counters *c)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	c->t_ns = (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
	/* One that is missing fails, which leaves its text empty. */
	for (size_t i = 0; i < COUNTER_FILES; i++)
		(void)sysfile_pread(r->fd[i], c->text[i], sizeof(c->text[i]));
}

void counters_close(struct counters_reader *r)
{
	for (size_t i = 0; i < COUNTER_FILES; i++) {
		if (r->fd[i] >= 0)
			close(r->fd[i]);
		r->fd[i] = -1;
	}
}

uint64_t counters_vmstat(const struct counters *c, const char *key)
{
	uint64_t value = 0;

	(void)sysfile_find_u64(c->text[COUNTER_VMSTAT], key, &value);
	return value;
}

/* /proc/vmstat is some 5 KiB: room for what later kernels add. */
#define VMSTAT_SIZE 16384

uint64_t vmstat_now(const char *prefix)
{
	char text[VMSTAT_SIZE], *line, *next = text;
	size_t len = strlen(prefix);
	uint64_t sum = 0;

	if (sysfile_read(VMSTAT, text, sizeof(text)) < 0)
		return 0;
	while ((line = strsep(&next, "\n"))) {
		uint64_t value;
		const char *blank = strchr(line, ' ');

		if (!blank || strncmp(line, prefix, len) != 0)
			continue;
		if (parse_u64(blank + 1, &value) == 0)
			sum += value;
	}
	return sum;
}

int vmstat_pinned_pages(uint64_t *pages)
{
	uint64_t acquired, released;
	char text[VMSTAT_SIZE];
	ssize_t ret = sysfile_read(VMSTAT, text, sizeof(text));

	if (ret < 0)
		return (int)ret;
	if (sysfile_find_u64(text, "nr_foll_pin_acquired", &acquired) < 0 ||
	    sysfile_find_u64(text, "nr_foll_pin_released", &released) < 0)
		return -ENOENT;
	/* Batched per CPU, so that the sums may cross. */
	*pages = acquired > released ? acquired - released : 0;
	return 0;
}
