/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SAY_JSON_H
#define PINLAT_SAY_JSON_H

#include "summary/comparison.h"

struct json_object;

/** All of @c as a JSON tree after docs/compare.schema.json. */
struct json_object *compare_to_json(const struct comparison *c);

#endif
