// SPDX-License-Identifier: GPL-2.0
/* GEM objects. Their memory is shmem, which the kernel may swap out, or user space's own. */

#include <linux/highmem.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "address.h"
#include "mock.h"
#include "extensions.h"
#include "object.h"
#include "query.h"
#include "userptr.h"

struct mock_object *mock_object_lookup(struct drm_file *file, u32 handle)
{
	struct drm_gem_object *gem = drm_gem_object_lookup(file, handle);

	return gem ? to_mock_object(gem) : NULL;
}

int mock_object_wait(struct mock_object *obj, enum dma_resv_usage usage, long timeout)
{
	long ret;

	if (!timeout)
		return dma_resv_test_signaled(obj->base.resv, usage) ? 0 : -ETIME;
	ret = dma_resv_wait_timeout(obj->base.resv, usage, true, timeout);
	return ret < 0 ? ret : ret ? 0 : -ETIME;
}

int mock_object_populate(struct mock_object *obj)
{
	pgoff_t i;

	if (obj->populated || mock_object_is_userptr(obj))
		return 0;
	if (obj->base.size >> PAGE_SHIFT > totalram_pages())
		return -ENOMEM;
	for (i = 0; i < obj->base.size >> PAGE_SHIFT; i++) {
		struct page *page = shmem_read_mapping_page(obj->base.filp->f_mapping, i);

		if (IS_ERR(page))
			return PTR_ERR(page);
		put_page(page);
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	obj->populated = true;
	return 0;
}

/* One piece of a page of shmem, either way. */
static int copy_piece(struct mock_object *obj, u64 offset, void *buffer, size_t length,
		      bool write)
{
	struct page *page;
	char *memory;

	page = shmem_read_mapping_page(obj->base.filp->f_mapping, offset >> PAGE_SHIFT);
	if (IS_ERR(page))
		return PTR_ERR(page);
	memory = kmap_local_page(page) + offset_in_page(offset);
	if (write)
		memcpy(memory, buffer, length);
	else
		memcpy(buffer, memory, length);
	kunmap_local(memory);
	if (write)
		set_page_dirty(page);
	mark_page_accessed(page);
	put_page(page);
	return 0;
}

/* Only who made a userptr object can have it in an execbuf, so this is its memory. */
static int copy_userptr(struct mock_object *obj, u64 offset, void *buffer, size_t length,
			bool write)
{
	void __user *memory = (void __user *)(obj->userptr.address + offset);
	unsigned long left;

	if (obj->userptr.notifier.mm != current->mm)
		return -EFAULT;
	if (write)
		left = copy_to_user(memory, buffer, length);
	else
		left = copy_from_user(buffer, memory, length);
	return left ? -EFAULT : 0;
}

static int copy(struct mock_object *obj, u64 offset, void *buffer, size_t length,
		bool write)
{
	int ret = 0;

	if (mock_object_is_userptr(obj))
		return copy_userptr(obj, offset, buffer, length, write);
	while (length && !ret) {
		size_t piece = min_t(size_t, length, PAGE_SIZE - offset_in_page(offset));

		ret = copy_piece(obj, offset, buffer, piece, write);
		offset += piece;
		buffer += piece;
		length -= piece;
	}
	return ret;
}

int mock_object_read(struct mock_object *obj, u64 offset, void *buffer, size_t length)
{
	return copy(obj, offset, buffer, length, false);
}

int mock_object_write(struct mock_object *obj, u64 offset, const void *buffer,
		      size_t length)
{
	return copy(obj, offset, (void *)buffer, length, true);
}

static void object_free(struct drm_gem_object *gem)
{
	struct mock_object *obj = to_mock_object(gem);

	mock_userptr_fini(obj);
	mock_places_forget(obj);
	drm_gem_object_release(gem);
	kfree(obj);
}

const struct drm_gem_object_funcs mock_object_funcs = {
	.free = object_free,
	.mmap = mock_object_mmap,
};

struct mock_object *mock_object_alloc(void)
{
	struct mock_object *obj = kzalloc(sizeof(*obj), GFP_KERNEL);

	if (!obj)
		return ERR_PTR(-ENOMEM);
	obj->base.funcs = &mock_object_funcs;
	INIT_LIST_HEAD(&obj->places);
	mutex_init(&obj->userptr.lock);
	return obj;
}

bool mock_object_too_large(u64 size)
{
	return size >> PAGE_SHIFT > INT_MAX;
}

static int create(struct drm_device *drm, struct drm_file *file, u64 *size, u32 *handle)
{
	struct mock_object *obj;
	int ret;

	*size = round_up(*size, PAGE_SIZE);
	if (!*size)
		return -EINVAL;
	if (mock_object_too_large(*size))
		return -E2BIG;
	obj = mock_object_alloc();
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	obj->caching =
		to_mock(drm)->platform->llc ? I915_CACHING_CACHED : I915_CACHING_NONE;
	ret = drm_gem_object_init(drm, &obj->base, *size);
	if (ret) {
		kfree(obj);
		return ret;
	}
	ret = drm_gem_handle_create(file, &obj->base, handle);
	mock_object_put(obj);
	return ret;
}

int mock_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_create *args = data;

	return create(drm, file, &args->size, &args->handle);
}

/* What the extensions of CREATE_EXT say. Where memory is makes no difference here. */
struct create_ext {
	struct mock_device *mock;
	unsigned int regions; /* mask of memory classes; 0: not said */
};

static int ext_memory_regions(struct i915_user_extension __user *base, void *data)
{
	struct drm_i915_gem_create_ext_memory_regions ext;
	struct drm_i915_gem_memory_class_instance __user *user;
	struct create_ext *create = data;
	unsigned int i, mask = 0;

	if (copy_from_user(&ext, base, sizeof(ext)))
		return -EFAULT;
	if (ext.pad || !ext.num_regions || ext.num_regions > MOCK_MAX_REGIONS)
		return -EINVAL;
	user = u64_to_user_ptr(ext.regions);
	for (i = 0; i < ext.num_regions; i++) {
		struct drm_i915_gem_memory_class_instance region;

		if (copy_from_user(&region, &user[i], sizeof(region)))
			return -EFAULT;
		if (!mock_has_region(create->mock, &region) ||
		    mask & BIT(region.memory_class))
			return -EINVAL;
		mask |= BIT(region.memory_class);
	}
	if (create->regions)
		return -EINVAL;
	create->regions = mask;
	return 0;
}

static int ext_protected_content(struct i915_user_extension __user *base, void *data)
{
	struct drm_i915_gem_create_ext_protected_content ext;

	if (copy_from_user(&ext, base, sizeof(ext)))
		return -EFAULT;
	return ext.flags ? -EINVAL : -ENODEV;
}

static const mock_extension_fn create_extensions[] = {
	[I915_GEM_CREATE_EXT_MEMORY_REGIONS] = ext_memory_regions,
	[I915_GEM_CREATE_EXT_PROTECTED_CONTENT] = ext_protected_content,
};

int mock_create_ext_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_create_ext *args = data;
	struct create_ext ext = { .mock = to_mock(drm) };
	int ret;

	if (args->flags & ~I915_GEM_CREATE_EXT_FLAG_NEEDS_CPU_ACCESS)
		return -EINVAL;
	ret = mock_extensions(u64_to_user_ptr(args->extensions), create_extensions,
			      ARRAY_SIZE(create_extensions), &ext);
	if (ret)
		return ret;
	/* Only what may be in local memory and can leave it has a use for the flag. */
	if (args->flags && ext.regions != (BIT(I915_MEMORY_CLASS_SYSTEM) |
					   BIT(I915_MEMORY_CLASS_DEVICE)))
		return -EINVAL;
	return create(drm, file, &args->size, &args->handle);
}
