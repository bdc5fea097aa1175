// SPDX-License-Identifier: GPL-2.0
/* What the CPU does with objects: reading, writing, and saying that it is about to. */

#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "mock.h"
#include "object.h"
#include "userptr.h"

/* What pread and pwrite have in common: their structs are laid out alike. */
static int access(struct mock_object *obj, u64 offset, u64 size, void __user *user,
		  bool write)
{
	void *buffer = (void *)__get_free_page(GFP_KERNEL);
	int ret = 0;

	if (!buffer)
		return -ENOMEM;
	while (size && !ret) {
		size_t piece = min_t(u64, size, PAGE_SIZE - offset_in_page(offset));

		if (write && copy_from_user(buffer, user, piece))
			ret = -EFAULT;
		if (!ret && write)
			ret = mock_object_write(obj, offset, buffer, piece);
		if (!ret && !write)
			ret = mock_object_read(obj, offset, buffer, piece);
		if (!ret && !write && copy_to_user(user, buffer, piece))
			ret = -EFAULT;
		offset += piece;
		user += piece;
		size -= piece;
		if (fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	free_page((unsigned long)buffer);
	return ret;
}

static int access_ioctl(struct drm_device *drm, struct drm_file *file,
			const struct drm_i915_gem_pread *args, bool write)
{
	void __user *user = u64_to_user_ptr(args->data_ptr);
	struct mock_object *obj;
	int ret;

	if (!to_mock(drm)->platform->relocations)
		return -EOPNOTSUPP;
	if (!args->size)
		return 0;
	if (!access_ok(user, args->size))
		return -EFAULT;
	obj = mock_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	if (mock_object_is_userptr(obj) || args->offset > obj->base.size ||
	    args->size > obj->base.size - args->offset)
		ret = -EINVAL;
	else
		ret = mock_object_wait(obj,
				       write ? DMA_RESV_USAGE_READ : DMA_RESV_USAGE_WRITE,
				       MAX_SCHEDULE_TIMEOUT);
	if (!ret)
		ret = access(obj, args->offset, args->size, user, write);
	mock_object_put(obj);
	return ret;
}

int mock_pread_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	return access_ioctl(drm, file, data, false);
}

int mock_pwrite_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	BUILD_BUG_ON(sizeof(struct drm_i915_gem_pread) !=
		     sizeof(struct drm_i915_gem_pwrite));
	BUILD_BUG_ON(offsetof(struct drm_i915_gem_pread, data_ptr) !=
		     offsetof(struct drm_i915_gem_pwrite, data_ptr));
	return access_ioctl(drm, file, data, true);
}

int mock_set_domain_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_set_domain *args = data;
	enum dma_resv_usage usage;
	struct mock_object *obj;
	int ret;

	if (to_mock(drm)->platform->discrete)
		return -ENODEV;
	if ((args->write_domain | args->read_domains) &
	    ~(I915_GEM_DOMAIN_CPU | I915_GEM_DOMAIN_GTT | I915_GEM_DOMAIN_WC))
		return -EINVAL;
	if (args->write_domain && args->read_domains != args->write_domain)
		return -EINVAL;
	if (!args->read_domains)
		return 0;
	obj = mock_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	usage = args->write_domain ? DMA_RESV_USAGE_READ : DMA_RESV_USAGE_WRITE;
	ret = mock_object_wait(obj, usage, MAX_SCHEDULE_TIMEOUT);
	/* This is how user space finds out whether a userptr object has memory. */
	if (!ret && mock_object_is_userptr(obj))
		ret = mock_userptr_take(obj);
	if (!ret)
		ret = mock_object_populate(obj);
	mock_object_put(obj);
	return ret;
}

int mock_sw_finish_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_sw_finish *args = data;
	struct mock_object *obj = mock_object_lookup(file, args->handle);

	if (!obj)
		return -ENOENT;
	mock_object_put(obj);
	return 0;
}

int mock_set_caching_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_caching *args = data;
	struct mock_object *obj;
	int ret = 0;

	if (to_mock(drm)->platform->discrete)
		return -ENODEV;
	if (args->caching > I915_CACHING_DISPLAY)
		return -EINVAL;
	obj = mock_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	if (!mock_object_is_userptr(obj))
		obj->caching = args->caching == I915_CACHING_CACHED ? I915_CACHING_CACHED
								    : I915_CACHING_NONE;
	else if (args->caching != I915_CACHING_CACHED)
		ret = -ENXIO;
	mock_object_put(obj);
	return ret;
}

int mock_get_caching_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_caching *args = data;
	struct mock_object *obj;

	if (to_mock(drm)->platform->discrete)
		return -ENODEV;
	obj = mock_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	args->caching = obj->caching;
	mock_object_put(obj);
	return 0;
}

int mock_madvise_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_madvise *args = data;
	struct mock_object *obj;

	if (args->madv != I915_MADV_DONTNEED && args->madv != I915_MADV_WILLNEED)
		return -EINVAL;
	obj = mock_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	/* Nothing is ever purged: shmem is swapped out instead. */
	args->retained = 1;
	mock_object_put(obj);
	return 0;
}

/* What i915 says where there are no fence registers. */
int mock_tiling_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}
