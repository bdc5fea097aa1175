/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_I915_GPU_H
#define PINLAT_ENGINE_I915_GPU_H

/* Private to the engine "i915": the GPU as its driver shows it. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xf86drm.h>

#include "engine/drm-device.h"

struct engine;

/* The ioctls. All return 0 or -errno; a signal restarts them. */

static inline int gem_ioctl(int fd, unsigned long request, void *arg)
{
	return drmIoctl(fd, request, arg) < 0 ? -errno : 0;
}

/* An object of @size bytes at @memory (whole pages). -ENODEV: there is no userptr here. */
int gem_userptr(int fd, const void *memory, uint64_t size, bool probe, uint32_t *handle);
int gem_close(int fd, uint32_t handle);
/* -EIO: the GPU is wedged. Waits for requests that are older than 20 ms. */
int gem_throttle(int fd);

/*
 * Finds out what GPU it is and which rings it has, and makes contexts. Clears @e->loops where this GPU
 * or kernel cannot run loops. Returns 0, or -errno with a sentence in @why.
 */
int i915_open_rings(struct engine *e, char *why, size_t size);
void i915_close_rings(struct engine *e);

/* How many resets there were since the last call. */
uint64_t i915_new_resets(struct engine *e);

/*
 * Keeps memory that the GPU reads out of reclaim's way, which is to meet the objects alone. Without
 * privileges it may stay unlocked: that is noted.
 */
void i915_lock_memory(struct engine *e, void *memory, uint64_t size);

/* Adds a sentence to what a reader of the record should know. */
#define i915_note(e, ...) engine_note((e)->progress, __VA_ARGS__)

#endif
