/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_STATS_H
#define MOCK_STATS_H

#include <linux/atomic.h>
#include <linux/types.h>

struct drm_minor;
struct mm_struct;

/* On whose account memory is unmapped. */
enum mock_caller {
	CALLER_KSWAPD,
	CALLER_DIRECT, /* reclaims or compacts because it allocates */
	CALLER_OWNER,  /* whose memory it is: munmap() and the like */
	CALLER_OTHER,
	MOCK_CALLERS
};

struct mock_notifier_stats {
	atomic64_t calls;
	atomic64_t waits; /* calls that found the GPU at work on the object */
	atomic64_t wait_ns;
	atomic64_t longest_ns;
};

struct mock_stats {
	struct mock_notifier_stats notifier[MOCK_CALLERS];
	atomic64_t pins;	 /* objects, for the first time */
	atomic64_t repins;	 /* objects, again */
	atomic64_t unpins;	 /* objects */
	atomic64_t pages_pinned; /* pages, now */
	atomic64_t collisions;	 /* submissions that met an invalidation */
	atomic64_t requests;	 /* completed */
	atomic64_t failed;	 /* of these, with an error */
	atomic64_t hangs;
	atomic64_t resets;
};

enum mock_caller mock_caller_of(const struct mm_struct *mm);
void mock_stats_waited(struct mock_stats *stats, enum mock_caller caller, u64 ns);

/* Makes the files in debugfs. */
void mock_debugfs_init(struct drm_minor *minor);

#endif
