/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_CALIBRATE_H
#define PINLAT_RUNNER_CALIBRATE_H

/* A set of records against itself: what this machine's noise is, and what it can show. */

#include "summary/comparison.h"

/**
 * Compares the set at @path with itself as @options say and prints what that tells of the
 * machine. Returns the exit code.
 */
int calibrate_set(const char *path, const struct compare_options *options);

#endif
