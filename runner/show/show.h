/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_SHOW_H
#define PINLAT_RUNNER_SHOW_H

/*
 * Records as text, on standard output: a pure function of the records. It knows no
 * clock, no locale, no terminal width and no environment; colours, where wanted, are
 * all that a terminal adds.
 */

#include <stdbool.h>

/** Reads @path and shows its sets as tables, for the end of a run. Returns 0 or -errno. */
int show_directory(const char *path, bool colour);

#endif
