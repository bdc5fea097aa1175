/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_SCRATCH_H
#define PINLAT_SYSTEM_SCRATCH_H

/* Files for one run, which have no name and so cannot be left behind. */

#include <stdbool.h>

/** Whether @dir lies in memory (tmpfs, ramfs): no page cache to fill, no disk to read. */
bool scratch_in_memory(const char *dir);

/**
 * Opens a nameless file in @dir, for reading and writing, with @flags (O_DIRECT) besides. Where
 * the file system cannot do without a name, it has one for an instant. Returns the
 * descriptor or -errno.
 */
int scratch_open(const char *dir, int flags);

#endif
