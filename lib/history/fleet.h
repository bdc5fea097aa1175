/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_HISTORY_FLEET_H
#define PINLAT_HISTORY_FLEET_H

/*
 * The kernels of several machines in order: a history a machine. All their series are one family, so
 * the chance of any false change is that of one.
 */

#include <stdbool.h>
#include <stddef.h>

#include "history/history.h"
#include "history/order.h"
#include "sets/sets.h"

/**
 * The alpha of a look. Who looks each night has a false alarm in at most 5 % of years, and that holds too
 * where nights resemble the one before by FLEET_CORRELATION: docs/history.md, simulate-nightly.
 */
#define FLEET_ALPHA	  .002
#define FLEET_CORRELATION .3

struct fleet_machine {
	char *name;	/* owned */
	const char *id; /* as struct set_machine has it */
	size_t kernels;
	size_t *set;		/* owned; which of the sets each is of, in order */
	struct history history; /* its series name kernels by these */
	/* "next-20260101: thp-busy has walker loop:9G, others loop:2G": what is left out and why */
	struct text_list odd;
};

struct fleet {
	const struct sets *sets; /* not owned; finished, in order */
	double alpha;		 /* of all series together */
	size_t machines;
	struct fleet_machine *machine; /* owned; in the order of their names */
	size_t series, changes;	       /* of all machines */
};

/** A change of one series of a fleet. */
struct fleet_change {
	const struct fleet_machine *machine;
	const struct history_series *series;
	size_t change; /* which of the series */
	size_t set;    /* the first one of the new level */
	/* how many kernels of the machine have been measured from there on, itself among them */
	size_t since;
};

/**
 * Makes histories of @sets, which are in order and outlive @f, and finds their changes at @alpha.
 * A series is one of p50, p90, p99 (as scheduled) and, of thp, huge, requests and walker, of the
 * subtests timer-busy and thp-busy. A kernel that was measured with another setup than most is left
 * out of the series of that subtest, and named.
 */
void fleet_make(struct fleet *f, const struct sets *sets, double alpha);

/**
 * What @metric of @subtest is on the last kernel of @m, as the series have it; NAN: not measured, or with
 * another setup than most.
 */
double fleet_now(const struct fleet *f, const struct fleet_machine *m,
		 const char *subtest, const char *metric);

/** When the kernel at @position of @m was measured on it. */
struct set_times fleet_measured(const struct fleet *f, const struct fleet_machine *m,
				size_t position);

/** All changes by the place of their sets, then by machine; the caller frees them. */
struct fleet_change *fleet_changes(const struct fleet *f);

/** What happened to one number with one kernel. */
struct fleet_event {
	size_t machines; /* on how many of them */
	double change;	 /* the median over these, as a ratio less 1 */
};

/** The first one of all @changes of @f after @first that is of another kernel. */
size_t fleet_event_end(const struct fleet *f, const struct fleet_change *changes,
		       size_t first);

/**
 * Fills @e with what happened to the number of change @of, which is one of those of a kernel: @first to
 * @end - 1. Returns whether it is the first of them with this number.
 */
bool fleet_event(const struct fleet *f, const struct fleet_change *changes, size_t first,
		 size_t end, size_t of, struct fleet_event *e);

/** How a kernel is called: the label of set @set, plain; malloc()ed. */
char *fleet_kernel(const struct fleet *f, size_t set);

/** Frees what @f owns. */
void fleet_free(struct fleet *f);

#endif
