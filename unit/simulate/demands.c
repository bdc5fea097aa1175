// SPDX-License-Identifier: MIT
#include "results.h"

#include <math.h>
#include <string.h>

#define ALPHA	    .05
#define COVERAGE    .94 /* nominal less 1 % */
#define ROUNDS_COST .02 /* what comparing within rounds may cost where nothing drifts */

/* Takes note of one more design. */
static void note(struct demand *d, double seen, const char *where)
{
	bool worse = d->at_most ? seen > d->worst : seen < d->worst;

	if (isnan(seen))
		return;
	if (d->designs++ == 0 || worse) {
		d->worst = seen;
		snprintf(d->where, sizeof(d->where), "%s", where);
	}
}

static double share(const struct tally *t, unsigned int count)
{
	return (double)count / t->experiments;
}

static void note_usual(struct demand demand[RESULTS_DEMANDS],
		       const struct tally usual[CANDIDATES_CHANGES])
{
	const char *name = usual->design.name;
	double lost = 0;
	char where[128];

	note(&demand[DEMAND_FALSE_POSITIVES], tally_proven(usual), name);
	for (size_t k = 1; k < CANDIDATES_CHANGES; k++) {
		const struct tally *t = &usual[k];

		snprintf(where, sizeof(where), "%s, %s", name, candidates_change[k].name);
		note(&demand[DEMAND_POWER],
		     tally_found(t, JUDGE_UNITS) - tally_found(t, JUDGE_P), where);
		note(&demand[DEMAND_COVERAGE], tally_coverage(t), where);
		lost += share(t, t->before) - tally_proven(t);
	}
	note(&demand[DEMAND_BEFORE], lost / (CANDIDATES_CHANGES - 1), name);
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
				   .limit = ROUNDS_COST, .at_most = true },
		[DEMAND_BEFORE] = { "power of the answer, less than that of the rule before, mean of the changes",
				    .limit = 0, .at_most = true },
		[DEMAND_STOP] = { "coverage under `--until`", .limit = COVERAGE },
	};

	memcpy(demand, demanded, sizeof(demanded));
	for (size_t i = 0; i < designs_nulls; i++) {
		const struct tally *t = &r->null[i];

		note(&demand[DEMAND_FALSE_POSITIVES], tally_proven(t), t->design.name);
		if (!design_is_refused(&t->design))
			note(&demand[DEMAND_COVERAGE], tally_coverage(t), t->design.name);
	}
	for (size_t i = 0; i < designs_trues; i++)
		note(&demand[DEMAND_FALSE_SAME],
		     share(&r->differing[i], r->differing[i].verdict[VERDICT_SAME]),
		     r->differing[i].design.name);
	for (size_t i = 0; i < DESIGNS_USUAL; i++)
		note_usual(demand, r->usual[i]);
	for (size_t i = 0; i < RESULTS_STOP; i++)
		note_stop(&demand[DEMAND_STOP], &r->stop[i]);
	for (size_t i = 0; i < RESULTS_DEMANDS; i++) {
		struct demand *d = &demand[i];
		double error = tally_error(ALPHA, r->experiments);

		d->kept =
			d->at_most ? d->worst <= d->limit + error : d->worst >= d->limit;
	}
}
