// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics, in debugfs: dri/N/mock_stats has a line "name value" for each. Writing
 * to it sets all to zero, but the number of pages that are pinned now.
 *
 * Beside it stand those of i915's own files that IGT's programs cannot do without.
 */

#include <linux/debugfs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include <drm/drm_file.h>

#include "mock.h"
#include "reset.h"
#include "stats.h"
#include "wait.h"

static const char *const caller_names[MOCK_CALLERS] = {
	[CALLER_KSWAPD] = "kswapd",
	[CALLER_DIRECT] = "direct",
	[CALLER_OWNER] = "owner",
	[CALLER_OTHER] = "other",
};

enum mock_caller mock_caller_of(const struct mm_struct *mm)
{
	if (current->flags & PF_KSWAPD)
		return CALLER_KSWAPD;
	if (current->flags & PF_MEMALLOC)
		return CALLER_DIRECT;
	/* Who exits has no mm any more. */
	if (current->mm == mm || current->flags & PF_EXITING)
		return CALLER_OWNER;
	return CALLER_OTHER;
}

void mock_stats_waited(struct mock_stats *stats, enum mock_caller caller, u64 ns)
{
	struct mock_notifier_stats *s = &stats->notifier[caller];
	s64 longest = atomic64_read(&s->longest_ns);

	atomic64_inc(&s->waits);
	atomic64_add(ns, &s->wait_ns);
	while ((s64)ns > longest && !atomic64_try_cmpxchg(&s->longest_ns, &longest, ns))
		;
}

static void show(struct seq_file *m, const char *name, const char *caller, s64 value)
{
	seq_printf(m, "%s%s%s %lld\n", name, caller ? "_" : "", caller ?: "", value);
}

static int stats_show(struct seq_file *m, void *unused)
{
	struct mock_device *mock = m->private;
	struct mock_stats *s = &mock->stats;
	s64 calls = 0, waits = 0, wait_ns = 0, longest = 0;
	int i;

	for (i = 0; i < MOCK_CALLERS; i++) {
		struct mock_notifier_stats *n = &s->notifier[i];

		show(m, "notifier_calls", caller_names[i], atomic64_read(&n->calls));
		show(m, "notifier_waits", caller_names[i], atomic64_read(&n->waits));
		show(m, "notifier_wait_ns", caller_names[i], atomic64_read(&n->wait_ns));
		show(m, "notifier_longest_ns", caller_names[i],
		     atomic64_read(&n->longest_ns));
		calls += atomic64_read(&n->calls);
		waits += atomic64_read(&n->waits);
		wait_ns += atomic64_read(&n->wait_ns);
		longest = max_t(s64, longest, atomic64_read(&n->longest_ns));
	}
	show(m, "notifier_calls", NULL, calls);
	show(m, "notifier_waits", NULL, waits);
	show(m, "notifier_wait_ns", NULL, wait_ns);
	show(m, "notifier_longest_ns", NULL, longest);
	show(m, "pins", NULL, atomic64_read(&s->pins));
	show(m, "repins", NULL, atomic64_read(&s->repins));
	show(m, "unpins", NULL, atomic64_read(&s->unpins));
	show(m, "pages_pinned", NULL, atomic64_read(&s->pages_pinned));
	show(m, "collisions", NULL, atomic64_read(&s->collisions));
	show(m, "requests", NULL, atomic64_read(&s->requests));
	show(m, "failed", NULL, atomic64_read(&s->failed));
	show(m, "hangs", NULL, atomic64_read(&s->hangs));
	show(m, "resets", NULL, atomic64_read(&s->resets));
	return 0;
}

static int stats_open(struct inode *inode, struct file *file)
{
	return single_open(file, stats_show, inode->i_private);
}

static ssize_t stats_write(struct file *file, const char __user *text, size_t length,
			   loff_t *pos)
{
	struct mock_device *mock = ((struct seq_file *)file->private_data)->private;
	struct mock_stats *s = &mock->stats;
	int i;

	for (i = 0; i < MOCK_CALLERS; i++) {
		atomic64_set(&s->notifier[i].calls, 0);
		atomic64_set(&s->notifier[i].waits, 0);
		atomic64_set(&s->notifier[i].wait_ns, 0);
		atomic64_set(&s->notifier[i].longest_ns, 0);
	}
	atomic64_set(&s->pins, 0);
	atomic64_set(&s->repins, 0);
	atomic64_set(&s->unpins, 0);
	atomic64_set(&s->collisions, 0);
	atomic64_set(&s->requests, 0);
	atomic64_set(&s->failed, 0);
	atomic64_set(&s->hangs, 0);
	atomic64_set(&s->resets, 0);
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

static int wedged_get(void *data, u64 *value)
{
	struct mock_device *mock = data;

	*value = mock_wedged(mock);
	return 0;
}

static int wedged_set(void *data, u64 engines)
{
	mock_reset_all(data);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(wedged_fops, wedged_get, wedged_set, "%llu\n");

/* Every cache that can be dropped here is empty once the GPU is idle. */
static int drop_caches_get(void *data, u64 *value)
{
	*value = 0x1ff;
	return 0;
}

static int drop_caches_set(void *data, u64 caches)
{
	return mock_wait_for_idle(data);
}

DEFINE_DEBUGFS_ATTRIBUTE(drop_caches_fops, drop_caches_get, drop_caches_set,
			 "0x%08llx\n");

void mock_debugfs_init(struct drm_minor *minor)
{
	struct mock_device *mock = to_mock(minor->dev);
	struct dentry *root = minor->debugfs_root;

	debugfs_create_file("mock_stats", 0644, root, mock, &stats_fops);
	debugfs_create_file_unsafe("i915_wedged", 0644, root, mock, &wedged_fops);
	debugfs_create_file_unsafe("i915_gem_drop_caches", 0644, root, mock,
				   &drop_caches_fops);
}
