// SPDX-License-Identifier: MIT
#include "record/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "record/internal.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

/* Records are about five levels deep, igt_runner's results eight. */
#define DEPTH_MAX 32
/* Of which those are left that are a list of pairs. */
#define LIST_DEPTH 2
/*
 * Above what any record or result of igt_runner holds. 64 MiB of "[{},{},…" would take
 * 15 GiB as json-c's objects; with this limit, half of one.
 */
#define VALUES_MAX 1000000

/* Whether @text has more values than json-c may be given; @at is then where. */
static bool too_many_values(const char *text, size_t length, size_t *at)
{
	bool in_string = false;
	size_t values = 0;

	for (*at = 0; *at < length && values <= VALUES_MAX; ++*at) {
		char c = text[*at];

		if (c == '"')
			in_string = !in_string;
		else if (c == '\\')
			++*at;
		else if (!in_string)
			values += c == ',' || c == '[' || c == '{';
	}
	return values > VALUES_MAX;
}

/* Whether nothing follows: json-c reads up to a NUL. */
static bool is_blank(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length && text[i] && strchr(" \t\r\n", text[i]))
		i++;
	return i == length || !text[i];
}

static enum parsed parse(const char *text, size_t length, int depth, int flags,
			 json_object **root, size_t *at, const char **why)
{
	struct json_tokener *tok;
	enum json_tokener_error error;

	*root = NULL;
	if (too_many_values(text, length, at)) {
		*why = "more than a million values";
		return PARSED_WRONG;
	}
	tok = json_tokener_new_ex(depth);
	if (!tok)
		return PARSED_NO_MEMORY;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | flags);
	*root = json_tokener_parse_ex(tok, text, (int)length);
	error = json_tokener_get_error(tok);
	*at = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	*why = error == json_tokener_error_depth ? "nested too deeply"
						 : json_tokener_error_desc(error);
	/* Where memory is short json-c 0.16 calls it a success, and gives what it has. */
	if (error == json_tokener_success)
		return is_blank(text + *at, length - *at) ? PARSED : PARSED_NO_MEMORY;
	if (error == json_tokener_error_parse_utf8_string)
		return PARSED_NOT_UTF8;
	return error == json_tokener_continue ? PARSED_CUT : PARSED_WRONG;
}

enum parsed record_parse(const char *text, size_t length, int flags, json_object **root,
			 size_t *at, const char **why)
{
	return parse(text, length, DEPTH_MAX, flags, root, at, why);
}

/*
 * The bucket lists of histograms, lifted out of a record's text before json-c sees it.
 *
 * EXECUTIVE SUMMARY: nine tenths of a record are "buckets":[[lower,count],…]. json-c makes
 * three objects of each pair, which is nine tenths of the time and the memory too. So the
 * lists are read here, and json-c reads the rest, with the list's number where each list stood.
 *
 * DETAILS: it is done where each key "buckets" is followed by nothing but pairs of whole numbers,
 * or by an empty list, which stays. Else json-c gets the whole text, which is never wrong. A
 * "buckets" of the rest that is a number is therefore a list's, provided that no key is spelled
 * with an escape, which is left to json-c too. What cannot be seen here is whether a list belongs
 * to a histogram: the reader counts those that it used, and where some are left (they are in a
 * tree that is kept as it is, or a key stood twice) json-c gets the whole text again.
 */
#define KEY "\"buckets\""
/* The longest number of a list. */
#define MARK_SIZE sizeof("18446744073709551615 ")
/* A pair cannot be shorter. */
#define PAIR_LENGTH strlen("[0,1],")

struct cursor {
	const char *at, *end;
};

static void skip_space(struct cursor *c)
{
	while (c->at < c->end &&
	       (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r'))
		c->at++;
}

static bool take(struct cursor *c, char wanted)
{
	skip_space(c);
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* A whole number of 64 bits as JSON writes it: digits alone, none of them a leading 0. */
static bool take_number(struct cursor *c, uint64_t *number)
{
	const char *first;

	skip_space(c);
	first = c->at;
	*number = 0;
	/* So many digits are less than 64 bits: most numbers are read without a look at that. */
	for (const char *few = first + MIN(18, c->end - first);
	     c->at < few && *c->at >= '0' && *c->at <= '9'; c->at++)
		*number = *number * 10 + (uint64_t)(*c->at - '0');
	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, (uint64_t)(*c->at - '0'), number))
			return false;
	return c->at > first && (*first != '0' || c->at == first + 1);
}

/* The rest of a list whose first '[' was taken; @n is how many pairs it has. */
static bool take_list(struct cursor *c, struct distribution_bucket *bucket, size_t *n)
{
	*n = 0;
	do {
		struct distribution_bucket *b = &bucket[(*n)++];

		if (!take(c, '[') || !take_number(c, &b->lower) || !take(c, ',') ||
		    !take_number(c, &b->count) || !take(c, ']'))
			return false;
	} while (take(c, ','));
	return take(c, ']');
}

/* Moves @c behind the next key "buckets" and its ':'. Returns 1, 0: there is none, -EINVAL. */
static int find_key(struct cursor *c)
{
	const char *key = memmem(c->at, (size_t)(c->end - c->at), KEY, strlen(KEY));

	if (!key)
		return 0;
	c->at = key + strlen(KEY);
	return take(c, ':') ? 1 : -EINVAL;
}

/* Finds all lists and reads their pairs. */
static int read_lists(struct lifted *l, const char *text, size_t length)
{
	struct cursor c = { text, text + length };
	size_t pairs = 0;
	int ret;

	l->bucket = malloc(length / PAIR_LENGTH * sizeof(*l->bucket) + 1);
	if (!l->bucket)
		return -ENOMEM;
	while ((ret = find_key(&c)) > 0) {
		struct lifted_list list = { .first = pairs }, *longer;
		struct cursor ahead;

		if (!take(&c, '['))
			return -EINVAL;
		ahead = c;
		if (take(&ahead, ']'))
			continue;
		list.from = (size_t)(c.at - text) - 1;
		if (!take_list(&c, &l->bucket[pairs], &list.n))
			return -EINVAL;
		list.to = (size_t)(c.at - text);
		pairs += list.n;
		longer = grow(l->list, l->n, sizeof(*longer));
		if (!longer)
			return -ENOMEM;
		l->list = longer;
		longer[l->n++] = list;
	}
	return ret == 0 && l->n == 0 ? -EINVAL : ret;
}

static int write_rest(struct lifted *l, const char *text, size_t length)
{
	size_t from = 0;
	char *to;

	l->rest = to = malloc(length + l->n * MARK_SIZE + 1);
	if (!l->rest)
		return -ENOMEM;
	for (size_t i = 0; i < l->n; i++) {
		to = mempcpy(to, text + from, l->list[i].from - from);
		to += sprintf(to, "%zu ", i); /* what follows is not part of it */
		from = l->list[i].to;
	}
	to = mempcpy(to, text + from, length - from);
	*to = '\0';
	l->length = (size_t)(to - l->rest);
	return 0;
}

static void lift_free(struct lifted *l)
{
	free(l->rest);
	free(l->list);
	free(l->bucket);
	*l = (struct lifted){ 0 };
}

/*
 * Lifts the lists out of @text. Returns 0 (then release with lift_free()), -EINVAL where
 * there is none or the text may not be treated so (then json-c is to have all of it), -ENOMEM.
 */
static int lift(struct lifted *l, const char *text, size_t length)
{
	int ret;

	*l = (struct lifted){ 0 };
	ret = read_lists(l, text, length);
	if (ret == 0)
		ret = write_rest(l, text, length);
	/* A key spelled with an escape could be "buckets" too. */
	if (ret == 0 && memmem(l->rest, l->length, "\\u00", 4))
		ret = -EINVAL;
	if (ret < 0)
		lift_free(l);
	return ret;
}

int record_from_lifted(struct record *r, const char *text, size_t length)
{
	CLEANUP(json_release) json_object *root = NULL;
	struct lifted lifted;
	char what[256];
	const char *why;
	size_t at;
	int ret = lift(&lifted, text, length);

	if (ret < 0)
		return ret;
	switch (parse(lifted.rest, lifted.length, DEPTH_MAX - LIST_DEPTH,
		      JSON_TOKENER_VALIDATE_UTF8, &root, &at, &why)) {
	case PARSED:
		ret = record_from_json(r, root, &lifted, what, sizeof(what));
		break;
	case PARSED_NO_MEMORY:
		ret = -ENOMEM;
		break;
	default:
		ret = -EINVAL;
	}
	lift_free(&lifted);
	return ret;
}

int record_from_line(struct record *r, const char *line, size_t length, char *why,
		     size_t size)
{
	CLEANUP(json_release) json_object *root = NULL;
	const char *what;
	size_t at;
	int ret = record_from_lifted(r, line, length);

	*why = '\0';
	if (ret == 0 || ret == -ENOMEM)
		return ret;
	switch (record_parse(line, length, JSON_TOKENER_VALIDATE_UTF8, &root, &at,
			     &what)) {
	case PARSED:
		return record_from_json(r, root, NULL, why, size);
	case PARSED_CUT:
		snprintf(why, size, "the record is cut short");
		return -EINVAL;
	case PARSED_NO_MEMORY:
		return -ENOMEM;
	default:
		snprintf(why, size, "%s (at byte %zu)", what, at + 1);
		return -EINVAL;
	}
}
