/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TESTS_SETTINGS_H
#define PINLAT_TESTS_SETTINGS_H

/* Our own options, on top of IGT's, from the command line and from PINLAT_*. */

#include "igt/igt.h"
#include "options/run_options.h"

extern struct run_options settings;
extern const struct igt_extra_options settings_options;

/** What is wrong with PINLAT_* in the environment, where nothing runs for that; else "". */
extern char settings_complaint[400];

#endif
