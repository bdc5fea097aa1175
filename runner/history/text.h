/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_HISTORY_TEXT_H
#define PINLAT_RUNNER_HISTORY_TEXT_H

/* A history to be read. */

#include "history/formats.h"

/** Prints what happened first, and then each machine. */
void history_print_text(FILE *out, const struct history_saying *s);

#endif
