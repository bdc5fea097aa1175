/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_INTERNAL_H
#define PINLAT_RUN_INTERNAL_H

/* Shared by the files of run/ alone. */

#include "load/load.h"
#include "load/watchdog.h"
#include "probe/probe.h"
#include "run/outside.h"
#include "run/run.h"
#include "run/timeline.h"
#include "system/sysfile.h"
#include "trace/trace.h"

/* What "auto" and percentages come to on this machine, now. */
struct run_sizes {
	bool machine;
	uint64_t arena_bytes; /* of the cgroup */
	uint64_t fill_bytes;
	unsigned int fill_threads;
	uint64_t floor;	     /* that must stay available in the arena */
	uint64_t swap_bytes; /* of the file to make; 0: make none */
	uint64_t walker_size, walker_rate;
	const char *walker_tree; /* NULL: one that is made */
	uint64_t made_bytes;	 /* of that */
	/* As much as the arena's page cache can hold: a cycle of the walker. */
	uint64_t cycle_bytes;
	uint64_t interval_min_ns, interval_max_ns;
	uint64_t watchdog_floor;
};

/* What the load had done by some instant. */
struct run_progress {
	uint64_t submitted, requests, bytes, collisions;
	uint64_t held_bytes; /* under DMA */
	uint64_t faults, exec_ns;
	uint64_t walker_files, walker_bytes, walker_cached, walker_passes;
	struct memcg_events events;
	char memory_stat[8192]; /* of the arena's cgroup */
};

/* --explain */
struct explain {
	bool wanted;
	struct trace *trace;   /* NULL: nothing is traced */
	char why[300];	       /* why not, where it was wanted */
	struct pinned *pinned; /* NULL: pinned pages are not counted */
	char pinned_why[300];
};

struct run {
	const struct run_request *request;
	struct record *record;
	struct run_sizes sizes;
	const struct engine_ops *engine;
	struct load_shared *shared;
	struct watchdog watchdog;
	struct load load;
	struct load_config load_config;
	struct probe probe;
	struct counters_reader reader;
	struct counters *before, *after; /* around the window */
	struct run_progress at_start, at_end;
	struct timeline timeline;
	struct explain explain;
	struct outside outside;
	uint64_t walker_beat, walker_beat_ns;
	uint64_t walker_still_ns; /* the longest time that it stood still in the window */
	uint64_t warm_up_ns, phase_bytes; /* before the window */
	size_t cpus;			  /* that are online */
	uint64_t window_ns;   /* that passed between the two looks; 0: there was none */
	char swap[32];	      /* for the record's configuration */
	int swappiness;	      /* of the arena; -errno: the kernel does not tell */
	int delay_accounting; /* -errno: it could not be switched on */
	char swap_why[400];   /* why there is none, where one was wanted */
	int cpu_latency_fd;
	int error; /* -ENOMEM: the record lacks something that was to be said */
};

/* By how much @key of /proc/vmstat grew in the window. */
static inline uint64_t run_vmstat_growth(const struct run *r, const char *key)
{
	return counter_growth(counters_vmstat(r->before, key),
			      counters_vmstat(r->after, key));
}

/* The arena's cgroup; NULL: the machine. */
static inline const struct memcg *run_memcg(const struct run *r)
{
	return r->shared->duties.has_memcg ? &r->shared->duties.memcg : NULL;
}

static inline bool run_has_memory(const struct run_request *request)
{
	return request->rung != RUNG_IDLE;
}

/* pageout asks for what it measures: nothing else is to press on memory. */
static inline bool run_has_walk(const struct run_request *request)
{
	return run_has_memory(request) && request->probe != PROBE_PAGEOUT;
}

static inline bool run_has_device(const struct run_request *request)
{
	return request->rung == RUNG_PINNED || request->rung == RUNG_BUSY;
}

/* Marks the record invalid and is @failure. */
#define run_fail(r, failure, ...) (record_invalidate((r)->record, __VA_ARGS__), (failure))

/* The same, where the driver or the kernel is to blame, and not what the machine gave. */
#define run_fault(r, failure, ...)                                                       \
	((r)->record->fault = true, run_fail(r, failure, __VA_ARGS__))

/* The record is to say so; memory that is short for that is remembered in @r->error. */
#define run_note(r, ...) run_remember(r, record_note((r)->record, __VA_ARGS__))
#define run_invalidate(r, ...)                                                           \
	run_remember(r, record_invalidate((r)->record, __VA_ARGS__))
#define run_blame(r, ...) ((r)->record->fault = true, run_invalidate(r, __VA_ARGS__))

static inline void run_remember(struct run *r, int error)
{
	if (error < 0)
		r->error = error;
}

/* arena.c: how much memory a run takes; the cgroup, the swap and the tree */
int run_size(const struct run_request *request, struct run_sizes *sizes, char *why,
	     size_t size);
int run_make_arena(struct run *r);

/* validity.c */
void run_judge(struct run *r);

#endif
