/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_MODEL_H
#define PINLAT_SIMULATE_MODEL_H

/*
 * A model of one run of thp-busy and one of timer-busy, and the numbers that their records hold.
 *
 * thp: each CPU plans a fault every 2 to 8 ms, as the test does. A fault takes a lognormal time,
 * and one of MODEL_STALL or longer is called a stall. More stalls come on top: short ones and long
 * ones, with lengths that are log-uniform. Stalls begin while no stall goes on, as renewal
 * processes with gamma-distributed gaps. A CPU that stalls makes no other fault. The last stall may
 * go on after the window.
 *
 * timer: a lognormal with a Pareto tail, see shape.h.
 *
 * Stalls are drawn one by one; of the other faults only what the numbers need. The unit test holds
 * the numbers against those of whole records, which lib/sets reads.
 */

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

#define MODEL_CPUS   2
#define MODEL_WINDOW 20e9 /* ns */
#define MODEL_STALL  1e6
/* The plan of thp: from one instant to the next. */
#define MODEL_PACE_MIN 2e6
#define MODEL_PACE_MAX 8e6
#define MODEL_PACE     5e6

/** What may be judged, by the names of lib/sets. */
enum number {
	NUMBER_FAULT_P50,
	NUMBER_FAULT_P90,
	NUMBER_FAULT_P99,
	NUMBER_FAULT_MEAN,
	NUMBER_STALLS_1MS, /* a CPU-minute outside of them */
	NUMBER_STALLS_10MS,
	NUMBER_STALLS_100MS,
	NUMBER_FAULT_TIME, /* percent */
	NUMBER_THP_P50,	   /* as scheduled */
	NUMBER_THP_P90,
	NUMBER_THP_P99,
	NUMBER_TIMER_P50,
	NUMBER_TIMER_P90,
	NUMBER_TIMER_P99,
	NUMBER_TIMER_P999,
	NUMBER_TIMER_MAX,
	NUMBER_HUGE, /* percent; the first of the work */
	NUMBER_REQUESTS,
	NUMBER_WALKER,
	NUMBERS,
};

#define MODEL_LATENCIES NUMBER_HUGE

/** "fault_p50", "stalls_10ms", ... of thp; "p50" ... of thp as scheduled, or of timer. */
const char *number_name(enum number n);

/** Whether it may be 0, so that changes of it are differences. */
bool number_is_difference(enum number n);

enum {
	STALLS_TAIL, /* of the lognormal */
	STALLS_SHORT,
	STALLS_LONG,
	STALLS
};

/** Lengths in ns, spreads as standard deviations of logarithms. */
struct machine {
	const char *name;
	double median, sigma; /* of the lognormal */
	struct {
		double per_minute; /* of CPU time outside stalls; of the tail: it follows */
		double low, high;
	} stalls[STALLS];
	/* Between runs: of the faults that do not stall, of how often and how long others stall. */
	double spread, rate_spread, length_spread;
	double stalling; /* the share of runs that have long stalls */
	double timer, timer_spread;
	bool skewed; /* runs differ by exponential logarithms, not by normal ones */
};

/** Machines like those of results/: see model.c. */
enum {
	MACHINE_LOOP,  /* the page cache thrashes: long stalls */
	MACHINE_TREE,  /* no long ones */
	MACHINE_WHOLE, /* arena "machine": few stalls, of seconds; runs differ much */
	MACHINES,      /* those that candidates are tried on */
	MACHINE_CALM = MACHINES, /* no stalls */
	MACHINE_RARE,		 /* long stalls in some runs, see struct design */
	MACHINES_ALL
};
extern const struct machine machines[MACHINES_ALL];

/** What a kernel does to a machine: so many times as long, or as many; 1 is no change. */
struct change {
	double faults,
		tail; /* every fault; the slowest 2 % of the lognormal, all other stalls */
	double number, length; /* of stalls */
	double cured; /* the share of runs that lose all stalls; 0 is no change */
	double timer, timer_tail;
};

extern const struct change change_none;

/** A lognormal factor: exp() of a normal number with standard deviation @sigma. */
double model_factor(gsl_rng *rng, double sigma);

/**
 * The numbers of a run on a machine that is @scale times as slow as usual, and stalls that much more
 * often.
 */
void model_draw(gsl_rng *rng, const struct machine *machine, const struct change *change,
		double scale, double number[NUMBERS]);

/* What follows is for who draws a run fault by fault: what is true of all of the run. */

struct model_run {
	const struct machine *machine;
	const struct change *change;
	double body, length;   /* times as long: faults that do not stall, and stalls */
	double slow;	       /* the least of the slowest 2 % of the lognormal */
	double per_ns[STALLS]; /* how often stalls begin, outside of stalls */
	double below; /* the share of the lognormal that is below MODEL_STALL on this machine */
};

void model_draw_run(gsl_rng *rng, const struct machine *machine,
		    const struct change *change, double scale, struct model_run *run);

/** The latency of a fault that does not stall, at @u of 0 to 1, in ns. */
double model_body(const struct model_run *run, double u);

/** The time outside stalls to the next one of @class; INFINITY: there is none. */
double model_gap(gsl_rng *rng, const struct model_run *run, int class);

/** The length of a stall. */
double model_stall(gsl_rng *rng, const struct model_run *run, int class);

#endif
