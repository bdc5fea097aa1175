/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_TREE_H
#define PINLAT_SETS_TREE_H

/*
 * JSON trees, built so that one check at the end is enough: each call returns 0 or -ENOMEM, and
 * takes NULL (an allocation that failed before) for what it adds to and for what it adds.
 */

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "system/text.h"

/** Adds @value, which it takes over, as @key to object @o. */
int tree_put(json_object *o, const char *key, json_object *value);

/** Adds @value, which it takes over, to the end of @array. */
int tree_append(json_object *array, json_object *value);

/** Adds a text. */
int tree_put_text(json_object *o, const char *key, const char *text);

/** Adds a whole number. */
int tree_put_count(json_object *o, const char *key, size_t n);

/** Adds true or false. */
int tree_put_bool(json_object *o, const char *key, bool b);

/** Adds a number of nine digits; null where @x is not finite, since JSON knows no such number. */
int tree_put_number(json_object *o, const char *key, double x);

/** Adds a number to the end of @array, as tree_put_number(). */
int tree_append_number(json_object *array, double x);

/** Adds an array of texts. */
int tree_put_list(json_object *o, const char *key, const struct text_list *list);

#endif
