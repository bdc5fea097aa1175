/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_MESSAGE_H
#define PINLAT_RUNNER_MESSAGE_H

/* What goes to the user beside results: one clear line a problem. */

#include <getopt.h>
#include <stddef.h>

#include "options/table.h"

/** Prints "pinlat: …" and a newline on standard error. What is not printable becomes '?'. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Complains of the option that getopt_long(), with a leading ':' in @shorts, refused. */
void complain_option(const char *command, int c, char **argv);

/** Complains and ends with PINLAT_USAGE: only while nothing has been made. */
void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/**
 * Reads the options of @page into @settings and leaves optind behind them. Does not return
 * from --help, nor from what is no option or no value of one.
 */
void parse_options(const struct option_page *page, void *settings, int argc, char **argv);

/** Returns @code, or PINLAT_FAILED (and says so) where standard output could not be written. */
int finish_output(int code);

#endif
