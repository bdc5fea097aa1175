/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_RUN_RUN_H
#define PINLAT_RUNNER_RUN_RUN_H

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
	int lock;      /* on the machine, for the whole plan; 0: there is none */
	int directory; /* where the records go, open and locked; -1: not yet */
	/* Of the current run, whose names stand in a directory that may be as long as any. */
	char record[PATH_MAX + 64], log[PATH_MAX + 64];
	bool *left;   /* owned; by seq: to be run */
	size_t known; /* every run from this seq on has no record yet */
	size_t valid, skipped, bad;
};

/** `pinlat run`: returns an enum pinlat_exit. */
int pinlat_run(int argc, char **argv);

#endif
