// SPDX-License-Identifier: MIT
#include "tally.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "candidates.h"

#define JUDGED (candidates_judged | candidates_work)

double tally_error(double share, unsigned int n)
{
	return 3 * sqrt(share * (1 - share) / n);
}

/* What decide() says of one experiment. */
struct answer {
	struct decide_row row[DESIGN_ROWS];
	enum number number[DESIGN_ROWS];
	size_t rows;
	enum verdict verdict;
};

static int answer(struct answer *a, const struct design *d, const struct observed *units,
		  number_set which, bool allowed)
{
	struct decide_options options = decide_defaults();
	int ret;

	options.allow_order = options.allow_one_boot = allowed;
	a->rows = design_ask(d, units, which, a->row, a->number);
	ret = decide(a->row, a->rows, &options);
	a->verdict = decide_overall(a->row, a->rows);
	return ret;
}

static bool is_proven(enum verdict v)
{
	return v == VERDICT_WORSE || v == VERDICT_BETTER || v == VERDICT_MIXED;
}

static void count_found(struct tally *t, enum judge judge, const bool seen[DESIGN_ROWS])
{
	bool any = false;

	for (size_t i = 0; i < DESIGN_ROWS; i++) {
		t->found[judge][i] += seen[i];
		any |= seen[i];
	}
	t->any[judge] += any;
}

static void count_answer(struct tally *t, const struct answer *a)
{
	double alpha = decide_defaults().alpha;
	bool changed[DESIGN_ROWS], p[DESIGN_ROWS], worse = false, better = false;

	t->verdict[a->verdict]++;
	for (size_t i = 0; i < DESIGN_ROWS; i++) {
		const struct decide_row *r = &a->row[i];
		double truth = design_truth(&t->design, a->number[i]);

		worse |= r->verdict == VERDICT_WORSE;
		better |= r->verdict == VERDICT_BETTER;
		changed[i] = is_proven(r->verdict);
		p[i] = r->p <= alpha;
		if (isnan(truth) || isnan(r->change.low))
			continue;
		t->intervals++;
		t->covered += r->change.low <= truth && truth <= r->change.high;
	}
	t->worse += worse;
	t->better += better;
	count_found(t, JUDGE_VERDICT, changed);
	count_found(t, JUDGE_P, p);
}

static int count_rule(struct tally *t, enum judge judge, enum rule rule,
		      const struct answer *a, const struct observed *o)
{
	bool seen[DESIGN_ROWS];

	for (size_t i = 0; i < DESIGN_ROWS; i++) {
		enum number j = a->number[i];
		int ret = rule_sees(rule, o->value[DECIDE_BASE][j], o->n[DECIDE_BASE],
				    o->value[DECIDE_NEW][j], o->n[DECIDE_NEW]);

		if (ret < 0)
			return ret;
		seen[i] = ret > 0;
	}
	count_found(t, judge, seen);
	return 0;
}

/* Whether Holm finds something in @family by ranks alone: if the least p is small enough. */
static int ranks_find(const struct observed *units, number_set family)
{
	double least = 1;

	for (int j = 0; j < NUMBERS; j++) {
		struct rank_p rank;
		int ret;

		if (!(family & 1u << j))
			continue;
		ret = mann_whitney(&rank, units->value[DECIDE_BASE][j],
				   units->n[DECIDE_BASE], units->value[DECIDE_NEW][j],
				   units->n[DECIDE_NEW]);
		if (ret < 0)
			return ret;
		least = fmin(least, rank.p);
	}
	return least * __builtin_popcount(family) <= decide_defaults().alpha;
}

/* Whether ranks prove something, whatever Welch's test says. */
static bool do_ranks_prove(const struct answer *a)
{
	bool proven = is_proven(a->verdict);

	for (size_t i = 0; i < a->rows; i++)
		proven |= a->row[i].reason == REASON_SPREAD;
	return proven;
}

static int count_steps(struct tally *t, const struct observed *units)
{
	const number_set with_work = candidates_before | candidates_work;
	struct answer a;
	int ret = ranks_find(units, candidates_before);

	if (ret < 0)
		return ret;
	t->step[STEP_BEFORE] += ret > 0;
	if (!t->design.steps)
		return 0;
	ret = ranks_find(units, with_work);
	if (ret < 0)
		return ret;
	t->step[STEP_WORK] += ret > 0;
	ret = answer(&a, &t->design, units, with_work, true);
	if (ret < 0)
		return ret;
	t->step[STEP_ROUNDS] += do_ranks_prove(&a);
	t->step[STEP_WELCH] += is_proven(a.verdict);
	return 0;
}

/* One experiment. Others' rules need two values a side. */
static int count_experiment(struct tally *t, const struct observed *runs)
{
	static _Thread_local struct observed units;
	struct answer as_asked, allowed;
	int ret;

	design_units(&t->design, runs, &units);
	ret = answer(&as_asked, &t->design, &units, JUDGED, t->design.allowed);
	if (ret < 0)
		return ret;
	count_answer(t, &as_asked);
	allowed = as_asked;
	if (design_is_refused(&t->design))
		ret = answer(&allowed, &t->design, &units, JUDGED, true);
	if (ret < 0)
		return ret;
	t->allowed += is_proven(allowed.verdict);
	ret = count_steps(t, &units);
	if (ret == 0)
		ret = count_rule(t, JUDGE_UNITS, RULE_BENCHSTAT, &as_asked, &units);
	for (enum rule rule = 0; rule < RULES && ret == 0; rule++)
		ret = count_rule(t, JUDGE_RULES + rule, rule, &as_asked, runs);
	return ret;
}

int tally_run(struct tally *t, const struct design *design, unsigned int experiments,
	      uint64_t seed)
{
	static _Thread_local struct observed runs;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	int ret = 0;

	if (!rng)
		return -ENOMEM;
	gsl_rng_set(rng, (unsigned long)seed);
	*t = (struct tally){ .design = *design, .experiments = experiments };
	for (unsigned int i = 0; i < experiments && ret == 0; i++) {
		design_draw(rng, design, &runs);
		ret = count_experiment(t, &runs);
	}
	gsl_rng_free(rng);
	return ret;
}

double tally_proven(const struct tally *t)
{
	return (double)(t->verdict[VERDICT_WORSE] + t->verdict[VERDICT_BETTER] +
			t->verdict[VERDICT_MIXED]) /
	       t->experiments;
}

double tally_step(const struct tally *t, enum step step)
{
	return step == STEPS ? tally_proven(t) : (double)t->step[step] / t->experiments;
}

double tally_found(const struct tally *t, enum judge judge)
{
	double sum = 0;

	for (size_t i = 0; i < CANDIDATES_SIX; i++)
		sum += t->found[judge][i];
	return sum / CANDIDATES_SIX / t->experiments;
}

double tally_coverage(const struct tally *t)
{
	return t->intervals > 0 ? (double)t->covered / t->intervals : NAN;
}
