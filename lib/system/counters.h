/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_COUNTERS_H
#define PINLAT_SYSTEM_COUNTERS_H

/*
 * The kernel's own counters, read as text around the measuring window and taken
 * apart after it: reading must cost little and allocate nothing here.
 */

#include <stddef.h>
#include <stdint.h>

enum counter_file {
	COUNTER_VMSTAT,	    /* /proc/vmstat */
	COUNTER_MEMINFO,    /* /proc/meminfo */
	COUNTER_BUDDYINFO,  /* /proc/buddyinfo */
	COUNTER_PSI_MEMORY, /* /proc/pressure/memory */
	COUNTER_PSI_IO,
	COUNTER_PSI_CPU,
	COUNTER_SCHEDSTAT, /* /proc/schedstat */
	COUNTER_MOCK,	   /* what the lab's mock i915 counts, in debugfs */
	COUNTER_FILES
};

/** One look at all of them; a file that this kernel lacks is the empty string. */
struct counters {
	uint64_t t_ns;			  /* CLOCK_MONOTONIC */
	char text[COUNTER_FILES][131072]; /* schedstat grows with the CPUs */
};

/** The files held open. */
struct counters_reader {
	int fd[COUNTER_FILES];
};

/** Opens what there is. Cannot fail: a missing file is left out. */
void counters_open(struct counters_reader *r);

/** Reads them all into @c. Allocates nothing. */
void counters_read(const struct counters_reader *r, struct counters *c);

/** Closes the files. */
void counters_close(struct counters_reader *r);

/** Value of @key in /proc/vmstat as of @c; 0 where this kernel has no such counter. */
uint64_t counters_vmstat(const struct counters *c, const char *key);

/** By how much a counter grew; one that could not be read at the end has not grown. */
static inline uint64_t counter_growth(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}

/** Reads /proc/vmstat now and returns the sum of the values of all keys that begin with @prefix. */
uint64_t vmstat_now(const char *prefix);

/**
 * Pages pinned with FOLL_PIN as of now: nr_foll_pin_acquired - nr_foll_pin_released,
 * in small pages. The kernel batches both per CPU, so that the difference lags by
 * some tens of pages. Returns 0 or -ENOENT where the kernel does not count them.
 */
int vmstat_pinned_pages(uint64_t *pages);

#endif
