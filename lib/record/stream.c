// SPDX-License-Identifier: MIT
#include "record/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "record/file.h"
#include "system/alloc.h"
#include "system/text.h"

/* To begin with. A record of two CPUs takes about 70 KiB. */
#define ROOM 262144
/* Bytes that are read at once. */
#define IN 65536
/* For inflateInit2(): the largest window, and gzip's header. */
#define GZIP (15 + 16)

/* Opens @path. Returns 0 or -errno; release with unpack_close() either way. */
static int unpack_open(struct unpack *u, const char *path)
{
	*u = (struct unpack){ .in = xmalloc(IN) };
	u->z.next_in = u->in;
	u->fd = open(path, O_RDONLY | O_CLOEXEC);
	return u->fd < 0 ? -errno : 0;
}

static void unpack_close(struct unpack *u)
{
	if (u->packed)
		inflateEnd(&u->z);
	if (u->fd >= 0)
		close(u->fd);
	free(u->in);
}

/* Reads more behind the few bytes that are not used yet. Returns how many, 0 at the end, or -errno. */
static ssize_t fill(struct unpack *u)
{
	ssize_t n;

	memmove(u->in, u->z.next_in, u->z.avail_in);
	u->z.next_in = u->in;
	do {
		n = read(u->fd, u->in + u->z.avail_in, IN - u->z.avail_in);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	u->z.avail_in += (unsigned int)n;
	return n;
}

/* Whether compressed data begin here: 1 or 0, or -errno. */
static int begins_packed(struct unpack *u)
{
	while (u->z.avail_in < 2) {
		ssize_t n = fill(u);

		if (n <= 0)
			return (int)n;
	}
	return u->z.next_in[0] == 0x1f && u->z.next_in[1] == 0x8b;
}

/* What the first bytes tell. Returns 0 or -errno. */
static int begin(struct unpack *u)
{
	int ret = begins_packed(u);

	if (ret < 0)
		return ret;
	u->begun = true;
	if (ret > 0 && inflateInit2(&u->z, GZIP) != Z_OK)
		alloc_failed();
	u->packed = ret > 0;
	return 0;
}

static ssize_t read_plain(struct unpack *u, char *to, size_t size)
{
	ssize_t n = u->z.avail_in > 0 ? 1 : fill(u);

	if (n <= 0)
		return n;
	size = MIN(size, u->z.avail_in);
	memcpy(to, u->z.next_in, size);
	u->z.next_in += size;
	u->z.avail_in -= (unsigned int)size;
	return (ssize_t)size;
}

/* Counts what stands behind the compressed data, to the end of the file. Returns 0 or -errno. */
static int count_rest(struct unpack *u)
{
	ssize_t n;

	do {
		u->behind += u->z.avail_in;
		u->z.avail_in = 0;
		n = fill(u);
	} while (n > 0);
	if (u->behind > 0)
		snprintf(
			u->wrong, sizeof(u->wrong),
			"%" PRIu64
			" byte%s behind the compressed data not read, since not compressed: pack the whole anew",
			u->behind, PLURAL(u->behind));
	return (int)n;
}

/* At the end of compressed data: others may follow. Returns 0 or -errno. */
static int next_member(struct unpack *u)
{
	int ret = begins_packed(u);

	if (ret < 0)
		return ret;
	if (ret > 0) {
		inflateReset(&u->z);
		return 0;
	}
	u->ended = true;
	return count_rest(u);
}

static void end_early(struct unpack *u, const char *what, const char *more)
{
	u->ended = true;
	snprintf(u->wrong, sizeof(u->wrong), "the compressed data are %s%s", what, more);
}

/* Inflates a little, or goes on to where that is possible. Returns 0 or -errno. */
static int inflate_more(struct unpack *u)
{
	char more[100];
	ssize_t n;

	switch (inflate(&u->z, Z_NO_FLUSH)) {
	case Z_OK:
		return 0;
	case Z_BUF_ERROR: /* all input is used */
		n = fill(u);
		if (n == 0)
			end_early(u, "cut short", "");
		return n < 0 ? (int)n : 0;
	case Z_STREAM_END:
		return next_member(u);
	case Z_MEM_ERROR:
		return -ENOMEM;
	default:
		snprintf(more, sizeof(more), " (%s)",
			 u->z.msg ? u->z.msg : "no reason is known");
		end_early(u, "damaged", more);
		return 0;
	}
}

static ssize_t read_packed(struct unpack *u, char *to, size_t size)
{
	unsigned int room = (unsigned int)MIN(size, 1U << 30);
	int ret = 0;

	u->z.next_out = (unsigned char *)to;
	u->z.avail_out = room;
	while (u->z.avail_out == room && !u->ended && ret == 0)
		ret = inflate_more(u);
	return ret < 0 ? ret : (ssize_t)(room - u->z.avail_out);
}

/*
 * Reads at most @size (at least 1) bytes to @to: of a plain file as they are, of a compressed one those
 * of all its members. Returns how many, 0 at the end, which @u->wrong may have something to say of, or
 * -errno.
 */
static ssize_t unpack_read(struct unpack *u, char *to, size_t size)
{
	int ret = u->begun ? 0 : begin(u);

	if (ret < 0)
		return ret;
	return u->packed ? read_packed(u, to, size) : read_plain(u, to, size);
}

int stream_open(struct stream *s, const char *path)
{
	*s = (struct stream){ .room = ROOM, .text = xmalloc(ROOM) };
	*s->text = '\0';
	return unpack_open(&s->file, path);
}

void stream_close(struct stream *s)
{
	unpack_close(&s->file);
	free(s->text);
}

/* Makes room for more text, first by dropping the lines that are done with. */
static void make_room(struct stream *s)
{
	if (s->start > 0) {
		s->end -= s->start;
		s->next -= s->start;
		memmove(s->text, s->text + s->start, s->end + 1);
		s->start = 0;
	}
	if (s->end + 1 < s->room / 2)
		return;
	s->room *= 2;
	s->text = xrealloc(s->text, s->room);
}

/* Reads more behind what there is. Returns 0 or -errno. */
static int read_more(struct stream *s)
{
	ssize_t n;

	make_room(s);
	n = unpack_read(&s->file, s->text + s->end, s->room - s->end - 1);
	if (n < 0)
		return (int)n;
	s->end += (size_t)n;
	s->text[s->end] = '\0';
	s->ended = n == 0;
	if (s->ended)
		snprintf(s->wrong, sizeof(s->wrong), "%s", s->file.wrong);
	return 0;
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
	size_t seen = 0, more;
	int ret;

	s->start = s->next;
	s->line++;
	for (;;) {
		line = s->text + s->start;
		more = s->end - s->start - seen;
		newline = more > 0 ? memchr(line + seen, '\n', more) : NULL;
		seen += more;
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
