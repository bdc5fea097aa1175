/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_TEXT_H
#define PINLAT_RUNNER_TEXT_H

/* Strings as a terminal may have them. Numbers: system/numbers.h. */

#include <stdbool.h>

#include "system/numbers.h"
#include "system/text.h"

/** Whether colour is wanted on standard output: a terminal, and NO_COLOR is not set. */
bool use_colour(void);

#endif
