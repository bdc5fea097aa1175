/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_DESIGNS_H
#define PINLAT_SIMULATE_DESIGNS_H

/* The designs that are simulated. */

#include "candidates.h"
#include "design.h"

/** Nothing differs between the kernels, whatever else does. */
extern const struct design designs_null[];
extern const size_t designs_nulls;

/** Something differs by the margin or more: `same` is wrong. */
extern const struct design designs_true[];
extern const size_t designs_trues;

/** Usual designs, in which the kernels differ by each of candidates_change. */
#define DESIGNS_USUAL 5
extern const struct design designs_usual[DESIGNS_USUAL];

#endif
