/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_OUTCOME_H
#define PINLAT_RUNNER_OUTCOME_H

/* What came of a run. */

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

#endif
