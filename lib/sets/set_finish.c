// SPDX-License-Identifier: MIT
#include "sets/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"

static const char *const probes[] = { "timer", "thp" };
/* The ladder of loads, from the top. */
static const char *const loads[] = { "busy", "pinned", "locked", "base", "idle" };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Where @subtest stands: probes one after the other, each from the foot of its ladder. */
static size_t ladder_place(const char *subtest)
{
	for (size_t p = 0; p < COUNT(probes); p++) {
		size_t length = strlen(probes[p]);

		if (strncmp(subtest, probes[p], length) != 0 || subtest[length] != '-')
			continue;
		for (size_t l = 0; l < COUNT(loads); l++)
			if (strcmp(subtest + length + 1, loads[l]) == 0)
				return (p + 1) * COUNT(loads) - l;
	}
	return COUNT(probes) * COUNT(loads) + 1;
}

int subtest_order(const char *a, const char *b)
{
	size_t x = ladder_place(a), y = ladder_place(b);

	return x != y ? (x < y ? -1 : 1) : strcmp(a, b);
}

/* By start, then what tells runs of one second apart; unknown starts last. */
static int by_start(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (isnan(x->start) != isnan(y->start))
		return isnan(x->start) ? 1 : -1;
	if (x->start != y->start && !isnan(x->start))
		return x->start < y->start ? -1 : 1;
	if (x->boot != y->boot)
		return x->boot < y->boot ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	if (x->samples != y->samples)
		return x->samples < y->samples ? -1 : 1;
	return (x->sum > y->sum) - (x->sum < y->sum);
}

/* Counts and names the invalid @run of @cell. */
static int note_invalid(struct set *set, struct cell *cell, const struct run *run)
{
	cell->invalid++;
	return text_list_add(&set->invalid, "%04" PRIu64 " %s: %s", run->seq,
			     cell->subtest, run->reason);
}

/* Puts the runs of @cell in order: those that count, then those left out. */
static int finish_cell(struct set *set, struct cell *cell, bool use_invalid)
{
	_cleanup_free_ struct run *left_out = malloc(cell->runs * sizeof(*left_out));
	size_t kept = 0;
	int ret = 0;

	if (!left_out)
		return -ENOMEM;
	qsort(cell->run, cell->runs, sizeof(*cell->run), by_start);
	for (size_t i = 0; i < cell->runs; i++) {
		struct run run = cell->run[i];
		bool twice = i > 0 && !isnan(run.start) &&
			     by_start(&cell->run[i - 1], &run) == 0;

		if (twice) {
			set->duplicates++;
			free(run.reason);
			free(run.notes);
			continue;
		}
		if (run.reason && ret == 0)
			ret = note_invalid(set, cell, &run);
		if (run.reason && !use_invalid)
			left_out[cell->left_out++] = run;
		else
			cell->run[kept++] = run;
	}
	memcpy(cell->run + kept, left_out, cell->left_out * sizeof(*left_out));
	cell->runs = kept;
	return ret;
}

static int by_ladder(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	return subtest_order(x->subtest, y->subtest);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* The end of @path, at most @most bytes and not beginning within a character. */
static const char *tail_of(const char *path, size_t most)
{
	size_t length = strlen(path);
	const char *tail = length > most ? path + length - most : path;

	while (((unsigned char)*tail & 0xc0) == 0x80)
		tail++;
	return tail;
}

/* How many other sets have the label of set @i; @same_file: and the name of its file. */
static size_t count_alike(const struct sets *c, size_t i, bool same_file)
{
	const char *file = last_part(c->set[i].path);
	size_t n = 0;

	for (size_t j = 0; j < c->n; j++)
		n += j != i && strcmp(c->set[j].label, c->set[i].label) == 0 &&
		     (!same_file || strcmp(last_part(c->set[j].path), file) == 0);
	return n;
}

/*
 * What set @i is called: its label; where another set has that too, also its file, or as much of
 * the path as there is room for; where even that was given before, also its number.
 */
static int name_set(const struct sets *c, size_t i)
{
	struct set *set = &c->set[i];
	_cleanup_free_ char *label = text_plain(set->label, NAME_MAX_SHOWN / 2);
	_cleanup_free_ char *file = NULL;
	const char *where = last_part(set->path), *dots;
	size_t before = 0;
	int n;

	if (count_alike(c, i, false) == 0) {
		set->name = text_plain(set->label, NAME_MAX_SHOWN);
		return set->name ? 0 : -ENOMEM;
	}
	if (count_alike(c, i, true) > 0)
		where = set->path;
	for (size_t j = 0; j < i; j++)
		before += strcmp(c->set[j].path, set->path) == 0;
	dots = strlen(where) > NAME_MAX_SHOWN / 2 ? "..." : "";
	file = text_plain(tail_of(where, NAME_MAX_SHOWN / 2), NAME_MAX_SHOWN);
	if (!label || !file)
		return -ENOMEM;
	n = before == 0 ? asprintf(&set->name, "%s (%s%s)", label, dots, file)
			: asprintf(&set->name, "%s (%s%s) #%zu", label, dots, file,
				   before + 1);
	if (n >= 0)
		return 0;
	set->name = NULL;
	return -ENOMEM;
}

int sets_finish(struct sets *sets)
{
	int ret = 0;

	for (size_t i = 0; i < sets->n && ret == 0; i++) {
		struct set *set = &sets->set[i];

		for (size_t j = 0; j < set->cells && ret == 0; j++)
			ret = finish_cell(set, &set->cell[j], sets->use_invalid);
		qsort(set->cell, set->cells, sizeof(*set->cell), by_ladder);
		ret = ret ? ret : name_set(sets, i);
	}
	return ret;
}
