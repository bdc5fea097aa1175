/* SPDX-License-Identifier: MIT */
/*
 * What the files of lib/igt share among themselves.
 */
#ifndef IGT_INTERNAL_H
#define IGT_INTERNAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "igt/igt.h"

/* options.c: the command line. */
enum igt__mode {
	IGT__RUN,
	IGT__LIST,
	IGT__SHOW_TESTLIST,
	IGT__DESCRIBE,
};

struct igt__options {
	enum igt__mode mode;
	const char *subtests; /* patterns, NULL for all */
	const char *dynamics;
	const char *device;
	const char *debug_domain;
	const char *interactive_domain;
	bool debug;
	uint32_t seed;
};

extern struct igt__options igt__options;

/* Exits if the command line is wrong, or asks for no more than a text. */
void igt__options_parse(int argc, char **argv, const struct igt_extra_options *extra);

/* The commands of --hook. */
enum igt__hook_event {
	IGT__PRE_TEST,
	IGT__PRE_SUBTEST,
	IGT__PRE_DYN_SUBTEST,
	IGT__POST_DYN_SUBTEST,
	IGT__POST_SUBTEST,
	IGT__POST_TEST,
	IGT__HOOK_EVENTS,
};

struct igt__hook_context {
	enum igt__hook_event event;
	const char *subtest; /* "" where there is none, as the next two */
	const char *dynamic;
	const char *result;
};

void igt__hook_run(const struct igt__hook_context *context);

/* registry.c: the names of all subtests, collected before the run. */
void igt__registry_add(const char *file, int line, const char *name);
bool igt__registry_has(const char *name);
bool igt__registry_selects(const char *patterns);
void igt__registry_print(enum igt__mode mode, const char *patterns);
void igt__registry_print_description(void);
/**
 * igt_pattern_match() - does a name match a list of patterns?
 * @name: the name
 * @list: patterns with commas between them, known as uwildmat
 *
 * In a pattern `*` is any text, `?` any one character, `[a-z]` one character of a
 * set, `[^a-z]` one character not of it, and `\` takes the next one literally; a
 * comma in a set or after `\` is part of the pattern. A pattern that starts with
 * `!` takes back what it matches. The last pattern that matches decides; a name
 * that none matches is not matched.
 */
bool igt_pattern_match(const char *name, const char *list);
/* Aborts unless @name is well formed. */
void igt__check_name(const char *name);

/* report.c: the lines that the runner reads, messages for people, and the log of a failure. */
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
void igt__critical(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void igt__log_reset(void);
/*
 * Shows and empties the log of what has failed. @sig: what it crashed of, async-signal-safe then;
 * 0: it did not, and whoever debugs it is waited for.
 */
void igt__log_dump(const char *what, const char *name, int sig);
/* The test program is wrong: say how, and abort(3). */
_Noreturn void igt__bug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* process.c: the main process, its children, its signals and its end. */
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
