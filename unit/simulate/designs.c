// SPDX-License-Identifier: MIT
#include "designs.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* @n runs of base and @m of new, of one boot, on @which. */
#define RUNS(which, n, m)                                                                \
	.machine = &machines[which], .unit = UNIT_RUN, .boots = { 1, 1 },                \
	.runs = { (n), (m) }
/* @n boots of base and @m of new with @k runs each. */
#define BOOTS(which, n, m, k)                                                            \
	.machine = &machines[which],                                                     \
	.unit = (n) == 1 && (m) == 1 ? UNIT_ONE_BOOT : UNIT_BOOT, .boots = { (n), (m) }, \
	.runs = { (k), (k) }

#define BOOTS_10 .spread = { .05, .05 }, .boot_spread = .1

#define SEQUENTIAL .order = ORDER_SEQUENTIAL
/* All of base first, and the user says that it does not matter. */
#define ANY_ORDER SEQUENTIAL, .allowed = true

const struct design designs_null[] = {
	/* Runs differ by chance. Five a side prove nothing of nine numbers. */
	{ "6 v 6", RUNS(MACHINE_LOOP, 6, 6) },
	{ "10 v 10", RUNS(MACHINE_LOOP, 10, 10) },
	{ "20 v 20", RUNS(MACHINE_LOOP, 20, 20) },
	{ "6 v 6, tree", RUNS(MACHINE_TREE, 6, 6) },
	{ "20 v 20, tree", RUNS(MACHINE_TREE, 20, 20) },
	{ "10 v 10, no stalls", RUNS(MACHINE_CALM, 10, 10) },
	{ "20 v 20, no stalls, runs 2 %", RUNS(MACHINE_CALM, 20, 20),
	  .spread = { .02, .02 } },
	{ "12 v 12 boots of 3, no stalls, boots 2 %", BOOTS(MACHINE_CALM, 12, 12, 3),
	  .spread = { .01, .01 }, .boot_spread = .02 },
	{ "5 v 5, base first", RUNS(MACHINE_LOOP, 5, 5), ANY_ORDER },
	{ "6 v 6, base first", RUNS(MACHINE_LOOP, 6, 6), ANY_ORDER },
	{ "10 v 10, base first", RUNS(MACHINE_LOOP, 10, 10), ANY_ORDER },
	{ "5 v 20, base first", RUNS(MACHINE_LOOP, 5, 20), ANY_ORDER },
	/* Runs resemble the ones before, or drift. */
	{ "AR(1) .3, 5 v 5, base first", RUNS(MACHINE_LOOP, 5, 5), SEQUENTIAL,
	  .autocorrelation = .3 },
	{ "AR(1) .3, 6 v 6, base first", RUNS(MACHINE_LOOP, 6, 6), SEQUENTIAL,
	  .autocorrelation = .3 },
	{ "AR(1) .3, 10 v 10, base first", RUNS(MACHINE_LOOP, 10, 10), SEQUENTIAL,
	  .autocorrelation = .3 },
	{ "AR(1) .6, 5 v 5, base first", RUNS(MACHINE_LOOP, 5, 5), SEQUENTIAL,
	  .autocorrelation = .6 },
	{ "AR(1) .6, 6 v 6, base first", RUNS(MACHINE_LOOP, 6, 6), SEQUENTIAL,
	  .autocorrelation = .6 },
	{ "AR(1) .6, 10 v 10, base first", RUNS(MACHINE_LOOP, 10, 10), SEQUENTIAL,
	  .autocorrelation = .6 },
	{ "AR(1) .6, 10 v 10, rounds", RUNS(MACHINE_LOOP, 10, 10),
	  .autocorrelation = .6 },
	{ "AR(1) .9, 10 v 10, base first", RUNS(MACHINE_LOOP, 10, 10), SEQUENTIAL,
	  .autocorrelation = .9 },
	{ "AR(1) .9, 10 v 10, rounds", RUNS(MACHINE_LOOP, 10, 10),
	  .autocorrelation = .9 },
	{ "+20 % from first to last, 10 v 10, base first", RUNS(MACHINE_LOOP, 10, 10),
	  SEQUENTIAL, .drift = 1.2 },
	{ "+20 % from first to last, 10 v 10, rounds", RUNS(MACHINE_LOOP, 10, 10),
	  .drift = 1.2 },
	{ "day and night +-10 %, 20 runs long, 10 v 10, base first",
	  RUNS(MACHINE_LOOP, 10, 10), SEQUENTIAL, .night = .1, .period = 20 },
	{ "day and night +-10 %, 20 runs long, 10 v 10, rounds",
	  RUNS(MACHINE_LOOP, 10, 10), .night = .1, .period = 20 },
	{ "day and night +-10 %, 8 boots long, 8 v 8 boots of 3, base first",
	  BOOTS(MACHINE_LOOP, 8, 8, 3), SEQUENTIAL, .night = .1, .period = 24 },
	{ "day and night +-10 %, 8 boots long, 8 v 8 boots of 3, rounds",
	  BOOTS(MACHINE_LOOP, 8, 8, 3), .night = .1, .period = 24 },
	/* Half or a fifth of the boots take 1.5 times as long. */
	{ "half of the boots x1.5, 1 v 1 boots of 10", BOOTS(MACHINE_LOOP, 1, 1, 10),
	  .slow_boots = { .5, .5 }, .slow_times = 1.5 },
	{ "half of the boots x1.5, 2 v 2 boots of 10", BOOTS(MACHINE_LOOP, 2, 2, 10),
	  .slow_boots = { .5, .5 }, .slow_times = 1.5 },
	{ "half of the boots x1.5, 3 v 3 boots of 10", BOOTS(MACHINE_LOOP, 3, 3, 10),
	  .slow_boots = { .5, .5 }, .slow_times = 1.5 },
	{ "half of the boots x1.5, 5 v 5 boots of 3", BOOTS(MACHINE_LOOP, 5, 5, 3),
	  .slow_boots = { .5, .5 }, .slow_times = 1.5 },
	{ "half of the boots x1.5, 6 v 6 boots of 3", BOOTS(MACHINE_LOOP, 6, 6, 3),
	  .slow_boots = { .5, .5 }, .slow_times = 1.5 },
	{ "half of the boots x1.5, 8 v 8 boots of 3", BOOTS(MACHINE_LOOP, 8, 8, 3),
	  .slow_boots = { .5, .5 }, .slow_times = 1.5 },
	{ "a fifth of the boots x1.5, 5 v 5 boots of 3", BOOTS(MACHINE_LOOP, 5, 5, 3),
	  .slow_boots = { .2, .2 }, .slow_times = 1.5 },
	{ "a fifth of the boots x1.5, 6 v 6 boots of 3", BOOTS(MACHINE_LOOP, 6, 6, 3),
	  .slow_boots = { .2, .2 }, .slow_times = 1.5 },
	/* Boots differ. */
	{ "boots 5 %, 2 v 2 boots of 20", BOOTS(MACHINE_LOOP, 2, 2, 20),
	  .boot_spread = .05 },
	{ "boots 5 %, 3 v 3 boots of 20", BOOTS(MACHINE_LOOP, 3, 3, 20),
	  .boot_spread = .05 },
	{ "boots 10 %, runs 5 %, 2 v 2 boots of 10", BOOTS(MACHINE_LOOP, 2, 2, 10),
	  BOOTS_10 },
	{ "boots 10 %, runs 5 %, 3 v 3 boots of 10", BOOTS(MACHINE_LOOP, 3, 3, 10),
	  BOOTS_10 },
	{ "boots 10 %, runs 5 %, 5 v 3 boots of 10", BOOTS(MACHINE_LOOP, 5, 3, 10),
	  BOOTS_10 },
	{ "boots 10 %, runs 5 %, 5 v 5 boots of 10", BOOTS(MACHINE_LOOP, 5, 5, 10),
	  BOOTS_10 },
	{ "boots 10 %, runs 5 %, 6 v 6 boots of 10", BOOTS(MACHINE_LOOP, 6, 6, 10),
	  BOOTS_10 },
	{ "boots 10 %, runs 5 %, 8 v 8 boots of 3", BOOTS(MACHINE_LOOP, 8, 8, 3),
	  BOOTS_10 },
	{ "boots 10 %, runs 5 %, 8 v 8 boots of 3, base first",
	  BOOTS(MACHINE_LOOP, 8, 8, 3), BOOTS_10, ANY_ORDER },
	/* Ties, and stalls in some runs. */
	{ "three values, 5 v 5", RUNS(MACHINE_CALM, 5, 5), .step = .2 },
	{ "three values, 6 v 6", RUNS(MACHINE_CALM, 6, 6), .step = .2 },
	{ "three values, 10 v 10", RUNS(MACHINE_CALM, 10, 10), .step = .2 },
	{ "stalls in 30 % of runs, 5 v 5", RUNS(MACHINE_RARE, 5, 5),
	  .stalling = { .3, .3 } },
	{ "stalls in 30 % of runs, 6 v 6", RUNS(MACHINE_RARE, 6, 6),
	  .stalling = { .3, .3 } },
	{ "stalls in 50 % of runs, 10 v 10", RUNS(MACHINE_RARE, 10, 10),
	  .stalling = { .5, .5 } },
	/* One side is noisy. */
	{ "runs 5 % v 30 %, 5 v 5", RUNS(MACHINE_LOOP, 5, 5), .spread = { .05, .3 } },
	{ "runs 5 % v 30 %, 6 v 6", RUNS(MACHINE_LOOP, 6, 6), .spread = { .05, .3 } },
	{ "runs 5 % v 30 %, 10 v 10", RUNS(MACHINE_LOOP, 10, 10), .spread = { .05, .3 } },
	{ "runs 5 % v 30 %, 20 v 20", RUNS(MACHINE_LOOP, 20, 20), .spread = { .05, .3 } },
	{ "runs 5 % v 30 %, 20 v 5", RUNS(MACHINE_LOOP, 20, 5), .spread = { .05, .3 } },
	{ "runs 5 % v 30 %, 20 v 5, base first", RUNS(MACHINE_LOOP, 20, 5), ANY_ORDER,
	  .spread = { .05, .3 } },
	{ "runs 5 % v 30 %, 5 v 20, base first", RUNS(MACHINE_LOOP, 5, 20), ANY_ORDER,
	  .spread = { .05, .3 } },
	{ "runs 5 % v 30 %, 20 v 10, base first", RUNS(MACHINE_LOOP, 20, 10), ANY_ORDER,
	  .spread = { .05, .3 } },
	{ "runs 5 % v 30 %, skewed, 6 v 6", RUNS(MACHINE_LOOP, 6, 6),
	  .spread = { .05, .3 }, .skewed = true },
	{ "runs 5 % v 30 %, skewed, 10 v 10", RUNS(MACHINE_LOOP, 10, 10),
	  .spread = { .05, .3 }, .skewed = true },
	{ "runs 5 % v 30 %, skewed, 20 v 20", RUNS(MACHINE_LOOP, 20, 20),
	  .spread = { .05, .3 }, .skewed = true, .beyond = true },
	{ "runs 5 % v 30 %, skewed, 20 v 5, base first", RUNS(MACHINE_LOOP, 20, 5),
	  ANY_ORDER, .spread = { .05, .3 }, .skewed = true },
};
const size_t designs_nulls = COUNT(designs_null);

#define ALL_BY(times) .change = { (times), 1, 1, 1, 0, (times), 1 }

const struct design designs_true[] = {
	{ "+5 %, 20 v 20, runs 3 %", RUNS(MACHINE_CALM, 20, 20), .spread = { .03, .03 },
	  ALL_BY(1.05) },
	{ "+5 %, 10 v 10, runs 2 %", RUNS(MACHINE_CALM, 10, 10), .spread = { .02, .02 },
	  ALL_BY(1.05) },
	{ "+5 %, 14 v 14, runs 2 %", RUNS(MACHINE_CALM, 14, 14), .spread = { .02, .02 },
	  ALL_BY(1.05) },
	{ "+5 %, 40 v 40, runs 3 %", RUNS(MACHINE_CALM, 40, 40), .spread = { .03, .03 },
	  ALL_BY(1.05) },
	{ "slowest 2 % of timer +5 %, 20 v 20, runs 2 %", RUNS(MACHINE_CALM, 20, 20),
	  .spread = { .02, .02 }, .change = { 1, 1, 1, 1, 0, 1, 1.05 } },
	{ "slowest 2 % of timer +5 %, 40 v 40, runs 3 %", RUNS(MACHINE_CALM, 40, 40),
	  .spread = { .03, .03 }, .change = { 1, 1, 1, 1, 0, 1, 1.05 } },
	{ "+6 %, AR(1) .6, 20 v 20, base first", RUNS(MACHINE_CALM, 20, 20), SEQUENTIAL,
	  .spread = { .03, .03 }, .autocorrelation = .6, ALL_BY(1.06) },
	{ "+10 %, AR(1) .9, 20 v 20, base first", RUNS(MACHINE_CALM, 20, 20), SEQUENTIAL,
	  .spread = { .03, .03 }, .autocorrelation = .9, ALL_BY(1.1) },
	{ "stalls in 20 % of new's runs, 10 v 10", RUNS(MACHINE_RARE, 10, 10),
	  .spread = { .02, .02 }, .stalling = { 0, .2 } },
	{ "stalls in 20 % of new's runs, 14 v 14", RUNS(MACHINE_RARE, 14, 14),
	  .spread = { .02, .02 }, .stalling = { 0, .2 } },
	{ "stalls in 20 % of new's runs, 20 v 20", RUNS(MACHINE_RARE, 20, 20),
	  .spread = { .02, .02 }, .stalling = { 0, .2 } },
	{ "stalls in 30 % of new's runs, 10 v 10", RUNS(MACHINE_RARE, 10, 10),
	  .spread = { .02, .02 }, .stalling = { 0, .3 } },
	{ "stalls in 30 % of new's runs, 14 v 14", RUNS(MACHINE_RARE, 14, 14),
	  .spread = { .02, .02 }, .stalling = { 0, .3 } },
	{ "stalls in 5 % and 30 % of runs, 20 v 20", RUNS(MACHINE_RARE, 20, 20),
	  .spread = { .02, .02 }, .stalling = { .05, .3 } },
	{ "a quarter of new's boots x2, 8 v 8 boots of 3", BOOTS(MACHINE_CALM, 8, 8, 3),
	  .spread = { .01, .01 }, .boot_spread = .02, .slow_boots = { 0, .25 },
	  .slow_times = 2 },
	{ "a quarter of new's boots x2, 11 v 11 boots of 3",
	  BOOTS(MACHINE_CALM, 11, 11, 3), .spread = { .01, .01 }, .boot_spread = .02,
	  .slow_boots = { 0, .25 }, .slow_times = 2 },
	{ "one boot each, boots 5 %, of 20 runs", BOOTS(MACHINE_CALM, 1, 1, 20),
	  .spread = { .02, .02 }, .boot_spread = .05, ALL_BY(1.1) },
};
const size_t designs_trues = COUNT(designs_true);

const struct design designs_usual[DESIGNS_USUAL] = {
	{ "6 runs", RUNS(MACHINE_LOOP, 6, 6) },
	{ "10 runs", RUNS(MACHINE_LOOP, 10, 10) },
	{ "20 runs", RUNS(MACHINE_LOOP, 20, 20) },
	{ "6 boots of 3 runs", BOOTS(MACHINE_LOOP, 6, 6, 3), .boot_spread = .05 },
	{ "10 boots of 3 runs", BOOTS(MACHINE_LOOP, 10, 10, 3), .boot_spread = .05 },
};
