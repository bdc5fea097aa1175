// SPDX-License-Identifier: MIT
#include "system/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <libmount.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/swap.h>

#include "system/cleanup.h"
#include "system/process.h"
#include "system/sysfile.h"
#include "system/units.h"

/* union swap_header of the kernel's include/linux/swap.h; the rest of the page is zeros. */
struct swap_header {
	char boot_sector[1024];
	uint32_t version;
	uint32_t last_page;
	uint32_t bad_pages;
	unsigned char uuid[16];
	char label[16];
};

#define SIGNATURE     "SWAPSPACE2" /* the last ten bytes of the first page */
#define SIGNATURE_LEN (sizeof(SIGNATURE) - 1)

/* Gives the file its blocks, where need be by writing to each: swap takes no holes. */
static int allocate(int fd, uint64_t bytes)
{
	int error;

	do {
		error = posix_fallocate(fd, 0, (off_t)bytes);
	} while (error == EINTR);
	return -error;
}

static int write_header(int fd, uint64_t bytes, size_t page)
{
	CLEANUP_FREE char *first = calloc(1, page);
	struct swap_header header = {
		.version = 1,
		.last_page = (uint32_t)(bytes / page - 1),
		.uuid = "pinlat",
		.label = "pinlat",
	};
	ssize_t n;

	if (!first)
		return -ENOMEM;
	memcpy(first, &header, sizeof(header));
	memcpy(first + page - SIGNATURE_LEN, SIGNATURE, SIGNATURE_LEN);
	n = pwrite(fd, first, page, 0);
	return n < 0 ? -errno : (size_t)n == page ? 0 : -EIO;
}

/* btrfs swaps only to files without copy-on-write, and only an empty one can become so. */
static void forbid_copy_on_write(int fd)
{
	int flags;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return;
	flags |= FS_NOCOW_FL;
	(void)ioctl(fd, FS_IOC_SETFLAGS,
		    &flags); /* file systems without the flag refuse */
}

static int fill_and_switch_on(int fd, const char *path, uint64_t bytes, size_t page)
{
	int ret;

	forbid_copy_on_write(fd);
	ret = allocate(fd, bytes);
	if (ret == 0)
		ret = write_header(fd, bytes, page);
	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	if (ret == 0 && swapon(path, 0) < 0)
		ret = -errno;
	return ret;
}

static int remove_path(const char *path)
{
	int ret = is_own(path, S_IFREG);

	if (ret <= 0)
		return ret;
	while (swapoff(path) < 0) {
		/* EINVAL: not enabled. EPERM: without the privilege we cannot have enabled it either. */
		if (errno == EINVAL || errno == EPERM)
			break;
		if (errno != EINTR)
			return -errno;
	}
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static bool remove_own(const char *path)
{
	return is_own(path, S_IFREG) == 1 && remove_path(path) == 0;
}

static int create_file(const char *path)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, 0600);
	int ret;

	if (fd >= 0 || errno != EEXIST)
		return fd < 0 ? -errno : fd;
	/* Of a former process with this pid, say of the boot before. */
	ret = remove_path(path);
	if (ret < 0)
		return ret;
	fd = open(path, flags, 0600);
	return fd < 0 ? -errno : fd;
}

int swap_file_create(struct swap_file *swap, const char *dir, uint64_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	CLEANUP_CLOSE int fd = -1;
	int ret;

	swap->path[0] = '\0';
	bytes = bytes / page * page;
	if (bytes < 10 * page || bytes / page > UINT32_MAX)
		return -EINVAL;
	ret = snprintf(swap->path, sizeof(swap->path), "%s/" SWAP_PREFIX "%d", dir,
		       getpid());
	if (ret >= (int)sizeof(swap->path)) {
		swap->path[0] = '\0';
		return -ENAMETOOLONG;
	}
	fd = create_file(swap->path);
	ret = fd < 0 ? fd : fill_and_switch_on(fd, swap->path, bytes, page);
	if (ret < 0) {
		if (fd >= 0)
			unlink(swap->path);
		swap->path[0] = '\0';
	}
	return ret;
}

int swap_file_remove(struct swap_file *swap)
{
	int ret = swap->path[0] ? remove_path(swap->path) : 0;

	if (ret == 0)
		swap->path[0] = '\0';
	return ret;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool swap_is_left_over(const char *path)
{
	return process_owner_is_gone(base_name(path), SWAP_PREFIX) &&
	       is_own(path, S_IFREG) == 1;
}

struct swap_visit {
	bool (*act)(const char *path);
	int removed;
};

static int visit_entry(struct libmnt_fs *fs, void *data)
{
	const char *path = mnt_fs_get_source(fs);
	struct swap_visit *v = data;

	v->removed += swap_is_left_over(path) && v->act(path);
	return 0;
}

int swap_each_left_over(const char *dir, bool (*act)(const char *path))
{
	struct swap_visit v = { .act = act };
	/* -ENOENT: a kernel without swap */
	int ret = sysfile_each_entry(SYSFILE_SWAPS, "/proc/swaps", visit_entry, &v);
	int lying;

	if (ret < 0 && ret != -ENOENT)
		return ret;
	lying = each_left_over(dir, SWAP_PREFIX, act);
	return lying < 0 ? lying : v.removed + lying;
}

int swap_remove_stale(const char *dir)
{
	return swap_each_left_over(dir, remove_own);
}
