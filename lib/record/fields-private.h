/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_FIELDS_PRIVATE_H
#define PINLAT_RECORD_FIELDS_PRIVATE_H

/*
 * Private to lib/record: the plain members of the record's structs and their names in
 * JSON, one table for the writer and the reader, so that the two cannot disagree.
 */

#include <stddef.h>
#include <stdint.h>

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
extern const struct field _record_config_fields[];
/* Of struct record_load, and those of them that stand in its "walker". */
extern const struct field _record_load_fields[];
extern const struct field _record_walker_fields[];
/* Of struct record_cpu: its "rusage". */
extern const struct field _record_rusage_fields[];
/* Of struct attribution_split; those of causes in their order. */
extern const struct field _record_split_sums[];
extern const struct field _record_split_causes[];
/* Of struct record: its "periods". */
extern const struct field _record_periods_fields[];

#endif
