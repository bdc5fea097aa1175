// SPDX-License-Identifier: GPL-2.0
/* Address spaces, and the places of objects in them. */

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "address.h"
#include "mock.h"
#include "extensions.h"
#include "object.h"

u64 mock_canonical(u64 address)
{
	return sign_extend64(address, 47);
}

u64 mock_noncanonical(u64 address)
{
	return address & GENMASK_ULL(47, 0);
}

struct mock_vm *mock_vm_create(struct mock_device *mock)
{
	struct mock_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL);

	if (!vm)
		return ERR_PTR(-ENOMEM);
	kref_init(&vm->ref);
	vm->mock = mock;
	vm->size = BIT_ULL(mock->platform->address_bits);
	INIT_LIST_HEAD(&vm->places);
	drm_mm_init(&vm->mm, 0, vm->size);
	return vm;
}

struct mock_vm *mock_vm_get(struct mock_vm *vm)
{
	kref_get(&vm->ref);
	return vm;
}

static void forget(struct mock_place *place)
{
	if (drm_mm_node_allocated(&place->node))
		drm_mm_remove_node(&place->node);
	list_del(&place->vm_link);
	list_del(&place->obj_link);
	kfree(place);
}

static void vm_release(struct kref *ref)
{
	struct mock_vm *vm = container_of(ref, struct mock_vm, ref);
	struct mock_device *mock = vm->mock;
	struct mock_place *place, *next;

	mutex_lock(&mock->vm_mutex);
	list_for_each_entry_safe(place, next, &vm->places, vm_link) forget(place);
	mutex_unlock(&mock->vm_mutex);
	drm_mm_takedown(&vm->mm);
	kfree(vm);
}

void mock_vm_put(struct mock_vm *vm)
{
	kref_put(&vm->ref, vm_release);
}

void mock_places_forget(struct mock_object *obj)
{
	struct mock_device *mock = to_mock(obj->base.dev);
	struct mock_place *place, *next;

	mutex_lock(&mock->vm_mutex);
	list_for_each_entry_safe(place, next, &obj->places, obj_link) forget(place);
	mutex_unlock(&mock->vm_mutex);
}

static struct mock_place *find_place(struct mock_vm *vm, struct mock_object *obj)
{
	struct mock_place *place;

	list_for_each_entry(place, &obj->places, obj_link)
	{
		if (place->vm == vm)
			return place;
	}
	return NULL;
}

/* The object's place in @vm, new if it has none yet. */
static struct mock_place *get_place(struct mock_vm *vm, struct mock_object *obj)
{
	struct mock_device *mock = vm->mock;
	struct mock_place *fresh = NULL, *place;

	mutex_lock(&mock->vm_mutex);
	place = find_place(vm, obj);
	mutex_unlock(&mock->vm_mutex);
	if (place)
		return place;
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return ERR_PTR(-ENOMEM);
	fresh->vm = vm;
	fresh->obj = obj;
	mutex_lock(&mock->vm_mutex);
	place = find_place(vm, obj);
	if (!place) {
		list_add(&fresh->vm_link, &vm->places);
		list_add(&fresh->obj_link, &obj->places);
		swap(place, fresh);
	}
	mutex_unlock(&mock->vm_mutex);
	kfree(fresh);
	return place;
}

static u64 end_of(const struct mock_vm *vm, const struct mock_address *a)
{
	return a->below_4g ? min_t(u64, vm->size, SZ_4G - PAGE_SIZE) : vm->size;
}

static u64 size_of(const struct mock_address *a)
{
	return max_t(u64, a->size, a->obj->base.size);
}

static bool fits(const struct mock_vm *vm, const struct mock_address *a, u64 start)
{
	return IS_ALIGNED(start, a->alignment ?: 1) && start >= a->low &&
	       start <= end_of(vm, a) && size_of(a) <= end_of(vm, a) - start;
}

static bool stays(const struct mock_vm *vm, const struct mock_address *a)
{
	const struct drm_mm_node *node = &a->place->node;

	return drm_mm_node_allocated(node) && node->size >= size_of(a) &&
	       fits(vm, a, node->start) && (!a->fixed || node->start == a->wish);
}

/* Lets those that are in the way of @a find another place, unless they are being placed too. */
static int evict(struct mock_vm *vm, const struct mock_address *a)
{
	struct drm_mm_node *node, *next;

	drm_mm_for_each_node_safe(node, next, &vm->mm)
	{
		if (node->start >= a->wish + size_of(a) ||
		    node->start + node->size <= a->wish)
			continue;
		if (container_of(node, struct mock_place, node)->wanted)
			return -ENOSPC;
		drm_mm_remove_node(node);
	}
	return 0;
}

static int reserve_at(struct mock_vm *vm, struct mock_address *a)
{
	struct drm_mm_node *node = &a->place->node;

	node->start = a->wish;
	node->size = size_of(a);
	node->color = 0;
	return drm_mm_reserve_node(&vm->mm, node);
}

static int place_fixed(struct mock_vm *vm, struct mock_address *a)
{
	int ret;

	if (size_of(a) > end_of(vm, a))
		return -ENOSPC;
	if (!fits(vm, a, a->wish))
		return -EINVAL;
	ret = evict(vm, a);
	return ret ?: reserve_at(vm, a);
}

static int place_anywhere(struct mock_vm *vm, struct mock_address *a)
{
	if (a->wish && fits(vm, a, a->wish) && reserve_at(vm, a) == 0)
		return 0;
	return drm_mm_insert_node_in_range(&vm->mm, &a->place->node, size_of(a),
					   max_t(u64, a->alignment, PAGE_SIZE), 0, a->low,
					   end_of(vm, a), DRM_MM_INSERT_BEST);
}

static int place(struct mock_vm *vm, struct mock_address *a)
{
	struct drm_mm_node *node = &a->place->node;

	if (stays(vm, a))
		return 0;
	if (drm_mm_node_allocated(node))
		drm_mm_remove_node(node);
	return a->fixed ? place_fixed(vm, a) : place_anywhere(vm, a);
}

/* Those that may be nowhere else go first. */
static int place_all(struct mock_vm *vm, struct mock_address *address, unsigned int n)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n && !ret; i++) {
		if (address[i].fixed)
			ret = place(vm, &address[i]);
	}
	for (i = 0; i < n && !ret; i++) {
		if (!address[i].fixed)
			ret = place(vm, &address[i]);
	}
	return ret;
}

/* Makes room for those that are being placed, and for nobody else. */
static void evict_others(struct mock_vm *vm)
{
	struct mock_place *place;

	list_for_each_entry(place, &vm->places, vm_link)
	{
		if (drm_mm_node_allocated(&place->node))
			drm_mm_remove_node(&place->node);
	}
}

int mock_addresses_reserve(struct mock_vm *vm, struct mock_address *address,
			   unsigned int n)
{
	struct mock_device *mock = vm->mock;
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		address[i].place = get_place(vm, address[i].obj);
		if (IS_ERR(address[i].place))
			return PTR_ERR(address[i].place);
	}
	mutex_lock(&mock->vm_mutex);
	for (i = 0; i < n; i++)
		address[i].place->wanted = true;
	ret = place_all(vm, address, n);
	if (ret == -ENOSPC) {
		evict_others(vm);
		ret = place_all(vm, address, n);
	}
	for (i = 0; i < n; i++) {
		address[i].place->wanted = false;
		address[i].start = address[i].place->node.start;
	}
	mutex_unlock(&mock->vm_mutex);
	return ret;
}

int mock_vm_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_vm_control *args = data;
	struct mock_device *mock = to_mock(drm);
	struct mock_vm *vm;
	int ret;

	if (!mock->platform->full_ppgtt)
		return -ENODEV;
	if (args->flags)
		return -EINVAL;
	ret = mock_extensions(u64_to_user_ptr(args->extensions), NULL, 0, NULL);
	if (ret)
		return ret;
	vm = mock_vm_create(mock);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	ret = xa_alloc(&to_mock_file(file)->vms, &args->vm_id, vm, xa_limit_32b,
		       GFP_KERNEL);
	if (ret)
		mock_vm_put(vm);
	return ret;
}

int mock_vm_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_vm_control *args = data;
	struct mock_vm *vm;

	if (args->flags || args->extensions)
		return -EINVAL;
	vm = xa_erase(&to_mock_file(file)->vms, args->vm_id);
	if (!vm)
		return -ENOENT;
	mock_vm_put(vm);
	return 0;
}

int mock_get_aperture_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_get_aperture *args = data;

	/* The global one, which has 32 bits where others have more. */
	args->aper_size = BIT_ULL(min_t(u8, to_mock(drm)->platform->address_bits, 32));
	args->aper_available_size = args->aper_size;
	return 0;
}
