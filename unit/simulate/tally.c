// SPDX-License-Identifier: MIT
#include "tally.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "decide/decide.h"

#define MARGIN .05

/* Experiments of which the mean detectable change is taken. */
#define PILOTS 100

static const double effect_times[EFFECTS] = { 1, 1 + MARGIN, 1.1, 1.2, 1.5, NAN };
static const size_t p99[] = { SHAPE_P99, SHAPE_QUANTILES + SHAPE_P99 };

static void count(struct tally_rows *rows, const bool seen[DESIGN_METRICS])
{
	bool any = false;

	for (size_t m = 0; m < DESIGN_METRICS; m++) {
		rows->row[m] += seen[m];
		any |= seen[m];
	}
	rows->any += any;
}

static int count_rule(struct tally_rows *rows, enum rule rule, const struct observed *o)
{
	bool seen[DESIGN_METRICS];

	for (size_t m = 0; m < DESIGN_METRICS; m++) {
		int ret = rule_sees(rule, o->value[DECIDE_BASE][m], o->n,
				    o->value[DECIDE_NEW][m], o->n);

		if (ret < 0)
			return ret;
		seen[m] = ret > 0;
	}
	count(rows, seen);
	return 0;
}

/* What is allowed is the design's matter. */
static struct decide_options options_of_design(void)
{
	struct decide_options o = decide_defaults();

	o.allow_order = true;
	o.bad_runs = o.bad_boots = 1;
	return o;
}

static void ask(struct decide_row row[DESIGN_METRICS], const struct observed *units)
{
	memset(row, 0, DESIGN_METRICS * sizeof(*row));
	for (size_t m = 0; m < DESIGN_METRICS; m++) {
		row[m].primary = true;
		row[m].margin = MARGIN;
		for (size_t s = 0; s < DECIDE_SIDES; s++)
			row[m].side[s] = (struct decide_side){
				.n = units->n,
				.value = units->value[s][m],
				.start = units->start[s],
			};
	}
}

static void count_answer(struct tally_effect *t, const struct decide_row *row,
			 double alpha, double truth)
{
	struct tally_rows *rows[] = { &t->found[JUDGE_VERDICT],
				      &t->found[JUDGE_P],
				      &t->same,
				      &t->covered,
				      &t->bounded,
				      &t->warned };
	bool seen[sizeof(rows) / sizeof(*rows)][DESIGN_METRICS];
	unsigned int verdicts = t->found[JUDGE_VERDICT].any, warned = t->warned.any;

	for (size_t m = 0; m < DESIGN_METRICS; m++) {
		const struct decide_row *r = &row[m];

		seen[0][m] = r->verdict == VERDICT_WORSE || r->verdict == VERDICT_BETTER;
		seen[1][m] = r->p <= alpha;
		seen[2][m] = r->verdict == VERDICT_SAME;
		seen[3][m] = r->change.low <= truth && truth <= r->change.high;
		seen[4][m] = isfinite(r->change.low) && isfinite(r->change.high);
		seen[5][m] =
			r->drift[DECIDE_BASE] < alpha || r->drift[DECIDE_NEW] < alpha;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		count(rows[i], seen[i]);
	t->verdicts_warned +=
		t->found[JUDGE_VERDICT].any > verdicts && t->warned.any > warned;
}

static int tally_effect(struct tally *t, const struct experiment *e, enum effect i)
{
	struct decide_options options = options_of_design();
	struct decide_row row[DESIGN_METRICS];
	struct observed runs, units;
	struct tally_effect *effect = &t->effect[i];
	int ret;

	design_runs(e, t->times[i], &runs);
	design_units(&e->design, &runs, &units);
	ask(row, &units);
	ret = decide(row, DESIGN_METRICS, &options);
	if (ret < 0)
		return ret;
	count_answer(effect, row, options.alpha, t->times[i] - 1);
	if (i == EFFECT_NONE)
		t->hopeless += row[0].hopeless;
	ret = count_rule(&effect->found[JUDGE_UNITS], RULE_BENCHSTAT, &units);
	for (enum rule rule = 0; rule < RULES && ret == 0; rule++)
		ret = count_rule(&effect->found[JUDGE_RULES + rule], rule, &runs);
	return ret;
}

/* The geometric mean of what decide() says that it could have shown of p99. */
static int find_detectable(struct tally *t, gsl_rng *rng, struct experiment *e)
{
	struct decide_options options = options_of_design();
	double sum = 0;

	for (unsigned int i = 0; i < PILOTS; i++) {
		struct decide_row row[DESIGN_METRICS];
		struct observed runs, units;
		int ret;

		design_draw(rng, &t->design, e);
		design_runs(e, 1, &runs);
		design_units(&t->design, &runs, &units);
		ask(row, &units);
		ret = decide(row, DESIGN_METRICS, &options);
		if (ret < 0)
			return ret;
		for (size_t k = 0; k < 2; k++)
			sum += log1p(row[p99[k]].detectable) / (2 * PILOTS);
	}
	t->times[EFFECT_DETECTABLE] = isfinite(sum) ? exp(sum) : NAN;
	return 0;
}

int tally_run(struct tally *t, const struct design *design, unsigned int experiments,
	      uint64_t seed)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct experiment e;
	int ret;

	if (!rng)
		return -ENOMEM;
	gsl_rng_set(rng, (unsigned long)seed);
	*t = (struct tally){ .design = *design, .experiments = experiments };
	memcpy(t->times, effect_times, sizeof(t->times));
	ret = find_detectable(t, rng, &e);
	for (unsigned int i = 0; i < experiments && ret == 0; i++) {
		design_draw(rng, design, &e);
		for (enum effect k = 0; k < EFFECTS && ret == 0; k++)
			if (!isnan(t->times[k]))
				ret = tally_effect(t, &e, k);
	}
	gsl_rng_free(rng);
	return ret;
}

double tally_share(const struct tally_rows *rows, unsigned int experiments)
{
	double sum = 0;

	for (size_t m = 0; m < DESIGN_METRICS; m++)
		sum += rows->row[m];
	return sum / (double)DESIGN_METRICS / (double)experiments;
}

double tally_share_p99(const struct tally_rows *rows, unsigned int experiments)
{
	return (rows->row[p99[0]] + rows->row[p99[1]]) / 2.0 / experiments;
}
