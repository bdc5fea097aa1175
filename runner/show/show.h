/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_SHOW_H
#define PINLAT_RUNNER_SHOW_H

/*
 * Records as text, on standard output: a pure function of the records. It knows no
 * clock, no locale, no terminal width and no environment; colours, where wanted, are
 * all that a terminal adds.
 */

#include <stdbool.h>

#include "record/file.h"

#define SHOW_WIDTH 100

/** One record as a page. Returns 0 or -ENOMEM. */
int show_record(const struct record *r, bool colour);

/** What --explain gave, nothing where it was not asked for. Returns 0 or -ENOMEM. */
int show_explain(const struct record *r);

/** A set of records as tables, one for each setting. Returns 0 or -ENOMEM. */
int show_set(const struct record_list *list, bool colour);

/** Reads @path and shows it as show_set(), for the end of a run. Returns 0 or -errno. */
int show_directory(const char *path, bool colour);

/** CPU, memory, virtual or real, in one line (no newline), written to @buf; @buf. */
const char *describe_machine(const struct record *r, char *buf, size_t size);

/** "6.1.0 (preempt voluntary)", or "unknown kernel"; @buf. */
const char *describe_kernel(const struct record *r, char *buf, size_t size);

/** "uring (io_uring, no GPU)", "none", …; @buf. */
const char *describe_engine(const char *engine, char *buf, size_t size);

#endif
