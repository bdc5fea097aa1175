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
