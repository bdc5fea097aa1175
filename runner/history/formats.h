/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_HISTORY_FORMATS_H
#define PINLAT_RUNNER_HISTORY_FORMATS_H

/* A history for other programs. */

#include "history/gate.h"

/** As one JSON object, "pinlat.history/1". */
void history_print_json(FILE *out, const struct history_saying *s);

/** As JUnit XML: a suite a machine, a case a series. */
void history_print_junit(FILE *out, const struct history_saying *s);

#endif
