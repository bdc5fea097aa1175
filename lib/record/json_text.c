// SPDX-License-Identifier: MIT
#include "record/json_text-private.h"

#include <errno.h>
#include <string.h>

#include "system/cleanup.h"
#include "system/text.h"

json_object *_json_text(const char *text)
{
	_cleanup_free_ char *clean = strdup(text ? text : "");
	uint32_t code;
	size_t n;

	if (!clean)
		return NULL;
	for (char *c = clean; *c; c += n) {
		n = text_decode(c, &code);
		if (n == 0) {
			*c = '?';
			n = 1;
		}
	}
	return json_object_new_string(clean);
}

int _json_put(json_object *object, const char *key, json_object *value)
{
	if (object && value && json_object_object_add(object, key, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int _json_append(json_object *array, json_object *value)
{
	if (array && value && json_object_array_add(array, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int _json_put_u64(json_object *object, const char *key, uint64_t value)
{
	return _json_put(object, key, json_object_new_uint64(value));
}

int _json_put_text(json_object *object, const char *key, const char *value)
{
	return _json_put(object, key, _json_text(value));
}
