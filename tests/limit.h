/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TESTS_LIMIT_H
#define PINLAT_TESTS_LIMIT_H

#include "record/record.h"

/*
 * What is asserted of latencies. One number stands for a run: of thp and pageout the mean time of what was
 * made, in which a stall counts as long as it is; of timer the 99th percentile.
 */

struct limit_run {
	char subtest[32];
	struct record_config config;
	double ns;
};

/** Fills @run with what @record says. */
void limit_take(struct limit_run *run, const struct record *record);

/** Fails if @run is more than settings.limit times @control, and says how many times it is. */
void limit_assert_times(const struct limit_run *control, const struct limit_run *run);

/**
 * Fails if @run is above the largest of the stored runs in settings.baseline, and says by how much.
 * Skips if they are fewer than 20: with n of them, and no change, one run in n + 1 fails.
 */
void limit_assert_baseline(const struct limit_run *run);

#endif
