// SPDX-License-Identifier: MIT
#include "design.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "stats/estimate.h"

/* From so many boots on, on both sides, the unit is a boot. */
#define BOOTS_AS_UNITS 4

/* Of the order of what timer and thp measure, ns; only its place in the buckets matters. */
static const double typical[DESIGN_PROBES] = { 20e3, 200e3 };

struct draw {
	gsl_rng *rng;
	struct experiment *e;
	size_t slots, slot; /* runs of both sides, in all and done */
	double boot;	    /* how slow this boot is */
};

static double factor(gsl_rng *rng, double sigma)
{
	return exp(gsl_ran_gaussian_ziggurat(rng, sigma));
}

void design_draw_run(gsl_rng *rng, enum shape shape, double scale, double spread,
		     double value[DESIGN_METRICS])
{
	for (size_t probe = 0; probe < DESIGN_PROBES; probe++)
		shape_quantiles(rng, shape, typical[probe] * scale * factor(rng, spread),
				&value[probe * SHAPE_QUANTILES]);
}

static void draw_run(struct draw *d, struct design_side *side, size_t run)
{
	enum shape shape = d->e->design.shape;
	double scale = d->boot, value[DESIGN_METRICS];

	if (shape == SHAPE_DRIFTING)
		scale *= pow(DESIGN_DRIFT, (double)d->slot / (double)(d->slots - 1));
	side->start[run] = (double)d->slot++;
	design_draw_run(d->rng, shape, scale, DESIGN_RUN_SPREAD, value);
	for (size_t m = 0; m < DESIGN_METRICS; m++)
		side->value[m][run] = value[m];
}

/* One side's turn: a boot with all of its runs or, where there is but one, one run. */
static void draw_turn(struct draw *d, struct design_side *side, size_t turn)
{
	size_t runs = d->e->design.boots > 1 ? d->e->design.runs : 1;

	for (size_t i = 0; i < runs; i++)
		draw_run(d, side, turn * runs + i);
}

void design_draw(gsl_rng *rng, const struct design *design, struct experiment *e)
{
	struct draw d = { .rng = rng, .e = e, .slots = 2 * design->boots * design->runs };
	size_t turns = design->boots > 1 ? design->boots : design->runs, s = 0;
	double boot[DECIDE_SIDES];

	e->design = *design;
	for (size_t i = 0; i < DECIDE_SIDES; i++)
		boot[i] = factor(rng, design->boot_spread);
	for (size_t i = 0; i < DECIDE_SIDES * turns; i++) {
		bool rounds = design->order == ORDER_ROUNDS;

		if (!rounds)
			s = i / turns;
		else
			s = i % 2 == 0 ? gsl_rng_uniform_int(rng, DECIDE_SIDES) : 1 - s;
		d.boot = design->boots > 1 ? factor(rng, design->boot_spread) : boot[s];
		draw_turn(&d, &e->side[s], rounds ? i / 2 : i % turns);
	}
}

void design_runs(const struct experiment *e, double effect, struct observed *runs)
{
	runs->n = e->design.boots * e->design.runs;
	for (size_t s = 0; s < DECIDE_SIDES; s++) {
		double times = s == DECIDE_NEW ? effect : 1;

		for (size_t i = 0; i < runs->n; i++) {
			runs->start[s][i] = e->side[s].start[i];
			for (size_t m = 0; m < DESIGN_METRICS; m++)
				runs->value[s][m][i] =
					shape_bucket(times * e->side[s].value[m][i]);
		}
	}
}

/* The median of one boot's runs. */
static double of_boot(const double *value, size_t n)
{
	return median(value, n);
}

void design_units(const struct design *design, const struct observed *runs,
		  struct observed *units)
{
	if (design->boots < BOOTS_AS_UNITS) {
		*units = *runs;
		return;
	}
	units->n = design->boots;
	for (size_t s = 0; s < DECIDE_SIDES; s++) {
		for (size_t i = 0; i < design->boots; i++) {
			size_t first = i * design->runs;

			units->start[s][i] = runs->start[s][first];
			for (size_t m = 0; m < DESIGN_METRICS; m++)
				units->value[s][m][i] =
					of_boot(&runs->value[s][m][first], design->runs);
		}
	}
}
