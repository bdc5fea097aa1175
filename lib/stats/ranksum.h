/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_RANKSUM_H
#define PINLAT_STATS_RANKSUM_H

/*
 * Whether two series of one run differ by more than chance: for the test binary, which does
 * without GSL. Runs are compared with the exact tests of stats/ranktest.h.
 */

#include <stddef.h>

/**
 * Mann and Whitney's test of @a (@n values) against @b (@m): two-sided *@p by the normal
 * approximation, with tie and continuity correction; good from some five values a side on.
 * Returns 0, -EINVAL (no values on a side) or -ENOMEM.
 */
int rank_sum(const double *a, size_t n, const double *b, size_t m, double *p);

#endif
