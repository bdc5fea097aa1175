/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_STREAM_H
#define PINLAT_RECORD_STREAM_H

/*
 * The lines of a file, plain or gzip-compressed. zlib's gzread() knows both too, but passes over what
 * stands behind the compressed data without a word. Where memory is short the program ends.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

/* The bytes of a file, unpacked where it is compressed. */
struct unpack {
	int fd;
	unsigned char *in; /* owned; what was read and not yet used is in @z */
	z_stream z;
	bool begun; /* its first bytes were looked at: */
	bool packed;
	bool ended;
	uint64_t behind; /* bytes behind the compressed data that are none; not read */
	char wrong[200]; /* why it ended before its time, or "" */
};

struct stream {
	char *text;   /* what is in memory, the current line first; a NUL is behind it */
	size_t end;   /* of what is in memory */
	size_t start; /* of the current line in @text */
	size_t length;
	size_t line;	 /* its number, from 1 */
	bool ended;	 /* nothing is left to be read */
	char wrong[200]; /* why it ended before its time, or "" */

	struct unpack file;
	size_t room, next;
};

/** Opens @path. Returns 0 or -errno; release with stream_close() either way. */
int stream_open(struct stream *s, const char *path);
void stream_close(struct stream *s);

/** Goes on to the next line. Returns 1, or 0: there is none, or -errno. */
int stream_next(struct stream *s);

/**
 * Reads all that is left, or as much as is more than RECORD_SIZE_MAX, into memory behind the
 * current line. Returns 0 or -errno.
 */
int stream_read_all(struct stream *s);

/**
 * Makes what stream_read_all() read part of the current line, which is the last one then.
 * False: that is too much, which @s->wrong says; it is dropped.
 */
bool stream_join(struct stream *s);

#endif
