/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_PRIVILEGES_H
#define PINLAT_SYSTEM_PRIVILEGES_H

/* What this process may do. All questions are answered by trying or by asking the kernel. */

#include <stdbool.h>
#include <stdint.h>

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

#endif
