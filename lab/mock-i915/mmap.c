// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings of objects. Whichever kind is asked for, it is one of the object's shmem
 * file: there are neither caches to get around nor an aperture.
 */

#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include <drm/drm_vma_manager.h>
#include <uapi/drm/i915_drm.h>

#include "mock.h"
#include "extensions.h"
#include "object.h"

int mock_mmap_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_mmap *args = data;
	struct mock_object *obj;
	unsigned long address;

	if (!to_mock(drm)->platform->mmap_ioctl)
		return -EOPNOTSUPP;
	if (args->flags & ~I915_MMAP_WC)
		return -EINVAL;
	obj = mock_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	if (!obj->base.filp)
		address = -ENXIO;
	else if (args->offset > obj->base.size ||
		 args->size > obj->base.size - args->offset)
		address = -EINVAL;
	else
		address = vm_mmap(obj->base.filp, 0, args->size, PROT_READ | PROT_WRITE,
				  MAP_SHARED, args->offset);
	mock_object_put(obj);
	if (IS_ERR_VALUE(address))
		return address;
	args->addr_ptr = address;
	return 0;
}

int mock_mmap_offset_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_mmap_offset *args = data;
	bool discrete = to_mock(drm)->platform->discrete;
	struct mock_object *obj;
	int ret;

	ret = mock_extensions(u64_to_user_ptr(args->extensions), NULL, 0, NULL);
	if (ret)
		return ret;
	if (args->flags > I915_MMAP_OFFSET_FIXED)
		return -EINVAL;
	if (args->flags == I915_MMAP_OFFSET_GTT && discrete)
		return -ENODEV;
	obj = mock_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	if (mock_object_is_userptr(obj) ||
	    (args->flags == I915_MMAP_OFFSET_FIXED) != discrete)
		ret = -ENODEV;
	else
		ret = drm_gem_create_mmap_offset(&obj->base);
	if (!ret)
		args->offset = drm_vma_node_offset_addr(&obj->base.vma_node);
	mock_object_put(obj);
	return ret;
}

int mock_object_mmap(struct drm_gem_object *gem, struct vm_area_struct *vma)
{
	int ret;

	vma->vm_pgoff -= drm_vma_node_start(&gem->vma_node);
	vma->vm_private_data = NULL;
	vma_set_file(vma, gem->filp);
	ret = call_mmap(vma->vm_file, vma);
	if (ret)
		return ret;
	vma->vm_flags |= VM_DONTEXPAND | VM_DONTDUMP;
	/* It is the file that keeps the memory, so that the object may go. */
	drm_gem_object_put(gem);
	return 0;
}
