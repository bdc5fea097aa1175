/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_MEMINFO_H
#define PINLAT_SYSTEM_MEMINFO_H

/* The few numbers of /proc/meminfo that decisions hang on. */

#include <stdint.h>

struct meminfo {
	uint64_t total; /* bytes, all of them */
	uint64_t free;
	uint64_t available;
	uint64_t swap_total;
	uint64_t swap_free;
	uint64_t dirty;
};

/** Reads /proc/meminfo. Returns 0 or -errno. */
int meminfo_read(struct meminfo *m);

/** The same from a file held open, so that a real-time process can ask when memory is short. */
int meminfo_pread(int fd, struct meminfo *m);

#endif
