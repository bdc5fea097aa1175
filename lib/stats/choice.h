/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_CHOICE_H
#define PINLAT_STATS_CHOICE_H

/* The test behind the rank tests: some scores were chosen from each of some strata. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/ranktest.h"

/** @chosen of @size scores, in ascending order, any choice as likely as any other. */
struct stratum {
	const uint64_t *score;
	size_t size, chosen;
};

/**
 * Two-sided p of @sum, the sum of the scores chosen in all @n strata; scores are
 * midranks doubled (whole numbers). With @count it is exact, whatever the ties, unless
 * that took too long.
 */
void choice_test(struct rank_p *result, const struct stratum *stratum, size_t n,
		 uint64_t sum, bool count);

#endif
