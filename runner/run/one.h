/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_RUN_ONE_H
#define PINLAT_RUNNER_RUN_ONE_H

/*
 * One run of a plan: the test as a child process, started, watched, asked to stop, never left
 * behind; and what came of it, from its record, its exit code and its output.
 */

#include <stddef.h>

#include "stats/distribution.h"

enum outcome_kind {
	RUN_VALID,
	RUN_VALID_BUT_FAILED, /* a valid record, after which the test failed to clean up */
	RUN_INVALID,	      /* a record that says why it counts for nothing */
	RUN_STOPPED,	      /* the same, because a sample was longer than --stop-at */
	RUN_INTERRUPTED,      /* the same, because it was stopped: to be made again */
	RUN_SKIPPED,
	RUN_REFUSED, /* the test does not take these options */
	RUN_FAILED,  /* no record: crash, abort or another error */
};

struct run_session;

struct outcome {
	enum outcome_kind kind;
	char reason[400];
	double seconds;
	struct distribution scheduled; /* owned; of a valid run */
};

/** What record file @path alone tells: RUN_FAILED where there is none that can be read. */
void outcome_of_record(struct outcome *o, const char *path);

/** Frees what @o owns. */
void outcome_free(struct outcome *o);

/** Names the files of run @seq: s->record and s->log. */
void run_name_files(struct run_session *s, size_t seq);

/** Why nothing can be written into @directory, or next to nothing: -errno, or 0. */
int directory_error(const char *directory);

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
