/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_JSON_H
#define PINLAT_SYSTEM_JSON_H

/*
 * JSON trees. All of them are made here, by a writer that remembers its first failure, so that a
 * builder is a straight list of calls and one check at the end:
 *
 *	struct json_out out;
 *	json_object *config;
 *
 *	json_begin(&out);
 *	json_put_text(&out, out.root, "label", label);
 *	config = json_put_object(&out, out.root, "config");
 *	json_put_u64(&out, config, "runs", runs);
 *	return json_end(&out, &root);
 *
 * And they are read here, by a reader that remembers its first error and says at which path what
 * was expected; see struct json_in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include "system/text.h"

struct json_out {
	json_object *root; /* owned until json_end() */
	int error;	   /* 0, or -ENOMEM: nothing more is added */
};

/** Begins an object, @out->root. */
void json_begin(struct json_out *out);

/** Begins an array, @out->root. */
void json_begin_array(struct json_out *out);

/** Ends it: 0 and *@root (json_object_put() it), or -ENOMEM and NULL. */
int json_end(struct json_out *out, json_object **root);

/** The same where memory that is short ends the program. */
json_object *xjson_end(struct json_out *out);

/*
 * In what follows, what is added goes to object @to as @key, or with @key NULL to the end of
 * array @to. @to NULL is what an earlier failure returned: nothing is added then.
 */

/** Adds an empty object or array; returns it (not owned), or NULL. */
json_object *json_put_object(struct json_out *out, json_object *to, const char *key);
json_object *json_put_array(struct json_out *out, json_object *to, const char *key);

/**
 * Adds a text, NULL as an empty one. Bytes that are not UTF-8 (a kernel command line may hold
 * any) become '?': every JSON reader must be able to read it.
 */
void json_put_text(struct json_out *out, json_object *to, const char *key,
		   const char *text);

/** Adds the text that printf() would print. */
void json_put_format(struct json_out *out, json_object *to, const char *key,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Adds a whole number. */
void json_put_u64(struct json_out *out, json_object *to, const char *key, uint64_t value);
void json_put_i64(struct json_out *out, json_object *to, const char *key, int64_t value);

/** Adds a number of nine digits; null where @x is not finite, since JSON knows no such number. */
void json_put_number(struct json_out *out, json_object *to, const char *key, double x);

/** The same with as many digits as it takes to read the same double again. */
void json_put_real(struct json_out *out, json_object *to, const char *key, double x);

void json_put_bool(struct json_out *out, json_object *to, const char *key, bool value);
void json_put_null(struct json_out *out, json_object *to, const char *key);

/** Adds an array of @n texts, or of all up to a NULL. */
void json_put_texts(struct json_out *out, json_object *to, const char *key,
		    const char *const *text, size_t n);
static inline void json_put_list(struct json_out *out, json_object *to, const char *key,
				 const struct text_list *list)
{
	json_put_texts(out, to, key, (const char *const *)list->text, list->n);
}

/** Adds @tree, which may belong to other trees as well; NULL adds nothing. */
void json_put_kept(struct json_out *out, json_object *to, const char *key,
		   json_object *tree);

/** Releases *@tree; for the cleanup attribute. */
void json_release(json_object **tree);

/**
 * Prints object @root: a line a member, of arrays a line an element, so that diff(1) tells them
 * apart. Its keys are plain ASCII, its texts UTF-8. What is printed is ASCII alone: some
 * characters beyond it move a terminal's cursor or turn the direction of writing, and outside of
 * strings JSON has none. Returns 0 or -ENOMEM.
 */
int json_print(FILE *out, json_object *root);

/** Prints @text as JSON writes a text, in quotes. Out of memory ends the program. */
void json_print_text(FILE *out, const char *text);

/*
 * Reading. A struct json_at is a place in a tree: a value, and how it was reached, so that the
 * path is spelled only when something is wrong there. Places live on the reader's stack.
 *
 *	struct json_in in = { .why = why, .size = size };
 *	struct json_at root = json_at(&in, tree), config;
 *
 *	if (json_open(&root, "config", json_type_object, &config))
 *		json_get_u64(&config, "duration_ns", &duration);
 *	return in.error;
 *
 * After an error nothing is read, and @why holds the first one: "config.duration_ns: whole number
 * expected, string found". What is absent is left as it is, and is an error for json_need_...().
 */
struct json_in {
	char *why; /* where to say what is wrong */
	size_t size;
	int error; /* 0, -EINVAL, -ENOMEM, or what the caller sets */
};

struct json_at {
	struct json_in *in;
	json_object *value;
	const struct json_at *parent; /* NULL: the root */
	const char *key;	      /* NULL: an element */
	size_t index;
};

/** The root of a tree: an object, or else an error. */
struct json_at json_at(struct json_in *in, json_object *root);

/** Whether @key of object @o is there (null is there); @value: it, or NULL. */
bool json_find(const struct json_at *o, const char *key, json_object **value);

/** Opens member @key, whose type must be @type: true, or false: absent, or an error. */
bool json_open(const struct json_at *o, const char *key, json_type type,
	       struct json_at *member);

/** The same for what must be there. */
bool json_need(const struct json_at *o, const char *key, json_type type,
	       struct json_at *member);

/** Elements of an array; 0 after an error. */
size_t json_length(const struct json_at *array);

/** Opens element @i of @array, whose type must be @type: true, or false: an error. */
bool json_item(const struct json_at *array, size_t i, json_type type,
	       struct json_at *element);

/** Read @key of object @o; absent leaves @value. Whole numbers must not be negative. */
void json_get_u64(const struct json_at *o, const char *key, uint64_t *value);
void json_get_i32(const struct json_at *o, const char *key, int32_t *value);
void json_get_bool(const struct json_at *o, const char *key, bool *value);
/** A text that fits @size bytes. */
void json_get_text(const struct json_at *o, const char *key, char *buf, size_t size);
/** A text as a copy that the caller owns; what *@text was before is freed. */
void json_get_copy(const struct json_at *o, const char *key, char **text);

/** The same for what must be there. */
void json_need_u64(const struct json_at *o, const char *key, uint64_t *value);
void json_need_real(const struct json_at *o, const char *key, double *value);
void json_need_bool(const struct json_at *o, const char *key, bool *value);
/** The copy is of a text that is not empty. */
void json_need_copy(const struct json_at *o, const char *key, char **text);

/** The value at @at itself, a whole number or a text (the tree's); 0 or "" after an error. */
uint64_t json_u64(const struct json_at *at);
const char *json_text(const struct json_at *at);

/** Sets the error (-EINVAL) "PATH.key: ..." unless there is one; @key may be NULL. Returns it. */
int json_refuse(const struct json_at *at, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Sets -ENOMEM unless there is an error. Returns it. */
int json_no_memory(const struct json_at *at);

#endif
