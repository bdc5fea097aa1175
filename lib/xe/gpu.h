/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_XE_GPU_H
#define PINLAT_XE_GPU_H

/* The GPU as xe shows it: ioctls, rings and their clocks, caching policies, fences. */

#include "xe/xe.h"

/*
 * An ioctl. A signal restarts it, and a queue that is full (-EAGAIN) does so after a pause, for half
 * a minute. Returns 0 or -errno.
 */
int xe_ioctl(int fd, unsigned long request, void *arg);

/*
 * The same for EXEC and VM_BIND, for which xe faults in what reclaim has taken. Where reclaim takes it
 * again meanwhile, xe gives up after a second (HMM_RANGE_DEFAULT_TIMEOUT) with -EBUSY: that counts as
 * a collision and restarts it, for half a minute.
 */
int xe_ioctl_of_pages(struct engine *e, unsigned long request, void *arg);

/* Finds the rings and their clocks. Returns 0, or -errno with a sentence in @why. */
int xe_open_rings(struct engine *e, char *why, size_t size);

/*
 * The index of the caching policy (PAT) that user memory is bound with on this GPU; of one that is
 * newer than this table, that of the newest in it. -errno: xe does not tell what GPU it is.
 */
int xe_pat_of(int fd);

int xe_open_slot(const struct engine *e, struct slot *slot);
void xe_close_slot(const struct engine *e, struct slot *slot);

/* Prepares @slot for one more use, and returns what tells xe of it. @address: of its fence, for xe. */
struct drm_xe_sync xe_signal(const struct engine *e, struct slot *slot, uint64_t address);

/* Waits until what @slot stands for is done. Returns 0 or -errno (-ETIME, -ECANCELED: banned). */
int xe_wait(const struct engine *e, const struct slot *slot);

/* Whether xe has banned queue @ring of @vm, 1 or 0; or -errno (-ECANCELED: the device is wedged). */
int xe_is_banned(const struct engine *e, const struct vm *vm, unsigned int ring);

#endif
