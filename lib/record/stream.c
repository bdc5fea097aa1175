// SPDX-License-Identifier: MIT
#include "record/stream-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/file.h"

/* To begin with. A record of two CPUs takes about 70 KiB. */
#define ROOM 262144

int _stream_open(struct stream *s, const char *path)
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

void _stream_close(struct stream *s)
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

int _stream_next(struct stream *s)
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

int _stream_read_all(struct stream *s)
{
	int ret = 0;

	while (!s->ended && !too_long(s) && ret == 0)
		ret = read_more(s);
	return ret;
}

bool _stream_join(struct stream *s)
{
	if (too_long(s)) {
		refuse_size(s);
		return false;
	}
	s->length = s->end - s->start;
	s->next = s->end;
	return true;
}
