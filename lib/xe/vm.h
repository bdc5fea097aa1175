/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_XE_VM_H
#define PINLAT_XE_VM_H

/* Address spaces (VMs) of xe: their queues and batches, and what is bound in them. */

#include "xe/xe.h"

/*
 * Tries to bind a page in an address space of its own. Returns the index of the caching policy that
 * the driver takes, or -errno with a sentence in @why.
 */
int xe_find_pat(int fd, const char *node, char *why, size_t size);

/* Makes the VMs, their queues and batches. Returns 0, or -errno with a sentence in @why. */
int xe_open_vms(struct engine *e, char *why, size_t size);
void xe_close_vms(struct engine *e);

/* Binds object @index in its VM, or takes it away again. Returns 0 or -errno. */
int xe_bind_object(struct engine *e, size_t index);
int xe_unbind_object(struct engine *e, size_t index);

/* The batch of queue @ring: in memory, and its address for the GPU. */
uint32_t *xe_batch_of(const struct vm *vm, unsigned int ring);
uint64_t xe_batch_address(unsigned int ring);

/* Mode lr: points @slot, number @n of @lane, to its fence in @vm. Returns its address for the GPU. */
uint64_t xe_place_fence(const struct engine *e, const struct vm *vm, unsigned int lane,
			unsigned int n, struct slot *slot);

/*
 * Counts the queues that were banned since the last call into the progress. Any thread may call it.
 * Returns 0 or -errno (-EIO: the device is wedged).
 */
int xe_count_bans(struct engine *e);

#endif
