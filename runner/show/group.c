// SPDX-License-Identifier: MIT
#include "group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static json_object *tree_at(json_object *tree, const char *path)
{
	char step[64];

	while (*path && tree) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(step) || json_object_get_type(tree) != json_type_object)
			return NULL;
		memcpy(step, path, n);
		step[n] = '\0';
		path += n + (path[n] == '.');
		if (!json_object_object_get_ex(tree, step, &tree))
			return NULL;
	}
	return tree;
}

const char *tree_text(json_object *tree, const char *path)
{
	json_object *o = tree_at(tree, path);

	return json_object_get_type(o) == json_type_string ? json_object_get_string(o)
							   : "";
}

bool tree_number(json_object *tree, const char *path, double *value)
{
	json_object *o = tree_at(tree, path);

	if (json_object_get_type(o) != json_type_int)
		return false;
	*value = (double)json_object_get_uint64(o);
	return true;
}

bool record_is_virtual(const struct record *r)
{
	return json_object_get_boolean(tree_at(r->environment, "virtual"));
}

static bool same_text(const struct record *a, const struct record *b, const char *path)
{
	return strcmp(tree_text(a->environment, path), tree_text(b->environment, path)) ==
	       0;
}

static bool same_number(const struct record *a, const struct record *b, const char *path)
{
	double x = 0, y = 0;

	tree_number(a->environment, path, &x);
	tree_number(b->environment, path, &y);
	return x == y;
}

/* Whether two records may stand in one table, but for their engines. */
static bool same_setting(const struct record *a, const struct record *b)
{
	return strcmp(a->label, b->label) == 0 &&
	       strcmp(a->config.arena, b->config.arena) == 0 &&
	       same_text(a, b, "kernel.release") && same_text(a, b, "kernel.version") &&
	       same_text(a, b, "cpu.model") && same_number(a, b, "cpu.online") &&
	       same_number(a, b, "memory.total") &&
	       record_is_virtual(a) == record_is_virtual(b);
}

/*
 * The engine of the records that @r belongs with. Loads without a device name none:
 * they stand beside those that do where there is but one such engine, else alone.
 */
static const char *engine_of(const struct record_list *list, const struct record *r)
{
	const char *engine = r->config.engine;

	for (size_t i = 0; i < list->n && !*r->config.engine; i++) {
		const char *other = list->record[i].config.engine;

		if (!*other || !same_setting(r, &list->record[i]))
			continue;
		if (*engine && strcmp(engine, other) != 0)
			return "";
		engine = other;
	}
	return engine;
}

static struct group *find_group(struct group_list *groups, const struct record *r,
				const char *engine)
{
	struct group *longer;

	for (size_t i = 0; i < groups->n; i++)
		if (strcmp(groups->group[i].engine, engine) == 0 &&
		    same_setting(groups->group[i].record[0], r))
			return &groups->group[i];
	longer = realloc(groups->group, (groups->n + 1) * sizeof(*longer));
	if (!longer)
		return NULL;
	groups->group = longer;
	groups->group[groups->n] = (struct group){ .engine = engine };
	return &groups->group[groups->n++];
}

int group_records(const struct record_list *list, struct group_list *groups)
{
	*groups = (struct group_list){ 0 };
	for (size_t i = 0; i < list->n; i++) {
		const struct record *r = &list->record[i], **longer;
		struct group *g = find_group(groups, r, engine_of(list, r));

		if (!g)
			return -ENOMEM;
		longer = realloc(g->record, (g->n + 1) * sizeof(*longer));
		if (!longer)
			return -ENOMEM;
		g->record = longer;
		g->record[g->n++] = r;
	}
	return 0;
}

void group_list_free(struct group_list *groups)
{
	for (size_t i = 0; i < groups->n; i++)
		free(groups->group[i].record);
	free(groups->group);
	*groups = (struct group_list){ 0 };
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double sorted_median(double *value, size_t n)
{
	if (n == 0)
		return 0;
	qsort(value, n, sizeof(*value), by_value);
	return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}
