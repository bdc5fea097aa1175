// SPDX-License-Identifier: MIT
#include "record/lift-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define KEY "\"buckets\""
/* The longest mark: a string of a NUL and an index. */
#define MARK_SIZE sizeof("\"\\u000018446744073709551615\"")
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

/* Moves @c behind the '[' of the next list that is not empty; false: there is none. */
static bool find_list(struct cursor *c)
{
	const char *key;

	while ((key = memmem(c->at, (size_t)(c->end - c->at), KEY, strlen(KEY)))) {
		struct cursor ahead;

		c->at = key + strlen(KEY);
		if (!take(c, ':') || !take(c, '['))
			continue;
		ahead = *c;
		if (!take(&ahead, ']'))
			return true;
	}
	return false;
}

static int add_list(struct lifted *l, const struct lifted_list *list)
{
	struct lifted_list *longer;

	/* Grown by doubling: n is a power of two whenever the room is used up. */
	if ((l->n & (l->n - 1)) == 0) {
		longer = realloc(l->list, (l->n ? 2 * l->n : 1) * sizeof(*longer));
		if (!longer)
			return -ENOMEM;
		l->list = longer;
	}
	l->list[l->n++] = *list;
	return 0;
}

/* Finds all lists and reads their pairs. */
static int read_lists(struct lifted *l, const char *text, size_t length)
{
	struct cursor c = { text, text + length };
	size_t pairs = 0;
	int ret = 0;

	l->bucket = malloc(length / PAIR_LENGTH * sizeof(*l->bucket) + 1);
	if (!l->bucket)
		return -ENOMEM;
	while (ret == 0 && find_list(&c)) {
		struct lifted_list list = { .first = pairs };

		list.from = (size_t)(c.at - text) - 1;
		if (!take_list(&c, &l->bucket[pairs], &list.n))
			return -EINVAL;
		list.to = (size_t)(c.at - text);
		pairs += list.n;
		ret = add_list(l, &list);
	}
	return ret;
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
		to += sprintf(to, "\"\\u0000%zu\"", i);
		from = l->list[i].to;
	}
	to = mempcpy(to, text + from, length - from);
	*to = '\0';
	l->length = (size_t)(to - l->rest);
	return 0;
}

/* Whether the text between the lists could spell a mark. */
static bool spells_nul(const struct lifted *l, const char *text, size_t length)
{
	size_t from = 0;

	for (size_t i = 0; i <= l->n; i++) {
		size_t n = (i < l->n ? l->list[i].from : length) - from;

		if (memmem(text + from, n, "\\u0000", strlen("\\u0000")) ||
		    memchr(text + from, '\0', n))
			return true;
		if (i < l->n)
			from = l->list[i].to;
	}
	return false;
}

int _lift(struct lifted *l, const char *text, size_t length)
{
	int ret;

	*l = (struct lifted){ 0 };
	ret = read_lists(l, text, length);
	if (ret == 0 && (l->n == 0 || spells_nul(l, text, length)))
		ret = -EINVAL;
	if (ret == 0)
		ret = write_rest(l, text, length);
	if (ret < 0)
		_lifted_free(l);
	return ret;
}

static bool is_mark(json_object *value)
{
	return json_object_get_type(value) == json_type_string &&
	       json_object_get_string_len(value) > 0 &&
	       *json_object_get_string(value) == '\0';
}

int _lifted_buckets(const struct lifted *l, json_object *value, struct distribution *d)
{
	const struct lifted_list *list;
	size_t i;

	if (!is_mark(value))
		return 0;
	i = strtoul(json_object_get_string(value) + 1, NULL, 10);
	if (i >= l->n)
		return 0;
	list = &l->list[i];
	d->bucket = malloc(list->n * sizeof(*d->bucket));
	if (!d->bucket)
		return -ENOMEM;
	memcpy(d->bucket, &l->bucket[list->first], list->n * sizeof(*d->bucket));
	d->buckets = list->n;
	return 1;
}

bool _lifted_from(json_object *tree)
{
	if (json_object_get_type(tree) == json_type_array) {
		for (size_t i = 0; i < json_object_array_length(tree); i++)
			if (_lifted_from(json_object_array_get_idx(tree, i)))
				return true;
	} else if (json_object_get_type(tree) == json_type_object) {
		json_object_object_foreach(tree, key, value) {
			(void)key;
			if (_lifted_from(value))
				return true;
		}
	}
	return is_mark(tree);
}

void _lifted_free(struct lifted *l)
{
	free(l->rest);
	free(l->list);
	free(l->bucket);
	*l = (struct lifted){ 0 };
}
