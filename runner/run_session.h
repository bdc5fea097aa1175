/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_RUN_SESSION_H
#define PINLAT_RUNNER_RUN_SESSION_H

/* Private to run*.c: one call of `pinlat run` while it goes on. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "plan.h"
#include "progress.h"
#include "run_options.h"
#include "until.h"

struct run_session {
	const struct run_options *options;
	struct plan plan;
	struct until until; /* with --until */
	struct progress progress;
	char test[PATH_MAX];
	char record[PATH_MAX], log[PATH_MAX]; /* of the current run */
	bool *left;			      /* owned; by seq: to be run */
	size_t known; /* every run from this seq on has no record yet */
	size_t valid, skipped, bad;
};

/** Makes or reads the plan; touches nothing. -1: go on, else the exit code. */
int _run_choose_plan(struct run_session *s);

/** Takes DIR for this run alone and writes the plan. -1: go on (@lock is open), else the code. */
int _run_open_directory(struct run_session *s, int *lock);

/** Writes the plan anew: it tells how far --until has come. -1: go on, else the exit code. */
int _run_update_plan(const struct run_session *s);

/** Names the files of run @seq: s->record and s->log. Returns 0 or -ENAMETOOLONG. */
int _run_name_files(struct run_session *s, size_t seq);

/** The test's command line. Its texts stay where they are but for some that it holds itself. */
struct run_command {
	char option[TEST_OPTIONS][24];
	char trace[PATH_MAX];
	char seq[24], seed[24];
	char **argv; /* owned */
};

/** The command that makes run @seq, whose files are named. Returns 0 or -ENOMEM. */
int _run_build_command(struct run_command *c, struct run_session *s, size_t seq);

/** Reads the records there are. Returns 0 or -errno. */
int _run_find_left(struct run_session *s);

/** Makes run @seq. -1: go on, else the exit code. */
int _run_one(struct run_session *s, size_t seq);

#endif
