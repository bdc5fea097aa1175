/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_RUN_SESSION_H
#define PINLAT_RUNNER_RUN_SESSION_H

/* One call of `pinlat run` while it goes on. */

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

/** Names the files of run @seq: s->record and s->log. Returns 0 or -ENAMETOOLONG. */
int run_name_files(struct run_session *s, size_t seq);

/** Makes run @seq. Returns 0 with what came of it in @outcome, or -errno: it could not be started. */
int run_one(struct run_session *s, size_t seq, struct outcome *outcome);

/**
 * From here on SIGINT, SIGTERM and SIGHUP no longer end this process: they are asked for with
 * stop_signal(), and handed on to the test.
 */
void stop_signals_hold(void);

/** The first stop signal that has come since, or 0. */
int stop_signal(void);

#endif
