/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_PARSE_H
#define PINLAT_RECORD_PARSE_H

/* From text to JSON tree: the fast way of record_from_line(), and the slow one of anything else. */

#include <stddef.h>

#include <json-c/json.h>

#include "record/record.h"

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

#endif
