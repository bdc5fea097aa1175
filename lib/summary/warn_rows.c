// SPDX-License-Identifier: MIT
#include "summary/internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "system/cleanup.h"
#include "system/units.h"

/* A share of huge pages that differs by so many points makes latencies of different work. */
#define HUGE_POINTS 1.0
/* Below this a drift is worth a word. */
#define DRIFT_P 0.05
/* So many are named. */
#define DRIFTS_NAMED 4

bool _is_first_of_pair(const struct comparison *c, size_t row)
{
	return row == 0 ||
	       c->row[row].cell[DECIDE_NEW] != c->row[row - 1].cell[DECIDE_NEW];
}

static int warn_of_duration(struct comparison *c, size_t s)
{
	_cleanup_(text_list_free) struct text_list subtests = { 0 };
	_cleanup_free_ char *joined = NULL;

	for (size_t i = 0; i < c->rows; i++) {
		const struct cell *a = c->row[i].cell[0], *b = c->row[i].cell[1];
		char x[32], y[32];

		if (c->row[i].set != s || !_is_first_of_pair(c, i) ||
		    !compare_is_judged(c, &c->row[i]) ||
		    (a->shortest == b->longest && a->longest == b->shortest))
			continue;
		if (text_list_add(
			    &subtests, "%s %s to %s", a->subtest,
			    format_duration(MIN(a->shortest, b->shortest), x, sizeof(x)),
			    format_duration(MAX(a->longest, b->longest), y, sizeof(y))) <
		    0)
			return -ENOMEM;
	}
	joined = text_list_join(&subtests, ", ");
	if (!joined)
		return -ENOMEM;
	if (subtests.n == 0)
		return 0;
	return text_list_add(
		&c->warnings,
		"runs of %s and %s were measured for different times (%s): the shorter ones know their tails less well",
		c->set[0]->name, c->set[s]->name, joined);
}

/* More runs on one side may have been added after a look at the first ones. */
static int warn_of_numbers(struct comparison *c, size_t s)
{
	_cleanup_(text_list_free) struct text_list numbers = { 0 };
	_cleanup_free_ char *joined = NULL;

	for (size_t i = 0; i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];
		size_t a = row->cell[0]->runs, b = row->cell[1]->runs;

		if (row->set == s && a != b && _is_first_of_pair(c, i) &&
		    compare_is_judged(c, row) &&
		    text_list_add(&numbers, "%s %zu and %zu", row->cell[0]->subtest, a,
				  b) < 0)
			return -ENOMEM;
	}
	joined = text_list_join(&numbers, ", ");
	if (!joined)
		return -ENOMEM;
	if (numbers.n == 0)
		return 0;
	return text_list_add(
		&c->warnings,
		"%s and %s have different numbers of valid runs (%s): if runs were added after a look at the result, p is too small",
		c->set[0]->name, c->set[s]->name, joined);
}

const struct compare_row *_other_huge(const struct comparison *c,
				      const struct compare_row *row)
{
	const struct compare_row *huge = compare_beside(c, row, "huge");

	if (!huge || fabs(huge->d->median[0] - huge->d->median[1]) < HUGE_POINTS)
		return NULL;
	return huge;
}

/* A kernel that falls back sooner looks faster. */
static int warn_of_huge(struct comparison *c, const struct compare_row *row)
{
	const struct compare_row *huge = _other_huge(c, row);

	if (!huge)
		return 0;
	return text_list_add(
		&c->warnings,
		"%s: %.3g%% of the first touches got a huge page in %s, %.3g%% in %s: latencies are of different work",
		row->cell[0]->subtest, huge->d->median[0], c->set[0]->name,
		huge->d->median[1], c->set[row->set]->name);
}

static int warn_of_few(struct comparison *c, const struct compare_row *row)
{
	const struct metric *m = &c->options->metrics.metric[row->metric];
	size_t few = row->few[0] + row->few[1];

	if (!row->d->primary || few == 0)
		return 0;
	return text_list_add(
		&c->warnings,
		"%s %s: %zu run%s of %s and %s have fewer samples than the %ju that it needs and are left out: measure longer",
		row->cell[0]->subtest, m->name, few, PLURAL(few), c->set[0]->name,
		c->set[row->set]->name, (uintmax_t)quantile_samples_needed(m->p));
}

/* One row whose metric goes with the order of its runs. */
static int name_drift(const struct comparison *c, const struct compare_row *row, int side,
		      struct text_list *drifts)
{
	return text_list_add(drifts, "%s %s of %s %s (tau %+.2f, p %.2g)",
			     row->cell[side]->subtest,
			     c->options->metrics.metric[row->metric].name,
			     c->set[side == DECIDE_BASE ? 0 : row->set]->name,
			     row->d->tau[side] > 0 ? "rises" : "falls", row->d->tau[side],
			     row->d->drift[side]);
}

/* Of many rows some seem to drift by chance: how many were looked at is said too. */
static int warn_of_drift(struct comparison *c)
{
	_cleanup_(text_list_free) struct text_list drifts = { 0 };
	_cleanup_free_ char *joined = NULL;
	size_t looked = 0, found = 0;
	int ret = 0;

	for (size_t i = 0; i < c->rows && ret == 0; i++) {
		const struct compare_row *row = &c->row[i];

		/* All new sets have the same base. */
		for (int side = row->set > 1; side < DECIDE_SIDES && ret == 0; side++) {
			if (!row->d->primary || isnan(row->d->drift[side]))
				continue;
			looked++;
			if (!(row->d->drift[side] < DRIFT_P))
				continue;
			if (found++ < DRIFTS_NAMED)
				ret = name_drift(c, row, side, &drifts);
		}
	}
	joined = ret == 0 ? text_list_join(&drifts, ", ") : NULL;
	if (!joined)
		return -ENOMEM;
	if (drifts.n == 0)
		return 0;
	return text_list_add(
		&c->warnings,
		"%zu of %zu sequences of runs (each judged row, in each set) drift with time, where chance alone gives %.2g: %s%s",
		found, looked, DRIFT_P * (double)looked, joined,
		found > drifts.n ? ", ..." : "");
}

/* A rule that matches nothing is a rule that someone believes in. */
static int warn_of_thresholds(struct comparison *c)
{
	const struct threshold_list *list = c->options->thresholds;
	int ret = 0;

	for (size_t t = 0; list && t < list->n && ret == 0; t++) {
		bool used = false;

		for (size_t i = 0; i < c->rows; i++)
			used |= c->row[i].d->primary &&
				threshold_find(
					list, c->row[i].cell[0]->subtest,
					c->options->metrics.metric[c->row[i].metric]
						.name) == &list->threshold[t];
		if (!used)
			ret = text_list_add(
				&c->warnings,
				"thresholds, line %zu (%s %s): holds for no row that is judged",
				list->threshold[t].line, list->threshold[t].subtest,
				list->threshold[t].metric);
	}
	return ret;
}

int _warn_of_rows(struct comparison *c)
{
	int ret = 0;

	for (size_t i = 0; i < c->rows && ret == 0; i++) {
		const struct compare_row *row = &c->row[i];

		if (_is_first_of_pair(c, i) && compare_is_judged(c, row))
			ret = warn_of_huge(c, row);
		ret = ret ? ret : warn_of_few(c, row);
	}
	for (size_t s = 1; s < c->sets && ret == 0; s++) {
		ret = warn_of_duration(c, s);
		ret = ret ? ret : warn_of_numbers(c, s);
	}
	ret = ret ? ret : warn_of_drift(c);
	return ret ? ret : warn_of_thresholds(c);
}
