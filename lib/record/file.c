// SPDX-License-Identifier: MIT
#include "record/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/cleanup.h"

/* A name beside @path that no directory listing takes for a record. */
static int temporary_name(const char *path, char *buf, size_t size)
{
	const char *base = strrchr(path, '/');
	int n;

	base = base ? base + 1 : path;
	n = snprintf(buf, size, "%.*s.%s.%d", (int)(base - path), path, base,
		     (int)getpid());
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Makes the new name itself last: without it a crash may bring the old file back. */
static int sync_directory(const char *path)
{
	char dir[PATH_MAX] = ".";
	const char *slash = strrchr(path, '/');
	_cleanup_close_ int fd = -1;

	if (slash)
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path) + 1, path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync a directory; they need not. */
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

static int write_new(const char *path, const char *text, size_t length)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, text, length);
	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	return ret;
}

int file_replace(const char *path, const char *text, size_t length)
{
	char temporary[PATH_MAX];
	struct stat st;
	int ret = temporary_name(path, temporary, sizeof(temporary));

	if (ret < 0)
		return ret;
	/* Not /dev/null, of which root would leave a plain file behind. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	unlink(temporary); /* of an earlier process with our id, which is gone */
	ret = write_new(temporary, text, length);
	if (ret == 0 && rename(temporary, path) < 0)
		ret = -errno;
	if (ret < 0) {
		unlink(temporary);
		return ret;
	}
	return sync_directory(path);
}

/* All of @path with @spare bytes left behind it; a missing file is empty. */
static int read_whole(const char *path, size_t spare, char **text, size_t *length)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	*length = 0;
	if (fd < 0 && errno != ENOENT)
		return -errno;
	if (fd >= 0 && fstat(fd, &st) < 0)
		return -errno;
	if (fd < 0 || !S_ISREG(st.st_mode))
		st.st_size = 0;
	if (st.st_size > RECORD_SIZE_MAX)
		return -EFBIG;
	*text = malloc((size_t)st.st_size + spare);
	if (!*text)
		return -ENOMEM;
	while (*length < (size_t)st.st_size) {
		ssize_t n = read(fd, *text + *length, (size_t)st.st_size - *length);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		*length += (size_t)n;
	}
	return 0;
}

int record_write(const struct record *r, const char *path)
{
	_cleanup_free_ char *line = record_to_line(r);
	_cleanup_free_ char *text = NULL;
	size_t length, line_length;
	int ret;

	if (!line)
		return -ENOMEM;
	line_length = strlen(line);
	ret = read_whole(path, line_length + 2, &text, &length);
	if (ret < 0 || !text)
		return ret;
	/* A plain line behind compressed data would never be read again. */
	if (length >= 2 && memcmp(text, "\x1f\x8b", 2) == 0)
		return -EINVAL;
	if (length > 0 && text[length - 1] != '\n')
		text[length++] = '\n'; /* a cut line must not swallow ours */
	memcpy(text + length, line, line_length);
	length += line_length;
	text[length++] = '\n';
	return file_replace(path, text, length);
}
