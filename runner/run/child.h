/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_CHILD_H
#define PINLAT_RUNNER_CHILD_H

/* The test as a child process: started, watched, asked to stop, never left behind. */

#include <stdbool.h>

struct child_end {
	int code;   /* exit code, or -1 */
	int signal; /* that ended it, or 0 */
	double seconds;
};

/**
 * From here on SIGINT, SIGTERM and SIGHUP no longer end this process: they are asked
 * for with stop_signal(), and child_run() hands them on.
 */
void stop_signals_hold(void);

/** The first stop signal that has come since, or 0. */
int stop_signal(void);

/**
 * Runs @argv with its output going to @log. It gets SIGTERM once when a stop signal
 * comes, or when this process dies. Calls @tick with @data about four times a second.
 * Returns 0 with @end filled, or -errno: it could not be started.
 */
int child_run(char *const argv[], const char *log, void (*tick)(void *data), void *data,
	      struct child_end *end);

#endif
