/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_STREAM_PRIVATE_H
#define PINLAT_RECORD_STREAM_PRIVATE_H

/* Private to lib/record: the lines of a file, plain or gzip-compressed. */

#include <stdbool.h>
#include <stddef.h>

#include <zlib.h>

struct stream {
	char *text;   /* what is in memory, the current line first; a NUL is behind it */
	size_t end;   /* of what is in memory */
	size_t start; /* of the current line in @text */
	size_t length;
	size_t line;	 /* its number, from 1 */
	bool ended;	 /* nothing is left to be read */
	char wrong[200]; /* why it ended before its time, or "" */

	gzFile gz; /* reads plain files too */
	size_t room, next;
};

/** Opens @path. Returns 0 or -errno; release with _stream_close() either way. */
int _stream_open(struct stream *s, const char *path);

/** Goes on to the next line. Returns 1, or 0: there is none, or -errno. */
int _stream_next(struct stream *s);

/**
 * Reads all that is left, or as much as is more than RECORD_SIZE_MAX, into memory behind the
 * current line. Returns 0 or -errno.
 */
int _stream_read_all(struct stream *s);

/**
 * Makes what _stream_read_all() read part of the current line, which is the last one then.
 * False: that is too much, which @s->wrong says; it is dropped.
 */
bool _stream_join(struct stream *s);

/** Frees what @s owns. */
void _stream_close(struct stream *s);

#endif
