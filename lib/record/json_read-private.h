/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_JSON_READ_PRIVATE_H
#define PINLAT_RECORD_JSON_READ_PRIVATE_H

/* Private to lib/record: from text to JSON tree to record. */

#include <stddef.h>

#include <json-c/json.h>

#include "record/lift-private.h"
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
enum parsed _json_parse(const char *text, size_t length, int flags, json_object **root,
			size_t *at, const char **why);

/**
 * Fills @r from @root, the tree of @lifted->rest. Returns 0, -ENOMEM or another -errno: the
 * whole text is to be parsed, which tells what is wrong with it, if anything.
 */
int _record_from_rest(struct record *r, json_object *root, const struct lifted *lifted);

/**
 * Fills @r from the text of a record. Returns 0, -ENOMEM or another -errno: the whole text is
 * to be parsed as above.
 */
int _record_from_text(struct record *r, const char *text, size_t length);

#endif
