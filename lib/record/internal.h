/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_INTERNAL_H
#define PINLAT_RECORD_INTERNAL_H

/* What the files of lib/record share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>
#include <zlib.h>

#include "record/record.h"

/*
 * The plain members of the record's structs and their names in JSON, one table for the writer and
 * the reader, so that the two cannot disagree.
 */
enum field_kind {
	FIELD_TEXT, /* char[size] */
	FIELD_U64,
	FIELD_I32,
};

struct field {
	const char *name; /* NULL ends a table */
	enum field_kind kind;
	size_t offset;
	size_t size;
};

/* Of struct record_config. */
extern const struct field record_config_fields[];
/* Of struct record_load, and those of them that stand in its "walker". */
extern const struct field record_load_fields[];
extern const struct field record_walker_fields[];
/* Of struct record_cpu: its "rusage". */
extern const struct field record_rusage_fields[];
/* Of struct attribution_split; those of causes in their order. */
extern const struct field record_split_sums[];
extern const struct field record_split_causes[];
/* Of struct record: its "periods". */
extern const struct field record_periods_fields[];

/* Bucket lists of histograms that are not in a JSON tree; see parse.c. */
struct lifted_list {
	size_t from, to; /* its bytes in the text */
	size_t first, n; /* its pairs in @bucket */
};

struct lifted {
	char *rest; /* the text without the lists, ended by a NUL */
	size_t length;
	size_t n;
	struct lifted_list *list;
	struct distribution_bucket
		*bucket; /* of all lists, one after another; unchecked */
};

enum parsed {
	PARSED,
	PARSED_CUT, /* it is right as far as it goes */
	PARSED_NOT_UTF8,
	PARSED_WRONG, /* in any other way */
	PARSED_NO_MEMORY,
};

/**
 * Makes @root (json_object_put() it) of @text. On failure @at is where, and @why, in words,
 * how it went wrong. @flags: JSON_TOKENER_VALIDATE_UTF8, or 0 where any bytes may be text.
 * Besides what is no JSON it refuses what is too deep or would take too much memory.
 */
enum parsed record_parse(const char *text, size_t length, int flags, json_object **root,
			 size_t *at, const char **why);

/**
 * Fills @r from the text of a record, its lists lifted. Returns 0, -ENOMEM or another -errno: the
 * whole text is to be parsed, which tells what is wrong with it, if anything.
 */
int record_from_lifted(struct record *r, const char *text, size_t length);

/**
 * Fills @r from @root, of which the lists @lifted may have been taken (NULL: none). Returns 0, or
 * -EINVAL with a sentence in @why (which field, what is wrong with it), also where a list was
 * taken from elsewhere; -EPROTONOSUPPORT for another major version or schema, or -ENOMEM; on
 * failure @r is empty.
 */
int record_from_json(struct record *r, json_object *root, const struct lifted *lifted,
		     char *why, size_t size);

/* The lines of a file, plain or gzip-compressed. */
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

/** Opens @path. Returns 0 or -errno; release with stream_close() either way. */
int stream_open(struct stream *s, const char *path);

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

/** Frees what @s owns. */
void stream_close(struct stream *s);

#endif
