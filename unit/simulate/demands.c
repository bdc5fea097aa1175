// SPDX-License-Identifier: MIT
#include "results.h"

#include <math.h>
#include <string.h>

#define ALPHA	 .05
#define COVERAGE .94 /* nominal less 1 % */

static bool is_worse(const struct demand *d, double a, double b)
{
	return d->at_most ? a > b : a < b;
}

/* Takes note of one more design. @known: that the demand does not hold there. */
static void note_known(struct demand *d, double seen, const char *where, bool known)
{
	if (isnan(seen))
		return;
	if (d->designs++ == 0 || is_worse(d, seen, d->worst)) {
		d->worst = seen;
		snprintf(d->where, sizeof(d->where), "%s", where);
	}
	if (!known && (d->others++ == 0 || is_worse(d, seen, d->worst_of_others)))
		d->worst_of_others = seen;
}

static void note(struct demand *d, double seen, const char *where)
{
	note_known(d, seen, where, false);
}

/* Whether a share of @n experiments is as demanded: the coverage without any error. */
static bool is_kept(const struct demand *d, double worst, unsigned int n)
{
	return d->at_most ? worst <= d->limit + tally_error(ALPHA, n) : worst >= d->limit;
}

static double share(const struct tally *t, unsigned int count)
{
	return (double)count / t->experiments;
}

double results_mean(const struct tally usual[CANDIDATES_CHANGES], enum step step)
{
	double sum = 0;

	for (size_t k = 1; k < CANDIDATES_CHANGES; k++)
		sum += tally_step(&usual[k], step);
	return sum / (CANDIDATES_CHANGES - 1);
}

double results_lost(const struct tally usual[CANDIDATES_CHANGES])
{
	return results_mean(usual, STEP_BEFORE) - results_mean(usual, STEPS);
}

/* Whether a rule that was wrong in @share of @n comparisons holds its level. */
static bool holds_level(double share, unsigned int n)
{
	return share <= ALPHA + tally_error(ALPHA, n);
}

static void note_usual(struct demand demand[RESULTS_DEMANDS],
		       const struct tally usual[CANDIDATES_CHANGES])
{
	unsigned int n = usual->experiments;
	bool benchstat_holds = holds_level(tally_found(usual, JUDGE_UNITS), n);
	char name[64], where[128];

	snprintf(name, sizeof(name), "%s, %s", usual->design.machine->name,
		 usual->design.name);
	note(&demand[DEMAND_FALSE_POSITIVES], tally_proven(usual), name);
	note(&demand[DEMAND_COVERAGE], tally_coverage(usual), name);
	for (size_t k = 1; k < CANDIDATES_CHANGES; k++) {
		const struct tally *t = &usual[k];

		snprintf(where, sizeof(where), "%s, %s", name, candidates_change[k].name);
		note(&demand[DEMAND_FALSE_SAME], share(t, t->verdict[VERDICT_SAME]),
		     where);
		if (benchstat_holds)
			note(&demand[DEMAND_POWER],
			     tally_found(t, JUDGE_UNITS) - tally_found(t, JUDGE_P),
			     where);
		note(&demand[DEMAND_COVERAGE], tally_coverage(t), where);
	}
	if (holds_level(tally_step(usual, STEP_BEFORE), n))
		note_known(&demand[DEMAND_BEFORE_ONE], results_lost(usual), name, true);
}

/* Mean of the machines on which the rule before holds its level. */
static void note_before(struct demand *d, const struct results *r, size_t design)
{
	double lost = 0;
	size_t n = 0;

	for (size_t m = 0; m < MACHINES; m++) {
		const struct tally *t = r->usual[m][design];

		if (!holds_level(tally_step(t, STEP_BEFORE), t->experiments))
			continue;
		lost += results_lost(t);
		n++;
	}
	if (n > 0)
		note_known(d, lost / (double)n, designs_usual[design].name, true);
}

static void note_stop(struct demand *d, const struct stop_tally *t)
{
	char where[64];
	double worst, mean = stop_coverage(&t->planned, t->sequences, &worst);

	snprintf(where, sizeof(where), "%s, spread %.0f %%%s", shape_name(t->what.shape),
		 100 * t->what.run_spread,
		 t->what.disturbed ? ", disturbed"
		 : t->what.hurried ? ", time up"
				   : "");
	note(d, mean, where);
}

void results_demands(const struct results *r, struct demand demand[RESULTS_DEMANDS])
{
	static const struct demand demanded[RESULTS_DEMANDS] = {
		[DEMAND_FALSE_POSITIVES] = { "nothing differs, and worse, better or mixed",
					     .limit = ALPHA, .at_most = true },
		[DEMAND_FALSE_SAME] = { "something differs, and `same`", .limit = ALPHA,
					.at_most = true },
		[DEMAND_COVERAGE] = { "coverage of the 95 % interval, mean of the numbers, where the design is not refused",
				      .limit = COVERAGE },
		[DEMAND_POWER] = { "power of one number, less than benchstat's rule on the same units",
				   .limit = 0, .at_most = true },
		[DEMAND_BEFORE] = { "power of the answer, less than that of the rule before, mean of the changes and machines",
				    .limit = 0, .at_most = true },
		[DEMAND_BEFORE_ONE] = { "the same, mean of the changes on one machine",
					.limit = 0, .at_most = true },
		[DEMAND_STOP] = { "coverage under `--until`", .limit = COVERAGE },
	};

	memcpy(demand, demanded, sizeof(demanded));
	for (size_t i = 0; i < designs_nulls; i++) {
		const struct tally *t = &r->null[i];

		note(&demand[DEMAND_FALSE_POSITIVES], tally_proven(t), t->design.name);
		if (!design_is_refused(&t->design))
			note_known(&demand[DEMAND_COVERAGE], tally_coverage(t),
				   t->design.name, t->design.beyond);
	}
	for (size_t i = 0; i < designs_trues; i++) {
		const struct tally *t = &r->differing[i];

		note(&demand[DEMAND_FALSE_SAME], share(t, t->verdict[VERDICT_SAME]),
		     t->design.name);
		if (!design_is_refused(&t->design))
			note(&demand[DEMAND_COVERAGE], tally_coverage(t), t->design.name);
	}
	for (size_t i = 0; i < DESIGNS_USUAL; i++) {
		for (size_t m = 0; m < MACHINES; m++)
			note_usual(demand, r->usual[m][i]);
		note_before(&demand[DEMAND_BEFORE], r, i);
	}
	for (size_t i = 0; i < RESULTS_STOP; i++)
		note_stop(&demand[DEMAND_STOP], &r->stop[i]);
	for (size_t i = 0; i < RESULTS_DEMANDS; i++) {
		struct demand *d = &demand[i];

		d->kept = is_kept(d, d->worst, r->experiments);
		d->kept_by_others =
			d->others == 0 || is_kept(d, d->worst_of_others, r->experiments);
	}
}
