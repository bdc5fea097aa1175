/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_PROBE_PROBE_H
#define PINLAT_PROBE_PROBE_H

/*
 * A probe measures one latency on each CPU that the run may use.
 *
 * EXECUTIVE SUMMARY: one process a CPU follows a plan of absolute instants that
 * is fixed before the window opens. What a stall swallows is not lost: every
 * planned instant is recorded with its own lateness.
 *
 * DETAILS: the instants of a CPU are a function of seed, CPU and start alone:
 * distances drawn evenly from [interval_min, interval_max]. A late wake-up moves
 * none of them. Two distributions are kept. "Woken": one sample for each time that the probe
 * really woke and measured, which is what cyclictest and gem_syslatency report, and
 * what coordinated omission makes too good. "Scheduled": one sample for each
 * planned instant.
 *
 * Processes, not threads: before Linux 6.4 a page fault holds the address space's
 * mmap_lock while it reclaims, and a neighbour's munmap() would wait for it inside
 * our own measurement. What the processes write lies in memory that they share with
 * the test and that is touched and locked before the window opens; during it
 * they make no page fault of their own, allocate nothing and take no lock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "stats/attribution.h"
#include "probe/pageout.h"
#include "probe/worst.h"
#include "stats/histogram.h"
#include "system/cgroup.h"

enum probe_kind {
	PROBE_TIMER, /* how late a timer wakes a real-time process */
	PROBE_THP,   /* how long the first touch of a huge page takes */
	PROBE_PAGEOUT, /* how long it takes to reclaim a page, or an object; one process, no plan */
};

struct probe_config {
	enum probe_kind kind;
	uint64_t interval_min_ns, interval_max_ns; /* equal: periodic */
	uint64_t duration_ns;
	uint64_t seed;
	int priority;		   /* SCHED_FIFO; 0: SCHED_OTHER */
	uint64_t stop_at_ns;	   /* a sample above it ends the window; 0: none does */
	const struct memcg *memcg; /* that the processes are charged to; NULL: none */
	bool attribute;		   /* asks, around each sample, what it waited for */
	struct pageout_config pageout; /* of PROBE_PAGEOUT */
};

/* Sizes in bytes, looked up before the window. */
struct probe_pages {
	uint64_t small, huge;
};

enum probe_state {
	PROBE_STARTING,
	PROBE_READY,
	PROBE_DONE,
	PROBE_FAILED,
};

/* Written by its process, looked at by the test. */
struct probe_cpu {
	_Atomic int state;
	_Atomic int error;	       /* -errno of PROBE_FAILED */
	const char *_Atomic failed_at; /* what it was doing then */
	int cpu;
	pid_t pid;	  /* 0 once it has ended */
	pid_t traced_pid; /* the same, kept */
	uint64_t recorded;
	uint64_t late; /* instants that had passed before the probe could look */
	uint64_t minor_faults,
		major_faults; /* over the window, less those made on purpose */
	uint64_t voluntary_switches, involuntary_switches;
	struct histogram scheduled, woken;
	struct histogram huge, fallback; /* of the thp probe */
	uint64_t after_ns; /* the same: that its last fault took after the window */
	struct attribution attribution;	      /* of the samples in woken */
	int schedstat_error, taskstats_error; /* -errno: why that source is missing */
	uint16_t taskstats_version;
	struct worst worst; /* of those that really woke */
	_Atomic int stop;   /* set by the test: follow the plan no further */
};

/** The page that opens the window. */
struct probe_gate {
	_Atomic uint64_t start_ns; /* CLOCK_MONOTONIC; 0: not yet */
};

struct probe {
	struct probe_config config;
	struct probe_pages pages;
	struct probe_gate *gate;
	size_t cpus;
	struct probe_cpu *cpu;
	struct pageout *pageout; /* of PROBE_PAGEOUT, else NULL */
	uint64_t start_ns;
};

/** Plans for the CPUs that the caller may use. Returns 0 or -errno; release with probe_destroy(). */
int probe_create(struct probe *p, const struct probe_config *config);

/** Starts the processes. Returns 0, or -errno with a sentence in @why. */
int probe_start(struct probe *p, char *why, size_t size);

/** Whether all are ready: bound to their CPU, locked, dry-run. */
bool probe_ready(const struct probe *p);

/** Opens the window at @start_ns (CLOCK_MONOTONIC, a little ahead). */
void probe_open_window(struct probe *p, uint64_t start_ns);

/** 0 while all processes are well or done; -ECHILD with a sentence in @why once one is not. */
int probe_check(struct probe *p, char *why, size_t size);

/** Whether all processes have ended, as probe_check() saw it. */
bool probe_ended(const struct probe *p);

/**
 * The CPU whose sample was the first beyond stop_at_ns, its index; -1: none was yet. Where
 * there is one, all probes are told to follow their plan no further.
 */
int probe_stopped(struct probe *p);

/** Kills what still runs; what it measured so far stays. */
void probe_kill(struct probe *p);

/** How many instants the plan has for CPU @index: computed from the plan alone. */
uint64_t probe_expected(const struct probe *p, size_t index);

/** probe_kill(), and unmaps. */
void probe_destroy(struct probe *p);

#endif
