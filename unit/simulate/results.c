// SPDX-License-Identifier: MIT
#include "results.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "stats/random.h"
#include "system/cleanup.h"

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

/* One cell: which of the three kinds of it is told by which pointer is set. */
struct job {
	struct tally *tally;
	struct design design; /* of tally */
	unsigned int *pooled;
	size_t pooled_runs;
	struct stop_tally *stop;
	const struct stop_case *what; /* of stop */
	struct candidates *candidates;
	size_t cell; /* of candidates */
	uint64_t seed;
};

enum {
	JOBS_MAX = SHAPES * ORDERS * RESULTS_BOOTS * RESULTS_RUNS +
		   RESULTS_FEW * RESULTS_RUNS + RESULTS_POOLED + RESULTS_STOP +
		   CANDIDATES_CELLS
};

/* All cells. Each has random numbers of its own, so it does not matter which thread runs it. */
struct work {
	struct job job[JOBS_MAX];
	unsigned int jobs, experiments;
	struct random_state seeds;
	FILE *progress;
	_Atomic unsigned int next, done;
	_Atomic int error;
};

static struct job *add_job(struct work *w)
{
	struct job *job = &w->job[w->jobs++];

	job->seed = random_next(&w->seeds);
	return job;
}

static void add_design(struct work *w, struct tally *t, struct design design)
{
	struct job *job = add_job(w);

	job->tally = t;
	job->design = design;
}

static void add_grid(struct work *w, struct results *r, enum shape shape,
		     enum order order)
{
	for (size_t b = 0; b < RESULTS_BOOTS; b++) {
		for (size_t n = 0; n < RESULTS_RUNS; n++) {
			struct design design = {
				.shape = shape,
				.order = order,
				.boots = results_boots[b],
				.runs = results_runs[n],
				.boot_spread =
					results_boots[b] > 1 ? DESIGN_BOOT_SPREAD : 0,
			};

			add_design(w, &r->tally[shape][order][b][n], design);
		}
	}
}

static void add_few_boots(struct work *w, struct results *r)
{
	for (size_t b = 0; b < RESULTS_FEW; b++) {
		for (size_t n = 0; n < RESULTS_RUNS; n++) {
			struct design design = {
				.shape = SHAPE_PARETO,
				.order = ORDER_SEQUENTIAL,
				.boots = results_few[b],
				.runs = results_runs[n],
				.boot_spread = DESIGN_BOOT_SPREAD,
			};

			add_design(w, &r->few_boots[b][n], design);
		}
	}
}

static void add_all(struct work *w, struct results *r)
{
	for (size_t i = 0; i < CANDIDATES_CELLS; i++) {
		struct job *job = add_job(w);

		job->candidates = &r->candidates;
		job->cell = i;
	}
	for (enum shape shape = 0; shape < SHAPES; shape++)
		for (enum order order = 0; order < ORDERS; order++)
			add_grid(w, r, shape, order);
	add_few_boots(w, r);
	for (size_t i = 0; i < RESULTS_POOLED; i++) {
		struct job *job = add_job(w);

		job->pooled = &r->pooled[i];
		job->pooled_runs = results_pooled[i];
	}
	for (size_t i = 0; i < RESULTS_STOP; i++) {
		struct job *job = add_job(w);

		job->stop = &r->stop[i];
		job->what = &stop_cases[i];
	}
}

static int run_job(const struct job *job, unsigned int experiments)
{
	if (job->tally)
		return tally_run(job->tally, &job->design, experiments, job->seed);
	if (job->pooled)
		return pooled_run(SHAPE_PARETO, job->pooled_runs, experiments, job->seed,
				  job->pooled);
	if (job->candidates)
		return candidates_run(job->candidates, job->cell, job->seed);
	return stop_run(job->stop, job->what, experiments, job->seed);
}

static void *run_jobs(void *data)
{
	struct work *w = data;
	unsigned int i;

	/* From the last: the largest designs are not left for the end. */
	while (!w->error && (i = w->next++) < w->jobs) {
		int ret = run_job(&w->job[w->jobs - 1 - i], w->experiments);

		if (ret < 0)
			w->error = ret;
		i = ++w->done;
		if (w->progress)
			fprintf(w->progress, "%u of %u cells\n", i, w->jobs);
	}
	return NULL;
}

int results_run(struct results *r, unsigned int experiments, uint64_t seed,
		FILE *progress)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	CLEANUP_FREE struct work *w = calloc(1, sizeof(*w));
	CLEANUP_FREE pthread_t *thread = calloc((size_t)cpus, sizeof(*thread));
	long started = 0;

	if (!w || !thread)
		return -ENOMEM;
	w->experiments = experiments;
	w->seeds = random_stream(seed, 0);
	w->progress = progress;
	r->experiments = experiments;
	r->seed = seed;
	candidates_init(&r->candidates, (experiments + 3) / 4);
	add_all(w, r);
	while (started < cpus && !pthread_create(&thread[started], NULL, run_jobs, w))
		started++;
	for (long i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	return started > 0 ? w->error : -EAGAIN;
}
