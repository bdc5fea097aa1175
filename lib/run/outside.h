/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_OUTSIDE_H
#define PINLAT_RUN_OUTSIDE_H

/*
 * What came over the window from outside of the run, and is nothing that a kernel has done:
 * other programs and the host of a virtual machine on its CPUs, who stopped it, who moved its probes,
 * who switched off what it asks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

struct run;

struct kernel_thread {
	int pid;
	uint64_t ticks; /* of CPU time, since it began */
};

/* Looked at on both ends of the window. */
struct outside_look {
	uint64_t own_ns;       /* CPU time of all processes of the run so far */
	uint64_t suspended_ns; /* that the machine slept so far */
	size_t threads;	       /* of the kernel; 0: a container hides them */
	struct kernel_thread *thread;
};

/* How long CPUs worked in the window, in ns, summed over them. */
struct cpu_times {
	uint64_t all;	 /* that there was: the window, for each CPU */
	uint64_t own;	 /* the run's processes */
	uint64_t kernel; /* the kernel's threads */
	uint64_t others; /* other programs; no more than is certain */
	uint64_t steal;	 /* taken by the host of the virtual machine */
};

/* Freed with the run. */
struct outside {
	struct outside_look start, end;
	/* So far: the test's own waits for a CPU, and how often the probes woke. */
	uint64_t run_delay_ns, woken;
	uint64_t
		still_ns; /* the longest time in which nothing of the run ran, without waiting for a CPU */
	bool delays_off; /* delay accounting was found switched off */
	int moved_cpu; /* a CPU whose probe was found bound elsewhere, plus 1; 0: none */
};

/** Frees what the looks hold; of zeros is allowed. */
void outside_free(struct outside *o);

/** Looks, into @look. Takes some ms: it goes through all processes. */
void outside_look(const struct run *r, struct outside_look *look);

/** Sleeps for @ns in the window, and notices if it was stopped meanwhile. */
void outside_sleep(struct run *r, uint64_t ns);

/** What is looked at once a second. */
void outside_look_around(struct run *r);

/** What the two looks give, with the counters read beside them. False: the kernel does not tell. */
bool outside_times(const struct run *r, struct cpu_times *times);

/** Adds "cpu" to the record's @counters. Returns 0 or -ENOMEM. */
int outside_add(const struct run *r, json_object *counters);

#endif
