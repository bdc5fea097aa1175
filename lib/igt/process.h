/* SPDX-License-Identifier: MIT */
#ifndef IGT_PROCESS_H
#define IGT_PROCESS_H

/* Private to igt/: the main process, its children, its signals and its end. */

#include <stdbool.h>

struct igt__process_events {
	/* Async-signal-safe. @ends: the program cannot go on; else it may jump out. */
	void (*crashed)(int sig, bool ends);
	void (*exit_called)(void); /* exit(3), by the core or by the program on its own */
};

/* The crash has been reported, and the program goes on: a later one is to be reported as well. */
void igt__process_survives(void);
void igt__process_init(const struct igt__process_events *events);
/* "a child process" or "a thread other than the main one"; NULL: the caller is the main thread. */
const char *igt__stray_caller(void);
void igt__signals_init(void);
_Noreturn void igt__die_of(int sig);
/* The test program is wrong: say how, and abort(3). */
_Noreturn void igt__bug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
