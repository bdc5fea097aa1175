// SPDX-License-Identifier: MIT
#include "load/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "claim/leftover.h"
#include "stats/random.h"
#include "system/cleanup.h"
#include "system/process.h"
#include "system/swap.h"
#include "system/sysfile.h"
#include "system/units.h"

#define HOLES_MOST (1 * GIB)

/*
 * Sizes are 4 KiB times 40 to a power between 0 and 1, all powers alike: as many small files as on a
 * system's own disk, and the mean of one (a Debian root: 42 KiB).
 */
#define SIZE_LEAST  4096
#define SIZE_SPREAD 40
#define SIZE_MEAN   (43300)
/*
 * 200,000 files were made in 2 to 8 s and removed in 2. Where a machine's memory needs more, they
 * become larger instead.
 */
#define FILES_MOST	200000
#define FILES_DIRECTORY 64

FTS *tree_open(const char *root)
{
	char *path[] = { (char *)root, NULL };

	return fts_open(path, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
}

static bool is_ours(const FTSENT *entry)
{
	return entry->fts_level > FTS_ROOTLEVEL &&
	       (strncmp(entry->fts_name, TREE_PREFIX, strlen(TREE_PREFIX)) == 0 ||
		strncmp(entry->fts_name, SWAP_PREFIX, strlen(SWAP_PREFIX)) == 0);
}

static uint64_t allocated(const FTSENT *entry)
{
	return (uint64_t)entry->fts_statp->st_blocks * 512;
}

FTSENT *tree_next(FTS *fts)
{
	FTSENT *entry;

	while ((entry = fts_read(fts))) {
		if (is_ours(entry))
			fts_set(fts, entry, FTS_SKIP);
		else if (entry->fts_info == FTS_F &&
			 (uint64_t)entry->fts_statp->st_size <=
				 allocated(entry) + HOLES_MOST)
			return entry;
	}
	return NULL;
}

bool tree_holds(const char *root, uint64_t bytes)
{
	uint64_t seen = 0;
	struct statvfs fs;
	FTSENT *entry;
	FTS *fts;

	/* The file system tells at once where it cannot be; a container's may hold much else. */
	if (scratch_in_memory(root) || statvfs(root, &fs) < 0 ||
	    (uint64_t)(fs.f_blocks - fs.f_bfree) * fs.f_frsize < bytes)
		return false;
	fts = tree_open(root);
	if (!fts)
		return false;
	while (seen < bytes && (entry = tree_next(fts)))
		seen += allocated(entry);
	fts_close(fts);
	return seen >= bytes;
}

int made_tree_name(struct made_tree *tree, const char *dir)
{
	int n = snprintf(tree->path, sizeof(tree->path), "%s/" TREE_PREFIX "%d", dir,
			 (int)getpid());

	if (n < (int)sizeof(tree->path))
		return 0;
	tree->path[0] = '\0';
	return -ENAMETOOLONG;
}

static int make_file(int dir, uint64_t name, uint64_t size)
{
	CLEANUP_CLOSE int fd = -1;
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)name);
	fd = openat(dir, text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 || ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

/* Files @from to @to, in a directory of their own, each @scale times as large as it would be. */
static int make_files(const char *path, uint64_t from, uint64_t to, double scale,
		      struct random_state *random)
{
	CLEANUP_CLOSE int dir = -1;
	int ret = 0;

	if (mkdir(path, 0700) < 0)
		return -errno;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	for (uint64_t i = from; i < to && ret == 0; i++) {
		double power = (double)random_below(random, 1u << 20) / (1u << 20);

		ret = make_file(dir, i,
				(uint64_t)(scale * SIZE_LEAST * pow(SIZE_SPREAD, power)));
	}
	return ret;
}

/* How many files the file system has room for; some do not count them. */
static uint64_t files_for(const char *path, uint64_t bytes)
{
	uint64_t files = bytes / SIZE_MEAN, most = FILES_MOST;
	struct statvfs fs;

	if (statvfs(path, &fs) == 0 && fs.f_files > 0 && fs.f_favail / 2 < most)
		most = fs.f_favail / 2;
	return files < most ? files : most;
}

/*
 * Asks for directories that are far apart, as those below / are. Else ext4 puts all files into a few
 * groups, and there steps over every inode that the run before has given back, one by one: 17 s
 * for 25,000 files instead of one. Other file systems may refuse; they have no such groups.
 */
static void spread(const char *path)
{
	CLEANUP_CLOSE int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int flags = 0;

	if (dir < 0 || ioctl(dir, FS_IOC_GETFLAGS, &flags) < 0)
		return;
	flags |= FS_TOPDIR_FL;
	(void)ioctl(dir, FS_IOC_SETFLAGS, &flags);
}

int made_tree_fill(const struct made_tree *tree, uint64_t bytes, uint64_t seed,
		   _Atomic uint64_t *files)
{
	struct random_state random = random_stream(seed, 0);
	char path[PATH_MAX + 32];
	uint64_t all, to;
	double scale;
	int ret = 0;

	if (mkdir(tree->path, 0700) < 0)
		return -errno;
	spread(tree->path);
	all = files_for(tree->path, bytes);
	if (all == 0)
		return -ENOSPC;
	scale = (double)bytes / (double)all / SIZE_MEAN;
	for (uint64_t from = 0; from < all && ret == 0; from = to) {
		to = from + FILES_DIRECTORY < all ? from + FILES_DIRECTORY : all;
		snprintf(path, sizeof(path), "%s/%llu", tree->path,
			 (unsigned long long)(from / FILES_DIRECTORY));
		ret = make_files(path, from, to, scale, &random);
		*files = to;
	}
	return ret;
}

static int remove_all(const char *path)
{
	int ret = is_own(path, S_IFDIR);
	FTSENT *entry;
	FTS *fts;

	if (ret <= 0)
		return ret;
	fts = tree_open(path);
	if (!fts)
		return -errno;
	ret = 0;
	while ((entry = fts_read(fts)))
		if (entry->fts_info != FTS_D && remove(entry->fts_accpath) < 0)
			ret = -errno;
	fts_close(fts);
	return ret;
}

int made_tree_remove(struct made_tree *tree)
{
	int ret = tree->path[0] ? remove_all(tree->path) : 0;

	if (ret == 0)
		tree->path[0] = '\0';
	return ret;
}

static bool remove_own(const char *path)
{
	return remove_all(path) == 0;
}

int made_tree_remove_stale(const char *dir)
{
	return each_left_over(dir, TREE_PREFIX, remove_own);
}
