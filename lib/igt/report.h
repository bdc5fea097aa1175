/* SPDX-License-Identifier: MIT */
#ifndef IGT_REPORT_H
#define IGT_REPORT_H

/* Private to igt/: the lines that the runner reads, messages for people, the log of a failure. */

#include <stdint.h>

#include "igt/options.h"

void igt__report_begin(const struct igt__options *options);
void igt__print_version(void);
void igt__report_start(enum igt__block block, const char *name);
/*
 * The result of what began at @start_ns; 0: it never did. Async-signal-safe; flush stdout first
 * if not in a signal handler.
 */
void igt__report_result(enum igt__block block, const char *name, const char *result,
			uint64_t start_ns);
/* To the kernel log. Async-signal-safe. */
void igt__kmsg_exiting(int code);
void igt__log_reset(void);
/* Whoever crashed in the midst of a message does not keep others from theirs. */
void igt__log_unlock(void);
/*
 * Shows and empties the log of what has failed. @sig: what it crashed of, async-signal-safe then;
 * 0: it did not, and the program waits for its debugger.
 */
void igt__log_dump(const char *what, const char *name, int sig);

#endif
