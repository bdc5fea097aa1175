/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_DRM_DEVICE_H
#define PINLAT_ENGINE_DRM_DEVICE_H

/* What the engines of GPUs share. */

#include <stddef.h>

struct drm_device;
struct engine_progress;

/*
 * Opens the first device with the driver @driver for which @check returns 0, among those that
 * @filter names (NULL: all). Devices without a render node come last. @check says in @why what is
 * wrong with the device @node. Returns a file descriptor, or -errno with a sentence in @why:
 * -EINVAL, the filter cannot be understood; -ENODEV, there is no such device; -ENXIO, its driver is
 * another one. *@device (@device may be NULL) is set to what was opened: release it with
 * drm_devices_free(*device, 1).
 */
int device_open(const char *driver,
		int (*check)(int fd, const char *node, char *why, size_t size),
		const char *filter, struct drm_device **device, char *why, size_t size);

/* The most threads that submit side by side. */
#define ENGINE_LANES_MAX 64

/* As many lanes as CPUs are online, at most ENGINE_LANES_MAX. */
unsigned int engine_lanes(void);

/* Adds a sentence to what a reader of the record should know. Any thread may call it. */
void engine_note(struct engine_progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
