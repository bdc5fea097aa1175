// SPDX-License-Identifier: MIT
#include "sets/internal.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/file.h"
#include "system/cleanup.h"

/* The longest reason of an invalid run, and the longest notes. */
#define REASON_MAX 300

static void free_cell(struct cell *cell)
{
	for (size_t i = 0; i < cell->runs + cell->left_out; i++) {
		free(cell->run[i].reason);
		free(cell->run[i].notes);
	}
	free(cell->run);
	free(cell->subtest);
}

void set_free(struct set *set)
{
	for (size_t i = 0; i < set->cells; i++)
		free_cell(&set->cell[i]);
	free(set->cell);
	free(set->path);
	free(set->shown_path);
	free(set->label);
	free(set->name);
	free(set->ignored);
	facts_free(&set->facts);
	text_list_free(&set->differing);
	text_list_free(&set->boot);
	text_list_free(&set->invalid);
}

/* The set of @label among those from @first on, made if need be; NULL: memory is short. */
static struct set *find_set(struct sets *c, size_t first, const char *path,
			    const char *label)
{
	struct set *longer, *set;

	for (size_t i = c->n; i-- > first;)
		if (strcmp(c->set[i].label, label) == 0)
			return &c->set[i];
	longer = realloc(c->set, (c->n + 1) * sizeof(*longer));
	if (!longer)
		return NULL;
	c->set = longer;
	set = &c->set[c->n];
	*set = (struct set){
		.path = strdup(path),
		.label = strdup(label),
		.shown_path = text_plain(path, PATH_MAX),
	};
	if (set->path && set->label && set->shown_path) {
		c->n++;
		return set;
	}
	set_free(set);
	return NULL;
}

/* The cell that @r belongs to, made if need be; NULL: memory is short. */
static struct cell *find_cell(struct set *set, const struct record *r)
{
	_cleanup_free_ char *subtest = text_plain(r->subtest, NAME_MAX_SHOWN);
	struct cell *longer, *cell;

	for (size_t i = 0; subtest && i < set->cells; i++)
		if (strcmp(set->cell[i].subtest, subtest) == 0 &&
		    same_setup(&set->cell[i].config, &r->config))
			return &set->cell[i];
	if (!subtest)
		return NULL;
	longer = realloc(set->cell, (set->cells + 1) * sizeof(*longer));
	if (!longer)
		return NULL;
	set->cell = longer;
	cell = &set->cell[set->cells];
	*cell = (struct cell){
		.subtest = strdup(subtest),
		.config = r->config,
		.shortest = r->config.duration_ns,
		.longest = r->config.duration_ns,
	};
	if (!cell->subtest)
		return NULL;
	set->cells++;
	return cell;
}

/* The index of @id among the boots of @set; -ENOMEM. Runs of one boot mostly stand together. */
static int find_boot(struct set *set, const char *id, size_t *boot)
{
	for (size_t i = set->boot.n; i-- > 0;) {
		*boot = i;
		if (strcmp(set->boot.text[i], id) == 0)
			return 0;
	}
	*boot = set->boot.n;
	return text_list_add(&set->boot, "%s", id);
}

static double seconds_of(const char *start)
{
	struct tm tm = { 0 };
	const char *end = strptime(start, "%Y-%m-%dT%H:%M:%S", &tm);

	return end && strcmp(end, "Z") == 0 ? (double)timegm(&tm) : NAN;
}

/* Room for one more run at the end of @cell. */
static struct run *next_run(struct cell *cell)
{
	/* Grown by doubling: n is a power of two whenever the room is used up. */
	if ((cell->runs & (cell->runs - 1)) == 0) {
		size_t room = cell->runs ? 2 * cell->runs : 1;
		struct run *longer = realloc(cell->run, room * sizeof(*longer));

		if (!longer)
			return NULL;
		cell->run = longer;
	}
	return &cell->run[cell->runs];
}

/* @n texts in one plain line, or NULL: memory is short. */
static char *line_of(size_t n, char **text)
{
	const struct text_list list = { n, text };
	_cleanup_free_ char *joined = text_list_join(&list, "; ");

	return joined ? text_plain(joined, REASON_MAX) : NULL;
}

/* Why @r is invalid. */
static char *reason_of(const struct record *r)
{
	return r->reasons > 0 ? line_of(r->reasons, r->reason)
			      : strdup("no reason given");
}

/* Reduces @r to one run of @cell. */
static int add_run(struct cell *cell, size_t boot, const struct record *r,
		   const struct sets *s)
{
	const struct distribution *d = s->woken ? &r->woken : &r->scheduled;
	struct run *run = next_run(cell);

	if (!run)
		return -ENOMEM;
	*run = (struct run){
		.number = s->records,
		.boot = boot,
		.start = seconds_of(r->start),
		.seq = r->seq,
		.samples = d->count,
		.sum = d->sum,
		.attributed = r->attribution.present,
		.seen = r->attribution.seen,
		.all = r->attribution.all,
		.slow = r->attribution.slow,
	};
	for (size_t i = 0; i < s->metrics->n; i++) {
		struct reading got = metric_read(&s->metrics->metric[i], r, s->woken);

		run->value[i] = got.value;
		run->variance[i] = got.variance;
		run->few[i] = got.few;
	}
	run->notes = r->notes > 0 ? line_of(r->notes, r->note) : NULL;
	if (r->notes > 0 && !run->notes)
		return -ENOMEM;
	run->reason = r->valid ? NULL : reason_of(r);
	if (!r->valid && !run->reason) {
		free(run->notes);
		return -ENOMEM;
	}
	if (r->config.duration_ns < cell->shortest)
		cell->shortest = r->config.duration_ns;
	if (r->config.duration_ns > cell->longest)
		cell->longest = r->config.duration_ns;
	cell->runs++;
	return 0;
}

static int add_facts(struct set *set, json_object *environment)
{
	struct fact_list facts;
	int ret = facts_from_tree(&facts, environment);

	if (ret == 0)
		ret = facts_merge(&set->facts, &facts, &set->differing);
	facts_free(&facts);
	return ret;
}

/* What is being read: one path. */
struct loading {
	struct sets *sets;
	size_t index; /* of the path */
	size_t first; /* its first set */
	const char *path;
	json_object *environment; /* of the record before, owned: most are the same */
	const struct set *environment_of;
};

static int add_record(struct record *r, void *data)
{
	struct loading *l = data;
	struct set *set = find_set(l->sets, l->first, l->path, r->label);
	struct cell *cell = set ? find_cell(set, r) : NULL;
	size_t boot;
	int ret = cell ? find_boot(set, r->boot_id, &boot) : -ENOMEM;

	if (ret == 0 && (r->environment != l->environment || set != l->environment_of)) {
		ret = add_facts(set, r->environment);
		json_object_put(l->environment);
		l->environment = json_object_get(r->environment);
		l->environment_of = set;
	}
	ret = ret ? ret : add_run(cell, boot, r, l->sets);
	if (ret == 0 && r->ignored && !set->ignored) {
		set->ignored = text_plain(r->ignored, 200);
		ret = set->ignored ? 0 : -ENOMEM;
	}
	if (ret < 0)
		return ret;
	set->records++;
	if (l->sets->watch)
		ret = l->sets->watch(r, l->index, l->sets->records, l->sets->watched);
	l->sets->records++;
	return ret;
}

static int add_problem(const char *text, void *data)
{
	const struct loading *l = data;

	return text_list_add(&l->sets->problems, "%s", text);
}

int sets_load_path(struct sets *sets, const char *path, size_t index)
{
	struct loading l = {
		.sets = sets, .index = index, .first = sets->n, .path = path
	};
	const struct record_visitor visitor = { add_record, add_problem, &l };
	int n = records_visit(path, &visitor);

	json_object_put(l.environment);
	return n;
}

int sets_load(struct sets *sets, const char *path)
{
	return sets_load_path(sets, path, 0);
}

void sets_free(struct sets *sets)
{
	for (size_t i = 0; i < sets->n; i++)
		set_free(&sets->set[i]);
	free(sets->set);
	text_list_free(&sets->problems);
	*sets = (struct sets){ 0 };
}

const char *set_fact(const struct set *set, const char *path)
{
	return facts_find(&set->facts, path);
}
