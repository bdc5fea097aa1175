/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_QUERY_H
#define MOCK_QUERY_H

#include <linux/types.h>

struct drm_device;
struct drm_file;
struct drm_i915_gem_memory_class_instance;
struct mock_device;

/* System memory, and that of a discrete GPU. */
#define MOCK_MAX_REGIONS 2

bool mock_has_region(const struct mock_device *mock,
		     const struct drm_i915_gem_memory_class_instance *region);

int mock_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_getparam_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif
