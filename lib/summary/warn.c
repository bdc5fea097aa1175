// SPDX-License-Identifier: MIT
/* What a reader of a comparison has to know. */
#include "summary/warn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "summary/machines.h"
#include "summary/words.h"
#include "system/cleanup.h"
#include "system/units.h"

/* The longest warning. */
#define WARNING_MAX 600
/* So many lines that could not be read are named one by one. */
#define PROBLEMS_NAMED 5

/* Adds a warning, as printf() prints it. */
#define warn(c, ...) text_list_add(&(c)->warnings, __VA_ARGS__)

static void warn_of_reading(struct comparison *c)
{
	const struct text_list *problems = c->problems;

	for (size_t i = 0; i < problems->n && i < PROBLEMS_NAMED; i++)
		warn(c, "left out: %s", problems->text[i]);
	if (problems->n > PROBLEMS_NAMED)
		warn(c, "left out: %zu more like these", problems->n - PROBLEMS_NAMED);
}

static void warn_of_set(struct comparison *c, const struct set *set)
{
	if (set->invalid.n > 0)
		warn(c, "invalid runs of %s, %s: %zu of %zu (%s%s)", set->name,
		     c->options->allow[REFUSE_INVALID]
			     ? "used all the same (--allow invalid)"
			     : "left out",
		     set->invalid.n, set->records - set->duplicates, set->invalid.text[0],
		     set->invalid.n > 1 ? "; ..." : "");
	if (set->duplicates > 0)
		warn(c, "copies of other records of %s, left out: %zu", set->name,
		     set->duplicates);
	if (set->ignored)
		warn(c, "%s was written by a newer pinlat; ignored: %s", set->name,
		     set->ignored);
}

/* Of several machines each for itself: between them anything may differ. */
static void warn_of_differing(struct comparison *c, size_t s)
{
	CLEANUP_FREE char *paths = text_list_join(&c->set[s]->differing, ", ");

	if (*paths)
		warn(c, "the runs of %s do not share one environment: they differ in %s",
		     c->set[s]->name, paths);
}

static bool is_same_run(const struct run *a, const struct run *b)
{
	return a->start == b->start && a->seq == b->seq && a->samples == b->samples &&
	       a->sum == b->sum;
}

/* How many runs of two cells, both in order of start, are the same ones. */
static size_t count_shared(const struct cell *a, const struct cell *b)
{
	size_t n = 0;

	for (size_t i = 0, j = 0; i < a->runs && j < b->runs;) {
		if (is_same_run(&a->run[i], &b->run[j]))
			n++;
		if (!(a->run[i].start > b->run[j].start))
			i++;
		else
			j++;
	}
	return n;
}

static void warn_of_shared(struct comparison *c, size_t s)
{
	size_t shared = 0;

	for (const struct compare_row *row = NULL; (row = compare_next_pair(c, s, row));)
		shared += count_shared(row->cell[0], row->cell[1]);
	if (shared > 0)
		warn(c,
		     "%s and %s have %zu run%s in common: a set compared with itself shows nothing",
		     c->set[0]->name, c->set[s]->name, shared, PLURAL(shared));
}

static void warn_of_machine(struct comparison *c, size_t s)
{
	const struct set *base = c->set[0], *set = c->set[s];

	if (base->facts.n == 0 || set->facts.n == 0)
		warn(c,
		     "%s does not record which machine it ran on, so the machines cannot be compared",
		     base->facts.n == 0 ? base->name : set->name);
}

/* What nothing would be proven with, had it not been allowed by name. */
static void warn_of_allowed(struct comparison *c, size_t s)
{
	const bool *allow = c->options->allow;
	bool one_boot = false, order = false;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));) {
		one_boot |= row->d->unit == UNIT_ONE_BOOT;
		order |= !row->d->in_rounds;
	}
	if (one_boot && allow[REFUSE_ONE_BOOT])
		warn(c,
		     "there is one boot each of %s and %s, so a difference may come from the boot (judged all the same: --allow one-boot)",
		     c->set[0]->name, c->set[s]->name);
	else if (order && allow[REFUSE_ORDER])
		warn(c,
		     "%s and %s did not take turns, so a drift of the machine looks like a change (judged all the same: --allow order)",
		     c->set[0]->name, c->set[s]->name);
}

static void warn_of_duration(struct comparison *c, size_t s)
{
	CLEANUP(text_list_free) struct text_list subtests = { 0 };
	CLEANUP_FREE char *joined = NULL;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_pair(c, s, row));) {
		const struct cell *a = row->cell[0], *b = row->cell[1];
		char x[32], y[32];

		if (!compare_is_judged(c, row) ||
		    (a->shortest == b->longest && a->longest == b->shortest))
			continue;
		text_list_add(
			&subtests, "%s %s to %s", a->subtest,
			format_duration(MIN(a->shortest, b->shortest), x, sizeof(x)),
			format_duration(MAX(a->longest, b->longest), y, sizeof(y)));
	}
	joined = text_list_join(&subtests, ", ");
	if (*joined)
		warn(c,
		     "runs of %s and %s were measured for different times (%s): the shorter runs know their tail percentiles less precisely",
		     c->set[0]->name, c->set[s]->name, joined);
}

/* More runs on one side may have been added after a look at the first ones. */
static void warn_of_numbers(struct comparison *c, size_t s)
{
	CLEANUP(text_list_free) struct text_list numbers = { 0 };
	CLEANUP_FREE char *joined = NULL;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_pair(c, s, row));) {
		size_t a = row->cell[0]->runs, b = row->cell[1]->runs;

		if (a != b && compare_is_judged(c, row))
			text_list_add(&numbers, "%s %zu and %zu", row->cell[0]->subtest,
				      a, b);
	}
	joined = text_list_join(&numbers, ", ");
	if (*joined)
		warn(c,
		     "%s and %s have different numbers of valid runs (%s): if runs were added after a look at the result, p is too small",
		     c->set[0]->name, c->set[s]->name, joined);
}

static void warn_of_few(struct comparison *c, const struct compare_row *row)
{
	const struct metric *m = compare_metric(c, row);
	size_t few = row->few[0] + row->few[1];
	size_t stalled = row->stalled[0] + row->stalled[1];
	char words[CELL_SIZE];

	metric_words(m, words, sizeof(words));
	if (row->d->primary && few > 0)
		warn(c,
		     "%s %s: %zu run%s of %s and %s have fewer samples than the %ju that it needs and are left out: measure longer",
		     row->cell[0]->subtest, words, few, PLURAL(few), c->set[0]->name,
		     c->set[row->set]->name, (uintmax_t)quantile_samples_needed(m->p));
	if (row->d->primary && stalled > 0)
		warn(c,
		     "%s %s: runs so slow that they made fewer than %ju samples count as the slowest: %zu of %s, %zu of %s",
		     row->cell[0]->subtest, words,
		     (uintmax_t)quantile_samples_needed(m->p), row->stalled[0],
		     c->set[0]->name, row->stalled[1], c->set[row->set]->name);
}

/* Of subtests in which some run does not tell, none counts: sets_finish(). */
static size_t count_without_stalls(const struct comparison *c, const struct set *set)
{
	size_t faults = metrics_find(&c->options->metrics, "faults"), runs = 0;
	size_t time = metrics_find(&c->options->metrics, "fault_time");

	for (size_t i = 0; i < set->cells; i++)
		for (size_t k = 0; k < set->cell[i].runs; k++)
			runs += !isnan(set->cell[i].run[k].value[faults]) &&
				isnan(set->cell[i].run[k].value[time]);
	return runs;
}

static void warn_of_stalls(struct comparison *c)
{
	CLEANUP(text_list_free) struct text_list sets = { 0 };
	CLEANUP_FREE char *joined = NULL;

	for (size_t s = 0; s < c->sets; s++) {
		size_t runs = count_without_stalls(c, c->set[s]);

		if (runs > 0)
			text_list_add(&sets, "%zu of %s", runs, c->set[s]->name);
	}
	joined = text_list_join(&sets, ", ");
	if (*joined)
		warn(c,
		     "runs without a count of stalls and time inside faults: %s (stopped, or made by an older pinlat)",
		     joined);
}

/* Warn about a threshold that matches nothing: its author thinks it is in force. */
static void warn_of_thresholds(struct comparison *c)
{
	const struct threshold_list *list = c->options->thresholds;

	for (size_t t = 0; list && t < list->n; t++) {
		const struct threshold *rule = &list->threshold[t];
		const struct compare_row *row = NULL;

		while ((row = compare_next_judged(c, 0, row)))
			if (threshold_find(list, row->cell[0]->subtest,
					   compare_metric(c, row)->name) == rule)
				break;
		if (!row)
			warn(c,
			     "thresholds, line %zu (%s %s): holds for no number that is judged",
			     rule->line, rule->subtest, rule->metric);
	}
}

/* Records come from elsewhere, and so do paths: nothing of them moves a cursor. */
static void make_plain(struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		char *plain = text_plain(list->text[i], WARNING_MAX);

		free(list->text[i]);
		list->text[i] = plain;
	}
}

void compare_warn(struct comparison *c)
{
	for (size_t s = 0; s < c->sets; s++) {
		warn_of_set(c, c->set[s]);
		machines_each(c, s, warn_of_differing);
	}
	warn_of_stalls(c);
	for (size_t s = 1; s < c->sets; s++) {
		warn_of_shared(c, s);
		warn_of_machine(c, s);
		machines_warn(c, s);
	}
	for (size_t i = 0; i < c->rows; i++)
		warn_of_few(c, &c->row[i]);
	for (size_t s = 1; s < c->sets; s++) {
		warn_of_allowed(c, s);
		warn_of_duration(c, s);
		warn_of_numbers(c, s);
	}
	warn_of_thresholds(c);
	if (c->problems)
		warn_of_reading(c);
	make_plain(&c->warnings);
}
