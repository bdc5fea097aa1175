/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_OUTSIDE_H
#define PINLAT_RUN_OUTSIDE_H

/*
 * What came over the window from outside of the run, and is nothing that a kernel has done:
 * other programs and the host of a virtual machine on its CPUs.
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
	uint64_t own_ns; /* CPU time of all processes of the run so far */
	size_t threads;	 /* of the kernel; 0: a container hides them */
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
};

/** Looks, into @look. Takes some ms: it goes through all processes. */
void outside_look(const struct run *r, struct outside_look *look);

/** What the two looks give, with the counters read beside them. False: the kernel does not tell. */
bool outside_times(const struct run *r, struct cpu_times *times);

/** Adds "cpu" to the record's @counters. Returns 0 or -ENOMEM. */
int outside_add(const struct run *r, json_object *counters);

#endif
