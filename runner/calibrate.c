// SPDX-License-Identifier: MIT
#include "calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "pinlat.h"
#include "stats/estimate.h"
#include "system/cleanup.h"

/* The splits are drawn alike each time: the same set gives the same text. */
#define SPLIT_SEED 1

static void free_report(struct calibrate_report *r)
{
	for (size_t i = 0; r->name && i < r->rows; i++)
		free(r->name[i].cell);
	free(r->name);
	free(r->row);
}

/* Takes the judged rows that have units enough. */
static int take_rows(struct calibrate_report *r)
{
	const struct comparison *c = r->comparison;

	r->row = calloc(c->rows + 1, sizeof(*r->row));
	r->name = calloc(c->rows + 1, sizeof(*r->name));
	if (!r->row || !r->name)
		return -ENOMEM;
	r->least = SIZE_MAX;
	for (size_t i = 0; i < c->rows; i++) {
		const struct compare_row *from = &c->row[i];
		size_t n = from->d->side[DECIDE_BASE].n;

		if (!from->d->primary)
			continue;
		if (n < CALIBRATE_UNITS || from->d->zeros) {
			r->left_out++;
			continue;
		}
		r->row[r->rows] = (struct calibrate_row){
			.n = n,
			.value = from->value[DECIDE_BASE],
			.start = from->start[DECIDE_BASE],
			.margin = from->d->margin,
		};
		r->name[r->rows].metric = c->options->metrics.metric[from->metric].name;
		r->name[r->rows].subtest = from->cell[DECIDE_BASE]->subtest;
		r->name[r->rows].cell = compare_cell_name(c, from->cell[DECIDE_BASE]);
		if (!r->name[r->rows++].cell)
			return -ENOMEM;
		r->boots = from->boots;
		r->most = n > r->most ? n : r->most;
		r->least = n < r->least ? n : r->least;
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* From the start of one run to that of the next, in the middle: seconds; NAN: unknown. */
static int usual_gap(const struct set *set, double *gap)
{
	CLEANUP_FREE double *start = calloc(set->records + 1, sizeof(*start));
	size_t n = 0;

	*gap = NAN;
	if (!start)
		return -ENOMEM;
	for (size_t i = 0; i < set->cells; i++)
		for (size_t k = 0; k < set->cell[i].runs; k++)
			if (!isnan(set->cell[i].run[k].start))
				start[n++] = set->cell[i].run[k].start;
	qsort(start, n, sizeof(*start), by_value);
	for (size_t i = 0; i + 1 < n; i++)
		start[i] = start[i + 1] - start[i];
	if (n > 1)
		*gap = median(start, n - 1);
	return 0;
}

/* The time that one more unit of each judged subtest would take. */
static int find_time(struct calibrate_report *r)
{
	const struct comparison *c = r->comparison;
	const struct cell *last = NULL;
	double gap, runs = 0;
	int ret = usual_gap(c->set[0], &gap);

	for (size_t i = 0; i < c->rows; i++) {
		const struct cell *cell = c->row[i].cell[DECIDE_BASE];

		if (!c->row[i].d->primary || cell == last)
			continue;
		runs += r->boots ? (double)cell->runs / (double)c->set[0]->boot.n : 1;
		last = cell;
	}
	r->unit_seconds = gap > 0 ? gap * runs : NAN;
	return ret;
}

static int report(const struct comparison *c, const char *path)
{
	struct calibrate_report r = { .comparison = c };
	int ret = take_rows(&r), code = PINLAT_OK;

	ret = ret ? ret : find_time(&r);
	if (ret == 0 && r.rows == 0) {
		complain(
			"%s: holds too few valid runs of what is judged; a comparison with itself needs %d of each subtest, better 10",
			path, CALIBRATE_UNITS);
		code = PINLAT_FAILED;
	} else if (ret == 0) {
		ret = calibrate(&r.all, r.row, r.rows, &c->options->decide, SPLIT_SEED);
		ret = ret ? ret : calibrate_print(&r);
	}
	free_report(&r);
	if (ret < 0)
		complain("%s: cannot be compared with itself: %s", path, strerror(-ret));
	return ret < 0 ? PINLAT_FAILED : code;
}

/* Reads the set at @path. -1: go on, else the exit code. */
static int load(struct sets *sets, const char *path)
{
	int n = sets_load(sets, path);

	if (n < 0) {
		complain("%s: cannot be read: %s", path, strerror(-n));
		return PINLAT_USAGE;
	}
	for (size_t i = 0; i < sets->problems.n; i++)
		complain("%s", sets->problems.text[i]);
	if (n == 0) {
		complain("%s: holds no record; `pinlat run --calibrate` makes some",
			 path);
		return PINLAT_USAGE;
	}
	if (sets->n > 1) {
		complain(
			"%s: holds %zu labels (%s, %s%s); only one set can be compared with itself",
			path, sets->n, sets->set[0].label, sets->set[1].label,
			sets->n > 2 ? ", ..." : "");
		return PINLAT_USAGE;
	}
	return -1;
}

/* Why the set cannot even be compared with itself; @error is compare()'s. */
static int refuse(const struct comparison *c, int error)
{
	for (size_t i = 0; i < c->refusals.n; i++)
		complain("compare: %s", c->refusals.text[i]);
	return error == -EPERM || error == -EINVAL ? PINLAT_USAGE : PINLAT_FAILED;
}

int calibrate_set(const char *path, const struct compare_options *options)
{
	struct sets sets = compare_sets(options);
	struct comparison c = { 0 };
	int code = load(&sets, path), ret;

	if (code < 0) {
		sets_finish(&sets);
		compare_begin_pair(&c, options, &sets.set[0], &sets.set[0]);
		ret = compare(&c);
		code = ret == 0 ? report(&c, path) : refuse(&c, ret);
	}
	compare_free(&c);
	sets_free(&sets);
	return code;
}
