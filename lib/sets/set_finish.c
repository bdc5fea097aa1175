// SPDX-License-Identifier: MIT
#include "sets/set-private.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"

/* By start, then what tells runs of one second apart; unknown starts last. */
static int by_start(const void *a, const void *b)
{
	const struct compare_run *x = a, *y = b;

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
static int note_invalid(struct compare_set *set, struct compare_cell *cell,
			const struct compare_run *run)
{
	cell->invalid++;
	return text_list_add(&set->invalid, "%04" PRIu64 " %s: %s", run->seq,
			     cell->subtest, run->reason);
}

/* Puts the runs of @cell in order: those that count, then those left out. */
static int finish_cell(struct compare_set *set, struct compare_cell *cell,
		       bool use_invalid)
{
	_cleanup_free_ struct compare_run *left_out =
		malloc(cell->runs * sizeof(*left_out));
	size_t kept = 0;
	int ret = 0;

	if (!left_out)
		return -ENOMEM;
	qsort(cell->run, cell->runs, sizeof(*cell->run), by_start);
	for (size_t i = 0; i < cell->runs; i++) {
		struct compare_run run = cell->run[i];
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
	const struct compare_cell *x = a, *y = b;

	return _subtest_order(x->subtest, y->subtest);
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
static size_t count_alike(const struct comparison *c, size_t i, bool same_file)
{
	const char *file = last_part(c->set[i].path);
	size_t n = 0;

	for (size_t j = 0; j < c->sets; j++)
		n += j != i && strcmp(c->set[j].label, c->set[i].label) == 0 &&
		     (!same_file || strcmp(last_part(c->set[j].path), file) == 0);
	return n;
}

/*
 * What set @i is called: its label; where another set has that too, also its file, or as much of
 * the path as there is room for; where even that was given before, also its number.
 */
static int name_set(const struct comparison *c, size_t i)
{
	struct compare_set *set = &c->set[i];
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

int _sets_finish(struct comparison *c)
{
	int ret = 0;

	for (size_t i = 0; i < c->sets && ret == 0; i++) {
		struct compare_set *set = &c->set[i];

		for (size_t j = 0; j < set->cells && ret == 0; j++)
			ret = finish_cell(set, &set->cell[j],
					  c->options->allow[REFUSE_INVALID]);
		qsort(set->cell, set->cells, sizeof(*set->cell), by_ladder);
		ret = ret ? ret : name_set(c, i);
	}
	return ret;
}
