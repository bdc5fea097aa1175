// SPDX-License-Identifier: MIT
#include "summary/comparison.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sets/cell.h"
#include "system/alloc.h"

struct compare_options compare_defaults(void)
{
	struct compare_options o = {
		.decide = decide_defaults(),
		.base_by = "the first given",
	};

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

static void begin(struct comparison *c, const struct compare_options *options, size_t n)
{
	*c = (struct comparison){
		.options = options,
		.sets = n,
		.set = xcalloc(n, sizeof(*c->set)),
		.result = xcalloc(n, sizeof(*c->result)),
	};
}

void compare_begin(struct comparison *c, const struct compare_options *options,
		   const struct sets *sets)
{
	begin(c, options, sets->n);
	c->problems = &sets->problems;
	c->base_by = options->base_by;
	for (size_t s = 0; s < sets->n; s++)
		c->set[s] = &sets->set[s];
}

void compare_begin_pair(struct comparison *c, const struct compare_options *options,
			const struct set *base, const struct set *other)
{
	begin(c, options, 2);
	c->set[0] = base;
	c->set[1] = other;
}

/* The runs of @subtest in @set, under the name @shown. Borrows all but its cells' list and @invalid. */
static struct set view_of(const struct set *set, const char *subtest, char *shown)
{
	struct set view = *set;

	view.name = (char *)subtest;
	view.cells = view.records = view.duplicates = 0;
	view.cell = xcalloc(set->cells, sizeof(*view.cell));
	view.invalid = (struct text_list){ 0 };
	for (size_t i = 0; i < set->cells; i++) {
		const struct cell *cell = &set->cell[i];

		if (strcmp(cell->subtest, subtest) != 0)
			continue;
		view.cell[view.cells] = *cell;
		view.cell[view.cells++].subtest = shown;
		view.records += cell->runs + cell->left_out;
		for (size_t j = 0; j < cell->runs + cell->left_out; j++)
			if (cell->run[j].reason)
				text_list_add(&view.invalid, "%04" PRIu64 " %s: %s",
					      cell->run[j].seq, subtest,
					      cell->run[j].reason);
	}
	return view;
}

void compare_begin_within(struct comparison *c, const struct compare_options *options,
			  const struct set *set, const char *base, const char *other)
{
	char *shown = xstrndup(base, strcspn(base, "-"));
	struct set *view = xcalloc(DECIDE_SIDES, sizeof(*view));

	view[DECIDE_BASE] = view_of(set, base, shown);
	view[DECIDE_NEW] = view_of(set, other, shown);
	compare_begin_pair(c, options, &view[DECIDE_BASE], &view[DECIDE_NEW]);
	c->view = view;
	c->shown = shown;
}

void compare_free(struct comparison *c)
{
	for (size_t s = 0; s < c->sets; s++) {
		free(c->result[s].sentence);
		free(c->result[s].environment);
		free(c->result[s].advice);
	}
	for (size_t s = 0; c->machine_of && s < c->sets; s++)
		free(c->machine_of[s]);
	free(c->machine_of);
	text_list_free(&c->machine);
	text_list_free(&c->machine_id);
	free(c->set);
	free(c->result);
	for (size_t i = 0; i < c->rows; i++)
		compare_row_free(&c->row[i]);
	free(c->row);
	free(c->decided);
	free(c->difference);
	text_list_free(&c->refusals);
	text_list_free(&c->warnings);
	free(c->sentence);
	for (int side = 0; c->view && side < DECIDE_SIDES; side++) {
		free(c->view[side].cell);
		text_list_free(&c->view[side].invalid);
	}
	free(c->view);
	free(c->shown);
	*c = (struct comparison){ 0 };
}

void compare_row_free(struct compare_row *row)
{
	for (int side = 0; side < DECIDE_SIDES; side++) {
		free(row->units[side]);
		free(row->machine[side]);
	}
}

/* Rows stand in the order of their sets, so that looking for those of each set takes no longer. */
static const struct compare_row *first_of_set(const struct comparison *c, size_t s)
{
	const struct compare_row *row = c->row;

	for (size_t n = c->rows; n > 0; n /= 2) {
		if (row[n / 2].set >= s)
			continue;
		row += n / 2 + 1;
		n--;
	}
	return row;
}

const struct compare_row *compare_next_row(const struct comparison *c, size_t s,
					   const struct compare_row *row)
{
	const struct compare_row *end;

	if (c->rows == 0)
		return NULL;
	end = c->row + c->rows;
	row = row ? row + 1 : first_of_set(c, s);
	return row < end && (s == 0 || row->set == s) ? row : NULL;
}

const struct compare_row *compare_next_judged(const struct comparison *c, size_t s,
					      const struct compare_row *row)
{
	do {
		row = compare_next_row(c, s, row);
	} while (row && !row->d->primary);
	return row;
}

static bool begins_pair(const struct comparison *c, const struct compare_row *row)
{
	return row == c->row || row->cell[DECIDE_NEW] != row[-1].cell[DECIDE_NEW] ||
	       row->set != row[-1].set;
}

const struct compare_row *compare_next_pair(const struct comparison *c, size_t s,
					    const struct compare_row *row)
{
	do {
		row = compare_next_row(c, s, row);
	} while (row && !begins_pair(c, row));
	return row;
}

/* The first row of the pair of cells that @row belongs to: they stand together. */
static const struct compare_row *first_of_pair(const struct comparison *c,
					       const struct compare_row *row)
{
	while (!begins_pair(c, row))
		row--;
	return row;
}

/* The next row of the same pair, or NULL. */
static const struct compare_row *next_of_pair(const struct comparison *c,
					      const struct compare_row *row)
{
	row++;
	return row < c->row + c->rows && !begins_pair(c, row) ? row : NULL;
}

const struct metric *compare_metric(const struct comparison *c,
				    const struct compare_row *row)
{
	return &c->options->metrics.metric[row->metric];
}

bool compare_is_judged(const struct comparison *c, const struct compare_row *row)
{
	for (row = first_of_pair(c, row); row; row = next_of_pair(c, row))
		if (row->d->primary)
			return true;
	return false;
}

size_t compare_count(const struct comparison *c, size_t s, enum verdict v)
{
	size_t n = 0;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));)
		n += row->d->verdict == v;
	return n;
}

char *compare_base_text(const struct comparison *c)
{
	return xasprintf("%s%s%s", c->set[0]->name, c->base_by ? ", " : "",
			 c->base_by ? c->base_by : "");
}

char *compare_cell_name(const struct comparison *c, const struct cell *cell)
{
	return set_cell_name(c->set[0], cell);
}
