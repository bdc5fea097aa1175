// SPDX-License-Identifier: MIT
/* compare(): the rows, and all steps in their order. */
#include <errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "summary/comparison.h"
#include "summary/judged.h"
#include "summary/machines.h"
#include "summary/match.h"
#include "summary/sentence.h"
#include "summary/warn.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* One run, or one boot, as a row looks at it. */
struct unit {
	size_t boot;
	double start, value;
	unsigned int machine;
};

static int by_boot(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	if (x->machine != y->machine)
		return x->machine > y->machine ? 1 : -1;
	return (x->boot > y->boot) - (x->boot < y->boot);
}

static int by_start(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static size_t count_boots(const struct set *set, const struct cell *cell)
{
	CLEANUP_FREE bool *seen = xcalloc(set->boot.n + 1, sizeof(*seen));
	size_t n = 0;

	for (size_t i = 0; i < cell->runs; i++) {
		n += !seen[cell->run[i].boot];
		seen[cell->run[i].boot] = true;
	}
	return n;
}

/* The boot that the first run of @cell tells, "" if none. */
static const char *first_boot(const struct set *set, const struct cell *cell)
{
	return cell->runs > 0 ? set->boot.text[cell->run[0].boot] : "";
}

/*
 * What a unit of pair @p is. Two kernels are two boots at least, and boots differ; runs are units
 * where both sides are of one boot. Of two loads of one set, boots are units where there are enough.
 */
static enum decide_unit choose_unit(const struct comparison *c, const struct pair *p)
{
	const struct cell *base = p->cell[DECIDE_BASE], *new = p->cell[DECIDE_NEW];
	const struct set *of_base = c->set[0], *of_new = c->set[p->set];
	size_t n = count_boots(of_base, base), m = count_boots(of_new, new);
	const char *boot = first_boot(of_base, base);

	if (c->view)
		return n < DECIDE_BOOTS || m < DECIDE_BOOTS ? UNIT_RUN : UNIT_BOOT;
	if (n > 1 || m > 1)
		return UNIT_BOOT;
	return *boot && strcmp(boot, first_boot(of_new, new)) == 0 ? UNIT_RUN
								   : UNIT_ONE_BOOT;
}

/* The earlier one; unknown where one of them is. */
static double first_of(double a, double b)
{
	return isnan(a) || isnan(b) ? NAN : fmin(a, b);
}

/* Makes one unit of the runs of each boot: their median. Returns how many. */
static size_t merge_boots(struct unit *unit, size_t n)
{
	CLEANUP_FREE double *value = xcalloc(n, sizeof(*value));
	size_t boots = 0, end;

	qsort(unit, n, sizeof(*unit), by_boot);
	for (size_t i = 0; i < n; i = end) {
		struct unit merged = unit[i];

		for (end = i; end < n && by_boot(&unit[end], &unit[i]) == 0; end++) {
			value[end - i] = unit[end].value;
			merged.start = first_of(merged.start, unit[end].start);
		}
		merged.value = median(value, end - i);
		unit[boots++] = merged;
	}
	qsort(unit, boots, sizeof(*unit), by_start);
	return boots;
}

/* Drops the units of machines that are not among the @others. Returns how many are left. */
static size_t drop_other_machines(struct unit *unit, size_t n, const struct cell *others,
				  const struct comparison *c, size_t of_others)
{
	CLEANUP_FREE bool *there = xcalloc(c->machine.n, sizeof(*there));
	size_t kept = 0;

	for (size_t i = 0; i < others->runs; i++)
		there[machine_number(c, of_others, others->run[i].machine)] = true;
	for (size_t i = 0; i < n; i++)
		if (there[unit[i].machine])
			unit[kept++] = unit[i];
	return kept;
}

/* Fills one side of @row with its units. */
static void take_units(const struct comparison *c, struct compare_row *row,
		       struct decide_row *d, int side)
{
	const size_t set[] = { 0, row->set };
	const struct cell *cell = row->cell[side];
	CLEANUP_FREE struct unit *unit = xcalloc(cell->runs, sizeof(*unit));
	bool blocks = machines_are_blocks(c, row->set);
	double *value;
	size_t n = 0;

	for (size_t i = 0; i < cell->runs; i++) {
		const struct run *run = &cell->run[i];

		row->few[side] += run->few[row->metric] && isnan(run->value[row->metric]);
		row->stalled[side] += isinf(run->value[row->metric]);
		if (!isnan(run->value[row->metric]))
			unit[n++] = (struct unit){
				run->boot, run->start, run->value[row->metric],
				machine_number(c, set[side], run->machine)
			};
	}
	if (blocks)
		n = drop_other_machines(unit, n, row->cell[!side], c, set[!side]);
	if (row->boots)
		n = merge_boots(unit, n);
	value = row->units[side] = xcalloc(2 * n, sizeof(*value));
	for (size_t i = 0; i < n; i++) {
		value[i] = unit[i].value;
		value[n + i] = unit[i].start;
	}
	row->machine[side] = xcalloc(n, sizeof(*row->machine[side]));
	for (size_t i = 0; i < n; i++)
		row->machine[side][i] = unit[i].machine;
	d->side[side] = (struct decide_side){ n, value, value + n };
	d->machine[side] = blocks ? row->machine[side] : NULL;
}

/* The variance of ln(value) of one side by level; all NAN where a value is 0 or not finite. */
static struct variance_levels side_spread(const struct cell *cell, size_t metric)
{
	CLEANUP_FREE double *value = xcalloc(cell->runs, sizeof(*value));
	CLEANUP_FREE unsigned int *boot = xcalloc(cell->runs, sizeof(*boot));
	struct variance_levels v = { NAN, NAN, NAN, 0, 0 };
	size_t n = 0;

	for (size_t i = 0; i < cell->runs; i++) {
		double x = cell->run[i].value[metric];

		if (isnan(x))
			continue;
		if (!(x > 0) || isinf(x))
			return v;
		value[n] = log(x);
		boot[n++] = (unsigned int)cell->run[i].boot;
	}
	if (n > 0)
		variance_by_level(&v, value, boot, NULL, n);
	/* One run of each boot: what boots and runs do to it cannot be told apart. */
	if (v.boots == v.runs && n > 1)
		v.boot = gsl_stats_variance(value, 1, n);
	return v;
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
static struct variance_levels find_spread(const struct compare_row *row)
{
	struct variance_levels a = side_spread(row->cell[DECIDE_BASE], row->metric);
	struct variance_levels b = side_spread(row->cell[DECIDE_NEW], row->metric);

	return (struct variance_levels){
		.boot = pool(a.boot, (double)a.boots - 1, b.boot, (double)b.boots - 1),
		.run = pool(a.run, (double)a.runs - (double)a.boots, b.run,
			    (double)b.runs - (double)b.boots),
		.within = NAN,
		.boots = a.boots + b.boots,
		.runs = a.runs + b.runs,
	};
}

static bool is_all_zero(const struct decide_side *side)
{
	for (size_t i = 0; i < side->n; i++)
		if (side->value[i] != 0)
			return false;
	return true;
}

/* What does not tell anything: huge pages of a timer, counters that never moved. */
static bool is_empty(const struct compare_row *row, const struct decide_row *d,
		     const struct metric *m)
{
	size_t base = d->side[DECIDE_BASE].n, new = d->side[DECIDE_NEW].n;

	if (m->kind == METRIC_QUANTILE)
		return base + new + row->few[0] + row->few[1] == 0;
	if (base == 0 || new == 0)
		return true;
	/* That nothing stalled is a result, and so is that no work was done. */
	return !metric_is_of_faults(m) && !d->primary && is_all_zero(&d->side[0]) &&
	       is_all_zero(&d->side[1]);
}

/*
 * The margin of a row: after the rules of --thresholds, else --margin, else its own; and of counts and
 * shares, which may be 0, at least what matters to nobody.
 */
static void set_margin(struct decide_row *d, const struct compare_options *o,
		       const struct judged *judged, const struct metric *m)
{
	const struct threshold *rule =
		threshold_find(o->thresholds, judged->subtest, m->name);

	d->margin = rule ? rule->margin : o->margin > 0 ? o->margin : judged->margin;
	d->absolute = judged->absolute;
}

/* Whether @row has a value that is 0. */
static bool has_zero(const struct decide_row *d)
{
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < d->side[side].n; i++)
			if (d->side[side].value[i] == 0)
				return true;
	return false;
}

/* Adds the row of @metric of pair @p, for which there is room; @judged: NULL, or that it is. */
static void add_row(struct comparison *c, const struct pair *p, size_t metric,
		    enum decide_unit unit, const struct judged *judged)
{
	const struct metric *m = &c->options->metrics.metric[metric];
	struct compare_row *row = &c->row[c->rows];
	struct decide_row *d = &c->decided[c->rows];

	*row = (struct compare_row){
		.set = p->set,
		.cell = { p->cell[DECIDE_BASE], p->cell[DECIDE_NEW] },
		.metric = metric,
		.boots = unit == UNIT_BOOT,
		.spread = { NAN, NAN, NAN, 0, 0 },
		.d = d,
	};
	*d = (struct decide_row){
		.primary = judged,
		.unit = unit,
		.work = metric_is_work(m),
	};
	take_units(c, row, d, DECIDE_BASE);
	take_units(c, row, d, DECIDE_NEW);
	d->difference = metric_is_difference(m) || (d->work && has_zero(d));
	if (is_empty(row, d, m)) {
		compare_row_free(row);
		return;
	}
	if (judged) {
		set_margin(d, c->options, judged, m);
		row->spread = find_spread(row);
		c->primary++;
	}
	c->rows++;
}

/* Makes c->row of @pairs, and decides. */
static int make_rows(struct comparison *c, const struct pair_list *pairs,
		     const struct judged_list *judged)
{
	const struct metrics *metrics = &c->options->metrics;
	struct decide_options how = c->options->decide;

	how.allow_one_boot = c->options->allow[REFUSE_ONE_BOOT];
	how.allow_order = c->options->allow[REFUSE_ORDER];
	c->row = xcalloc(pairs->n * metrics->n, sizeof(*c->row));
	c->decided = xcalloc(pairs->n * metrics->n, sizeof(*c->decided));
	for (size_t i = 0; i < pairs->n; i++) {
		const struct pair *p = &pairs->pair[i];
		const char *subtest = p->cell[DECIDE_BASE]->subtest;
		enum decide_unit unit = choose_unit(c, p);

		for (size_t m = 0; m < metrics->n; m++)
			add_row(c, p, m, unit,
				judged_find(judged, subtest, metrics->metric[m].name));
	}
	return decide(c->decided, c->rows, &how);
}

/* Something that could be compared, or why there is nothing. */
static int check_sets(struct comparison *c)
{
	if (c->sets < 2) {
		text_list_add(
			&c->refusals,
			"there is nothing to compare with: all records have label %s, give another set",
			c->sets ? c->set[0]->name : "");
		return -EINVAL;
	}
	for (size_t s = 0; s < c->sets; s++) {
		const struct set *set = c->set[s];

		if (set_runs(set, NULL) > 0)
			continue;
		text_list_add(&c->refusals,
			      "%s has no valid run: %zu of %zu are invalid (%s)",
			      set->name, set->invalid.n, set->records,
			      set->invalid.n ? set->invalid.text[0] : "");
		return -ENODATA;
	}
	return 0;
}

/* Pairs, chooses, decides. */
static int find_rows(struct comparison *c, struct pair_list *pairs,
		     struct judged_list *judged)
{
	int ret;

	match_machines(c);
	match_cells(c, pairs);
	ret = judged_choose(c, judged);
	if (ret < 0)
		return ret;
	if (c->refusals.n > 0)
		return -EPERM;
	if (pairs->n > 0)
		return make_rows(c, pairs, judged);
	text_list_add(&c->refusals, "the sets have no subtest in common");
	return -ENODATA;
}

int compare(struct comparison *c)
{
	CLEANUP(judged_free) struct judged_list judged = { 0 };
	struct pair_list pairs = { 0 };
	int ret = check_sets(c);

	ret = ret ? ret : find_rows(c, &pairs, &judged);
	if (ret == 0) {
		compare_warn(c);
		compare_say(c);
	}
	free(pairs.pair);
	return ret;
}
