/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_TEXT_H
#define PINLAT_RUNNER_TEXT_H

/* Strings as a terminal may have them. Numbers: system/numbers.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "system/numbers.h"

/**
 * Makes each control character of @text (and what a terminal may take for one) a '?':
 * records come from elsewhere, and a label must not move the cursor. Returns @text.
 */
char *make_printable(char *text);

/** @text as make_printable() leaves it, cut to fit @buf; @buf. */
const char *printable(const char *text, char *buf, size_t size);

/** Columns that @text takes on a terminal: its UTF-8 characters, without our own colours. */
size_t text_width(const char *text);

/** Whether colour is wanted on standard output: a terminal, and NO_COLOR is not set. */
bool use_colour(void);

/** Writes @c as XML and HTML want it if it is '<', '>' or '&'; false: it is not, write it. */
bool put_entity(FILE *out, char c);

#endif
