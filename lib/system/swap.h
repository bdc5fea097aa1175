/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_SWAP_H
#define PINLAT_SYSTEM_SWAP_H

/*
 * A swap file for one run. Reclaim looks at anonymous memory only where swap has
 * free slots; where a machine has none, a small one is made and taken away again.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define SWAP_PREFIX "pinlat-swap-"

struct swap_file {
	char path[PATH_MAX]; /* "DIR/pinlat-swap-<pid>"; empty: none */
};

/**
 * Makes a swap file of @bytes in directory @dir and switches it on. The name is
 * written to @swap before anything exists under it, so that whoever cleans up
 * after a crash finds it. Returns 0 or -errno (-EPERM: not allowed, -ENOSPC,
 * -EOPNOTSUPP or -EINVAL: this file system cannot hold swap); nothing is left on failure.
 */
int swap_file_create(struct swap_file *swap, const char *dir, uint64_t bytes);

/**
 * Switches it off and removes it. An empty or vanished one is no error. Returns 0 or
 * -errno (-EPERM: what stands there is no regular file of the caller's own).
 */
int swap_file_remove(struct swap_file *swap);

/**
 * Removes swap files that a killed run left: those named pinlat-swap-<pid>, in
 * /proc/swaps or in @dir, whose process no longer lives. Returns how many or -errno.
 */
int swap_remove_stale(const char *dir);

/**
 * Calls @act, which says whether it removed it, with each of those; with one that lies in @dir and is
 * switched on, twice unless it removes it. Returns how many were removed, or -errno.
 */
int swap_each_left_over(const char *dir, bool (*act)(const char *path));

/** Whether the swap file @path is one of those. */
bool swap_is_left_over(const char *path);

#endif
