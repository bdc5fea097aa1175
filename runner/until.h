/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_UNTIL_H
#define PINLAT_RUNNER_UNTIL_H

/*
 * `pinlat run --until`: the values that runs have given so far, and whether they are enough.
 * The rule itself, and why it does not cheat, is in stats/stopping.h.
 */

#include <stddef.h>

#include "plan.h"
#include "stats/distribution.h"

enum until_quantile { UNTIL_P50, UNTIL_P90, UNTIL_P99, UNTIL_QUANTILES };

/** One quantity of the rule, as it is now. */
struct until_state {
	const char *subtest, *quantile; /* "thp-busy", "p99" */
	size_t n;			/* runs that gave it */
	struct interval interval;	/* of its logarithm; no ends: too few runs */
	double width;			/* stopping_width() of it */
	double drift;			/* p of Kendall's test; 1 below 3 runs */
};

struct until_values {
	size_t n;
	double *value; /* owned; logarithms of ns, in the order of the runs */
};

struct until_series {
	const char *subtest; /* of the plan */
	bool left_out;	     /* it skips on this machine */
	size_t runs;	     /* valid ones */
	struct until_values of[UNTIL_QUANTILES];
};

struct until {
	struct plan *plan;
	size_t n;
	struct until_series *series; /* owned; one a subtest */
	uint64_t marked;	     /* ns; up to when plan->seconds counts */
};

/** Begins with no values; @plan (whose stopping part until_block() changes) outlives it. 0, -ENOMEM. */
int until_init(struct until *u, struct plan *plan);

/** A valid run of @subtest gave @scheduled. Returns 0 or -ENOMEM. */
int until_take(struct until *u, const char *subtest,
	       const struct distribution *scheduled);

/** @subtest skips: the next lower load of its probe takes its place. */
void until_leave_out(struct until *u, const char *subtest);

/**
 * The quantities that matter: those of each probe under its highest load, less those that no run
 * had the samples for. Fills *@state (to be freed) and returns how many there are, or -ENOMEM.
 */
int until_states(const struct until *u, struct until_state **state);

/** The one of @n > 0 that is known worst. */
const struct until_state *until_widest(const struct until_state *state, size_t n);

/** How many more runs of each subtest the next look waits for; 0 or -ENOMEM. */
int until_missing(const struct until *u, size_t *runs);

/**
 * A block is over (the last there may be: @last). Counts the time, looks if a look is due, and sets
 * plan->ended. Returns 1 if it looked, 0, or -ENOMEM.
 */
int until_block(struct until *u, bool last);

/** Adds to plan->seconds what has passed since it was called last, and returns that: seconds. */
double until_count_time(struct until *u);

/** Says on standard output what the rule is, what a look showed, why it is over. 0 or -ENOMEM. */
void until_announce(const struct until *u);
int until_print_look(const struct until *u);
int until_print_end(const struct until *u);

/** "±34% thp-busy p99", the widest so far, or "" while one has no interval yet; @buf. */
const char *until_note(const struct until *u, char *buf, size_t size);

/** Frees what @u owns. */
void until_free(struct until *u);

#endif
