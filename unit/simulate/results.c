// SPDX-License-Identifier: MIT
#include "results.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "stats/random.h"
#include "system/cleanup.h"

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

/* One design: which of the three kinds of it is told by which pointer is set. */
struct job {
	struct tally *tally;
	struct design design; /* of tally */
	struct stop_tally *stop;
	const struct stop_case *what; /* of stop */
	struct candidates *candidates;
	size_t cell; /* of candidates */
	uint64_t seed;
};

enum {
	JOBS_MAX = 2 * RESULTS_DESIGNS_MAX +
		   MACHINES * DESIGNS_USUAL * CANDIDATES_CHANGES + CANDIDATES_CELLS +
		   RESULTS_STOP
};

/* All designs. Each has random numbers of its own, so it does not matter which thread runs it. */
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

static void add_design(struct work *w, struct tally *t, const struct design *design)
{
	struct job *job = add_job(w);

	job->tally = t;
	job->design = *design;
}

static void add_usual(struct work *w, size_t machine,
		      struct tally usual[DESIGNS_USUAL][CANDIDATES_CHANGES])
{
	for (size_t i = 0; i < DESIGNS_USUAL; i++) {
		for (size_t k = 0; k < CANDIDATES_CHANGES; k++) {
			struct design design = designs_usual[i];

			design.machine = &machines[machine];
			design.change = candidates_change[k].change;
			/* They take as long as all else. */
			design.steps = machine == MACHINE_LOOP;
			add_design(w, &usual[i][k], &design);
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
	for (size_t i = 0; i < designs_nulls; i++)
		add_design(w, &r->null[i], &designs_null[i]);
	for (size_t i = 0; i < designs_trues; i++)
		add_design(w, &r->differing[i], &designs_true[i]);
	for (size_t m = 0; m < MACHINES; m++)
		add_usual(w, m, r->usual[m]);
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
			fprintf(w->progress, "%u of %u designs\n", i, w->jobs);
	}
	return NULL;
}

/* On all cores. */
static int run_all(struct work *w)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), started = 0;
	CLEANUP_FREE pthread_t *thread = calloc((size_t)cpus, sizeof(*thread));

	if (!thread)
		return -ENOMEM;
	while (started < cpus && !pthread_create(&thread[started], NULL, run_jobs, w))
		started++;
	for (long i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	return started > 0 ? w->error : -EAGAIN;
}

int results_run(struct results *r, unsigned int experiments, uint64_t seed,
		FILE *progress)
{
	CLEANUP_FREE struct work *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->experiments = experiments;
	w->seeds = random_stream(seed, 0);
	w->progress = progress;
	r->experiments = experiments;
	r->seed = seed;
	candidates_init(&r->candidates, (experiments + 3) / 4);
	add_all(w, r);
	return run_all(w);
}
