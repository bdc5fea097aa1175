/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_RUN_H
#define PINLAT_RUN_RUN_H

/*
 * A run: one subtest executed once, from an empty machine to a record and back.
 */

#include "probe/probe.h"
#include "record/record.h"
#include "options/run_options.h"

/** The ladder of loads: each rung adds one thing. */
enum rung {
	RUNG_IDLE,   /* nothing */
	RUNG_BASE,   /* memory filled and touched, page-cache walk; no device */
	RUNG_LOCKED, /* the same memory mlocked: off the scanned LRU */
	RUNG_PINNED, /* pinned by the device instead, which is quiet */
	RUNG_BUSY,   /* the device at work on random objects */
};

struct run_request {
	const struct run_options *options;
	const char *subtest; /* its name, for the record */
	enum probe_kind probe;
	enum rung rung;
	const char *device;	  /* device filter, or NULL */
	int (*interrupted)(void); /* number of the signal that came, or 0 */
	int lock; /* descriptor that keeps other runs away (claim/lock.h); 0: none does */
};

/** What automatic sizes come to, as values of the options that set them; empty: it was set. */
struct run_automatic {
	char arena[40], fill[40], swap[40], walker[40], walker_rate[40];
	char pageout_swap[40]; /* swap, where the probe is pageout */
};

/**
 * Works out what @o leaves to the machine, as that is now: what a run with these options would take.
 * Given to later runs, it keeps them from taking anything else. Returns 0, or -errno with one sentence
 * in @why: there is not enough memory for a run.
 */
int run_work_out(const struct run_options *o, struct run_automatic *automatic, char *why,
		 size_t size);

/** Removes what dead runs left, in @scratch and elsewhere; for whoever holds the lock. */
void run_clear(const char *scratch);

/**
 * Whether this process on this machine can make such a run at all. Returns 0, or
 * -errno with one sentence in @why: what is missing and what to do. Starts nothing (a memory
 * cgroup is made and removed, to see whether that is allowed).
 */
int run_possible(const struct run_request *request, char *why, size_t size);

/**
 * Makes the run. @record is filled whatever happens: what went wrong stands in its
 * validity. Everything that the run made is gone when it returns; what could not
 * be removed is said in @left (empty: nothing). Returns 0, or -errno if not even a
 * record could be made (-ENOMEM).
 */
int run_execute(const struct run_request *request, struct record *record, char *left,
		size_t size);

#endif
