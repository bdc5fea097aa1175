// SPDX-License-Identifier: MIT
#include "until.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "show/group.h"
#include "system/cleanup.h"
#include "system/clock.h"

static const struct {
	const char *name;
	double p;
} quantiles[UNTIL_QUANTILES] = {
	[UNTIL_P50] = { "p50", 0.5 },
	[UNTIL_P90] = { "p90", 0.9 },
	[UNTIL_P99] = { "p99", 0.99 },
};

int until_init(struct until *u, struct plan *plan)
{
	*u = (struct until){ .plan = plan, .n = plan_block(plan) };
	u->marked = monotonic_ns();
	u->series = calloc(u->n, sizeof(*u->series));
	if (!u->series)
		return -ENOMEM;
	for (size_t i = 0; i < u->n; i++)
		u->series[i].subtest = plan->order[i];
	return 0;
}

void until_free(struct until *u)
{
	for (size_t i = 0; u->series && i < u->n; i++)
		for (enum until_quantile q = 0; q < UNTIL_QUANTILES; q++)
			free(u->series[i].of[q].value);
	free(u->series);
	*u = (struct until){ 0 };
}

static struct until_series *find_series(const struct until *u, const char *subtest)
{
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->series[i].subtest, subtest) == 0)
			return &u->series[i];
	return NULL;
}

static int add_value(struct until_values *v, double value)
{
	double *longer = realloc(v->value, (v->n + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	v->value = longer;
	longer[v->n++] = value;
	return 0;
}

int until_take(struct until *u, const char *subtest, const struct distribution *scheduled)
{
	struct until_series *s = find_series(u, subtest);
	int ret = 0;

	if (!s)
		return 0;
	s->runs++;
	for (enum until_quantile q = 0; q < UNTIL_QUANTILES && ret == 0; q++) {
		uint64_t ns = distribution_quantile(scheduled, quantiles[q].p);

		/* 0 has no logarithm; nothing measures less than a nanosecond */
		if (distribution_supports(scheduled, quantiles[q].p))
			ret = add_value(&s->of[q], log((double)(ns > 0 ? ns : 1)));
	}
	return ret;
}

void until_leave_out(struct until *u, const char *subtest)
{
	struct until_series *s = find_series(u, subtest);

	if (s)
		s->left_out = true;
}

static bool same_probe(const char *a, const char *b)
{
	size_t n = strcspn(a, "-");

	return n == strcspn(b, "-") && strncmp(a, b, n) == 0;
}

/* Whether @s has the highest load of its probe. */
static bool is_primary(const struct until *u, const struct until_series *s)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct until_series *other = &u->series[i];

		if (!other->left_out && same_probe(other->subtest, s->subtest) &&
		    ladder_rank(other->subtest) > ladder_rank(s->subtest))
			return false;
	}
	return !s->left_out;
}

static int fill_state(const struct until *u, const struct until_series *s,
		      enum until_quantile q, struct until_state *state)
{
	const struct until_values *v = &s->of[q];
	struct rank_p drift = { .p = 1 };
	double tau;
	int ret;

	*state = (struct until_state){
		.subtest = s->subtest,
		.quantile = quantiles[q].name,
		.n = v->n,
		.interval = { NAN, -INFINITY, INFINITY },
		.width = INFINITY,
	};
	if (v->n == 0)
		return 0;
	ret = stopping_look(&u->plan->rule, v->value, v->n, &state->interval);
	if (ret >= 0 && v->n >= 3)
		ret = kendall_drift(v->value, v->n, &tau, &drift);
	state->width = stopping_width(&state->interval);
	state->drift = drift.p;
	return ret < 0 ? ret : 0;
}

int until_states(const struct until *u, struct until_state **state)
{
	size_t n = 0;
	int ret = 0;

	*state = calloc(u->n * UNTIL_QUANTILES, sizeof(**state));
	if (!*state)
		return -ENOMEM;
	for (size_t i = 0; i < u->n; i++) {
		const struct until_series *s = &u->series[i];

		if (!is_primary(u, s))
			continue;
		for (enum until_quantile q = 0; q < UNTIL_QUANTILES && ret == 0; q++)
			if (s->of[q].n > 0 || s->runs == 0)
				ret = fill_state(u, s, q, &(*state)[n++]);
	}
	return ret < 0 ? ret : (int)n;
}

const struct until_state *until_widest(const struct until_state *state, size_t n)
{
	const struct until_state *widest = state;

	for (size_t i = 1; i < n; i++)
		if (state[i].width > widest->width)
			widest = &state[i];
	return widest;
}

/* The same of @n quantities whose states are known. */
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

int until_missing(const struct until *u, size_t *runs)
{
	_cleanup_free_ struct until_state *state = NULL;
	int n = until_states(u, &state);

	*runs = n < 0 ? 0 : missing_runs(u, state, (size_t)n);
	return n < 0 ? n : 0;
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

int until_block(struct until *u, bool last)
{
	_cleanup_free_ struct until_state *state = NULL;
	struct plan *p = u->plan;
	bool late = time_is_up(p, until_count_time(u));
	int n = until_states(u, &state);

	if (n < 0)
		return n;
	/* Who has to stop looks once more: it is the look that would have come next. */
	if (!late && !last && missing_runs(u, state, (size_t)n) > 0)
		return 0;
	p->made++;
	p->ended = all_narrow(p, state, (size_t)n) ? PLAN_NARROW
		   : late			   ? PLAN_TIME
		   : last			   ? PLAN_ALL_RUNS
						   : PLAN_GOES_ON;
	return 1;
}
