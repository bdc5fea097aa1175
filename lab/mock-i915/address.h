/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_ADDRESS_H
#define MOCK_ADDRESS_H

#include <linux/kref.h>
#include <linux/list.h>

#include <drm/drm_mm.h>

struct drm_device;
struct drm_file;
struct drm_i915_gem_exec_object2;
struct mock_device;
struct mock_object;

/* An address space of the GPU: who is where in it. No page tables, since nothing is read. */
struct mock_vm {
	struct kref ref;
	struct mock_device *mock;
	u64 size;
	struct drm_mm mm; /* under vm_mutex, as all places are */
	struct list_head places;
};

/* Where an object is in an address space. It belongs to both, and goes with the first. */
struct mock_place {
	struct drm_mm_node node;
	struct mock_vm *vm;
	struct mock_object *obj;
	struct list_head vm_link;
	struct list_head obj_link;
	bool wanted; /* by the execbuf that finds places for its objects */
};

struct mock_vm *mock_vm_create(struct mock_device *mock);
struct mock_vm *mock_vm_get(struct mock_vm *vm);
void mock_vm_put(struct mock_vm *vm);

/* What one object of an execbuf needs, and what it got. */
struct mock_address {
	struct mock_object *obj;
	struct mock_place *place;
	u64 wish;      /* where it should be if @fixed, and else where it may */
	u64 size;      /* at least; 0: the object's */
	u64 alignment; /* 0 or a power of two */
	u64 low;       /* no address below */
	bool fixed;
	bool below_4g;
	u64 start; /* where it is, not canonical */
};

/*
 * Finds places in @vm for all @n of them together. 0, -EINVAL (impossible), -ENOSPC (they do
 * not fit), or -ENOMEM. What they got may be given to others by the next call.
 */
int mock_addresses_reserve(struct mock_vm *vm, struct mock_address *address,
			   unsigned int n);

/* Forgets all places of an object that goes. */
void mock_places_forget(struct mock_object *obj);

/* Addresses as the GPU wants them: bit 47 in all higher ones. */
u64 mock_canonical(u64 address);
u64 mock_noncanonical(u64 address);

int mock_vm_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_vm_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_get_aperture_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif
