// SPDX-License-Identifier: MIT
#include "summary/comparison.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "summary/internal.h"
#include "system/cleanup.h"

struct compare_options compare_defaults(void)
{
	struct compare_options o = { .decide = decide_defaults(), .margin = 0.05 };

	metrics_init(&o.metrics);
	return o;
}

struct sets compare_sets(const struct compare_options *options)
{
	return (struct sets){
		.metrics = &options->metrics,
		.woken = options->woken,
		.use_invalid = options->allow[REFUSE_INVALID],
	};
}

/* Room for @n sets; there is always some. */
static int begin(struct comparison *c, const struct compare_options *options, size_t n)
{
	*c = (struct comparison){
		.options = options,
		.set = calloc(n + 1, sizeof(*c->set)),
		.result = calloc(n + 1, sizeof(*c->result)),
	};
	return c->set && c->result ? 0 : -ENOMEM;
}

int compare_begin(struct comparison *c, const struct compare_options *options,
		  const struct sets *sets)
{
	int ret = begin(c, options, sets->n);

	if (ret < 0)
		return ret;
	c->problems = &sets->problems;
	c->sets = sets->n;
	for (size_t s = 0; s < sets->n; s++)
		c->set[s] = &sets->set[s];
	return 0;
}

int compare_begin_pair(struct comparison *c, const struct compare_options *options,
		       const struct set *base, const struct set *other)
{
	int ret = begin(c, options, 2);

	if (ret < 0)
		return ret;
	c->sets = 2;
	c->set[0] = base;
	c->set[1] = other;
	return 0;
}

void compare_free(struct comparison *c)
{
	for (size_t s = 0; s < c->sets; s++) {
		free(c->result[s].sentence);
		free(c->result[s].environment);
		free(c->result[s].advice);
	}
	free(c->set);
	free(c->result);
	_rows_free(c);
	free(c->difference);
	text_list_free(&c->refusals);
	text_list_free(&c->warnings);
	free(c->sentence);
	*c = (struct comparison){ 0 };
}

/* Something that could be compared, or why there is nothing. */
static int check_sets(struct comparison *c)
{
	int ret;

	if (c->sets < 2) {
		ret = text_list_add(
			&c->refusals,
			"there is nothing to compare with: all records have label %s, give another set",
			c->sets ? c->set[0]->name : "");
		return ret < 0 ? ret : -EINVAL;
	}
	for (size_t s = 0; s < c->sets; s++) {
		size_t runs = 0;

		for (size_t i = 0; i < c->set[s]->cells; i++)
			runs += c->set[s]->cell[i].runs;
		if (runs > 0)
			continue;
		ret = text_list_add(
			&c->refusals, "%s has no valid run: %zu of %zu are invalid (%s)",
			c->set[s]->name, c->set[s]->invalid.n, c->set[s]->records,
			c->set[s]->invalid.n ? c->set[s]->invalid.text[0] : "");
		return ret < 0 ? ret : -ENODATA;
	}
	return 0;
}

/* Pairs, chooses, decides. */
static int find_rows(struct comparison *c, struct pair_list *pairs,
		     struct primary_list *primary)
{
	int ret = _match_machines(c);

	ret = ret ? ret : _match_cells(c, pairs);
	ret = ret ? ret : _choose_primary(c, primary);
	if (ret < 0)
		return ret;
	if (c->refusals.n > 0)
		return -EPERM;
	if (pairs->n == 0) {
		ret = text_list_add(&c->refusals, "the sets have no subtest in common");
		return ret < 0 ? ret : -ENODATA;
	}
	return _rows_make(c, pairs, primary);
}

int compare(struct comparison *c)
{
	struct primary_list primary = { 0 };
	struct pair_list pairs = { 0 };
	int ret = check_sets(c);

	ret = ret ? ret : find_rows(c, &pairs, &primary);
	ret = ret ? ret : _warn(c);
	ret = ret ? ret : _sentences(c);
	free(pairs.pair);
	_primary_list_free(&primary);
	return ret;
}

size_t compare_count(const struct comparison *c, size_t set, enum verdict v)
{
	size_t n = 0;

	for (size_t i = 0; i < c->rows; i++)
		n += (set == 0 || c->row[i].set == set) && c->row[i].d->primary &&
		     c->row[i].d->verdict == v;
	return n;
}

/* The first row of the pair of cells that @row belongs to: they stand together. */
static const struct compare_row *first_of_pair(const struct comparison *c,
					       const struct compare_row *row)
{
	while (!_is_first_of_pair(c, (size_t)(row - c->row)))
		row--;
	return row;
}

/* The next row of the same pair, or NULL. */
static const struct compare_row *next_of_pair(const struct comparison *c,
					      const struct compare_row *row)
{
	size_t next = (size_t)(row - c->row) + 1;

	return next < c->rows && !_is_first_of_pair(c, next) ? row + 1 : NULL;
}

const struct compare_row *compare_beside(const struct comparison *c,
					 const struct compare_row *row, const char *name)
{
	for (row = first_of_pair(c, row); row; row = next_of_pair(c, row))
		if (strcmp(c->options->metrics.metric[row->metric].name, name) == 0)
			return row;
	return NULL;
}

bool compare_is_judged(const struct comparison *c, const struct compare_row *row)
{
	for (row = first_of_pair(c, row); row; row = next_of_pair(c, row))
		if (row->d->primary)
			return true;
	return false;
}

bool compare_is_set_judged(const struct comparison *c, size_t s)
{
	for (size_t i = 0; i < c->rows; i++)
		if (c->row[i].set == s && c->row[i].d->primary)
			return true;
	return false;
}

char *compare_cell_name(const struct comparison *c, const struct cell *cell)
{
	return set_cell_name(c->set[0], cell);
}
