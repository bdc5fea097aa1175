/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_RUN_SESSION_H
#define PINLAT_RUNNER_RUN_SESSION_H

/* One call of `pinlat run` while it goes on, and the directory that it works in. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "run/options.h"
#include "run/plan.h"
#include "run/progress.h"
#include "run/until.h"

struct run_session {
	const struct run_arguments *arguments;
	struct plan plan;
	struct until until; /* with --until */
	struct progress progress;
	char test[PATH_MAX];
	char record[PATH_MAX], log[PATH_MAX]; /* of the current run */
	bool *left;			      /* owned; by seq: to be run */
	size_t known; /* every run from this seq on has no record yet */
	size_t valid, skipped, bad;
};

/** Makes or reads the plan; touches nothing, and ends the command where it cannot. */
void directory_choose_plan(struct run_session *s);

/** Takes DIR for this run alone and writes the plan. Returns 0 (@lock is open) or the exit code. */
int directory_open(struct run_session *s, int *lock);

/** Writes the plan anew: it tells how far --until has come. Returns 0 or the exit code. */
int directory_update_plan(const struct run_session *s);

/** Names the files of run @seq: s->record and s->log. Returns 0 or -ENAMETOOLONG. */
int directory_name_files(struct run_session *s, size_t seq);

/** Reads the records there are: what is still to be made. Returns 0 or -errno. */
int directory_find_left(struct run_session *s);

#endif
