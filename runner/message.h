/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_MESSAGE_H
#define PINLAT_RUNNER_MESSAGE_H

/* What goes to the user beside results: one clear line a problem. */

#include <getopt.h>
#include <stddef.h>

/** Prints "pinlat: …" and a newline on standard error. What is not printable becomes '?'. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Complains of the option that getopt_long(), with a leading ':' in @shorts, refused. */
void complain_option(const char *command, int c, char **argv);

/** Returns @code, or PINLAT_FAILED (and says so) where standard output could not be written. */
int finish_output(int code);

#endif
