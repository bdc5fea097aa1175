// SPDX-License-Identifier: MIT
#include "run/until.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"
#include "render/table.h"

#define LINE_WIDTH 100

/* One quantity of the rule, as it is now. */
struct until_state {
	const char *subtest, *quantile; /* "thp-busy", "p99" */
	size_t n;			/* runs that gave it */
	struct interval interval;	/* of its logarithm; no ends: too few runs */
	double width;			/* stopping_width() of it */
	double drift;			/* p of Kendall's test; 1 below 3 runs */
};

/* Those of struct metrics that come first. */
static const char *const quantiles[] = { "p50", "p90", "p99" };

#define QUANTILES (sizeof(quantiles) / sizeof(*quantiles))

void until_init(struct until *u, struct plan *plan)
{
	*u = (struct until){ .plan = plan, .n = plan_block(plan) };
	u->marked = monotonic_ns();
	u->left_out = xcalloc(u->n, sizeof(*u->left_out));
	metrics_init(&u->metrics);
	u->sets.metrics = &u->metrics;
	u->sets.apart = true;
}

void until_free(struct until *u)
{
	sets_free(&u->sets);
	free(u->left_out);
	*u = (struct until){ 0 };
}

void until_take(struct until *u, const char *path)
{
	sets_load(&u->sets, path);
}

void until_leave_out(struct until *u, const char *subtest)
{
	for (size_t i = 0; i < u->n; i++)
		u->left_out[i] |= strcmp(u->plan->order.text[i], subtest) == 0;
}

/* The logarithms of quantile @q of the runs of @subtest, as they were made. */
struct series {
	size_t runs, n; /* valid ones, and those that gave it */
	double *value;	/* owned */
};

static int by_number(const void *a, const void *b)
{
	const struct run *const *x = a, *const *y = b;

	return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

static struct series series_of(const struct until *u, const char *subtest, size_t q)
{
	CLEANUP_FREE const struct run **run = xcalloc(u->sets.records, sizeof(*run));
	struct series s = { .value = xcalloc(u->sets.records, sizeof(*s.value)) };

	for (size_t i = 0; i < u->sets.n; i++) {
		const struct set *set = &u->sets.set[i];

		for (size_t j = 0; j < set->cells; j++)
			for (size_t k = 0; k < set->cell[j].runs; k++)
				if (strcmp(set->cell[j].subtest, subtest) == 0)
					run[s.runs++] = &set->cell[j].run[k];
	}
	qsort(run, s.runs, sizeof(*run), by_number);
	/* 0 has no logarithm; nothing measures less than a nanosecond */
	for (size_t i = 0; i < s.runs; i++)
		if (!isnan(run[i]->value[q]))
			s.value[s.n++] = log(fmax(run[i]->value[q], 1));
	return s;
}

static bool same_probe(const char *a, const char *b)
{
	size_t n = strcspn(a, "-");

	return n == strcspn(b, "-") && strncmp(a, b, n) == 0;
}

/* Whether subtest @i of the plan has the highest load of its probe. */
static bool is_primary(const struct until *u, size_t i)
{
	char *const *subtest = u->plan->order.text;

	for (size_t j = 0; j < u->n; j++)
		if (!u->left_out[j] && same_probe(subtest[j], subtest[i]) &&
		    ladder_rank(subtest[j]) > ladder_rank(subtest[i]))
			return false;
	return !u->left_out[i];
}

static struct until_state state_of(const struct until *u, const struct series *s,
				   const char *subtest, const char *quantile)
{
	struct until_state state = {
		.subtest = subtest,
		.quantile = quantile,
		.n = s->n,
		.interval = { NAN, -INFINITY, INFINITY },
		.width = INFINITY,
	};
	struct rank_p drift = { .p = 1 };
	double tau;

	if (s->n == 0)
		return state;
	stopping_look(&u->plan->rule, s->value, s->n, &state.interval);
	if (s->n >= 3)
		kendall_drift(s->value, s->n, &tau, &drift);
	state.width = stopping_width(&state.interval);
	state.drift = drift.p;
	return state;
}

/*
 * The quantities that matter: those of each probe under its highest load, less those that no run
 * had the samples for. *@state is to be freed. Returns how many there are.
 */
static size_t find_states(const struct until *u, struct until_state **state)
{
	size_t n = 0;

	*state = xcalloc(u->n * QUANTILES, sizeof(**state));
	for (size_t i = 0; i < u->n; i++) {
		const char *subtest = u->plan->order.text[i];

		for (size_t q = 0; q < QUANTILES && is_primary(u, i); q++) {
			struct series s = series_of(u, subtest, q);

			if (s.n > 0 || s.runs == 0)
				(*state)[n++] = state_of(u, &s, subtest, quantiles[q]);
			free(s.value);
		}
	}
	return n;
}

/* The one of @n > 0 that is known worst. */
static const struct until_state *find_widest(const struct until_state *state, size_t n)
{
	const struct until_state *widest = state;

	for (size_t i = 1; i < n; i++)
		if (state[i].width > widest->width)
			widest = &state[i];
	return widest;
}

/* How many more runs of each subtest the next look waits for, of @n quantities. */
static size_t missing_runs(const struct until *u, const struct until_state *state,
			   size_t n)
{
	const struct plan *p = u->plan;
	size_t fewest = n > 0 ? SIZE_MAX : 0, wanted;

	for (size_t i = 0; i < n; i++)
		if (state[i].n < fewest)
			fewest = state[i].n;
	wanted = p->rule.look[p->made < p->rule.looks ? p->made : p->rule.looks - 1];
	return wanted > fewest ? wanted - fewest : 0;
}

double until_count_time(struct until *u)
{
	uint64_t now = monotonic_ns();
	double passed = (double)(now - u->marked) / NSEC_PER_SEC;

	u->plan->seconds += passed;
	u->marked = now;
	return passed;
}

/* Whether the next block would end too late, if it took @block seconds as the last one did. */
static bool time_is_up(const struct plan *p, double block)
{
	uint64_t ns;

	if (!p->max_time || parse_duration(p->max_time, &ns) < 0)
		return false;
	return p->seconds + block > (double)ns / NSEC_PER_SEC;
}

static bool all_narrow(const struct plan *p, const struct until_state *state, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(state[i].width <= p->rule.within))
			return false;
	return n > 0;
}

/* "±8.4%"; @buf. */
static const char *format_width(double width, char *buf, size_t size)
{
	if (isfinite(width))
		snprintf(buf, size, "±%.*f%%", width < 0.0995 ? 1 : 0, 100 * width);
	else
		snprintf(buf, size, "unknown");
	return buf;
}

static void print_look(const struct until *u, const struct until_state *state, size_t n)
{
	const struct until_state *widest = find_widest(state, n);
	const struct plan *p = u->plan;
	char width[24];

	printf("look %zu, after %zu runs: the widest interval is %s (%s %s), wanted ±%s",
	       p->made, widest->n, format_width(widest->width, width, sizeof(width)),
	       widest->subtest, widest->quantile, p->until);
	if (p->ended == PLAN_GOES_ON)
		printf("; next look after %zu", p->rule.look[p->made]);
	printf("\n");
	fflush(stdout);
}

void until_block(struct until *u, bool last)
{
	CLEANUP_FREE struct until_state *state = NULL;
	struct plan *p = u->plan;
	bool late = time_is_up(p, until_count_time(u));
	size_t n = find_states(u, &state);

	/* Who has to stop looks once more: it is the look that would have come next. */
	if (!late && !last && missing_runs(u, state, n) > 0)
		return;
	p->made++;
	p->ended = all_narrow(p, state, n) ? PLAN_NARROW
		   : late		   ? PLAN_TIME
		   : last		   ? PLAN_ALL_RUNS
					   : PLAN_GOES_ON;
	if (n > 0)
		print_look(u, state, n);
}

size_t until_missing(const struct until *u, char *note, size_t size)
{
	CLEANUP_FREE struct until_state *state = NULL;
	size_t n = find_states(u, &state);
	const struct until_state *widest = find_widest(state, n);
	char width[24];

	note[0] = '\0';
	if (n > 0 && isfinite(widest->width))
		snprintf(note, size, "%s %s %s",
			 format_width(widest->width, width, sizeof(width)),
			 widest->subtest, widest->quantile);
	return missing_runs(u, state, n);
}

/* What stands between item @i of @n and the one before it: ", " or " and ". */
static const char *joint(size_t i, size_t n)
{
	if (i == 0)
		return "";
	return i + 1 < n ? ", " : " and ";
}

void until_announce(const struct until *u)
{
	const struct plan *p = u->plan;

	printf("Runs go on until p50, p90 and p99 of each probe under its highest load have 95 %% intervals\nwithin ±%s. They are looked at after ",
	       p->until);
	for (size_t k = 0; k < p->rule.looks; k++)
		printf("%s%zu", joint(k, p->rule.looks), p->rule.look[k]);
	printf(" runs of each subtest%s%s.\n\n",
	       p->max_time ? ", and before --max-time " : "",
	       p->max_time ? p->max_time : "");
	fflush(stdout);
}

static void set_state(struct table *t, const struct until_state *s)
{
	double middle = s->n > 0 ? exp(s->interval.estimate) : 0;
	struct time_unit unit = unit_for((uint64_t)middle);
	char a[32], b[32];

	table_row(t);
	table_set(t, 0, "%s", s->subtest);
	table_set(t, 1, "%s", s->quantile);
	table_set(t, 2, "%zu", s->n);
	if (s->n > 0)
		table_set(t, 3, "%s%s", format_number(middle / unit.ns, a, sizeof(a)),
			  unit.name);
	if (!isfinite(s->width)) {
		table_set(t, 4, "too few runs for an interval");
		return;
	}
	table_set(t, 4, "[%s .. %s]",
		  format_number(exp(s->interval.low) / unit.ns, a, sizeof(a)),
		  format_number(exp(s->interval.high) / unit.ns, b, sizeof(b)));
	table_set(t, 5, "%s", format_width(s->width, a, sizeof(a)));
}

static void print_states(const struct until_state *state, size_t n)
{
	static const char *const head[] = { "subtest",	     "", "runs", "pseudo-median",
					    "95 % interval", "" };
	struct table t;

	table_init(&t, "llrrlr");
	table_row(&t);
	for (size_t c = 0; c < sizeof(head) / sizeof(*head); c++)
		table_set(&t, c, "%s", head[c]);
	for (size_t i = 0; i < n; i++)
		set_state(&t, &state[i]);
	table_print(&t, stdout, LINE_WIDTH);
}

static void print_why(const struct until *u, const struct until_state *state, size_t n)
{
	const struct plan *p = u->plan;
	size_t runs = 0, wide = 0;

	for (size_t i = 0; i < n; i++) {
		runs = state[i].n > runs ? state[i].n : runs;
		wide += !(state[i].width <= p->rule.within);
	}
	printf("Stopped after %zu runs of each subtest: ", runs);
	if (p->ended == PLAN_NARROW) {
		printf("every interval is within ±%s.\n\n", p->until);
		return;
	}
	if (p->ended == PLAN_TIME)
		printf("another block would end after --max-time %s.", p->max_time);
	else
		printf("that is the most that --runs allows.");
	printf("\n%zu of %zu intervals still wider than ±%s; for more runs, start a new set.\n\n",
	       wide, n, p->until);
}

/* Quantities that belong to the rule, but no run has the samples for. */
static void print_unknown(const struct until_state *state, size_t n)
{
	size_t given = 0;

	for (size_t i = 0; i < n; i++) {
		given++;
		if (i + 1 < n && state[i + 1].subtest == state[i].subtest)
			continue;
		for (; given < QUANTILES; given++)
			printf("Careful: no run has the samples to state %s of %s, so it is not among these; a longer --duration gives them.\n",
			       quantiles[given], state[i].subtest);
		given = 0;
	}
}

static void print_drift(const struct until_state *state, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (state[i].drift <= 0.05 / (double)n)
			printf("Careful: %s of %s drifts while runs go on (Kendall, p %.2g): no interval of these means much then.\n",
			       state[i].quantile, state[i].subtest, state[i].drift);
}

void until_print_end(const struct until *u)
{
	CLEANUP_FREE struct until_state *state = NULL;
	const struct stopping *rule = &u->plan->rule;
	size_t n = find_states(u, &state);

	if (n == 0)
		return;
	printf("\n");
	print_why(u, state, n);
	print_states(state, n);
	printf("\nThese are 95 %% intervals although the runs were ended by looking at them: there are at\nmost %zu looks, and each uses %.2f %%. They are of the pseudo-median (Hodges and Lehmann):\nwhere runs fall into two groups, it lies between them.\n",
	       rule->looks, 100 * stopping_look_level(rule));
	print_unknown(state, n);
	print_drift(state, n);
}
