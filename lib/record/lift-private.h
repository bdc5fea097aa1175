/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_LIFT_PRIVATE_H
#define PINLAT_RECORD_LIFT_PRIVATE_H

/*
 * Private to lib/record: the bucket lists of histograms, lifted out of a record's text
 * before json-c sees it.
 *
 * EXECUTIVE SUMMARY: nine tenths of a record are "buckets":[[lower,count],…]. json-c makes
 * three objects of each pair, which is nine tenths of the time and the memory too. So the
 * lists are read here, and json-c reads the rest, with a mark where each list stood.
 *
 * DETAILS: a list is lifted where a key "buckets" is followed by nothing but pairs of whole
 * numbers. What is not of this form stays in the text: to leave a list is never wrong.
 * To lift one is right because json-c finds the mark where it expects a value (at any other
 * place the text is no JSON, and json-c says so of the mark as well), and because a mark is
 * a string that begins with a NUL character, which the rest is not allowed to spell.
 */

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "stats/distribution.h"

struct lifted_list {
	size_t from, to; /* its bytes in the text */
	size_t first, n; /* its pairs in @bucket */
};

struct lifted {
	char *rest; /* the text without the lists, ended by a NUL */
	size_t length;
	size_t n;
	struct lifted_list *list;
	struct distribution_bucket
		*bucket; /* of all lists, one after another; unchecked */
};

/**
 * Lifts the lists out of @text. Returns 0 (then release with _lifted_free()), -EINVAL where
 * there is none or the text may not be treated so (then json-c is to have all of it), -ENOMEM.
 */
int _lift(struct lifted *l, const char *text, size_t length);

/**
 * Where @value is a mark: copies its list to @d, which owns the copy, and returns 1; 0 if
 * it is no mark, or -ENOMEM.
 */
int _lifted_buckets(const struct lifted *l, json_object *value, struct distribution *d);

/** Whether a mark is anywhere in @tree, so that it is not what the text says. */
bool _lifted_from(json_object *tree);

/** Frees what @l owns. */
void _lifted_free(struct lifted *l);

#endif
