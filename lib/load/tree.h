/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_TREE_H
#define PINLAT_LOAD_TREE_H

/*
 * Trees of files, for the walker that reads them as find does: whether one that is there is large
 * enough, one that is made where there is none, and the way through both.
 */

#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * A tree that was made for a run. Its files are of holes, and take no disk to read or write, but
 * they have inodes and names: a walk fills slab and page cache as it does with real ones.
 */
struct made_tree {
	char path[PATH_MAX]; /* "DIR/pinlat-tree-<pid>"; empty: none */
};

/** Opens the tree below @root, one file system, for tree_next(). NULL: errno says why. */
FTS *tree_open(const char *root);

/**
 * The next regular file, or NULL at the end. Left out are the files of other runs (swap, made
 * trees), and those with more than 1 GiB of holes (/var/log/lastlog), which would be a stream.
 */
FTSENT *tree_next(FTS *fts);

/** Whether the files below @root, on a disk, have so many bytes allocated; looks no further. */
bool tree_holds(const char *root, uint64_t bytes);

/** Names a tree in @dir after the calling process. Returns 0 or -ENAMETOOLONG. */
int made_tree_name(struct made_tree *tree, const char *dir);

/**
 * Makes it: files of @bytes in all, whose sizes are drawn by @seed. Counts them in *@files.
 * Returns 0 or -errno; what was made so far is left for made_tree_remove().
 */
int made_tree_fill(const struct made_tree *tree, uint64_t bytes, uint64_t seed,
		   _Atomic uint64_t *files);

/** Removes it. An empty or vanished one is no error. Returns 0 or -errno. */
int made_tree_remove(struct made_tree *tree);

/** Removes trees in @dir that killed runs left. Returns how many or -errno. */
int made_tree_remove_stale(const char *dir);

#endif
