// SPDX-License-Identifier: MIT
#include "results.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "saved.h"
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
	void *result; /* what is kept of it */
	uint32_t size;
	bool done;
};

enum {
	JOBS_MAX = 2 * RESULTS_DESIGNS_MAX + DESIGNS_USUAL * CANDIDATES_CHANGES +
		   CANDIDATES_CELLS + RESULTS_STOP
};

/* All designs. Each has random numbers of its own, so it does not matter which thread runs it. */
struct work {
	struct job job[JOBS_MAX];
	unsigned int jobs, experiments;
	struct random_state seeds;
	FILE *progress;
	FILE *keep; /* NULL: nothing is kept */
	pthread_mutex_t keeping;
	_Atomic unsigned int next, done;
	_Atomic int error;
};

static struct job *add_job(struct work *w, void *result, size_t size)
{
	struct job *job = &w->job[w->jobs++];

	job->result = result;
	job->size = (uint32_t)size;
	job->seed = random_next(&w->seeds);
	return job;
}

static void add_design(struct work *w, struct tally *t, const struct design *design)
{
	struct job *job = add_job(w, t, sizeof(*t));

	job->tally = t;
	job->design = *design;
}

static void add_usual(struct work *w, struct results *r)
{
	for (size_t i = 0; i < DESIGNS_USUAL; i++) {
		for (size_t k = 0; k < CANDIDATES_CHANGES; k++) {
			struct design design = designs_usual[i];

			design.change = candidates_change[k].change;
			add_design(w, &r->usual[i][k], &design);
		}
	}
}

static void add_all(struct work *w, struct results *r)
{
	for (size_t i = 0; i < CANDIDATES_CELLS; i++) {
		struct job *job =
			add_job(w, &r->candidates.cell[i], sizeof(r->candidates.cell[i]));

		job->candidates = &r->candidates;
		job->cell = i;
	}
	for (size_t i = 0; i < designs_nulls; i++)
		add_design(w, &r->null[i], &designs_null[i]);
	for (size_t i = 0; i < designs_trues; i++)
		add_design(w, &r->differing[i], &designs_true[i]);
	add_usual(w, r);
	for (size_t i = 0; i < RESULTS_STOP; i++) {
		struct job *job = add_job(w, &r->stop[i], sizeof(r->stop[i]));

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

/* A design points to its name and its machine, which are elsewhere the next time. */
static void restore(const struct job *job)
{
	if (job->tally)
		job->tally->design = job->design;
}

/* Takes the results that w->keep has. */
static void take_kept(struct work *w)
{
	uint32_t part, size;

	while (saved_next(w->keep, &part, &size)) {
		struct job *job = part < w->jobs ? &w->job[part] : NULL;
		bool fits = job && job->size == size;

		if (!saved_read(w->keep, fits ? job->result : NULL, size))
			return;
		if (!fits)
			continue;
		restore(job);
		w->done += !job->done;
		job->done = true;
	}
}

/* Runs job @i, and keeps what it finds. */
static int do_job(struct work *w, unsigned int i)
{
	int ret = run_job(&w->job[i], w->experiments);

	if (ret < 0 || !w->keep)
		return ret;
	pthread_mutex_lock(&w->keeping);
	ret = saved_write(w->keep, i, w->job[i].result, w->job[i].size);
	pthread_mutex_unlock(&w->keeping);
	return ret;
}

static void *run_jobs(void *data)
{
	struct work *w = data;
	unsigned int i;

	/* From the last: the largest designs are not left for the end. */
	while (!w->error && (i = w->next++) < w->jobs) {
		int ret;

		if (w->job[w->jobs - 1 - i].done)
			continue;
		ret = do_job(w, w->jobs - 1 - i);
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
		const char *keep, FILE *progress)
{
	const struct saved_key key = { .experiments = experiments, .seed = seed };
	CLEANUP_FREE struct work *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return -ENOMEM;
	w->experiments = experiments;
	w->seeds = random_stream(seed, 0);
	w->progress = progress;
	pthread_mutex_init(&w->keeping, NULL);
	r->experiments = experiments;
	r->seed = seed;
	candidates_init(&r->candidates, (experiments + 3) / 4);
	add_all(w, r);
	if (keep) {
		w->keep = saved_open(keep, key);
		if (!w->keep)
			return -errno;
		take_kept(w);
	}
	ret = run_all(w);
	if (w->keep && fclose(w->keep) != 0 && ret == 0)
		ret = -errno;
	return ret;
}
