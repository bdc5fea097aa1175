/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TRACE_PINNED_SHARED_H
#define PINLAT_TRACE_PINNED_SHARED_H

/* What the BPF program in pinned.bpf.c and its reader in pinned.c both know. */

#include <linux/types.h>

enum pinned_kind { PINNED_ANON, PINNED_FILE, PINNED_KINDS };

/* A CPU's counts, in pages. */
struct pinned_tally {
	__u64 examined[PINNED_KINDS];
	__u64 pinned[PINNED_KINDS];
};

/* A process of the probe. */
struct pinned_process {
	__u64 since_ns; /* of direct reclaim that goes on; 0: none does */
	__u64 direct_reclaim_ns;
};

#endif
