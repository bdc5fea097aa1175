/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_RUN_OPTIONS_H
#define PINLAT_RUNNER_RUN_OPTIONS_H

/* What `pinlat run` was asked to do. */

#include <stdbool.h>
#include <stdint.h>

#include "options/run_options.h"

/* A text is NULL where it was not given. */
struct run_arguments {
	const char *directory;
	const char *probes, *loads;
	uint64_t runs; /* 0: not given */
	const char *until, *max_time;
	bool calibrate, resume, verbose;
	bool new_boot;		 /* to be resumed on, though the plan is of another one */
	struct run_options test; /* what the test is to do */
	const char *given
		[RUN_OPTIONS_MAX]; /* the same as texts, a place for each of run_option_rows */
	char **passed;		   /* what stood behind "--", ended by NULL */
};

/** Reads and checks the command line; does not return if it is wrong. */
void run_arguments_parse(struct run_arguments *a, int argc, char **argv);

#endif
