/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_RULES_H
#define PINLAT_SIMULATE_RULES_H

/* How other tools tell from a few runs of each whether something changed, row by row. */

#include <stddef.h>

enum rule {
	/*
	 * Go's benchstat: Mann-Whitney, p <= .05. Exact up to 50 values a side, 25 where there
	 * are ties (golang.org/x/perf benchmath/anone.go, go-moremath stats/utest.go).
	 */
	RULE_BENCHSTAT,
	/*
	 * mmtests' compare: mean +- 1.96 standard deviations of one side and of the other do
	 * not overlap (bin/lib/MMTests/Stat.pm: calc_meanci, cidiff).
	 */
	RULE_MMTESTS,
	/*
	 * LKP's compare without options: each side's median is beyond the other's
	 * range, and the medians differ by more than 5 %; up to 3 extreme values of either end
	 * are left out, 1 for each 32 (lkp-tests lib/changed_stat.rb, lib/stats.rb).
	 */
	RULE_LKP,
	/*
	 * Welch's t test, p <= .05, of the logarithms, or of values that may be 0: what a
	 * statistician would try first.
	 */
	RULE_WELCH,
	RULES,
};

/** "benchstat", "mmtests", ... */
const char *rule_name(enum rule rule);

/** 1 if @rule says that @b (@m values) differs from @a (@n), 0 if not, -EINVAL or -ENOMEM. */
int rule_sees(enum rule rule, const double *a, size_t n, const double *b, size_t m);

#endif
