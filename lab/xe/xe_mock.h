/* SPDX-License-Identifier: GPL-2.0 */
/* A mock of the hardware below xe, for machines that have none: see xe_mock.c. */

#ifndef _XE_MOCK_H_
#define _XE_MOCK_H_

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/sched.h>
#include <linux/types.h>

struct dentry;
struct mm_struct;
struct xe_device;
struct xe_exec_queue_ops;
struct xe_gt;
struct xe_hw_engine;
struct xe_vm;

/* PCI ID that user space sees: Tiger Lake */
#define XE_MOCK_DEVICE_ID 0x9a49

/* How long a job takes that hangs. */
#define XE_MOCK_FOREVER U64_MAX

/** struct xe_mock_job - What the mock has for a job */
struct xe_mock_job {
	/** @link: in the engine's queue */
	struct list_head link;
	/** @over: in the engine's list of jobs to put */
	struct llist_node over;
	/** @left: how long it has still to run, in ns */
	u64 left;
	/** @tail: of the ring behind it */
	u32 tail;
	/** @held: whether the engine has a reference to it */
	bool held;
};

/* What is counted by caller, and timed. */
enum xe_mock_section {
	XE_MOCK_NOTIFIER, /* userptr's MMU notifier, where it may block */
	XE_MOCK_PASSED, /* the same, where it may not, and so refuses: reclaim passes the page by */
	XE_MOCK_PIN, /* a userptr's pages are looked up: faulted in, where they are gone */
	XE_MOCK_REBIND, /* page tables are written again, of all userptrs of a VM that want it */
	XE_MOCK_SECTIONS
};

enum xe_mock_counter {
	XE_MOCK_REQUESTS, /* user space's jobs that are over */
	XE_MOCK_KERNEL_JOBS,
	XE_MOCK_STORES, /* MI_STORE_DATA_IMM that were carried out */
	XE_MOCK_FAULTS, /* addresses without a page table entry */
	XE_MOCK_HANGS,
	XE_MOCK_BANS, /* of queues */
	XE_MOCK_ERRORS,
	XE_MOCK_COUNTERS
};

struct xe_mock_time {
	ktime_t start;
	unsigned long sleeps;
};

/* How a look at a batch ends. */
enum xe_mock_end {
	XE_MOCK_OVER,
	XE_MOCK_WAITS, /* it jumps back */
	XE_MOCK_FAULTED,
};

extern const struct xe_exec_queue_ops xe_mock_exec_queue_ops;

bool xe_mock_enabled(void);
int xe_mock_error(void);
u64 xe_mock_job_ns(bool kernel);
unsigned int xe_mock_preempt_us(void);

void __iomem *xe_mock_mmio_create(void);
void xe_mock_mmio_destroy(void __iomem *regs);
void xe_mock_mmio_update(struct xe_gt *gt, u32 addr);
u64 xe_mock_ticks(struct xe_gt *gt, u64 ns);

int xe_mock_engine_init(struct xe_device *xe, struct xe_hw_engine *hwe);

enum xe_mock_end xe_mock_batch(struct xe_vm *vm, u64 addr);
enum xe_mock_end xe_mock_store(struct xe_vm *vm, u64 addr, u64 value);

void xe_mock_debugfs_register(struct dentry *root);
void xe_mock_count(enum xe_mock_counter counter);
void xe_mock_end(enum xe_mock_section section, const struct mm_struct *mm,
		 const struct xe_mock_time *time);

static inline struct xe_mock_time xe_mock_begin(void)
{
	return (struct xe_mock_time){
		.start = ktime_get(),
		.sleeps = current->nvcsw,
	};
}

#endif
