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

#include "record/internal.h"
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
	CLEANUP_CLOSE int fd = -1;

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
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
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

/* To begin with. A record of two CPUs takes about 70 KiB. */
#define ROOM 262144

int stream_open(struct stream *s, const char *path)
{
	*s = (struct stream){ .room = ROOM };
	errno = 0;
	s->gz = gzopen(path, "rbe");
	if (!s->gz)
		return errno ? -errno : -ENOMEM;
	s->text = malloc(s->room);
	if (!s->text)
		return -ENOMEM;
	*s->text = '\0';
	return 0;
}

void stream_close(struct stream *s)
{
	if (s->gz)
		gzclose(s->gz);
	free(s->text);
}

/* Makes room for more text, first by dropping the lines that are done with. */
static int make_room(struct stream *s)
{
	char *text;

	if (s->start > 0) {
		s->end -= s->start;
		s->next -= s->start;
		memmove(s->text, s->text + s->start, s->end + 1);
		s->start = 0;
	}
	if (s->end + 1 < s->room / 2)
		return 0;
	text = realloc(s->text, 2 * s->room);
	if (!text)
		return -ENOMEM;
	s->text = text;
	s->room *= 2;
	return 0;
}

/* The stream has ended: says so if that was before its time. */
static int end_of_stream(struct stream *s)
{
	int error = Z_OK;
	const char *what = gzerror(s->gz, &error);

	s->ended = true;
	if (error == Z_OK || error == Z_STREAM_END)
		return 0;
	if (error == Z_ERRNO)
		return errno ? -errno : -EIO;
	if (error == Z_MEM_ERROR)
		return -ENOMEM;
	if (error == Z_BUF_ERROR)
		snprintf(s->wrong, sizeof(s->wrong), "the compressed data are cut short");
	else
		snprintf(s->wrong, sizeof(s->wrong),
			 "the compressed data are damaged (%s)", what);
	return 0;
}

/* Reads more behind what there is. Returns 0 or -errno. */
static int read_more(struct stream *s)
{
	int n, ret = make_room(s);

	if (ret < 0)
		return ret;
	errno = 0;
	n = gzread(s->gz, s->text + s->end, (unsigned int)(s->room - s->end - 1));
	if (n > 0)
		s->end += (size_t)n;
	s->text[s->end] = '\0';
	return n > 0 ? 0 : end_of_stream(s);
}

/* Whether what is in memory from the current line on is more than any record. */
static bool too_long(const struct stream *s)
{
	return s->end - s->start > RECORD_SIZE_MAX;
}

static void refuse_size(struct stream *s)
{
	s->ended = true;
	s->start = s->next = s->end;
	s->length = 0;
	snprintf(s->wrong, sizeof(s->wrong), "larger than %d MiB, the rest is not read",
		 RECORD_SIZE_MAX >> 20);
}

int stream_next(struct stream *s)
{
	const char *line, *newline;
	size_t seen = 0;
	int ret;

	s->start = s->next;
	s->line++;
	for (;;) {
		line = s->text + s->start;
		newline = memchr(line + seen, '\n', s->end - s->start - seen);
		seen = s->end - s->start;
		if (newline || s->ended)
			break;
		if (too_long(s)) {
			refuse_size(s);
			return 0;
		}
		ret = read_more(s);
		if (ret < 0)
			return ret;
	}
	s->length = newline ? (size_t)(newline - line) : seen;
	s->next = s->start + s->length + (newline ? 1 : 0);
	return s->start < s->end;
}

int stream_read_all(struct stream *s)
{
	int ret = 0;

	while (!s->ended && !too_long(s) && ret == 0)
		ret = read_more(s);
	return ret;
}

bool stream_join(struct stream *s)
{
	if (too_long(s)) {
		refuse_size(s);
		return false;
	}
	s->length = s->end - s->start;
	s->next = s->end;
	return true;
}
