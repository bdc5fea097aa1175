// SPDX-License-Identifier: MIT
#include "summary/judged.h"
#include "summary/match.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/*
 * What is judged of a probe: six latencies, chosen by simulation for what patches do
 * (docs/simulation.md), and three numbers of work, which are those of `thp` where there is one. The
 * margins: a tail varies more than the middle, and so much less than one stall a CPU-minute,
 * or one huge page in a hundred, matters to nobody.
 */
static const struct number {
	const char *probe; /* NULL: work, of any */
	const char *metric;
	double margin, absolute;
} numbers[] = {
	{ "timer", "p50", 0.05, 0 },	   { "timer", "p99", 0.20, 0 },
	{ "thp", "fault_p50", 0.05, 0 },   { "thp", "fault_p99", 0.20, 0 },
	{ "thp", "stalls_10ms", 0.20, 1 }, { "thp", "fault_time", 0.20, 0.5 },
	{ "pageout", "p50", 0.05, 0 },	   { "pageout", "p90", 0.20, 0 },
	{ "pageout", "p99", 0.20, 0 },	   { NULL, "huge", 0.01, 1 },
	{ NULL, "requests", 0.05, 0 },	   { NULL, "walker", 0.05, 0 },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Of what was declared, and is not in the table. */
static const struct number other = { .margin = 0.05 };

static bool is_of(const char *subtest, const char *probe)
{
	size_t length = strlen(probe);

	return strncmp(subtest, probe, length) == 0 &&
	       (subtest[length] == '-' || !subtest[length]);
}

static void add(struct judged_list *list, const char *subtest, const char *metric,
		const struct number *number)
{
	if (judged_find(list, subtest, metric))
		return;
	list->judged = xgrow(list->judged, list->n, sizeof(*list->judged));
	list->judged[list->n++] = (struct judged){ xstrdup(subtest), metric,
						   number->margin, number->absolute };
}

static void add_latencies(struct judged_list *list, const char *subtest)
{
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (numbers[i].probe && is_of(subtest, numbers[i].probe))
			add(list, subtest, numbers[i].metric, &numbers[i]);
}

static void add_work(struct judged_list *list, const char *subtest)
{
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (!numbers[i].probe)
			add(list, subtest, numbers[i].metric, &numbers[i]);
}

static const struct number *find_number(const char *subtest, const char *metric)
{
	for (size_t i = 0; i < COUNT(numbers); i++)
		if ((!numbers[i].probe || is_of(subtest, numbers[i].probe)) &&
		    strcmp(metric, numbers[i].metric) == 0)
			return &numbers[i];
	return &other;
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

static size_t count_having(const struct comparison *c, const char *subtest)
{
	size_t n = 0;

	for (size_t s = 0; s < c->sets; s++)
		n += set_runs(c->set[s], subtest) > 0;
	return n;
}

/* The subtest of @probe that is judged, "" if none: busy, else the highest that all have. */
static void choose_subtest(struct comparison *c, const char *probe, char *subtest,
			   size_t size)
{
	for (size_t l = LADDER_LOADS; l-- > 0;) {
		size_t have;

		snprintf(subtest, size, "%s-%s", probe, ladder_load[l]);
		have = count_having(c, subtest);
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
	bool found = false;

	for (size_t s = 0; s < c->sets; s++)
		for (size_t i = 0; i < c->set[s]->cells; i++)
			found |= c->set[s]->cell[i].runs > 0 &&
				 is_of(c->set[s]->cell[i].subtest, probe);
	if (found)
		match_refuse(c, REFUSE_SUBTEST,
			     "no subtest of probe %s was run in all sets", probe);
}

/* One "SUBTEST[:METRIC]"; @with_work: of its work too. Returns 0, or -EINVAL having said why. */
static int add_declared(struct comparison *c, struct judged_list *list, char *item,
			bool with_work)
{
	const struct metrics *metrics = &c->options->metrics;
	char *metric = strchr(item, ':');
	size_t known = 0, m;

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
	if (!metric) {
		add_latencies(list, item);
		if (with_work)
			add_work(list, item);
		return 0;
	}
	m = metrics_find(metrics, metric);
	if (m == metrics->n || !metric_can_be_judged(&metrics->metric[m])) {
		text_list_add(
			&c->refusals,
			"--primary names metric %s, which cannot be judged; percentiles (p99), fault_p99, fault_mean, stalls_10ms, fault_time, huge, requests and walker can, as in %s:p99",
			metric, item);
		return -EINVAL;
	}
	add(list, item, metrics->metric[m].name, find_number(item, metric));
	return 0;
}

static int choose_declared(struct comparison *c, struct judged_list *list)
{
	CLEANUP_FREE char *text = text_plain(c->options->primary, SIZE_MAX);
	bool has_thp = strstr(text, "thp-") != NULL;
	char *rest, *item;
	int ret = 0;

	for (item = strtok_r(text, ",", &rest); item && ret == 0;
	     item = strtok_r(NULL, ",", &rest))
		ret = add_declared(c, list, item, is_of(item, "thp") || !has_thp);
	return ret;
}

int judged_choose(struct comparison *c, struct judged_list *list)
{
	char subtest[32], worked[32] = "";

	if (c->options->primary)
		return choose_declared(c, list);
	if (c->view) {
		add_latencies(list, c->shown);
		add_work(list, c->shown);
		return 0;
	}
	for (size_t p = 0; p < LADDER_JUDGED; p++) {
		choose_subtest(c, ladder_probe[p], subtest, sizeof(subtest));
		if (!*subtest) {
			require_probe(c, ladder_probe[p]);
			continue;
		}
		add_latencies(list, subtest);
		if (!*worked ||
		    (is_of(subtest, "thp") && count_having(c, subtest) == c->sets))
			memcpy(worked, subtest, sizeof(worked));
	}
	if (*worked)
		add_work(list, worked);
	return 0;
}

const struct judged *judged_find(const struct judged_list *list, const char *subtest,
				 const char *metric)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->judged[i].subtest, subtest) == 0 &&
		    strcmp(list->judged[i].metric, metric) == 0)
			return &list->judged[i];
	return NULL;
}

void judged_free(struct judged_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->judged[i].subtest);
	free(list->judged);
	*list = (struct judged_list){ 0 };
}
