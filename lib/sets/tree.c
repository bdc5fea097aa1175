// SPDX-License-Identifier: MIT
#include "sets/tree.h"

#include <errno.h>
#include <math.h>

int tree_put(json_object *o, const char *key, json_object *value)
{
	if (o && value && json_object_object_add(o, key, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int tree_append(json_object *array, json_object *value)
{
	if (array && value && json_object_array_add(array, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int tree_put_text(json_object *o, const char *key, const char *text)
{
	return tree_put(o, key, json_object_new_string(text));
}

int tree_put_count(json_object *o, const char *key, size_t n)
{
	return tree_put(o, key, json_object_new_uint64(n));
}

int tree_put_bool(json_object *o, const char *key, bool b)
{
	return tree_put(o, key, json_object_new_boolean(b));
}

/* Nine digits are more than any of this knows. */
static json_object *number(double x)
{
	static char format[] = "%.9g"; /* json-c wants it without const */
	json_object *o = json_object_new_double(x);

	if (o)
		json_object_set_serializer(o, json_object_double_to_json_string, format,
					   NULL);
	return o;
}

int tree_put_number(json_object *o, const char *key, double x)
{
	if (isfinite(x))
		return tree_put(o, key, number(x));
	return o && json_object_object_add(o, key, NULL) == 0 ? 0 : -ENOMEM;
}

int tree_append_number(json_object *array, double x)
{
	if (isfinite(x))
		return tree_append(array, number(x));
	return array && json_object_array_add(array, NULL) == 0 ? 0 : -ENOMEM;
}

int tree_put_list(json_object *o, const char *key, const struct text_list *list)
{
	json_object *array = json_object_new_array();
	int ret = tree_put(o, key, array);

	for (size_t i = 0; i < list->n && ret == 0; i++)
		ret = tree_append(array, json_object_new_string(list->text[i]));
	return ret;
}
