// SPDX-License-Identifier: MIT
#include "design.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "stats/estimate.h"

#define MARGIN		.05
#define AUTO_SPREAD	.10
#define ABSOLUTE_MARGIN .5 /* of stalls a CPU-minute, and of per cent of the time */

/* What goes on while runs follow each other. */
struct course {
	gsl_rng *rng;
	const struct design *d;
	struct observed *runs;
	size_t slots, slot; /* runs of both sides, in all and done */
	double memory;	    /* the autocorrelated part of the logarithm */
};

static double common_factor(struct course *c)
{
	const struct design *d = c->d;
	double rho = d->autocorrelation, at = (double)c->slot / (double)(c->slots - 1);
	double log_of_all = 0;

	if (rho > 0) {
		double fresh = c->slot == 0 ? 1 : sqrt(1 - rho * rho);

		c->memory = (c->slot == 0 ? 0 : rho * c->memory) +
			    gsl_ran_gaussian_ziggurat(c->rng, AUTO_SPREAD * fresh);
		log_of_all += c->memory;
	}
	if (d->drift > 0)
		log_of_all += at * log(d->drift);
	if (d->night > 0)
		log_of_all += d->night * sin(2 * M_PI * (double)c->slot / d->period);
	return exp(log_of_all);
}

static double rounded(const struct design *d, enum number n, double value)
{
	if (!(d->step > 0) || number_is_difference(n) || value <= 0)
		return value;
	return exp(d->step * round(log(value) / d->step));
}

static void draw_run(struct course *c, int side, double boot)
{
	const struct design *d = c->d;
	struct machine machine = *d->machine;
	double number[NUMBERS];
	size_t i = c->runs->n[side]++;

	if (d->spread[side] > 0)
		machine.spread = machine.rate_spread = machine.length_spread =
			machine.timer_spread = d->spread[side];
	machine.skewed = d->skewed;
	if (d->stalling[side] > 0)
		machine.stalling = d->stalling[side];
	model_draw(c->rng, &machine,
		   side == DECIDE_NEW && d->change.faults > 0 ? &d->change : &change_none,
		   boot * common_factor(c), number);
	for (int j = 0; j < NUMBERS; j++)
		c->runs->value[side][j][i] = rounded(d, j, number[j]);
	c->runs->start[side][i] = (double)c->slot++;
}

/* One boot with its runs; of one boot for both sides, one run. */
static void draw_turn(struct course *c, int side)
{
	const struct design *d = c->d;
	double boot = 1;

	if (d->unit == UNIT_RUN) {
		draw_run(c, side, 1);
		return;
	}
	if (d->boot_spread > 0)
		boot = model_factor(c->rng, d->boot_spread);
	if (gsl_rng_uniform(c->rng) < d->slow_boots[side])
		boot *= d->slow_times;
	for (size_t i = 0; i < d->runs[side]; i++)
		draw_run(c, side, boot);
}

static size_t turns_of(const struct design *d, int side)
{
	return d->unit == UNIT_RUN ? d->runs[side] : d->boots[side];
}

static size_t common_divisor(size_t a, size_t b)
{
	return b == 0 ? a : common_divisor(b, a % b);
}

void design_draw(gsl_rng *rng, const struct design *d, struct observed *runs)
{
	struct course c = { .rng = rng, .d = d, .runs = runs };
	size_t turns[] = { turns_of(d, DECIDE_BASE), turns_of(d, DECIDE_NEW) };
	size_t rounds = d->order == ORDER_ROUNDS ? common_divisor(turns[0], turns[1]) : 1;
	size_t each = (turns[0] + turns[1]) / rounds;
	int side[2 * DESIGN_RUNS_MAX];

	runs->n[DECIDE_BASE] = runs->n[DECIDE_NEW] = 0;
	for (int s = 0; s < DECIDE_SIDES; s++)
		c.slots += d->boots[s] * d->runs[s];
	for (size_t i = 0; i < each; i++)
		side[i] = i < turns[0] / rounds ? DECIDE_BASE : DECIDE_NEW;
	for (size_t r = 0; r < rounds; r++) {
		if (d->order == ORDER_ROUNDS)
			gsl_ran_shuffle(rng, side, each, sizeof(*side));
		for (size_t i = 0; i < each; i++)
			draw_turn(&c, side[i]);
	}
}

void design_units(const struct design *d, const struct observed *runs,
		  struct observed *units)
{
	if (d->unit != UNIT_BOOT) {
		*units = *runs;
		return;
	}
	for (int s = 0; s < DECIDE_SIDES; s++) {
		units->n[s] = d->boots[s];
		for (size_t i = 0; i < d->boots[s]; i++) {
			size_t first = i * d->runs[s];

			units->start[s][i] = runs->start[s][first];
			for (int j = 0; j < NUMBERS; j++)
				units->value[s][j][i] =
					median(&runs->value[s][j][first], d->runs[s]);
		}
	}
}

size_t design_ask(const struct design *d, const struct observed *units, number_set which,
		  struct decide_row row[DESIGN_ROWS], enum number number[DESIGN_ROWS])
{
	size_t n = 0;

	memset(row, 0, DESIGN_ROWS * sizeof(*row));
	for (enum number j = 0; j < NUMBERS; j++) {
		struct decide_row *r = &row[n];

		if (!(which & 1u << j))
			continue;
		number[n++] = j;
		r->primary = true;
		r->unit = d->unit;
		r->margin = MARGIN;
		r->work = j >= MODEL_LATENCIES;
		r->difference = number_is_difference(j);
		r->absolute = ABSOLUTE_MARGIN;
		for (int s = 0; s < DECIDE_SIDES; s++)
			r->side[s] = (struct decide_side){
				.n = units->n[s],
				.value = units->value[s][j],
				.start = units->start[s],
			};
	}
	return n;
}

bool design_is_refused(const struct design *d)
{
	if (d->unit == UNIT_BOOT &&
	    (d->boots[DECIDE_BASE] < DECIDE_BOOTS || d->boots[DECIDE_NEW] < DECIDE_BOOTS))
		return true;
	return !d->allowed && (d->unit == UNIT_ONE_BOOT || d->order == ORDER_SEQUENTIAL);
}

double design_truth(const struct design *d, enum number j)
{
	const struct change *c = &d->change;

	if (d->stalling[DECIDE_BASE] != d->stalling[DECIDE_NEW] ||
	    d->slow_boots[DECIDE_BASE] != d->slow_boots[DECIDE_NEW])
		return NAN;
	if (c->faults == 0 || j >= MODEL_LATENCIES)
		return 0;
	if (c->tail != 1 || c->number != 1 || c->length != 1 || c->cured > 0 ||
	    c->timer_tail != 1 || number_is_difference(j))
		return NAN;
	return (j >= NUMBER_TIMER_P50 ? c->timer : c->faults) - 1;
}
