/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_MESSAGE_H
#define PINLAT_RUNNER_MESSAGE_H

/* What goes to the user beside results: one clear line a problem. */

#include <stdbool.h>
#include <stddef.h>

/** Prints "pinlat: …" and a newline on standard error. What is not printable becomes '?'. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Why records could not be read, by the -errno of records_visit(). */
const char *unread_text(int error);

/** Complains and ends with PINLAT_USAGE: only while nothing has been made. */
void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/** The first line of what is shown of records: "Measured on: @where", of sets/provenance.h. */
void print_where(const char *where);

/** Returns @code, or PINLAT_FAILED (and says so) where standard output could not be written. */
int finish_output(int code);

/** Whether standard output is a terminal that knows escape sequences. */
bool shown_on_terminal(void);

/** Whether colour is wanted on it, too: NO_COLOR is not set. */
bool use_colour(void);

/** How wide text on standard output is: as the terminal, 40 to @most; elsewhere @most. */
size_t shown_width(size_t most);

#endif
