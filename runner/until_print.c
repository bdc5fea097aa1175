// SPDX-License-Identifier: MIT
#include "until.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "system/cleanup.h"
#include "table.h"
#include "text.h"

#define LINE_WIDTH 100

/* "±8.4%"; @buf. */
static const char *format_width(double width, char *buf, size_t size)
{
	if (isfinite(width))
		snprintf(buf, size, "±%.*f%%", width < 0.0995 ? 1 : 0, 100 * width);
	else
		snprintf(buf, size, "unknown");
	return buf;
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

int until_print_look(const struct until *u)
{
	_cleanup_free_ struct until_state *state = NULL;
	const struct plan *p = u->plan;
	const struct until_state *widest;
	int n = until_states(u, &state);
	char width[24];

	if (n <= 0)
		return n;
	widest = until_widest(state, (size_t)n);
	printf("look %zu, after %zu runs: the widest interval is %s (%s %s), wanted ±%s",
	       p->made, widest->n, format_width(widest->width, width, sizeof(width)),
	       widest->subtest, widest->quantile, p->until);
	if (p->ended == PLAN_GOES_ON)
		printf("; next look after %zu", p->rule.look[p->made]);
	printf("\n");
	fflush(stdout);
	return 0;
}

const char *until_note(const struct until *u, char *buf, size_t size)
{
	_cleanup_free_ struct until_state *state = NULL;
	int n = until_states(u, &state);
	const struct until_state *widest;
	char width[24];

	buf[0] = '\0';
	if (n <= 0)
		return buf;
	widest = until_widest(state, (size_t)n);
	if (isfinite(widest->width))
		snprintf(buf, size, "%s %s %s",
			 format_width(widest->width, width, sizeof(width)),
			 widest->subtest, widest->quantile);
	return buf;
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

static int print_states(const struct until_state *state, size_t n)
{
	static const char *const head[] = { "subtest",	     "", "runs", "pseudo-median",
					    "95 % interval", "" };
	struct table t;
	int ret;

	table_init(&t, "llrrlr");
	table_row(&t);
	for (size_t c = 0; c < sizeof(head) / sizeof(*head); c++)
		table_set(&t, c, "%s", head[c]);
	for (size_t i = 0; i < n; i++)
		set_state(&t, &state[i]);
	ret = table_print(&t, stdout, LINE_WIDTH);
	table_free(&t);
	return ret;
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
	static const char *const name[] = { "p50", "p90", "p99" };
	size_t given = 0;

	for (size_t i = 0; i < n; i++) {
		given++;
		if (i + 1 < n && state[i + 1].subtest == state[i].subtest)
			continue;
		for (; given < UNTIL_QUANTILES; given++)
			printf("Careful: no run has the samples to state %s of %s, so it is not among these; a longer --duration gives them.\n",
			       name[given], state[i].subtest);
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

int until_print_end(const struct until *u)
{
	_cleanup_free_ struct until_state *state = NULL;
	const struct stopping *rule = &u->plan->rule;
	int n = until_states(u, &state), ret;

	if (n <= 0)
		return n;
	printf("\n");
	print_why(u, state, (size_t)n);
	ret = print_states(state, (size_t)n);
	printf("\nThese are 95 %% intervals although the runs were ended by looking at them: there are at\nmost %zu looks, and each uses %.2f %%. They are of the pseudo-median (Hodges and Lehmann):\nwhere runs fall into two groups, it lies between them.\n",
	       rule->looks, 100 * stopping_look_level(rule));
	print_unknown(state, (size_t)n);
	print_drift(state, (size_t)n);
	return ret;
}
