// SPDX-License-Identifier: MIT
#include "summary/attribution.h"

#include <stdio.h>

#include "system/text.h"
#include "sets/tree.h"
#include "summary/words.h"
#include "system/numbers.h"

/* What one of the runs could not see is unexplained for all. */
static void forget(struct attribution_split *split, unsigned int seen)
{
	for (int i = 0; i < CAUSES; i++) {
		if (seen & 1u << i)
			continue;
		split->unexplained_ns += split->cause_ns[i];
		split->cause_ns[i] = 0;
	}
}

size_t compare_attribution(const struct cell *cell, struct compare_attribution *a)
{
	*a = (struct compare_attribution){ .seen = ~0u };
	for (size_t i = 0; i < cell->runs; i++) {
		const struct run *run = &cell->run[i];

		if (!run->attributed)
			continue;
		a->runs++;
		a->seen &= run->seen;
		attribution_split_merge(&a->all, &run->all);
		attribution_split_merge(&a->slow, &run->slow);
	}
	forget(&a->all, a->seen);
	forget(&a->slow, a->seen);
	return a->runs;
}

const char *compare_attribution_text(const struct cell *cell, char *buf, size_t size)
{
	struct compare_attribution a;
	char parts[300], time[32];

	if (compare_attribution(cell, &a) == 0 || a.slow.count == 0)
		snprintf(buf, size, "not recorded");
	else
		snprintf(buf, size, "%s on average: %s",
			 format_time(a.slow.total_ns / a.slow.count, time, sizeof(time)),
			 attribution_describe(&a.slow, a.seen, parts, sizeof(parts)));
	return buf;
}

bool compare_has_attribution(const struct comparison *c, size_t s)
{
	struct compare_attribution a;

	for (size_t i = 0; c->row && i < c->rows; i++) {
		if (!is_chosen(c, &c->row[i], s, ROWS_JUDGED))
			continue;
		for (int side = 0; side < DECIDE_SIDES; side++)
			if (compare_attribution(c->row[i].cell[side], &a) > 0)
				return true;
	}
	return false;
}

static int put_split(json_object *to, const char *key,
		     const struct attribution_split *split, unsigned int seen)
{
	json_object *o = json_object_new_object();
	int ret = tree_put(to, key, o);

	ret = ret ? ret : tree_put_count(o, "count", split->count);
	ret = ret ? ret : tree_put_count(o, "total_ns", split->total_ns);
	for (int i = 0; i < CAUSES; i++) {
		char name[40];

		snprintf(name, sizeof(name), "%s_ns", attribution_name(i));
		if (ret == 0 && (seen & 1u << i))
			ret = tree_put_count(o, name, split->cause_ns[i]);
	}
	return ret ? ret : tree_put_count(o, "unexplained_ns", split->unexplained_ns);
}

static int put_cell(json_object *array, const struct comparison *c, size_t s,
		    const struct cell *cell)
{
	struct compare_attribution a;
	json_object *o;
	char *name;
	int ret;

	if (compare_attribution(cell, &a) == 0)
		return 0;
	name = set_cell_name(c->set[s], cell);
	o = json_object_new_object();
	ret = tree_append(array, o);
	ret = ret ? ret
		  : tree_put(o, "subtest", name ? json_object_new_string(name) : NULL);
	free(name);
	ret = ret ? ret : tree_put_text(o, "set", c->set[s]->name);
	ret = ret ? ret : tree_put_count(o, "runs", a.runs);
	ret = ret ? ret : put_split(o, "all", &a.all, a.seen);
	return ret ? ret : put_split(o, "slow", &a.slow, a.seen);
}

int compare_put_attribution(json_object *root, const struct comparison *c)
{
	json_object *array = json_object_new_array();
	int ret = tree_put(root, "attribution", array);

	for (size_t s = 0; s < c->sets; s++)
		for (size_t i = 0; i < c->set[s]->cells && ret == 0; i++)
			ret = put_cell(array, c, s, &c->set[s]->cell[i]);
	return ret;
}
