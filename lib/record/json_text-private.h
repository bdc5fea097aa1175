/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_JSON_TEXT_PRIVATE_H
#define PINLAT_RECORD_JSON_TEXT_PRIVATE_H

/* Private to lib/record: JSON trees: building them without losing an allocation failure. */

#include <stdint.h>

#include <json-c/json.h>

/**
 * @text as a JSON string, or NULL: out of memory. Bytes that are not UTF-8 (a kernel
 * command line may hold any) become '?': a record must be readable by every JSON reader.
 * NULL is the empty string.
 */
json_object *_json_text(const char *text);

/**
 * Adds @value, which it takes over, to @object under @key. Returns 0 or -ENOMEM; NULL for
 * either stands for an allocation that failed.
 */
int _json_put(json_object *object, const char *key, json_object *value);

/** Adds @value, which it takes over, to @array. Returns 0 or -ENOMEM as _json_put(). */
int _json_append(json_object *array, json_object *value);

/** Adds a number. Returns 0 or -ENOMEM. */
int _json_put_u64(json_object *object, const char *key, uint64_t value);

/** Adds a text. Returns 0 or -ENOMEM. */
int _json_put_text(json_object *object, const char *key, const char *value);

#endif
