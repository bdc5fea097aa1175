/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_POOLED_H
#define PINLAT_SIMULATE_POOLED_H

/*
 * What becomes of false positives when the samples of all runs are thrown together and
 * tested as if each of them were an observation of its own.
 */

#include <stddef.h>
#include <stdint.h>

#include "shape.h"

/** Samples in a run here: more would only make it worse. */
#define POOLED_SAMPLES 2000

/**
 * How many of @experiments with @runs runs a side, both sides the same, have a Mann-Whitney p of
 * .05 or less for the samples of one probe. Returns 0 or -errno.
 */
int pooled_run(enum shape shape, size_t runs, unsigned int experiments, uint64_t seed,
	       unsigned int *found);

#endif
