/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_PROBE_PAGEOUT_H
#define PINLAT_PROBE_PAGEOUT_H

/*
 * The probe "pageout": how long it takes to reclaim one page, or one object, of the load's memory,
 * when the kernel is asked for exactly that; and what became of the pages.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "load/pageout.h"
#include "stats/histogram.h"
#include "system/cgroup.h"

struct probe_cpu;

/** Samples of one way, unless the window closes before. */
#define PAGEOUT_PAGES	200
#define PAGEOUT_OBJECTS 10

/** Who asks. */
enum pageout_way {
	PAGEOUT_OWNER,	 /* the load child itself: madvise(MADV_PAGEOUT) */
	PAGEOUT_OUTSIDE, /* another process: process_madvise() */
	PAGEOUT_MEMCG, /* memory.reclaim of its cgroup, which chooses the pages itself */
	PAGEOUT_WAYS,
};

enum pageout_unit {
	PAGEOUT_PAGE,
	PAGEOUT_OBJECT,
	PAGEOUT_UNITS,
};

/** "owner", "outside", "reclaim"; "page", "object". */
extern const char *const pageout_way_name[PAGEOUT_WAYS];
extern const char *const pageout_unit_name[PAGEOUT_UNITS];

struct pageout_config {
	struct pageout_desk *desk; /* at which the load child answers */
	pid_t owner;		   /* the load child */
	const struct memcg *memcg; /* of the load child; NULL: it has none of its own */
	size_t objects;
	uint64_t object_size;
	uint64_t seed;
};

/** The samples of one way and unit. */
struct pageout_row {
	struct histogram took; /* of the calls that did not fail */
	uint64_t waited_ns;    /* of their time, that the caller was not on a CPU */
	struct pageout_fate fate;
	uint64_t failed;
	int error; /* -errno of the last that failed */
};

/** In memory that the test and the probe share. */
struct pageout {
	struct pageout_config config;
	struct pageout_row row[PAGEOUT_WAYS][PAGEOUT_UNITS];
	int missing[PAGEOUT_WAYS]; /* -errno: there is no such way here, and why */
};

/** Empties @p's rows; touches all of its memory. */
void pageout_forget(struct pageout *p);

/**
 * Measures until all samples are made, @end_ns has passed or @cpu is told to stop. The owner's pages
 * are @cpu's samples too. Returns 0 or -errno: the load child could not answer.
 */
int pageout_measure(struct pageout *p, struct probe_cpu *cpu, uint64_t end_ns);

#endif
