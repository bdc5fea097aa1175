// SPDX-License-Identifier: MIT
#include "system/sysfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libmount.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/units.h"

ssize_t sysfile_pread(int fd, char *buf, size_t size)
{
	size_t len = 0;

	if (size == 0)
		return -EINVAL;
	/* The kernel hands such files out in pieces of about a page. */
	while (len < size - 1) {
		ssize_t n = pread(fd, buf + len, size - 1 - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = errno;

			buf[0] = '\0';
			return -err;
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

ssize_t sysfile_read(const char *path, char *buf, size_t size)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (size > 0)
		buf[0] = '\0';
	if (fd < 0)
		return -errno;
	return sysfile_pread(fd, buf, size);
}

ssize_t sysfile_line(const char *path, char *buf, size_t size)
{
	ssize_t ret = sysfile_read(path, buf, size);
	size_t len;

	if (ret < 0)
		return ret;
	len = strcspn(buf, "\n");
	buf[len] = '\0';
	return (ssize_t)len;
}

int sysfile_u64(const char *path, uint64_t *value)
{
	char text[32];
	ssize_t ret = sysfile_line(path, text, sizeof(text));

	return ret < 0 ? (int)ret : parse_u64(text, value);
}

int sysfile_write(const char *path, const char *text)
{
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -errno;
	/* At one go: the kernel takes each write for a whole value. */
	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

const char *sysfile_find(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		/* Where it begins with @key, it has a character behind that. */
		/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch) */
		if (strncmp(text, key, len) == 0 && text[len] &&
		    strchr(" \t:=", text[len]))
			return text + len + strspn(text + len, " \t:=");
	}
	return NULL;
}

int sysfile_find_u64(const char *text, const char *key, uint64_t *value)
{
	const char *number = sysfile_find(text, key);
	uint64_t found;

	if (!number || !isdigit((unsigned char)*number))
		return -ENOENT;
	errno = 0;
	found = strtoull(number, NULL, 10);
	if (errno)
		return -ENOENT;
	*value = found;
	return 0;
}

bool psi_total(const char *text, const char *key, uint64_t *us)
{
	const char *line = sysfile_find(text, key);

	return line &&
	       sscanf(line, "avg10=%*s avg60=%*s avg300=%*s total=%" SCNu64, us) == 1;
}

int sysfile_choice(const char *path, char *buf, size_t size)
{
	char text[256];
	ssize_t ret = sysfile_line(path, text, sizeof(text));
	const char *left = ret < 0 ? NULL : strchr(text, '[');
	const char *right = left ? strchr(left, ']') : NULL;

	*buf = '\0';
	if (!right)
		return ret < 0 ? (int)ret : -EINVAL;
	if ((size_t)(right - left) > size)
		return -ENOSPC;
	snprintf(buf, size, "%.*s", (int)(right - left - 1), left + 1);
	return 0;
}

int sysfile_each_entry(enum sysfile_table kind, const char *path, sysfile_entry *each,
		       void *data)
{
	struct libmnt_table *table = mnt_new_table();
	struct libmnt_iter *i = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	int ret = -ENOMEM;

	if (table && i)
		ret = kind == SYSFILE_SWAPS ? mnt_table_parse_swaps(table, path)
					    : mnt_table_parse_file(table, path);
	while (ret == 0 && mnt_table_next_fs(table, i, &fs) == 0)
		ret = each(fs, data);
	mnt_free_iter(i);
	mnt_unref_table(table);
	return ret;
}

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
	CLEANUP_CLOSE int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : meminfo_pread(fd, m);
}

#define VMSTAT "/proc/vmstat"

static const char *const files[COUNTER_FILES] = {
	[COUNTER_VMSTAT] = VMSTAT,
	[COUNTER_MEMINFO] = "/proc/meminfo",
	[COUNTER_BUDDYINFO] = "/proc/buddyinfo",
	[COUNTER_PSI_MEMORY] = "/proc/pressure/memory",
	[COUNTER_PSI_IO] = "/proc/pressure/io",
	[COUNTER_PSI_CPU] = "/proc/pressure/cpu",
	[COUNTER_SCHEDSTAT] = "/proc/schedstat",
	[COUNTER_STAT] = "/proc/stat",
	[COUNTER_MOCK] = "/sys/kernel/debug/dri/0/mock_stats",
};

bool kernel_locked_down(void)
{
	char text[128] = "";

	sysfile_line("/sys/kernel/security/lockdown", text, sizeof(text));
	return *text && !strstr(text, "[none]");
}

void counters_open(struct counters_reader *r)
{
	bool locked_down = kernel_locked_down();

	for (size_t i = 0; i < COUNTER_FILES; i++)
		r->fd[i] = i == COUNTER_MOCK && locked_down
				   ? -1
				   : open(files[i], O_RDONLY | O_CLOEXEC);
}

void counters_read(const struct counters_reader *r, struct counters *c)
{
	c->t_ns = monotonic_ns();
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

uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t huge_page_size(void)
{
	uint64_t size;

	if (sysfile_u64("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", &size) < 0)
		return 2 * MIB;
	return size;
}

bool scratch_in_memory(const char *dir)
{
	struct statfs fs;

	return statfs(dir, &fs) == 0 &&
	       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

int scratch_open(const char *dir, int flags)
{
	char path[PATH_MAX];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd >= 0 ? fd : -errno;
	snprintf(path, sizeof(path), "%s/pinlat-scratch-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC | flags);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}
