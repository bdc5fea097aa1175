/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_PROBE_WORKER_H
#define PINLAT_PROBE_WORKER_H

/* Private to probe/: what the process of one CPU runs. */

#include "probe/plan.h"
#include "probe/probe.h"

/** CLOCK_MONOTONIC in ns. */
uint64_t _probe_now(void);

/** Sleeps until the instant @ns, whatever interrupts. */
void _probe_sleep_until(uint64_t ns);

/** Follows @plan to its end. */
void _timer_measure(struct probe_cpu *cpu, struct plan *plan);

/**
 * The same for huge pages. The page faults that it makes on purpose are counted in
 * *@own_faults. Returns 0 or -errno (mmap failed).
 */
int _thp_measure(struct probe_cpu *cpu, struct plan *plan, uint64_t *own_faults);

#endif
