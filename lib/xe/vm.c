// SPDX-License-Identifier: MIT
#include "xe/vm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/drm-device.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"
#include "engine/loop.h"
#include "xe/gpu.h"

/* Addresses of the GPU: whoever binds chooses them. Objects lie where huge pages can be used. */
#define SERVICE_AT (1 * GIB)
#define OBJECTS_AT (4 * GIB)
#define ALIGNMENT  (2 * MIB)
/* Of 48 bits, which every GPU of xe's has, the half that needs no sign (canonical addresses). */
#define ADDRESSES (1ull << 47)

/* There are that many caching policies on Xe2; older GPUs have fewer. */
#define PATS 32

static int create_vm(int fd, bool lr, uint32_t *id)
{
	struct drm_xe_vm_create create = { .flags = lr ? DRM_XE_VM_CREATE_FLAG_LR_MODE
						       : 0 };
	int ret = xe_ioctl(fd, DRM_IOCTL_XE_VM_CREATE, &create);

	*id = create.vm_id;
	return ret;
}

static void destroy_vm(int fd, uint32_t id)
{
	struct drm_xe_vm_destroy destroy = { .vm_id = id };

	xe_ioctl(fd, DRM_IOCTL_XE_VM_DESTROY, &destroy);
}

/* Nobody waits for it: the VM goes at once. */
static int try_pat(int fd, uint32_t vm, void *page, uint16_t pat)
{
	struct drm_xe_vm_bind bind = {
		.vm_id = vm,
		.num_binds = 1,
		.bind = { .op = DRM_XE_VM_BIND_OP_MAP_USERPTR,
			  .userptr = (uintptr_t)page,
			  .range = page_size(),
			  .addr = SERVICE_AT,
			  .pat_index = pat },
	};

	return xe_ioctl(fd, DRM_IOCTL_XE_VM_BIND, &bind);
}

/* xe refuses those that do not keep to the CPU's caches: -EINVAL. */
static int try_pats(int fd, uint32_t vm, void *page)
{
	int first = xe_pat_of(fd), ret;

	if (first < 0)
		return first;
	ret = try_pat(fd, vm, page, (uint16_t)first);
	for (int pat = 0; pat < PATS && ret == -EINVAL; pat++) {
		if (pat == first)
			continue;
		ret = try_pat(fd, vm, page, (uint16_t)pat);
		if (ret == 0)
			return pat;
	}
	return ret < 0 ? ret : first;
}

static int why_no_pat(int error, const char *node, char *why, size_t size)
{
	switch (-error) {
	case ECANCELED:
		return why_not(why, size, -EIO,
			       "the GPU of %s is wedged: see dmesg, and reboot", node);
	case EINVAL:
		return why_not(
			why, size, error,
			"xe does not bind user memory on %s: it refuses every caching policy (PAT), or its kernel is without CONFIG_DRM_GPUSVM, which Linux 6.18 and later need",
			node);
	default:
		return why_not(why, size, error, "xe cannot bind user memory on %s: %s",
			       node, strerror(-error));
	}
}

int xe_find_pat(int fd, const char *node, char *why, size_t size)
{
	void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t vm;
	int ret;

	if (page == MAP_FAILED)
		return why_no_pat(-errno, node, why, size);
	ret = create_vm(fd, false, &vm);
	if (ret == 0) {
		ret = try_pats(fd, vm, page);
		destroy_vm(fd, vm);
	}
	munmap(page, page_size());
	return ret < 0 ? why_no_pat(ret, node, why, size) : ret;
}

/* What a VM has besides objects: a batch for each queue, and fences behind them. */
static uint64_t fences_offset(const struct engine *e)
{
	return (uint64_t)e->rings * LOOP_SIZE;
}

static uint64_t service_size(const struct engine *e)
{
	uint64_t fences = (uint64_t)e->lanes * e->depth * sizeof(uint64_t);
	uint64_t pages = (fences_offset(e) + fences + page_size() - 1) / page_size();

	return pages * page_size();
}

uint32_t *xe_batch_of(const struct vm *vm, unsigned int ring)
{
	return (void *)(vm->service + (size_t)ring * LOOP_SIZE);
}

uint64_t xe_batch_address(unsigned int ring)
{
	return SERVICE_AT + (uint64_t)ring * LOOP_SIZE;
}

uint64_t xe_place_fence(const struct engine *e, const struct vm *vm, unsigned int lane,
			unsigned int n, struct slot *slot)
{
	uint64_t offset =
		fences_offset(e) + ((uint64_t)lane * e->depth + n) * sizeof(uint64_t);

	slot->fence = (void *)(vm->service + offset);
	return SERVICE_AT + offset;
}

/* Of the object or of the service pages; an object has the same address in whichever VM. */
static uint64_t address_of(const struct engine *e, size_t index)
{
	uint64_t stride = (e->object[0].size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

	return OBJECTS_AT + index * stride;
}

static struct vm *vm_of(struct engine *e, size_t index)
{
	return &e->vm[index % e->vms];
}

/* Binds @size bytes at @memory, or (NULL) takes away what is bound at @address, and waits for that. */
static int bind(struct engine *e, const struct vm *vm, const void *memory, uint64_t size,
		uint64_t address)
{
	/* The kernel writes the fence of a bind, to our address. */
	struct drm_xe_sync sync = xe_signal(e, &e->bind, (uintptr_t)&e->bind_fence);
	struct drm_xe_vm_bind bind = {
		.vm_id = vm->id,
		.num_binds = 1,
		.bind = { .op = memory ? DRM_XE_VM_BIND_OP_MAP_USERPTR
				       : DRM_XE_VM_BIND_OP_UNMAP,
			  .userptr = (uintptr_t)memory,
			  .range = size,
			  .addr = address,
			  .pat_index = e->pat },
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};
	int ret = xe_ioctl_of_pages(e, DRM_IOCTL_XE_VM_BIND, &bind);

	return ret < 0 ? ret : xe_wait(e, &e->bind);
}

int xe_bind_object(struct engine *e, size_t index)
{
	const struct object *o = &e->object[index];
	int ret = bind(e, vm_of(e, index), o->memory, o->size, address_of(e, index));

	if (ret == 0) {
		e->bound[index] = true;
		atomic_fetch_add(&e->bound_bytes, o->size);
	}
	return ret;
}

int xe_unbind_object(struct engine *e, size_t index)
{
	const struct object *o = &e->object[index];

	if (!e->bound[index])
		return 0;
	e->bound[index] = false;
	atomic_fetch_sub(&e->bound_bytes, o->size);
	return bind(e, vm_of(e, index), NULL, o->size, address_of(e, index));
}

static int create_queue(const struct engine *e, const struct vm *vm, unsigned int ring,
			uint32_t *id)
{
	struct drm_xe_exec_queue_create create = {
		.width = 1,
		.num_placements = 1,
		.vm_id = vm->id,
		.instances = (uintptr_t)&e->ring[ring].instance,
	};
	int ret = xe_ioctl(e->fd, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &create);

	*id = create.exec_queue_id;
	return ret;
}

static void destroy_queues(const struct engine *e, struct vm *vm)
{
	for (unsigned int i = 0; i < e->rings; i++) {
		struct drm_xe_exec_queue_destroy destroy = { .exec_queue_id =
								     vm->queue[i] };

		if (vm->queue[i])
			xe_ioctl(e->fd, DRM_IOCTL_XE_EXEC_QUEUE_DESTROY, &destroy);
		vm->queue[i] = 0;
	}
}

static int open_vm(struct engine *e, struct vm *vm)
{
	int ret = create_vm(e->fd, e->lr, &vm->id);

	if (ret == 0)
		ret = bind(e, vm, vm->service, service_size(e), SERVICE_AT);
	for (unsigned int i = 0; i < e->rings && ret == 0; i++) {
		loop_write(xe_batch_of(vm, i), xe_batch_address(i), 0, e->ring[i].ticks);
		ret = create_queue(e, vm, i, &vm->queue[i]);
	}
	return ret;
}

static int open_vms(struct engine *e)
{
	uint64_t each = service_size(e);
	int ret = 0;

	e->vm = calloc(e->vms, sizeof(*e->vm));
	if (!e->vm)
		return -ENOMEM;
	e->service_size = e->vms * each;
	e->service = mmap(NULL, e->service_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (e->service == MAP_FAILED) {
		e->service = NULL;
		return -errno;
	}
	/* Out of reclaim's way, which is to meet the objects alone. */
	if (mlock(e->service, e->service_size) < 0)
		engine_note(
			e->progress,
			"the batches (%llu KiB) could not be locked: reclaim may unmap them as well: %s",
			(unsigned long long)(e->service_size / KIB), strerror(errno));
	for (unsigned int i = 0; i < e->vms && ret == 0; i++) {
		e->vm[i].service = e->service + i * each;
		ret = open_vm(e, &e->vm[i]);
	}
	return ret;
}

int xe_open_vms(struct engine *e, char *why, size_t size)
{
	int ret = xe_open_slot(e, &e->bind);

	e->bind.fence = &e->bind_fence;
	if (address_of(e, e->objects) > ADDRESSES)
		return why_not(
			why, size, -ENOSPC,
			"the GPU has no addresses for %zu objects of this size: make --fill smaller",
			e->objects);
	if (ret == 0)
		ret = open_vms(e);
	return ret < 0 ? why_not(why, size, ret,
				 "cannot make address spaces and queues on the GPU: %s",
				 strerror(-ret))
		       : 0;
}

void xe_close_vms(struct engine *e)
{
	for (unsigned int i = 0; e->vm && i < e->vms; i++) {
		destroy_queues(e, &e->vm[i]);
		if (e->vm[i].id)
			destroy_vm(e->fd, e->vm[i].id);
	}
	xe_close_slot(e, &e->bind);
	if (e->service)
		munmap(e->service, e->service_size);
	free(e->vm);
}

/* Whether this queue was found banned for the first time, 1 or 0; or -errno. */
static int newly_banned(struct engine *e, struct vm *vm, unsigned int ring)
{
	int ret;

	if (vm->banned[ring])
		return 0;
	ret = xe_is_banned(e, vm, ring);
	return ret <= 0 ? ret : !atomic_exchange(&vm->banned[ring], true);
}

int xe_count_bans(struct engine *e)
{
	int ret = 0;

	for (unsigned int i = 0; i < e->vms && ret >= 0; i++) {
		for (unsigned int ring = 0; ring < e->rings && ret >= 0; ring++) {
			ret = newly_banned(e, &e->vm[i], ring);
			if (ret > 0)
				atomic_fetch_add(&e->progress->resets, 1);
		}
	}
	/* A device that is wedged refuses every call. */
	return ret == -ECANCELED ? -EIO : ret < 0 ? ret : 0;
}
