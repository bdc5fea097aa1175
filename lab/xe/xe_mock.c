// SPDX-License-Identifier: GPL-2.0
/*
 * A mock of the hardware below xe, for machines that have none.
 *
 * With xe.mock=1, xe drives QEMU's ich9-intel-hda as if it were a Tiger Lake GPU.
 * The driver is xe's own from the ioctls down to the rings, the contexts and the
 * page tables, which are memory, and to its fences, which look at sequence numbers
 * in memory. It is in its own mode without GuC (force_execlist), so there are no
 * firmware and no pcode. What is mocked:
 *
 * - registers and the GGTT are 16 MiB of memory; timestamps move when looked at;
 * - no interrupts, no force wake: xe_mock_engine.c calls their handler;
 * - engines are queues and timers: xe_mock_engine.c;
 * - batches: xe_mock_batch.c.
 *
 * This file has the module's parameters, the registers, and what is counted, in
 * debugfs' dri/N/mock_stats.
 */

#include "xe_mock.h"

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/swap.h>
#include <linux/vmalloc.h>

#include "regs/xe_engine_regs.h"
#include "regs/xe_gt_regs.h"
#include "xe_device.h"
#include "xe_gt.h"
#include "xe_hw_engine.h"
#include "xe_mmio.h"

static bool mock;
module_param(mock, bool, 0444);
MODULE_PARM_DESC(mock, "Drive QEMU's ich9-intel-hda as a mock GPU (default: N)");

static unsigned int batch_us = 5000;
module_param(batch_us, uint, 0644);
MODULE_PARM_DESC(batch_us, "How long a batch takes, in us (default: 5000)");

static unsigned int kernel_us = 10;
module_param(kernel_us, uint, 0644);
MODULE_PARM_DESC(kernel_us, "How long a batch of the kernel's takes, in us (default: 10)");

static unsigned int preempt_us = 100;
module_param(preempt_us, uint, 0644);
MODULE_PARM_DESC(preempt_us, "How long it takes to preempt a long-running queue, in us (default: 100)");

static unsigned int error_rate;
module_param(error_rate, uint, 0644);
MODULE_PARM_DESC(error_rate, "One exec of this many fails; 0: none (default: 0)");

static unsigned int error_code = EIO;
module_param(error_code, uint, 0644);
MODULE_PARM_DESC(error_code, "The errno that it fails with (default: EIO)");

static atomic_t hang;

static int hang_set(const char *text, const struct kernel_param *kp)
{
	unsigned int batches;
	int err;

	err = kstrtouint(text, 0, &batches);
	if (err)
		return err;
	if (batches > INT_MAX)
		return -ERANGE;

	atomic_set(&hang, batches);
	return 0;
}

static int hang_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&hang));
}

static const struct kernel_param_ops hang_ops = {
	.set = hang_set,
	.get = hang_get,
};

module_param_cb(hang, &hang_ops, NULL, 0644);
MODULE_PARM_DESC(hang, "This many batches from now, one never ends; 0: none (default: 0)");

bool xe_mock_enabled(void)
{
	return mock;
}

unsigned int xe_mock_preempt_us(void)
{
	return READ_ONCE(preempt_us);
}

/* How long a job takes that is to run now, of the kernel or of user space. */
u64 xe_mock_job_ns(bool kernel)
{
	if (kernel)
		return (u64)READ_ONCE(kernel_us) * NSEC_PER_USEC;

	if (atomic_read(&hang) && !atomic_dec_if_positive(&hang)) {
		xe_mock_count(XE_MOCK_HANGS);
		return XE_MOCK_FOREVER;
	}

	return (u64)READ_ONCE(batch_us) * NSEC_PER_USEC;
}

/* The error that this exec is to fail with, or 0. */
int xe_mock_error(void)
{
	static atomic_t execs = ATOMIC_INIT(0);
	const unsigned int rate = READ_ONCE(error_rate);
	const unsigned int code = READ_ONCE(error_code);

	if (!rate || !code || code > MAX_ERRNO)
		return 0;
	if ((u32)atomic_inc_return(&execs) % rate)
		return 0;

	xe_mock_count(XE_MOCK_ERRORS);
	return -code;
}

/* Registers */

static void set_register(u8 *regs, struct xe_reg reg, u32 value)
{
	*(u32 *)(regs + reg.addr) = value;
}

void __iomem *xe_mock_mmio_create(void)
{
	u8 *regs = vzalloc(SZ_16M);

	if (!regs)
		return NULL;

	/* Fuses: 6 subslices, vcs0, vcs2, vecs0. All else is right as 0, or not looked at. */
	set_register(regs, XELP_GT_GEOMETRY_DSS_ENABLE, 0x3f);
	set_register(regs, GT_VEBOX_VDBOX_DISABLE, 0xe << 16 | 0xfa);
	/* Timestamps at 19.2 MHz */
	set_register(regs, RPM_CONFIG0,
		     REG_FIELD_PREP(RPM_CONFIG0_CRYSTAL_CLOCK_FREQ_MASK,
				    RPM_CONFIG0_CRYSTAL_CLOCK_FREQ_19_2_MHZ) |
			     REG_FIELD_PREP(RPM_CONFIG0_CTC_SHIFT_PARAMETER_MASK, 3));

	return (void __iomem __force *)regs;
}

void xe_mock_mmio_destroy(void __iomem *regs)
{
	vfree((void __force *)regs);
}

/* What timestamps have moved by in @ns */
u64 xe_mock_ticks(struct xe_gt *gt, u64 ns)
{
	return mul_u64_u32_div(ns, gt->info.reference_clock, NSEC_PER_SEC);
}

/* The register at @addr is going to be read. */
void xe_mock_mmio_update(struct xe_gt *gt, u32 addr)
{
	u8 *regs = (u8 __force *)gt_to_tile(gt)->mmio.regs;
	struct xe_hw_engine *hwe;
	enum xe_hw_engine_id id;
	u64 ticks;

	for_each_hw_engine(hwe, gt, id) {
		const struct xe_reg low = RING_TIMESTAMP(hwe->mmio_base);
		const struct xe_reg high = RING_TIMESTAMP_UDW(hwe->mmio_base);

		if (addr != low.addr && addr != high.addr)
			continue;
		ticks = xe_mock_ticks(gt, ktime_get_ns());
		set_register(regs, low, lower_32_bits(ticks));
		set_register(regs, high, upper_32_bits(ticks));
		return;
	}
}

/* Statistics: debugfs has them in dri/N/mock_stats */

enum caller { KSWAPD, DIRECT, OWNER, OTHER, CALLERS };

static const char * const caller_names[] = {
	[KSWAPD] = "kswapd",
	[DIRECT] = "direct", /* reclaim or compaction in an allocation */
	[OWNER] = "owner", /* of the memory */
	[OTHER] = "other",
};

static const char * const section_names[] = {
	[XE_MOCK_NOTIFIER] = "notifier",
	[XE_MOCK_PASSED] = "passed",
	[XE_MOCK_PIN] = "pin",
	[XE_MOCK_REBIND] = "rebind",
};

static const char * const counter_names[] = {
	[XE_MOCK_REQUESTS] = "requests",
	[XE_MOCK_KERNEL_JOBS] = "kernel_jobs",
	[XE_MOCK_STORES] = "stores",
	[XE_MOCK_FAULTS] = "faults",
	[XE_MOCK_HANGS] = "hangs",
	[XE_MOCK_BANS] = "bans",
	[XE_MOCK_ERRORS] = "errors",
};

/* A section is waited in where its caller has slept: for the GPU, or a lock. */
enum value { CALLS, NS, WAITS, WAIT_NS, LONGEST_NS, VALUES };

static const char * const value_names[] = {
	[CALLS] = "calls",
	[NS] = "ns",
	[WAITS] = "waits",
	[WAIT_NS] = "wait_ns",
	[LONGEST_NS] = "longest_ns", /* of the waits */
};

static atomic64_t sections[XE_MOCK_SECTIONS][VALUES][CALLERS];
static atomic64_t counters[XE_MOCK_COUNTERS];

static enum caller caller_of(const struct mm_struct *mm)
{
	if (current_is_kswapd())
		return KSWAPD;
	if (current->flags & PF_MEMALLOC)
		return DIRECT;
	/* Who exits has no mm any more. */
	if (mm && (current->mm == mm || current->flags & PF_EXITING))
		return OWNER;
	return OTHER;
}

void xe_mock_count(enum xe_mock_counter counter)
{
	atomic64_inc(&counters[counter]);
}

/* Ends what xe_mock_begin() has begun, in memory of @mm or nobody's. */
void xe_mock_end(enum xe_mock_section section, const struct mm_struct *mm,
		 const struct xe_mock_time *time)
{
	const s64 ns = ktime_to_ns(ktime_sub(ktime_get(), time->start));
	const enum caller caller = caller_of(mm);
	atomic64_t *longest = &sections[section][LONGEST_NS][caller];
	s64 old;

	atomic64_inc(&sections[section][CALLS][caller]);
	atomic64_add(ns, &sections[section][NS][caller]);
	if (current->nvcsw == time->sleeps)
		return;

	atomic64_inc(&sections[section][WAITS][caller]);
	atomic64_add(ns, &sections[section][WAIT_NS][caller]);
	old = atomic64_read(longest);
	while (ns > old && !atomic64_try_cmpxchg(longest, &old, ns))
		;
}

static int stats_show(struct seq_file *m, void *unused)
{
	int section, value, caller, counter;

	for (section = 0; section < XE_MOCK_SECTIONS; section++)
		for (value = 0; value < VALUES; value++)
			for (caller = 0; caller < CALLERS; caller++)
				seq_printf(m, "%s_%s_%s %lld\n", section_names[section],
					   value_names[value], caller_names[caller],
					   (s64)atomic64_read(&sections[section][value][caller]));

	for (counter = 0; counter < XE_MOCK_COUNTERS; counter++)
		seq_printf(m, "%s %lld\n", counter_names[counter],
			   (s64)atomic64_read(&counters[counter]));

	return 0;
}

static int stats_open(struct inode *inode, struct file *file)
{
	return single_open(file, stats_show, NULL);
}

/* Whatever is written: all are zero from now. */
static ssize_t stats_write(struct file *file, const char __user *text, size_t length, loff_t *pos)
{
	atomic64_t *all = &sections[0][0][0];
	unsigned int i;

	for (i = 0; i < sizeof(sections) / sizeof(*all); i++)
		atomic64_set(&all[i], 0);
	for (i = 0; i < XE_MOCK_COUNTERS; i++)
		atomic64_set(&counters[i], 0);

	return length;
}

static const struct file_operations stats_fops = {
	.owner = THIS_MODULE,
	.open = stats_open,
	.read = seq_read,
	.write = stats_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void xe_mock_debugfs_register(struct dentry *root)
{
	debugfs_create_file("mock_stats", 0644, root, NULL, &stats_fops);
}
