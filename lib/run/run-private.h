/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_RUN_PRIVATE_H
#define PINLAT_RUN_RUN_PRIVATE_H

/* Shared by the files of run/ alone. */

#include "load/load.h"
#include "load/watchdog.h"
#include "probe/probe.h"
#include "run/run.h"
#include "system/counters.h"
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
	uint64_t interval_min_ns, interval_max_ns;
	uint64_t watchdog_floor;
};

/* What the load had done by some instant. */
struct run_progress {
	uint64_t requests, bytes;
	uint64_t walker_files, walker_bytes, walker_passes;
	struct memcg_events events;
};

struct timeline_point {
	uint64_t t_ns; /* end of the span that it stands for, from the window's start */
	uint64_t count, p50, p99, max;
};

struct timeline {
	uint64_t start_ns, next_ns;
	struct histogram *before, *now;
	size_t points, room;
	struct timeline_point *point;
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
	uint64_t walker_beat, walker_beat_ns;
	uint64_t walker_still_ns; /* the longest time that it stood still in the window */
	uint64_t window_ns;   /* that passed between the two looks; 0: there was none */
	char swap[32];	      /* for the record's configuration */
	int delay_accounting; /* -errno: it could not be switched on */
	char swap_why[400];   /* why there is none, where one was wanted */
	int cpu_latency_fd;
};

/* By how much @key of /proc/vmstat grew in the window. */
static inline uint64_t _run_vmstat_growth(const struct run *r, const char *key)
{
	return counter_growth(counters_vmstat(r->before, key),
			      counters_vmstat(r->after, key));
}

/* sizes.c */
int _run_sizes(const struct run_request *request, struct run_sizes *sizes, char *why,
	       size_t size);
bool _run_has_memory(const struct run_request *request);
bool _run_has_device(const struct run_request *request);

/* arena.c: the cgroup and the swap, registered with the watchdog before they exist */
int _run_make_arena(struct run *r);
const struct memcg *_run_memcg(const struct run *r);

/* timeline.c */
int _timeline_create(struct timeline *t, uint64_t duration_ns);
void _timeline_start(struct timeline *t, uint64_t start_ns);
int _timeline_add(struct timeline *t, const struct probe *p, uint64_t now_ns);
json_object *_timeline_json(const struct timeline *t);
void _timeline_free(struct timeline *t);

/* explain.c: what is traced, from before the window to the record */
void _explain_prepare(struct run *r); /* there is no load yet */
int _explain_begin(struct run *r);    /* the probes are ready */
void _explain_start(struct run *r);
void _explain_look(struct run *r); /* allocates nothing */
void _explain_end_window(struct run *r);
void _explain_stop(struct run *r);
int _explain_collect(struct run *r);
int _explain_stopped(struct run *r, int index); /* of the CPU that passed --stop-at */
void _explain_end(struct run *r);

/* window.c */
int _run_window(struct run *r);

/* collect.c */
void _run_progress(const struct run *r, struct run_progress *progress);
int _run_describe(
	struct run *r); /* who, where, when: before the run changes the machine */
void _run_describe_config(struct run *r);
int _run_collect(struct run *r);

/* attribution.c */
void _run_account_delays(struct run *r);
int _run_collect_attribution(struct run *r);

/* validity.c */
int _run_judge(struct run *r);

/* One look at signals and at the load's children: 0, or -errno with the record marked. */
int _run_all_well(struct run *r, const char *doing);

/* Marks the record invalid and returns @error. */
int _run_fail(struct run *r, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
