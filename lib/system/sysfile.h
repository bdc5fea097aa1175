/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_SYSFILE_H
#define PINLAT_SYSTEM_SYSFILE_H

/*
 * What the kernel says in small files of /proc and /sys, which are read and written whole; the
 * counters among them; and files of our own that have no name.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Reads at most @size - 1 bytes of @path into @buf and ends them with a NUL.
 * Returns their number or -errno, with @buf empty then. What does not fit is left out.
 */
ssize_t sysfile_read(const char *path, char *buf, size_t size);

/** The same for an open file, from its beginning; allocates nothing. */
ssize_t sysfile_pread(int fd, char *buf, size_t size);

/** Reads the first line of @path without its newline. Returns its length or -errno. */
ssize_t sysfile_line(const char *path, char *buf, size_t size);

/** Reads a decimal number. Returns 0 or -errno (-EINVAL: no number there). */
int sysfile_u64(const char *path, uint64_t *value);

/** Writes @text to the existing file @path. Returns 0 or -errno. */
int sysfile_write(const char *path, const char *text);

/**
 * What stands behind @key at the beginning of a line of @text and behind spaces, tabs, a colon
 * or an equals sign; up to the end of @text, or NULL.
 */
const char *sysfile_find(const char *text, const char *key);

/** The decimal number there. Returns 0 or -ENOENT. */
int sysfile_find_u64(const char *text, const char *key, uint64_t *value);

/** The "total=" of the line of /proc/pressure's @text that begins with @key: us since boot. */
bool psi_total(const char *text, const char *key, uint64_t *us);

/** The choice in brackets, as in "always [madvise] never". Returns 0 or -errno. */
int sysfile_choice(const char *path, char *buf, size_t size);

/** The kernel's tables with the format of mountinfo and of swaps. */
enum sysfile_table { SYSFILE_MOUNTS, SYSFILE_SWAPS };

struct libmnt_fs; /* an entry: libmount.h */
typedef int sysfile_entry(struct libmnt_fs *fs, void *data);

/**
 * Reads all of table @path, then calls @each with its entries until one call returns not 0.
 * Returns that, 0 or -errno.
 */
int sysfile_each_entry(enum sysfile_table kind, const char *path, sysfile_entry *each,
		       void *data);

/* The few numbers of /proc/meminfo that decisions hang on. */
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

/*
 * The kernel's own counters, read as text around the measuring window and taken
 * apart after it: reading must cost little and allocate nothing here.
 */
enum counter_file {
	COUNTER_VMSTAT,	    /* /proc/vmstat */
	COUNTER_MEMINFO,    /* /proc/meminfo */
	COUNTER_BUDDYINFO,  /* /proc/buddyinfo */
	COUNTER_PSI_MEMORY, /* /proc/pressure/memory */
	COUNTER_PSI_IO,
	COUNTER_PSI_CPU,
	COUNTER_SCHEDSTAT, /* /proc/schedstat */
	COUNTER_STAT,	   /* /proc/stat */
	COUNTER_MOCK,	   /* what the lab's driver counts, in debugfs */
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

/**
 * Whether the kernel is locked down (kernel_lockdown(7)): whoever opens a file of debugfs then is refused,
 * and the kernel logs it.
 */
bool kernel_locked_down(void);

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

/** The kernel keeps up to so many pages uncounted on each CPU, of pins and of unpins. */
#define VMSTAT_PIN_BATCH 64

/**
 * Pages pinned with FOLL_PIN as of now: nr_foll_pin_acquired - nr_foll_pin_released,
 * in small pages; it lags by up to two batches a CPU. Returns 0 or -ENOENT where the kernel does not count them.
 */
int vmstat_pinned_pages(uint64_t *pages);

/** Bytes of a small page. */
uint64_t page_size(void);

/** Bytes of a transparent huge page; 2 MiB where the kernel does not tell. */
uint64_t huge_page_size(void);

/** Whether @dir lies in memory (tmpfs, ramfs): no page cache to fill, no disk to read. */
bool scratch_in_memory(const char *dir);

/**
 * Opens a nameless file in @dir, for reading and writing, with @flags (O_DIRECT) besides. Where
 * the file system cannot do without a name, it has one for an instant. Returns the
 * descriptor or -errno.
 */
int scratch_open(const char *dir, int flags);

#endif
