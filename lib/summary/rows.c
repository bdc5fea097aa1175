// SPDX-License-Identifier: MIT
#include "summary/internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"

/* One run, or one boot, as a row looks at it. */
struct unit {
	size_t boot;
	double start, value;
};

static int by_boot(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	return (x->boot > y->boot) - (x->boot < y->boot);
}

static int by_start(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static size_t count_boots(const struct set *set, const struct cell *cell)
{
	_cleanup_free_ bool *seen = calloc(set->boot.n + 1, sizeof(*seen));
	size_t n = 0;

	for (size_t i = 0; seen && i < cell->runs; i++) {
		n += !seen[cell->run[i].boot];
		seen[cell->run[i].boot] = true;
	}
	return n;
}

/* The earlier one; unknown where one of them is. */
static double first_of(double a, double b)
{
	return isnan(a) || isnan(b) ? NAN : fmin(a, b);
}

/* Makes one unit of the runs of each boot: their median. Returns how many, or -ENOMEM. */
static ssize_t merge_boots(struct unit *unit, size_t n)
{
	_cleanup_free_ double *value = calloc(n + 1, sizeof(*value));
	size_t boots = 0, end;

	if (!value)
		return -ENOMEM;
	qsort(unit, n, sizeof(*unit), by_boot);
	for (size_t i = 0; i < n; i = end) {
		struct unit merged = unit[i];

		for (end = i; end < n && unit[end].boot == unit[i].boot; end++) {
			value[end - i] = unit[end].value;
			merged.start = first_of(merged.start, unit[end].start);
		}
		merged.value = median(value, end - i);
		unit[boots++] = merged;
	}
	qsort(unit, boots, sizeof(*unit), by_start);
	return (ssize_t)boots;
}

/* Fills one side of @row with its units. */
static int take_units(struct compare_row *row, struct decide_row *d, int side)
{
	const struct cell *cell = row->cell[side];
	_cleanup_free_ struct unit *unit = calloc(cell->runs + 1, sizeof(*unit));
	ssize_t n = 0;

	if (!unit)
		return -ENOMEM;
	for (size_t i = 0; i < cell->runs; i++) {
		const struct run *run = &cell->run[i];

		row->few[side] += run->few[row->metric];
		if (!isnan(run->value[row->metric]))
			unit[n++] = (struct unit){ run->boot, run->start,
						   run->value[row->metric] };
	}
	if (row->boots)
		n = merge_boots(unit, (size_t)n);
	if (n < 0)
		return (int)n;
	row->value[side] = calloc((size_t)n + 1, sizeof(double));
	row->start[side] = calloc((size_t)n + 1, sizeof(double));
	if (!row->value[side] || !row->start[side])
		return -ENOMEM;
	for (ssize_t i = 0; i < n; i++) {
		row->value[side][i] = unit[i].value;
		row->start[side][i] = unit[i].start;
	}
	d->side[side] =
		(struct decide_side){ (size_t)n, row->value[side], row->start[side] };
	return 0;
}

/* The variance of ln(value) of one side by level; all NAN where a value is 0. */
static int side_spread(struct variance_levels *v, const struct cell *cell, size_t metric)
{
	_cleanup_free_ double *value = calloc(cell->runs + 1, sizeof(*value));
	_cleanup_free_ double *within = calloc(cell->runs + 1, sizeof(*within));
	_cleanup_free_ unsigned int *boot = calloc(cell->runs + 1, sizeof(*boot));
	bool known = true;
	size_t n = 0;

	*v = (struct variance_levels){ NAN, NAN, NAN, 0, 0 };
	if (!value || !within || !boot)
		return -ENOMEM;
	for (size_t i = 0; i < cell->runs; i++) {
		const struct run *run = &cell->run[i];

		if (isnan(run->value[metric]))
			continue;
		if (run->value[metric] <= 0)
			return 0;
		value[n] = log(run->value[metric]);
		within[n] = run->variance[metric];
		known &= !isnan(within[n]);
		boot[n++] = (unsigned int)run->boot;
	}
	return n ? variance_by_level(v, value, boot, known ? within : NULL, n) : 0;
}

/* The mean of @a and @b by their weights; what is not known has none. */
static double pool(double a, double weight_a, double b, double weight_b)
{
	if (isnan(a) || !(weight_a > 0))
		return isnan(b) || !(weight_b > 0) ? NAN : b;
	if (isnan(b) || !(weight_b > 0))
		return a;
	return (a * weight_a + b * weight_b) / (weight_a + weight_b);
}

/* Each side's variance about its own mean, pooled by its degrees of freedom. */
static int find_spread(struct compare_row *row)
{
	struct variance_levels a = { 0 }, b = { 0 };
	int ret = side_spread(&a, row->cell[DECIDE_BASE], row->metric);

	ret = ret ? ret : side_spread(&b, row->cell[DECIDE_NEW], row->metric);
	if (ret < 0)
		return ret;
	row->spread = (struct variance_levels){
		.boot = pool(a.boot, (double)a.boots - 1, b.boot, (double)b.boots - 1),
		.run = pool(a.run, (double)a.runs - (double)a.boots, b.run,
			    (double)b.runs - (double)b.boots),
		.within = pool(a.within, (double)a.runs, b.within, (double)b.runs),
		.boots = a.boots + b.boots,
		.runs = a.runs + b.runs,
	};
	return 0;
}

static bool is_primary(const struct primary_list *list, const char *subtest,
		       size_t metric)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->primary[i].metric == metric &&
		    strcmp(list->primary[i].subtest, subtest) == 0)
			return true;
	return false;
}

static bool is_all_zero(const struct decide_side *side)
{
	for (size_t i = 0; i < side->n; i++)
		if (side->value[i] != 0)
			return false;
	return true;
}

/* What does not explain anything: huge pages of a timer, counters that never moved. */
static bool is_empty(const struct compare_row *row, const struct decide_row *d,
		     enum metric_kind kind)
{
	size_t n = d->side[DECIDE_BASE].n, m = d->side[DECIDE_NEW].n;

	if (kind == METRIC_QUANTILE)
		return n + m + row->few[0] + row->few[1] == 0;
	return n == 0 || m == 0 || (is_all_zero(&d->side[0]) && is_all_zero(&d->side[1]));
}

static void free_row(struct compare_row *row)
{
	for (int side = 0; side < DECIDE_SIDES; side++) {
		free(row->value[side]);
		free(row->start[side]);
	}
}

/* Adds the row of @metric of pair @p, for which there is room. */
static int add_row(struct comparison *c, const struct pair *p, size_t metric, bool boots,
		   bool primary)
{
	const struct compare_options *o = c->options;
	const char *subtest = p->cell[DECIDE_BASE]->subtest;
	const struct threshold *rule =
		threshold_find(o->thresholds, subtest, o->metrics.metric[metric].name);
	struct compare_row *row = &c->row[c->rows];
	struct decide_row *d = &c->decided[c->rows];
	int ret;

	*row = (struct compare_row){
		.set = p->set,
		.cell = { p->cell[DECIDE_BASE], p->cell[DECIDE_NEW] },
		.metric = metric,
		.boots = boots,
		.spread = { NAN, NAN, NAN, 0, 0 },
		.d = d,
	};
	*d = (struct decide_row){ .primary = primary,
				  .margin = rule ? rule->margin : o->margin };
	ret = take_units(row, d, DECIDE_BASE);
	ret = ret ? ret : take_units(row, d, DECIDE_NEW);
	ret = ret ? ret : primary ? find_spread(row) : 0;
	if (ret < 0 || is_empty(row, d, o->metrics.metric[metric].kind)) {
		free_row(row);
		return ret;
	}
	c->rows++;
	c->primary += primary;
	return 0;
}

static int add_pair_rows(struct comparison *c, const struct pair *p,
			 const struct primary_list *primary)
{
	bool boots = count_boots(c->set[0], p->cell[DECIDE_BASE]) >= COMPARE_BOOTS &&
		     count_boots(c->set[p->set], p->cell[DECIDE_NEW]) >= COMPARE_BOOTS;
	int ret = 0;

	for (size_t m = 0; m < c->options->metrics.n && ret == 0; m++)
		ret = add_row(c, p, m, boots,
			      is_primary(primary, p->cell[DECIDE_BASE]->subtest, m));
	return ret;
}

int _rows_make(struct comparison *c, const struct pair_list *pairs,
	       const struct primary_list *primary)
{
	size_t most = pairs->n * c->options->metrics.n;
	int ret = 0;

	c->row = calloc(most + 1, sizeof(*c->row));
	c->decided = calloc(most + 1, sizeof(*c->decided));
	if (!c->row || !c->decided)
		return -ENOMEM;
	for (size_t i = 0; i < pairs->n && ret == 0; i++)
		ret = add_pair_rows(c, &pairs->pair[i], primary);
	return ret ? ret : decide(c->decided, c->rows, &c->options->decide);
}

void _rows_free(struct comparison *c)
{
	for (size_t i = 0; i < c->rows; i++)
		free_row(&c->row[i]);
	free(c->row);
	free(c->decided);
}
