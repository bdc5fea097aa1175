/* SPDX-License-Identifier: MIT */
#ifndef IGT_PROCESS_H
#define IGT_PROCESS_H

/* Private to igt/: the main process, its children, its signals and its end. */

struct igt__process_events {
	void (*crashed)(int sig);  /* async-signal-safe */
	void (*exit_called)(void); /* exit(3), by the core or by the program on its own */
};

void igt__process_init(const struct igt__process_events *events);
/* "a child process" or "a thread other than the main one"; NULL: the caller is the main thread. */
const char *igt__stray_caller(void);
void igt__signals_init(void);
_Noreturn void igt__die_of(int sig);

#endif
