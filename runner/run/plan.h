/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_PLAN_H
#define PINLAT_RUNNER_PLAN_H

/*
 * The plan of a result set, DIR/plan.json: which subtest each sequence number stands
 * for. Blocks of all chosen subtests, each block shuffled, so that a drift of the
 * machine meets all of them alike. Written before the first run; --resume obeys it.
 *
 * Sizes that the options leave to the machine were worked out when it was made, and each run gets
 * them as options, so that the last takes what the first took, whatever became of memory and swap:
 *
 *   "sizes": {                           what is not there was set, or (an old plan) left to each run
 *     "arena": "cgroup:2G", "fill": "1600M", "walker": "tree:/", "walker-rate": "256M",
 *     "swap": "own",
 *     "pageout-swap": "auto:256M"        swap, for subtests of the pageout probe
 *   }
 *
 * With --until it holds all the blocks that there may be, and tells the rule that ends them:
 *
 *   "until": "10%", "max_time": "30m",    as they were given; a set without "until" had its
 *                                         number of runs fixed in advance
 *   "stopping": {
 *     "level": 0.95,                      of the interval that is covered at the end
 *     "looks": [8, 14, 22, 37, 61, 100],  after how many runs of each subtest (stats/stopping.h)
 *     "made": 2,                          looks so far: the widths were seen so often
 *     "seconds": 512.4,                   what the runs took so far, all calls together
 *     "ended": "narrow"                   why no more runs were made: "narrow" (every interval
 *   }                                     is), "runs" (all there may be), "time"; "": go on
 *
 * and with --calibrate "calibrate": true. These parts change while runs go on, no other does.
 */

#include "run/options.h"
#include "stats/stopping.h"
#include "system/text.h"

/** Of the intervals that --until makes narrow. */
#define UNTIL_LEVEL 0.95
/** Halves of two: below that there is no spread. */
#define CALIBRATE_LEAST 4

/** Of what sizes are told: five options, and one of them once more. */
#define PLAN_SIZES 6

enum plan_end {
	PLAN_GOES_ON,
	PLAN_NARROW,
	PLAN_ALL_RUNS,
	PLAN_TIME,
	PLAN_ENDS,
};

struct plan {
	char *label;
	/* Where it was made: "release version", the boot, the machine (a hash), and the processor. NULL:
	 * the machine does not tell, or an old plan. */
	char *kernel, *boot_id, *machine_id, *processor;
	char *probes, *loads;
	uint64_t seed, runs;
	/* By place in run_option_rows; NULL: the test's own choice. */
	char *test[RUN_OPTIONS_MAX];
	char *size[PLAN_SIZES]; /* NULL: it was set, or is not known */
	struct text_list passed;
	struct text_list order; /* names of subtests */
	bool calibrate;

	/* NULL: so many runs; no limit. What follows is of --until: */
	char *until, *max_time;
	struct stopping rule;
	uint64_t made;
	double seconds;
	enum plan_end ended;
};

/** Makes the plan that @a asks for. */
void plan_make(struct plan *p, const struct run_arguments *a);

/**
 * Asks the test for the sizes, started as @argv with @lock (test_binary.h). What it does not tell is
 * left to each run: where sizes cannot be worked out, the runs will say why.
 */
void plan_ask_sizes(struct plan *p, const struct text_list *argv, int lock);

/**
 * Ends the command where runs made here would not belong to those of the plan: another kernel, another
 * machine, or, unless @new_boot, another boot.
 */
void plan_must_be_of_here(struct plan *p, bool new_boot);

/** How many runs make a block: one of each subtest. */
size_t plan_block(const struct plan *p);

/**
 * The seed of run @seq: another one for each run, and the same for the same subtest of the same
 * block of every plan with this seed, so that both sides of a round meet the same load.
 */
uint64_t plan_run_seed(const struct plan *p, size_t seq);

/** The value of the test's option @name, or NULL: its own choice. */
const char *plan_option(const struct plan *p, const char *name);

/** The same for a run of @subtest: the size that stands in the plan, where it is one. */
const char *plan_option_of(const struct plan *p, const char *name, const char *subtest);

/** Writes it to @path. Returns 0 or -errno. */
int plan_write(const struct plan *p, const char *path);

/** Reads @path. Returns 0; -EINVAL with a sentence in @why; -ENOENT or another -errno. */
int plan_read(struct plan *p, const char *path, char *why, size_t size);

/** Ends the command with the first difference between what @a gives and what @p says. */
void plan_must_agree(const struct plan *p, const struct run_arguments *a);

/** Frees what @p owns; a struct of zeros is no plan and allowed. */
void plan_free(struct plan *p);

#endif
