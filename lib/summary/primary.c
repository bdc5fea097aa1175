// SPDX-License-Identifier: MIT
#include "summary/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"

static const char *const probes[] = { "timer", "thp" };
/* The ladder of loads, from the top. */
static const char *const loads[] = { "busy", "pinned", "locked", "base", "idle" };
/* What is judged of a subtest that is declared without a metric. */
static const char *const judged[] = { "p50", "p90", "p99" };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

void _primary_list_free(struct primary_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->primary[i].subtest);
	free(list->primary);
	*list = (struct primary_list){ 0 };
}

static int add_primary(struct primary_list *list, const char *subtest, size_t metric)
{
	struct primary *longer;

	for (size_t i = 0; i < list->n; i++)
		if (list->primary[i].metric == metric &&
		    strcmp(list->primary[i].subtest, subtest) == 0)
			return 0;
	longer = realloc(list->primary, (list->n + 1) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	list->primary = longer;
	longer[list->n] = (struct primary){ strdup(subtest), metric };
	if (!longer[list->n].subtest)
		return -ENOMEM;
	list->n++;
	return 0;
}

static int add_judged(struct comparison *c, struct primary_list *list,
		      const char *subtest)
{
	int ret = 0;

	for (size_t i = 0; i < COUNT(judged) && ret == 0; i++)
		ret = add_primary(list, subtest,
				  metrics_find(&c->options->metrics, judged[i]));
	return ret;
}

/* How many runs of @subtest count in @set; those left out as invalid are added to @invalid. */
static size_t count_runs(const struct set *set, const char *subtest, size_t *invalid)
{
	size_t n = 0;

	for (size_t i = 0; i < set->cells; i++) {
		if (strcmp(set->cell[i].subtest, subtest) != 0)
			continue;
		n += set->cell[i].runs;
		*invalid += set->cell[i].invalid;
	}
	return n;
}

/* Refuses each set that lacks @subtest where another one has it. */
static int require_subtest(struct comparison *c, const char *subtest)
{
	const struct set *has = NULL;
	size_t ignored = 0;
	int ret = 0;

	for (size_t s = 0; s < c->sets && !has; s++)
		if (count_runs(c->set[s], subtest, &ignored) > 0)
			has = c->set[s];
	for (size_t s = 0; has && s < c->sets && ret == 0; s++) {
		size_t invalid = 0;

		if (count_runs(c->set[s], subtest, &invalid) > 0)
			continue;
		if (invalid > 0)
			ret = _refuse(
				c, REFUSE_SUBTEST,
				"%s has no valid run of %s (%zu invalid), which %s has",
				c->set[s]->name, subtest, invalid, has->name);
		else
			ret = _refuse(c, REFUSE_SUBTEST,
				      "%s has no run of %s, which %s has",
				      c->set[s]->name, subtest, has->name);
	}
	return ret;
}

/* The subtest of @probe that is judged, NULL if none: busy, else the highest that all have. */
static int choose_subtest(struct comparison *c, const char *probe, char *subtest,
			  size_t size)
{
	for (size_t l = 0; l < COUNT(loads); l++) {
		size_t have = 0, invalid = 0;

		snprintf(subtest, size, "%s-%s", probe, loads[l]);
		for (size_t s = 0; s < c->sets; s++)
			have += count_runs(c->set[s], subtest, &invalid) > 0;
		if (have == c->sets)
			return 0;
		if (have > 0 && l == 0)
			return require_subtest(c, subtest);
	}
	*subtest = '\0';
	return 0;
}

/* Says that @probe cannot be judged where some sets have it and others do not. */
static int require_probe(struct comparison *c, const char *probe)
{
	size_t length = strlen(probe), have = 0;

	for (size_t s = 0; s < c->sets; s++) {
		bool found = false;

		for (size_t i = 0; i < c->set[s]->cells; i++) {
			const struct cell *cell = &c->set[s]->cell[i];

			found |= cell->runs > 0 &&
				 strncmp(cell->subtest, probe, length) == 0 &&
				 cell->subtest[length] == '-';
		}
		have += found;
	}
	if (have == 0)
		return 0;
	return _refuse(c, REFUSE_SUBTEST, "no subtest of probe %s was run in all sets",
		       probe);
}

static int choose_default(struct comparison *c, struct primary_list *list)
{
	char subtest[32];
	int ret = 0;

	for (size_t p = 0; p < COUNT(probes) && ret == 0; p++) {
		ret = choose_subtest(c, probes[p], subtest, sizeof(subtest));
		if (ret == 0)
			ret = *subtest ? add_judged(c, list, subtest)
				       : require_probe(c, probes[p]);
	}
	return ret;
}

/* One "SUBTEST[:METRIC]". Returns 0, -EINVAL having said why, -ENOMEM. */
static int add_declared(struct comparison *c, struct primary_list *list, char *item)
{
	char *metric = strchr(item, ':');
	size_t index, known = 0, invalid = 0;
	int ret;

	if (metric)
		*metric++ = '\0';
	for (size_t s = 0; s < c->sets; s++)
		known += count_runs(c->set[s], item, &invalid);
	if (known == 0) {
		ret = text_list_add(&c->refusals,
				    "--primary names %s, of which no set has a valid run",
				    item);
		return ret < 0 ? ret : -EINVAL;
	}
	ret = require_subtest(c, item);
	if (ret < 0 || !metric)
		return ret < 0 ? ret : add_judged(c, list, item);
	index = metrics_find(&c->options->metrics, metric);
	if (index < c->options->metrics.quantiles)
		return add_primary(list, item, index);
	ret = text_list_add(
		&c->refusals,
		"--primary names metric %s; quantiles alone are judged, as in %s:p99",
		metric, item);
	return ret < 0 ? ret : -EINVAL;
}

int _choose_primary(struct comparison *c, struct primary_list *list)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *item;
	int ret = 0;

	if (!c->options->primary)
		return choose_default(c, list);
	text = text_plain(c->options->primary, SIZE_MAX);
	if (!text)
		return -ENOMEM;
	for (item = strtok_r(text, ",", &rest); item && ret == 0;
	     item = strtok_r(NULL, ",", &rest))
		ret = add_declared(c, list, item);
	return ret;
}
