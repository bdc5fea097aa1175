/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_PROBE_WORKER_H
#define PINLAT_PROBE_WORKER_H

/* Private to probe/: what the process of one CPU runs. */

#include "probe/plan.h"
#include "probe/probe.h"
#include "probe/waits.h"

/** Follows @plan to its end; what each sample waited for is asked of @waits. */
void _timer_measure(struct probe_cpu *cpu, struct plan *plan, struct waits *waits);

/**
 * The same for huge pages. The page faults that it makes on purpose are counted in
 * *@own_faults. Returns 0 or -errno (mmap failed).
 */
int _thp_measure(struct probe_cpu *cpu, struct plan *plan,
		 const struct probe_pages *pages, struct waits *waits,
		 uint64_t *own_faults);

#endif
