// SPDX-License-Identifier: MIT
#include "results.h"

#include <math.h>
#include <string.h>

#define ALPHA	    .05
#define COVERAGE    .94 /* nominal less 1 % */
#define ROUNDS_COST .02 /* what comparing within rounds may cost where nothing drifts */

double results_error(double share, unsigned int n)
{
	return 3 * sqrt(share * (1 - share) / n);
}

bool results_is_fair(const struct design *design)
{
	return design->shape != SHAPE_DRIFTING || design->order == ORDER_ROUNDS;
}

/* Takes note of one more cell. */
static void note(struct demand *d, double seen, const char *where)
{
	bool worse = d->at_most ? seen > d->worst : seen < d->worst;

	if (d->cells++ == 0 || worse) {
		d->worst = seen;
		snprintf(d->where, sizeof(d->where), "%s", where);
	}
}

/* How much less often p is at most alpha before Holm than benchstat's on the same units. */
static double shortfall(const struct tally *t)
{
	double most = -1;

	for (enum effect e = EFFECT_10; e < EFFECTS; e++)
		most = fmax(most, tally_share(&t->effect[e].found[JUDGE_UNITS],
					      t->experiments) -
					  tally_share(&t->effect[e].found[JUDGE_P],
						      t->experiments));
	return most;
}

static void note_cell(struct demand demand[RESULTS_DEMANDS], const struct tally *t)
{
	const struct design *d = &t->design;
	const struct tally_effect *e = t->effect;
	bool rounds = d->order == ORDER_ROUNDS;
	char where[64];

	if (!results_is_fair(d))
		return;
	snprintf(where, sizeof(where), "%s, %zu × %zu, %s", shape_name(d->shape),
		 d->boots, d->runs, rounds ? "in rounds" : "one after the other");
	note(&demand[DEMAND_FALSE_POSITIVES],
	     (double)e[EFFECT_NONE].found[JUDGE_VERDICT].any / t->experiments, where);
	note(&demand[DEMAND_COVERAGE], tally_share(&e[EFFECT_20].covered, t->experiments),
	     where);
	note(&demand[DEMAND_FALSE_SAME],
	     tally_share(&e[EFFECT_MARGIN].same, t->experiments), where);
	note(&demand[rounds ? DEMAND_POWER_ROUNDS : DEMAND_POWER], shortfall(t), where);
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
		[DEMAND_FALSE_POSITIVES] = { "false positives of the family",
					     .limit = ALPHA, .at_most = true },
		[DEMAND_COVERAGE] = { "coverage of the 95 % interval, mean of the rows",
				      .limit = COVERAGE },
		[DEMAND_FALSE_SAME] = { "`same` for a change as large as the margin",
					.limit = ALPHA, .at_most = true },
		[DEMAND_POWER] = { "power less than benchstat's, one after the other",
				   .limit = 0, .at_most = true },
		[DEMAND_POWER_ROUNDS] = { "power less than benchstat's, in rounds",
					  .limit = ROUNDS_COST, .at_most = true },
		[DEMAND_STOP] = { "coverage under `--until`", .limit = COVERAGE },
	};

	memcpy(demand, demanded, sizeof(demanded));
	for (enum shape s = 0; s < SHAPES; s++)
		for (enum order o = 0; o < ORDERS; o++)
			for (size_t b = 0; b < RESULTS_BOOTS; b++)
				for (size_t n = 0; n < RESULTS_RUNS; n++)
					note_cell(demand, &r->tally[s][o][b][n]);
	for (size_t i = 0; i < RESULTS_STOP; i++)
		note_stop(&demand[DEMAND_STOP], &r->stop[i]);
	for (size_t i = 0; i < RESULTS_DEMANDS; i++) {
		struct demand *d = &demand[i];
		double error = results_error(d->limit, r->experiments);

		d->kept =
			d->at_most ? d->worst <= d->limit + error : d->worst >= d->limit;
	}
}
