/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_MACHINE_JSON_H
#define PINLAT_RUN_MACHINE_JSON_H

/* Machine facts and kernel counters as the JSON that records carry. */

#include <json-c/json.h>

#include "system/cgroup.h"
#include "system/devices.h"
#include "system/facts.h"
#include "system/sysfile.h"

struct run;

/**
 * The record's "environment": {"kernel": {"release", "version", "cmdline", "preempt", …},
 * "cpu": {…}, "memory": {…}, "virtual": bool, …}; @device (may be NULL) becomes "device".
 * A new tree, or NULL: out of memory.
 */
json_object *machine_environment(const struct facts *facts,
				 const struct drm_device *device);

/**
 * Adds to it where the record is from: "host", the kernel's build id, the CPUs that
 * were measured, "inherited", a "device" that is a mock and was not used, and more. Returns 0 or -ENOMEM.
 */
int machine_add_origin(const struct run *r, json_object *environment);

/**
 * The record's "counters": what grew between @before and @after. "vmstat": every counter that
 * moved, plus always those that comparisons rest on (pgscan_anon, pgscan_file, pgsteal_anon,
 * pgsteal_file, pswpin, pswpout, allocstall (the sum of all allocstall_*), compact_stall,
 * compact_fail, compact_success, thp_fault_alloc, thp_fault_fallback, pgmajfault,
 * nr_foll_pin_acquired, nr_foll_pin_released); gauges (nr_*, except nr_foll_pin_*) are left
 * out of the deltas. "psi": {"memory": {"some_us", "full_us"}, "io": …, "cpu": …}; "meminfo":
 * {"before": {…}, "after": {…}} in bytes (MemFree, MemAvailable, Cached, AnonPages, Mlocked,
 * Unevictable, SwapFree, AnonHugePages, SReclaimable); "buddyinfo": {"before": [free blocks
 * per order over all zones], "after": …}; "schedstat": {"run_delay_ns", "timeslices"} over all
 * CPUs; "mock": the sums that the lab's driver keeps (notifier_calls_kswapd,
 * notifier_wait_ns_direct, requests, …); "window_ns": the time between the two. What this
 * kernel does not count is left out. "cgroup": the growth @cgroup (may be NULL) of the arena's own
 * events, since the kernel's allocstall and pgscan_direct do not count its reclaim.
 * A new tree, or NULL: out of memory.
 */
json_object *machine_counters(const struct counters *before, const struct counters *after,
			      const struct memcg_events *cgroup);

/**
 * Adds to @counters' "cgroup" "stat": by how much the sums of the arena's memory.stat grew between two of its texts
 * (with version 2 its own pgscan and pgsteal; with version 1 the kernel keeps none but
 * the machine's). Returns 0 or -ENOMEM.
 */
int machine_add_arena(json_object *counters, const char *before, const char *after);

#endif
