// SPDX-License-Identifier: MIT
#include "sets/environment.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"

/* A record's environment is three levels deep. */
#define DEPTH_MAX 8

static int add_fact(struct fact_list *facts, const char *path, const char *text)
{
	struct fact *longer = realloc(facts->fact, (facts->n + 1) * sizeof(*longer));
	struct fact new = { strdup(path), strdup(text) };

	if (longer)
		facts->fact = longer;
	if (!longer || !new.path || !new.text) {
		free(new.path);
		free(new.text);
		return -ENOMEM;
	}
	facts->fact[facts->n++] = new;
	return 0;
}

/* Adds the leaves of @o, which is at @path. */
static int add_leaves(struct fact_list *facts, json_object *o, const char *path,
		      int depth)
{
	if (json_object_get_type(o) != json_type_object)
		return add_fact(facts, path, o ? json_object_get_string(o) : "");
	json_object_object_foreach(o, key, member) {
		_cleanup_free_ char *longer = NULL;
		int ret;

		if (depth == DEPTH_MAX)
			return 0;
		if (asprintf(&longer, "%s%s%s", path, *path ? "." : "", key) < 0) {
			longer = NULL;
			return -ENOMEM;
		}
		ret = add_leaves(facts, member, longer, depth + 1);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void sort_facts(struct fact_list *facts)
{
	if (facts->n > 1)
		qsort(facts->fact, facts->n, sizeof(*facts->fact), by_path);
}

int facts_from_tree(struct fact_list *facts, json_object *tree)
{
	int ret = 0;

	*facts = (struct fact_list){ 0 };
	if (tree)
		ret = add_leaves(facts, tree, "", 0);
	sort_facts(facts);
	return ret;
}

static const struct fact *find(const struct fact_list *facts, const char *path)
{
	const struct fact wanted = { (char *)path, NULL };

	if (facts->n == 0)
		return NULL;
	return bsearch(&wanted, facts->fact, facts->n, sizeof(wanted), by_path);
}

const char *facts_find(const struct fact_list *facts, const char *path)
{
	const struct fact *f = find(facts, path);

	return f ? f->text : "";
}

bool fact_differs(const char *path, const char *a, const char *b)
{
	if (strcmp(path, "memory.swap_free") == 0)
		return false;
	/* The kernel's own size comes off the total: a patch alters it a little. */
	if (strcmp(path, "memory.total") == 0 && *a && *b) {
		double x = strtod(a, NULL), y = strtod(b, NULL);

		return !(fabs(x - y) <= 0.01 * fmax(x, y));
	}
	return strcmp(a, b) != 0;
}

int facts_merge(struct fact_list *facts, const struct fact_list *more,
		struct text_list *differing)
{
	size_t before = facts->n;
	int ret = 0;

	for (size_t i = 0; i < more->n && ret == 0; i++) {
		const struct fact *f = &more->fact[i];
		const struct fact_list known = { before, facts->fact };
		const struct fact *mine = find(&known, f->path);

		if (!mine)
			ret = add_fact(facts, f->path, f->text);
		else if (fact_differs(f->path, mine->text, f->text) &&
			 !text_list_has(differing, f->path))
			ret = text_list_add(differing, "%s", f->path);
	}
	if (facts->n > before)
		sort_facts(facts);
	return ret;
}

void facts_free(struct fact_list *facts)
{
	for (size_t i = 0; i < facts->n; i++) {
		free(facts->fact[i].path);
		free(facts->fact[i].text);
	}
	free(facts->fact);
	*facts = (struct fact_list){ 0 };
}

/* Splits @text at @between. */
static int split(struct text_list *words, const char *text, const char *between)
{
	int ret = 0;

	while (*text && ret == 0) {
		const char *end = strstr(text, between);
		size_t length = end ? (size_t)(end - text) : strlen(text);

		if (length > 0)
			ret = text_list_add(words, "%.*s", (int)length, text);
		text += length + (end ? strlen(between) : 0);
	}
	return ret;
}

/* The words of @a that @b does not have, joined. */
static char *only_in(const struct text_list *a, const struct text_list *b,
		     const char *between)
{
	_cleanup_free_ char **text = calloc(a->n + 1, sizeof(*text));
	struct text_list only = { 0, text };

	if (!text)
		return NULL;
	for (size_t i = 0; i < a->n; i++)
		if (!text_list_has(b, a->text[i]))
			text[only.n++] = a->text[i];
	return text_list_join(&only, between);
}

int fact_words(const char *a, const char *b, char **only_a, char **only_b)
{
	_cleanup_(text_list_free) struct text_list x = { 0 }, y = { 0 };
	const char *between = strstr(a, "; ") || strstr(b, "; ") ? "; " : " ";
	int ret = split(&x, a, between);

	*only_a = *only_b = NULL;
	ret = ret ? ret : split(&y, b, between);
	if (ret == 0) {
		*only_a = only_in(&x, &y, between);
		*only_b = only_in(&y, &x, between);
	}
	if (*only_a && *only_b)
		return 0;
	free(*only_a);
	free(*only_b);
	*only_a = *only_b = NULL;
	return -ENOMEM;
}
