/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_H
#define MOCK_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <drm/drm_device.h>
#include <drm/drm_file.h>

#include "engine.h"
#include "platform.h"
#include "stats.h"

struct mock_vm;

struct mock_device {
	struct drm_device drm;
	const struct mock_platform *platform;

	struct mock_engine engine[MOCK_MAX_ENGINES]; /* those with a name are there */
	struct kobject *engines_folder;		     /* in sysfs */

	/* The address space of all, on a GPU where contexts have none of their own. */
	struct mock_vm *ggtt;
	/* Guards what is where in all address spaces. Nothing sleeps or allocates under it. */
	struct mutex vm_mutex;

	/*
	 * Between an invalidation, which moves the sequence of a userptr object on, and a
	 * submission, which makes sure that it has not moved before it lets the GPU work on
	 * the object: either the one sees the other's request, or the other the one's sequence.
	 */
	rwlock_t notifier_lock;

	bool wedged;
	atomic_t reset_count;
	struct mock_stats stats;
};

/* What belongs to one open(). */
struct mock_file {
	struct mock_device *mock;
	struct mutex lock; /* guards the contexts that can still be changed */
	struct xarray contexts;
	struct xarray vms;
	int bsd; /* the VCS that I915_EXEC_BSD means, and -1: not yet */
};

static inline struct mock_device *to_mock(const struct drm_device *drm)
{
	return container_of(drm, struct mock_device, drm);
}

static inline struct mock_file *to_mock_file(const struct drm_file *file)
{
	return file->driver_priv;
}

/* For those that nobody waits for: retired requests. */
extern struct workqueue_struct *mock_workqueue;

#endif
