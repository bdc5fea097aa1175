// SPDX-License-Identifier: MIT
#include "system/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"
#include "system/cleanup.h"

/* Arrays grow by doubling: pairs are frequent, so they begin small. */
#define ARRAY_ROOM 2

void json_begin(struct json_out *out)
{
	out->root = json_object_new_object();
	out->error = out->root ? 0 : -ENOMEM;
}

void json_begin_array(struct json_out *out)
{
	out->root = json_object_new_array_ext(ARRAY_ROOM);
	out->error = out->root ? 0 : -ENOMEM;
}

int json_end(struct json_out *out, json_object **root)
{
	if (out->error < 0)
		json_release(&out->root);
	*root = out->root;
	return out->error;
}

json_object *xjson_end(struct json_out *out)
{
	json_object *root;

	if (json_end(out, &root) < 0)
		alloc_failed();
	return root;
}

/* Adds @value, which is NULL for JSON's null. Whether it was taken. */
static bool add(json_object *to, const char *key, json_object *value)
{
	if (!to)
		return false;
	return (key ? json_object_object_add(to, key, value)
		    : json_object_array_add(to, value)) == 0;
}

/* Adds @tree, which it takes over; NULL: it could not be made. */
static void put_tree(struct json_out *out, json_object *to, const char *key,
		     json_object *tree)
{
	if (out->error == 0 && tree && add(to, key, tree))
		return;
	json_object_put(tree);
	out->error = -ENOMEM;
}

void json_put_null(struct json_out *out, json_object *to, const char *key)
{
	if (out->error == 0 && !add(to, key, NULL))
		out->error = -ENOMEM;
}

void json_put_kept(struct json_out *out, json_object *to, const char *key,
		   json_object *tree)
{
	if (tree)
		put_tree(out, to, key, json_object_get(tree));
}

static json_object *put_container(struct json_out *out, json_object *to, const char *key,
				  json_object *container)
{
	put_tree(out, to, key, container);
	return out->error == 0 ? container : NULL;
}

json_object *json_put_object(struct json_out *out, json_object *to, const char *key)
{
	return put_container(out, to, key, json_object_new_object());
}

json_object *json_put_array(struct json_out *out, json_object *to, const char *key)
{
	return put_container(out, to, key, json_object_new_array_ext(ARRAY_ROOM));
}

static json_object *clean_text(const char *text)
{
	CLEANUP_FREE char *clean = strdup(text);
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

void json_put_text(struct json_out *out, json_object *to, const char *key,
		   const char *text)
{
	put_tree(out, to, key, clean_text(text ? text : ""));
}

void json_put_format(struct json_out *out, json_object *to, const char *key,
		     const char *format, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		out->error = -ENOMEM;
	}
	va_end(args);
	if (text)
		json_put_text(out, to, key, text);
}

void json_put_u64(struct json_out *out, json_object *to, const char *key, uint64_t value)
{
	put_tree(out, to, key, json_object_new_uint64(value));
}

void json_put_i64(struct json_out *out, json_object *to, const char *key, int64_t value)
{
	put_tree(out, to, key, json_object_new_int64(value));
}

void json_put_number(struct json_out *out, json_object *to, const char *key, double x)
{
	static char format[] = "%.9g"; /* json-c wants it without const */
	json_object *number;

	if (!isfinite(x)) {
		json_put_null(out, to, key);
		return;
	}
	number = json_object_new_double(x);
	if (number)
		json_object_set_serializer(number, json_object_double_to_json_string,
					   format, NULL);
	put_tree(out, to, key, number);
}

void json_put_real(struct json_out *out, json_object *to, const char *key, double x)
{
	if (isfinite(x))
		put_tree(out, to, key, json_object_new_double(x));
	else
		json_put_null(out, to, key);
}

void json_put_bool(struct json_out *out, json_object *to, const char *key, bool value)
{
	put_tree(out, to, key, json_object_new_boolean(value));
}

void json_put_texts(struct json_out *out, json_object *to, const char *key,
		    const char *const *text, size_t n)
{
	json_object *array = json_put_array(out, to, key);

	for (size_t i = 0; i < n && text[i]; i++)
		json_put_text(out, array, NULL, text[i]);
}

void json_release(json_object **tree)
{
	json_object_put(*tree);
	*tree = NULL;
}

/* A character outside ASCII as \uXXXX, two of them above U+FFFF. */
static void print_escape(FILE *out, uint32_t code)
{
	if (code < 0x10000) {
		fprintf(out, "\\u%04" PRIx32, code);
		return;
	}
	code -= 0x10000;
	fprintf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + (code >> 10),
		0xdc00 + (code & 0x3ff));
}

/* @o on one line. Returns 0 or -ENOMEM. */
static int print_line(FILE *out, json_object *o)
{
	const char *line = json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!line)
		return -ENOMEM;
	for (size_t n; *line; line += n ? n : 1) {
		uint32_t code;

		n = text_decode(line, &code);
		if (code < 0x7f)
			fputc((int)code, out);
		else
			print_escape(out, code);
	}
	return 0;
}

/* An array with a line an element: rows can be read, and told apart by diff(1). */
static int print_array(FILE *out, json_object *array)
{
	size_t n = json_object_array_length(array);
	int ret = 0;

	fputs("[", out);
	for (size_t i = 0; i < n && ret == 0; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		ret = print_line(out, json_object_array_get_idx(array, i));
	}
	fputs(n ? "\n ]" : "]", out);
	return ret;
}

int json_print(FILE *out, json_object *root)
{
	const char *between = "\n";

	fputs("{", out);
	json_object_object_foreach(root, key, member) {
		int ret;

		fprintf(out, "%s \"%s\": ", between, key);
		ret = json_object_get_type(member) == json_type_array
			      ? print_array(out, member)
			      : print_line(out, member);
		if (ret < 0)
			return ret;
		between = ",\n";
	}
	fputs("\n}\n", out);
	return 0;
}

void json_print_text(FILE *out, const char *text)
{
	json_object *o = xcheck(clean_text(text));

	fputs(xcheck((void *)json_object_to_json_string_ext(
		      o, JSON_C_TO_STRING_NOSLASHESCAPE)),
	      out);
	json_object_put(o);
}

/* Appends the path of @at to the text of length @n in @buf; returns its new length. */
static size_t put_path(const struct json_at *at, char *buf, size_t size)
{
	size_t n = at->parent ? put_path(at->parent, buf, size) : 0;
	int more = 0;

	buf[n] = '\0';
	if (!at->parent)
		return n;
	if (at->key)
		more = snprintf(buf + n, size - n, "%s%s", n ? "." : "", at->key);
	else
		more = snprintf(buf + n, size - n, "[%zu]", at->index);
	return n + (size_t)more < size ? n + (size_t)more : size - 1;
}

int json_refuse(const struct json_at *at, const char *key, const char *format, ...)
{
	struct json_in *in = at->in;
	char path[160];
	va_list args;
	size_t n;

	if (in->error < 0)
		return in->error;
	n = put_path(at, path, sizeof(path));
	n = (size_t)snprintf(in->why, in->size, "%s%s%s%s", path, n && key ? "." : "",
			     key ? key : "", n || key ? ": " : "");
	if (n < in->size) {
		va_start(args, format);
		vsnprintf(in->why + n, in->size - n, format, args);
		va_end(args);
	}
	in->error = -EINVAL;
	return in->error;
}

int json_no_memory(const struct json_at *at)
{
	struct json_in *in = at->in;

	if (in->error == 0) {
		snprintf(in->why, in->size, "out of memory");
		in->error = -ENOMEM;
	}
	return in->error;
}

static const char *type_name(json_type type)
{
	return type == json_type_boolean  ? "true or false"
	       : type == json_type_int	  ? "whole number"
	       : type == json_type_double ? "number"
					  : json_type_to_name(type);
}

/* Whether @at is a @type; a whole number is a number too. */
static bool has_type(const struct json_at *at, json_type type)
{
	json_type found = json_object_get_type(at->value);

	if (found == type || (type == json_type_double && found == json_type_int))
		return true;
	json_refuse(at, NULL, "%s expected, %s found", type_name(type),
		    json_type_to_name(found));
	return false;
}

struct json_at json_at(struct json_in *in, json_object *root)
{
	struct json_at at = { .in = in, .value = root };
	json_type found = json_object_get_type(root);

	if (found != json_type_object)
		json_refuse(&at, NULL, "a JSON object expected, %s found",
			    json_type_to_name(found));
	return at;
}

bool json_find(const struct json_at *o, const char *key, json_object **value)
{
	*value = NULL;
	return o->in->error == 0 && json_object_object_get_ex(o->value, key, value);
}

static bool require(const struct json_at *o, const char *key)
{
	if (json_find(o, key, &(json_object *){ NULL }))
		return true;
	json_refuse(o, key, "missing");
	return false;
}

bool json_open(const struct json_at *o, const char *key, json_type type,
	       struct json_at *member)
{
	*member = (struct json_at){ .in = o->in, .parent = o, .key = key };
	return json_find(o, key, &member->value) && has_type(member, type);
}

bool json_need(const struct json_at *o, const char *key, json_type type,
	       struct json_at *member)
{
	if (json_open(o, key, type, member))
		return true;
	require(o, key);
	return false;
}

size_t json_length(const struct json_at *array)
{
	return array->in->error == 0 && array->value
		       ? json_object_array_length(array->value)
		       : 0;
}

bool json_item(const struct json_at *array, size_t i, json_type type,
	       struct json_at *element)
{
	*element = (struct json_at){
		.in = array->in,
		.value = json_object_array_get_idx(array->value, i),
		.parent = array,
		.index = i,
	};
	return array->in->error == 0 && has_type(element, type);
}

uint64_t json_u64(const struct json_at *at)
{
	if (at->in->error < 0 || !has_type(at, json_type_int))
		return 0;
	if (json_object_get_int64(at->value) >= 0)
		return json_object_get_uint64(at->value);
	json_refuse(at, NULL, "%" PRId64 " is negative",
		    json_object_get_int64(at->value));
	return 0;
}

void json_get_u64(const struct json_at *o, const char *key, uint64_t *value)
{
	struct json_at at;
	uint64_t found = json_open(o, key, json_type_int, &at) ? json_u64(&at) : *value;

	if (o->in->error == 0)
		*value = found;
}

void json_need_u64(const struct json_at *o, const char *key, uint64_t *value)
{
	if (require(o, key))
		json_get_u64(o, key, value);
}

void json_get_i32(const struct json_at *o, const char *key, int32_t *value)
{
	struct json_at at;
	uint64_t found;

	if (!json_open(o, key, json_type_int, &at))
		return;
	found = json_u64(&at);
	if (found > INT32_MAX)
		json_refuse(&at, NULL, "%" PRIu64 " is too large", found);
	else if (o->in->error == 0)
		*value = (int32_t)found;
}

void json_need_real(const struct json_at *o, const char *key, double *value)
{
	struct json_at at;
	double x;

	if (!json_need(o, key, json_type_double, &at))
		return;
	x = json_object_get_double(at.value);
	if (isfinite(x))
		*value = x;
	else
		json_refuse(&at, NULL, "not finite");
}

void json_get_bool(const struct json_at *o, const char *key, bool *value)
{
	struct json_at at;

	if (json_open(o, key, json_type_boolean, &at))
		*value = json_object_get_boolean(at.value);
}

void json_need_bool(const struct json_at *o, const char *key, bool *value)
{
	if (require(o, key))
		json_get_bool(o, key, value);
}

const char *json_text(const struct json_at *at)
{
	const char *text;

	if (at->in->error < 0 || !has_type(at, json_type_string))
		return "";
	text = json_object_get_string(at->value);
	/* None of ours may hold a NUL. */
	if (strlen(text) == (size_t)json_object_get_string_len(at->value))
		return text;
	json_refuse(at, NULL, "holds a NUL character");
	return "";
}

/* The text of @key, which stays JSON's, or NULL. */
static const char *find_text(const struct json_at *o, const char *key)
{
	struct json_at at;
	const char *text =
		json_open(o, key, json_type_string, &at) ? json_text(&at) : NULL;

	return o->in->error == 0 ? text : NULL;
}

void json_get_text(const struct json_at *o, const char *key, char *buf, size_t size)
{
	const char *text = find_text(o, key);

	if (text && strlen(text) >= size)
		json_refuse(o, key, "longer than %zu bytes", size - 1);
	else if (text)
		memcpy(buf, text, strlen(text) + 1);
}

void json_get_copy(const struct json_at *o, const char *key, char **text)
{
	const char *found = find_text(o, key);
	char *copy = found ? strdup(found) : NULL;

	if (found && !copy)
		json_no_memory(o);
	if (!copy)
		return;
	free(*text);
	*text = copy;
}

void json_need_copy(const struct json_at *o, const char *key, char **text)
{
	if (require(o, key))
		json_get_copy(o, key, text);
	if (o->in->error == 0 && !**text)
		json_refuse(o, key, "empty");
}
