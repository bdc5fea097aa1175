/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_UNTIL_H
#define PINLAT_RUNNER_UNTIL_H

/*
 * `pinlat run --until`: the values that runs have given so far, and whether they are enough.
 * The rule itself, and why it does not cheat, is in stats/stopping.h.
 */

#include <stdbool.h>
#include <stddef.h>

#include "run/plan.h"
#include "sets/sets.h"

struct until {
	struct plan *plan;
	size_t n;	/* subtests of the plan */
	bool *left_out; /* owned; one each: it skips on this machine */
	struct metrics metrics;
	struct sets sets; /* of the valid runs; never finished */
	uint64_t marked;  /* ns; up to when plan->seconds counts */
};

/** Begins with no values; @plan (whose stopping part until_block() changes) outlives it. */
void until_init(struct until *u, struct plan *plan);

/** A valid run left its record at @path. */
void until_take(struct until *u, const char *path);

/** @subtest skips: the next lower load of its probe takes its place. */
void until_leave_out(struct until *u, const char *subtest);

/**
 * A block is over (the last there may be: @last). Counts the time, looks if a look is due, says
 * on standard output what that showed, and sets plan->ended.
 */
void until_block(struct until *u, bool last);

/** Adds to plan->seconds what has passed since it was called last, and returns that: seconds. */
double until_count_time(struct until *u);

/** Says on standard output what the rule is, why it is over. */
void until_announce(const struct until *u);
void until_print_end(const struct until *u);

/**
 * How many more runs of each subtest the next look waits for. @note: what is known so far, "±34%
 * thp-busy p99", the widest interval, or "" while one has none.
 */
size_t until_missing(const struct until *u, char *note, size_t size);

/** Frees what @u owns. */
void until_free(struct until *u);

#endif
