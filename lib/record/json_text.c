// SPDX-License-Identifier: MIT
#include "record/json_text-private.h"

#include <errno.h>
#include <string.h>

#include "system/cleanup.h"

/*
 * Length of the UTF-8 sequence that @s (ended by a NUL) begins with; 0: it is none.
 * RFC 3629, section 4. The second byte is what tells overlong forms, surrogates
 * and values beyond U+10FFFF apart.
 */
static size_t utf8_length(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	n = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (u[0] == 0xe0)
		low = 0xa0;
	else if (u[0] == 0xed)
		high = 0x9f;
	else if (u[0] == 0xf0)
		low = 0x90;
	else if (u[0] == 0xf4)
		high = 0x8f;
	if (u[1] < low || u[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

json_object *_json_text(const char *text)
{
	_cleanup_free_ char *clean = strdup(text ? text : "");
	size_t n;

	if (!clean)
		return NULL;
	for (char *c = clean; *c; c += n) {
		n = utf8_length(c);
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

void _json_release(json_object **object)
{
	json_object_put(*object);
}

/* Tables stay emptier than LH_LOAD_FACTOR, or they would grow again. */
void _json_shrink(json_object *tree)
{
	if (json_object_get_type(tree) == json_type_array) {
		json_object_array_shrink(tree, 0);
		for (size_t i = 0; i < json_object_array_length(tree); i++)
			_json_shrink(json_object_array_get_idx(tree, i));
	} else if (json_object_get_type(tree) == json_type_object) {
		lh_table_resize(json_object_get_object(tree),
				json_object_object_length(tree) * 8 / 5 + 1);
		json_object_object_foreach(tree, key, value) {
			(void)key;
			_json_shrink(value);
		}
	}
}
