/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_INTERNAL_H
#define PINLAT_RECORD_INTERNAL_H

/* What the files of lib/record share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "record/record.h"

/*
 * The plain members of the record's structs and their names in JSON, one table for the writer and
 * the reader, so that the two cannot disagree.
 */
enum field_kind {
	FIELD_TEXT, /* char[size] */
	FIELD_U64,
	FIELD_I32,
	FIELD_REAL, /* double */
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
/* Of struct record_pageout_row. */
extern const struct field record_pageout_fields[];
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

/**
 * Fills @r from @tree, of which the lists @lifted may have been taken (NULL: none). Returns 0, or
 * -EINVAL with a sentence in @why (which field, what is wrong with it), also where a list was
 * taken from elsewhere; -EPROTONOSUPPORT for another major version or schema, or -ENOMEM; on
 * failure @r is empty.
 */
int record_from_json(struct record *r, json_object *tree, const struct lifted *lifted,
		     char *why, size_t size);

#endif
