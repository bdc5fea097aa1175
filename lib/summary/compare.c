// SPDX-License-Identifier: MIT
/* compare(): what is judged, the rows, and all steps in their order. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "summary/comparison.h"
#include "summary/match.h"
#include "summary/sentence.h"
#include "summary/warn.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* What is judged of a subtest that is declared without a metric. */
static const char *const judged[] = { "p50", "p90", "p99" };

/* Whether @metric of @subtest is in @primary: "SUBTEST:METRIC". */
static bool is_primary(const struct text_list *primary, const char *subtest,
		       const char *metric)
{
	CLEANUP_FREE char *name = xasprintf("%s:%s", subtest, metric);

	return text_list_has(primary, name);
}

static void add_judged(struct text_list *primary, const char *subtest)
{
	for (size_t i = 0; i < sizeof(judged) / sizeof(*judged); i++)
		text_list_add(primary, "%s:%s", subtest, judged[i]);
}

/* How many runs of @subtest in @set are invalid. */
static size_t count_invalid(const struct set *set, const char *subtest)
{
	size_t n = 0;

	for (size_t i = 0; i < set->cells; i++)
		if (strcmp(set->cell[i].subtest, subtest) == 0)
			n += set->cell[i].invalid;
	return n;
}

/* Refuses each set that lacks @subtest where another one has it. */
static void require_subtest(struct comparison *c, const char *subtest)
{
	const char *has = NULL;

	for (size_t s = 0; s < c->sets && !has; s++)
		if (set_runs(c->set[s], subtest) > 0)
			has = c->set[s]->name;
	for (size_t s = 0; has && s < c->sets; s++) {
		size_t invalid = count_invalid(c->set[s], subtest);

		if (set_runs(c->set[s], subtest) > 0)
			continue;
		if (invalid > 0)
			match_refuse(
				c, REFUSE_SUBTEST,
				"%s has no valid run of %s (%zu invalid), which %s has",
				c->set[s]->name, subtest, invalid, has);
		else
			match_refuse(c, REFUSE_SUBTEST,
				     "%s has no run of %s, which %s has", c->set[s]->name,
				     subtest, has);
	}
}

/* The subtest of @probe that is judged, "" if none: busy, else the highest that all have. */
static void choose_subtest(struct comparison *c, const char *probe, char *subtest,
			   size_t size)
{
	for (size_t l = LADDER_LOADS; l-- > 0;) {
		size_t have = 0;

		snprintf(subtest, size, "%s-%s", probe, ladder_load[l]);
		for (size_t s = 0; s < c->sets; s++)
			have += set_runs(c->set[s], subtest) > 0;
		if (have > 0 && have < c->sets && l == LADDER_LOADS - 1)
			require_subtest(c, subtest);
		else if (have < c->sets)
			continue;
		return;
	}
	*subtest = '\0';
}

/* Says that @probe cannot be judged where some sets have it and others do not. */
static void require_probe(struct comparison *c, const char *probe)
{
	size_t length = strlen(probe);
	bool found = false;

	for (size_t s = 0; s < c->sets; s++) {
		for (size_t i = 0; i < c->set[s]->cells; i++) {
			const struct cell *cell = &c->set[s]->cell[i];

			found |= cell->runs > 0 &&
				 strncmp(cell->subtest, probe, length) == 0 &&
				 cell->subtest[length] == '-';
		}
	}
	if (found)
		match_refuse(c, REFUSE_SUBTEST,
			     "no subtest of probe %s was run in all sets", probe);
}

/* One "SUBTEST[:METRIC]". Returns 0, or -EINVAL having said why. */
static int add_declared(struct comparison *c, struct text_list *primary, char *item)
{
	char *metric = strchr(item, ':');
	size_t known = 0;

	if (metric)
		*metric++ = '\0';
	for (size_t s = 0; s < c->sets; s++)
		known += set_runs(c->set[s], item);
	if (known == 0) {
		text_list_add(&c->refusals,
			      "--primary names %s, of which no set has a valid run",
			      item);
		return -EINVAL;
	}
	require_subtest(c, item);
	if (metric &&
	    metrics_find(&c->options->metrics, metric) >= c->options->metrics.quantiles) {
		text_list_add(
			&c->refusals,
			"--primary names metric %s; quantiles alone are judged, as in %s:p99",
			metric, item);
		return -EINVAL;
	}
	if (metric)
		text_list_add(primary, "%s:%s", item, metric);
	else
		add_judged(primary, item);
	return 0;
}

/* Chooses what is judged. Returns as compare(). */
static int choose_primary(struct comparison *c, struct text_list *primary)
{
	CLEANUP_FREE char *text = NULL;
	char subtest[32], *rest, *item;
	int ret = 0;

	if (c->options->primary) {
		text = text_plain(c->options->primary, SIZE_MAX);
		for (item = strtok_r(text, ",", &rest); item && ret == 0;
		     item = strtok_r(NULL, ",", &rest))
			ret = add_declared(c, primary, item);
		return ret;
	}
	if (c->view) {
		add_judged(primary, c->shown);
		return 0;
	}
	for (size_t p = 0; p < LADDER_JUDGED; p++) {
		choose_subtest(c, ladder_probe[p], subtest, sizeof(subtest));
		if (*subtest)
			add_judged(primary, subtest);
		else
			require_probe(c, ladder_probe[p]);
	}
	return 0;
}

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
	CLEANUP_FREE bool *seen = xcalloc(set->boot.n + 1, sizeof(*seen));
	size_t n = 0;

	for (size_t i = 0; i < cell->runs; i++) {
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

/* Makes one unit of the runs of each boot: their median. Returns how many. */
static size_t merge_boots(struct unit *unit, size_t n)
{
	CLEANUP_FREE double *value = xcalloc(n, sizeof(*value));
	size_t boots = 0, end;

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
	return boots;
}

/* Fills one side of @row with its units. */
static void take_units(struct compare_row *row, struct decide_row *d, int side)
{
	const struct cell *cell = row->cell[side];
	CLEANUP_FREE struct unit *unit = xcalloc(cell->runs, sizeof(*unit));
	double *value;
	size_t n = 0;

	for (size_t i = 0; i < cell->runs; i++) {
		const struct run *run = &cell->run[i];

		row->few[side] += run->few[row->metric];
		if (!isnan(run->value[row->metric]))
			unit[n++] = (struct unit){ run->boot, run->start,
						   run->value[row->metric] };
	}
	if (row->boots)
		n = merge_boots(unit, n);
	value = row->units[side] = xcalloc(2 * n, sizeof(*value));
	for (size_t i = 0; i < n; i++) {
		value[i] = unit[i].value;
		value[n + i] = unit[i].start;
	}
	d->side[side] = (struct decide_side){ n, value, value + n };
}

/* The variance of ln(value) of one side by level; all NAN where a value is 0. */
static struct variance_levels side_spread(const struct cell *cell, size_t metric)
{
	CLEANUP_FREE double *value = xcalloc(cell->runs, sizeof(*value));
	CLEANUP_FREE double *within = xcalloc(cell->runs, sizeof(*within));
	CLEANUP_FREE unsigned int *boot = xcalloc(cell->runs, sizeof(*boot));
	struct variance_levels v = { NAN, NAN, NAN, 0, 0 };
	bool known = true;
	size_t n = 0;

	for (size_t i = 0; i < cell->runs; i++) {
		const struct run *run = &cell->run[i];

		if (isnan(run->value[metric]))
			continue;
		if (run->value[metric] <= 0)
			return v;
		value[n] = log(run->value[metric]);
		within[n] = run->variance[metric];
		known &= !isnan(within[n]);
		boot[n++] = (unsigned int)run->boot;
	}
	if (n > 0)
		variance_by_level(&v, value, boot, known ? within : NULL, n);
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
		.within = pool(a.within, (double)a.runs, b.within, (double)b.runs),
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

/* What does not explain anything: huge pages of a timer, counters that never moved. */
static bool is_empty(const struct compare_row *row, const struct decide_row *d,
		     const struct metric *m)
{
	size_t base = d->side[DECIDE_BASE].n, new = d->side[DECIDE_NEW].n;

	if (m->kind == METRIC_QUANTILE)
		return base + new + row->few[0] + row->few[1] == 0;
	if (base == 0 || new == 0)
		return true;
	/* That nothing stalled is a result. */
	return !metric_is_of_faults(m) && is_all_zero(&d->side[0]) &&
	       is_all_zero(&d->side[1]);
}

/* Adds the row of @metric of pair @p, for which there is room. */
static void add_row(struct comparison *c, const struct pair *p, size_t metric, bool boots,
		    bool primary)
{
	const struct compare_options *o = c->options;
	const char *subtest = p->cell[DECIDE_BASE]->subtest;
	const struct threshold *rule =
		threshold_find(o->thresholds, subtest, o->metrics.metric[metric].name);
	struct compare_row *row = &c->row[c->rows];
	struct decide_row *d = &c->decided[c->rows];

	*row = (struct compare_row){
		.set = p->set,
		.cell = { p->cell[DECIDE_BASE], p->cell[DECIDE_NEW] },
		.metric = metric,
		.boots = boots,
		.spread = { NAN, NAN, NAN, 0, 0 },
		.d = d,
	};
	*d = (struct decide_row){
		.primary = primary,
		.margin = rule ? rule->margin : o->margin,
		.difference = metric_is_difference(&o->metrics.metric[metric]),
	};
	take_units(row, d, DECIDE_BASE);
	take_units(row, d, DECIDE_NEW);
	if (is_empty(row, d, &o->metrics.metric[metric])) {
		compare_row_free(row);
		return;
	}
	if (primary)
		row->spread = find_spread(row);
	c->rows++;
	c->primary += primary;
}

/* Makes c->row of @pairs, and decides. */
static int make_rows(struct comparison *c, const struct pair_list *pairs,
		     const struct text_list *primary)
{
	size_t metrics = c->options->metrics.n;

	c->row = xcalloc(pairs->n * metrics, sizeof(*c->row));
	c->decided = xcalloc(pairs->n * metrics, sizeof(*c->decided));
	for (size_t i = 0; i < pairs->n; i++) {
		const struct pair *p = &pairs->pair[i];
		const struct cell *base = p->cell[DECIDE_BASE];
		bool boots =
			count_boots(c->set[0], base) >= COMPARE_BOOTS &&
			count_boots(c->set[p->set], p->cell[DECIDE_NEW]) >= COMPARE_BOOTS;

		for (size_t m = 0; m < metrics; m++)
			add_row(c, p, m, boots,
				m < c->options->metrics.quantiles &&
					is_primary(primary, base->subtest,
						   c->options->metrics.metric[m].name));
	}
	return decide(c->decided, c->rows, &c->options->decide);
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
		     struct text_list *primary)
{
	int ret;

	match_machines(c);
	match_cells(c, pairs);
	ret = choose_primary(c, primary);
	if (ret < 0)
		return ret;
	if (c->refusals.n > 0)
		return -EPERM;
	if (pairs->n > 0)
		return make_rows(c, pairs, primary);
	text_list_add(&c->refusals, "the sets have no subtest in common");
	return -ENODATA;
}

int compare(struct comparison *c)
{
	CLEANUP(text_list_free) struct text_list primary = { 0 };
	struct pair_list pairs = { 0 };
	int ret = check_sets(c);

	ret = ret ? ret : find_rows(c, &pairs, &primary);
	if (ret == 0) {
		compare_warn(c);
		compare_say(c);
	}
	free(pairs.pair);
	return ret;
}
