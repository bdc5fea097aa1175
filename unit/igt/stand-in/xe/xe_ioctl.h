/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_STAND_IN_XE_IOCTL_H
#define PINLAT_UNIT_STAND_IN_XE_IOCTL_H

#include <stdint.h>

/* Of xe_drm.h, which Debian 12 lacks: as much as is used. */
#define DRM_XE_SYNC_TYPE_SYNCOBJ 0
#define DRM_XE_SYNC_FLAG_SIGNAL	 (1 << 0)

struct drm_xe_sync {
	uint64_t extensions;
	uint32_t type, flags;
	uint32_t handle;
};

struct drm_xe_engine_class_instance {
	uint16_t engine_class, engine_instance, gt_id;
};

uint64_t xe_bb_size(int fd, uint64_t size);
uint32_t xe_vm_create(int fd, uint32_t flags, uint64_t extensions);
void xe_vm_bind_userptr_async(int fd, uint32_t vm, uint32_t queue, uint64_t memory,
			      uint64_t address, uint64_t size, struct drm_xe_sync *sync,
			      uint32_t syncs);
void xe_vm_bind_sync(int fd, uint32_t vm, uint32_t bo, uint64_t offset, uint64_t address,
		     uint64_t size);
uint32_t xe_bo_create(int fd, uint32_t vm, uint64_t size, uint32_t placement,
		      uint32_t flags);
void *xe_bo_map(int fd, uint32_t bo, size_t size);
uint32_t xe_exec_queue_create(int fd, uint32_t vm,
			      struct drm_xe_engine_class_instance *instance,
			      uint64_t extensions);
void xe_exec_wait(int fd, uint32_t queue, uint64_t address);

#endif
