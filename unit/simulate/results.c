// SPDX-License-Identifier: MIT
#include "results.h"

#include <errno.h>
#include <math.h>

#include "stats/random.h"

const size_t results_runs[RESULTS_RUNS] = { 3, 5, 8, 10, 20 };
const size_t results_boots[RESULTS_BOOTS] = { 1, 4, 8 };
const size_t results_few[RESULTS_FEW] = { 1, 3 };
const size_t results_pooled[RESULTS_POOLED] = { 5, 10 };

static const struct stop_case stop_cases[RESULTS_STOP] = {
	{ .shape = SHAPE_LOGNORMAL, .run_spread = .05 },
	{ .shape = SHAPE_LOGNORMAL, .run_spread = .10 },
	{ .shape = SHAPE_LOGNORMAL, .run_spread = .30 },
	{ .shape = SHAPE_PARETO, .run_spread = .05 },
	{ .shape = SHAPE_PARETO, .run_spread = .10 },
	{ .shape = SHAPE_PARETO, .run_spread = .30 },
	{ .shape = SHAPE_BIMODAL, .run_spread = .05 },
	{ .shape = SHAPE_BIMODAL, .run_spread = .10 },
	{ .shape = SHAPE_PARETO, .run_spread = .10, .disturbed = true },
	{ .shape = SHAPE_PARETO, .run_spread = .10, .hurried = true },
};

/* What is left to do, and random numbers of its own for each cell. */
struct work {
	unsigned int experiments, done;
	struct random_state seeds;
	FILE *progress;
};

static uint64_t next_seed(struct work *w, const char *what)
{
	unsigned int cells = SHAPES * ORDERS * RESULTS_BOOTS * RESULTS_RUNS +
			     RESULTS_FEW * RESULTS_RUNS + RESULTS_POOLED + RESULTS_STOP;

	w->done++;
	if (w->progress)
		fprintf(w->progress, "%u/%u %s\n", w->done, cells, what);
	return random_next(&w->seeds);
}

static int run_cell(struct work *w, struct tally *t, const struct design *design)
{
	return tally_run(t, design, w->experiments,
			 next_seed(w, shape_name(design->shape)));
}

static int run_grid(struct work *w, struct results *r, enum shape shape, enum order order)
{
	int ret = 0;

	for (size_t b = 0; b < RESULTS_BOOTS && ret == 0; b++) {
		for (size_t n = 0; n < RESULTS_RUNS && ret == 0; n++) {
			struct design design = {
				.shape = shape,
				.order = order,
				.boots = results_boots[b],
				.runs = results_runs[n],
				.boot_spread =
					results_boots[b] > 1 ? DESIGN_BOOT_SPREAD : 0,
			};

			ret = run_cell(w, &r->tally[shape][order][b][n], &design);
		}
	}
	return ret;
}

static int run_few_boots(struct work *w, struct results *r)
{
	int ret = 0;

	for (size_t b = 0; b < RESULTS_FEW && ret == 0; b++) {
		for (size_t n = 0; n < RESULTS_RUNS && ret == 0; n++) {
			struct design design = {
				.shape = SHAPE_PARETO,
				.order = ORDER_SEQUENTIAL,
				.boots = results_few[b],
				.runs = results_runs[n],
				.boot_spread = DESIGN_BOOT_SPREAD,
			};

			ret = run_cell(w, &r->few_boots[b][n], &design);
		}
	}
	return ret;
}

int results_run(struct results *r, unsigned int experiments, uint64_t seed,
		FILE *progress)
{
	struct work w = {
		.experiments = experiments,
		.seeds = random_stream(seed, 0),
		.progress = progress,
	};
	int ret = 0;

	r->experiments = experiments;
	r->seed = seed;
	for (enum shape shape = 0; shape < SHAPES && ret == 0; shape++)
		for (enum order order = 0; order < ORDERS && ret == 0; order++)
			ret = run_grid(&w, r, shape, order);
	if (ret == 0)
		ret = run_few_boots(&w, r);
	for (size_t i = 0; i < RESULTS_POOLED && ret == 0; i++)
		ret = pooled_run(SHAPE_PARETO, results_pooled[i], experiments,
				 next_seed(&w, "pooled samples"), &r->pooled[i]);
	for (size_t i = 0; i < RESULTS_STOP && ret == 0; i++)
		ret = stop_run(&r->stop[i], &stop_cases[i], experiments,
			       next_seed(&w, "stopping rule"));
	return ret;
}
