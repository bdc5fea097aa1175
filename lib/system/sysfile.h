/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_SYSFILE_H
#define PINLAT_SYSTEM_SYSFILE_H

/* Small files of /proc and /sys, read and written whole. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Reads at most @size - 1 bytes of @path into @buf and ends them with a NUL.
 * Returns their number or -errno, with @buf empty then. What does not fit is left out.
 */
ssize_t sysfile_read(const char *path, char *buf, size_t size);

/** The same for an open file, from its beginning; allocates nothing. */
ssize_t sysfile_pread(int fd, char *buf, size_t size);

/** Reads the first line of @path without its newline. Returns its length or -errno. */
ssize_t sysfile_line(const char *path, char *buf, size_t size);

/** Reads a decimal number. Returns 0 or -errno (-EINVAL: no number there). */
int sysfile_u64(const char *path, uint64_t *value);

/** Writes @text to the existing file @path. Returns 0 or -errno. */
int sysfile_write(const char *path, const char *text);

/**
 * Finds the line of @text that begins with @key, followed by spaces, tabs or a
 * colon, and reads the decimal number behind it. Returns 0 or -ENOENT.
 */
int sysfile_find_u64(const char *text, const char *key, uint64_t *value);

/** The choice in brackets, as in "always [madvise] never". Returns 0 or -errno. */
int sysfile_choice(const char *path, char *buf, size_t size);

#endif
