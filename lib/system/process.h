/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_PROCESS_H
#define PINLAT_SYSTEM_PROCESS_H

/* Processes: what this one may do, what the kernel counts of a task, and what dead ones left. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* All questions are answered by trying or by asking the kernel. */

/** Whether a thread of this process may run under SCHED_FIFO at @priority. */
bool may_use_fifo(int priority);

/** Bytes that this process may lock or pin; UINT64_MAX: any (CAP_IPC_LOCK or unlimited). */
uint64_t may_lock_bytes(void);

/** Whether the capability (CAP_SYS_ADMIN …) is effective. */
bool has_capability(int capability);

/**
 * Holds /dev/cpu_dma_latency at 0, so that idle CPUs do not sleep deeply (else a
 * busy machine looks faster than an idle one). The kernel drops the request when
 * the returned descriptor is closed, however the process ends. Returns it or -errno.
 */
int hold_cpu_latency(void);

/*
 * The kernel's delay accounting: what a task has waited for, through the generic netlink
 * family TASKSTATS (Documentation/accounting/taskstats.rst). Needs CAP_NET_ADMIN. A query
 * takes some 10 to 20 us and no memory of ours.
 */
struct taskstats_reader {
	int fd;
	uint16_t family;
	uint16_t version; /* of the kernel's struct taskstats; known after a query */
};

/** Since the task began, in ns. */
struct task_delays {
	uint64_t direct_reclaim, compaction, swapin, thrashing;
	uint64_t block_io; /* may overlap with those */
};

/**
 * Returns 0, or -errno: -ENOENT without CONFIG_TASKSTATS, -EPERM without the privilege,
 * -EPROTO for a layout that is not known, -EOPNOTSUPP without CONFIG_TASK_DELAY_ACCT. Release with taskstats_close().
 */
int taskstats_open(struct taskstats_reader *t);

/** The delays of thread @tid. Returns 0 or -errno, with *@delays as it was. */
int taskstats_query(struct taskstats_reader *t, pid_t tid, struct task_delays *delays);

/** Since which version of struct taskstats a kernel counts compaction and thrashing. */
#define TASKSTATS_HAS_THRASHING	 9
#define TASKSTATS_HAS_COMPACTION 11

void taskstats_close(struct taskstats_reader *t);

/**
 * Delay accounting is off unless asked for, since Linux 5.14; tasks that start after this have it.
 * Returns 1 if it was off before, 0 if it was on already, or -errno (-EOPNOTSUPP: an older
 * kernel was booted without it).
 */
int delay_accounting_enable(void);

/** Whether it is off, and there is a switch. */
bool delay_accounting_is_off(void);

/** Switches it off again. Returns 0 or -errno. */
int delay_accounting_disable(void);

/** Whether process @pid no longer lives. */
bool process_is_gone(pid_t pid);

/**
 * Whether @name is @prefix and the pid of a process that no longer lives: what outlives a killed
 * run carries the pid of its owner in its name, so that a later run can tell what is left over. A
 * pid that is in use again only means that the thing stays until the next time.
 */
bool process_owner_is_gone(const char *name, const char *prefix);

/**
 * Whether @path is of @type (S_IFREG, S_IFDIR) and of this user: a directory may be everybody's, and only
 * what is one's own may be taken away, no link that somebody put there. Returns 1, 0: there is
 * nothing, -EPERM: it is something else, or -errno.
 */
int is_own(const char *path, mode_t type);

/**
 * Calls @act, which says whether it removed it, with what is in @dir and is such a left-over. Returns
 * how many were removed, or -errno.
 */
int each_left_over(const char *dir, const char *prefix, bool (*act)(const char *path));

#endif
