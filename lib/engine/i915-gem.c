// SPDX-License-Identifier: MIT
/*
 * The ioctls of i915 that the engine needs, as functions. libdrm's drmIoctl() goes on after
 * EINTR and EAGAIN: execbuf says the latter when reclaim took pages back while it pinned them.
 */
#include "engine/i915-private.h"

#include <errno.h>
#include <stdlib.h>
#include <xf86drm.h>

static int gem_ioctl(int fd, unsigned long request, void *arg)
{
	return drmIoctl(fd, request, arg) < 0 ? -errno : 0;
}

int _gem_getparam(int fd, int32_t param, int *value)
{
	struct drm_i915_getparam arg = { .param = param, .value = value };

	*value = 0;
	return gem_ioctl(fd, DRM_IOCTL_I915_GETPARAM, &arg);
}

int _gem_userptr(int fd, const void *memory, uint64_t size, bool probe, uint32_t *handle)
{
	struct drm_i915_gem_userptr arg = {
		.user_ptr = (uintptr_t)memory,
		.user_size = size,
		.flags = probe ? I915_USERPTR_PROBE : 0,
	};
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_GEM_USERPTR, &arg);

	*handle = arg.handle;
	return ret;
}

int _gem_close(int fd, uint32_t handle)
{
	struct drm_gem_close arg = { .handle = handle };

	return gem_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &arg);
}

int _gem_execbuf(int fd, struct drm_i915_gem_execbuffer2 *request)
{
	return gem_ioctl(fd, DRM_IOCTL_I915_GEM_EXECBUFFER2, request);
}

int _gem_wait(int fd, uint32_t handle, uint64_t timeout_ns)
{
	/* The kernel takes what was waited off it, so a restart does not wait longer. */
	struct drm_i915_gem_wait arg = { .bo_handle = handle,
					 .timeout_ns = (int64_t)timeout_ns };

	return gem_ioctl(fd, DRM_IOCTL_I915_GEM_WAIT, &arg);
}

int _gem_busy(int fd, uint32_t handle)
{
	struct drm_i915_gem_busy arg = { .handle = handle };
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_GEM_BUSY, &arg);

	return ret < 0 ? ret : arg.busy != 0;
}

int _gem_throttle(int fd)
{
	return gem_ioctl(fd, DRM_IOCTL_I915_GEM_THROTTLE, NULL);
}

/* The kernel reports a failure of one item in its length, not by the call. */
static int query_item(int fd, struct drm_i915_query_item *item)
{
	struct drm_i915_query query = { .num_items = 1, .items_ptr = (uintptr_t)item };
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_QUERY, &query);

	if (ret < 0)
		return ret;
	if (item->length < 0)
		return item->length;
	return item->length < (int)sizeof(struct drm_i915_query_engine_info) ? -ENODATA
									     : 0;
}

int _gem_query_rings(int fd, struct drm_i915_query_engine_info **info)
{
	struct drm_i915_query_item item = { .query_id = DRM_I915_QUERY_ENGINE_INFO };
	int ret = query_item(fd, &item); /* without memory it tells how much is needed */

	*info = NULL;
	if (ret < 0)
		return ret;
	*info = calloc(1, (size_t)item.length);
	if (!*info)
		return -ENOMEM;
	item.data_ptr = (uintptr_t)*info;
	ret = query_item(fd, &item);
	if (ret < 0) {
		free(*info);
		*info = NULL;
	}
	return ret;
}

int _gem_vm_create(int fd, uint32_t *vm)
{
	struct drm_i915_gem_vm_control arg = { 0 };
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_GEM_VM_CREATE, &arg);

	*vm = arg.vm_id;
	return ret;
}

int _gem_vm_destroy(int fd, uint32_t vm)
{
	struct drm_i915_gem_vm_control arg = { .vm_id = vm };

	return gem_ioctl(fd, DRM_IOCTL_I915_GEM_VM_DESTROY, &arg);
}

static int create_plain(int fd, uint32_t *context)
{
	struct drm_i915_gem_context_create arg = { 0 };
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_GEM_CONTEXT_CREATE, &arg);

	*context = arg.ctx_id;
	return ret;
}

int _gem_context_create(int fd, const void *extensions, uint32_t *context)
{
	struct drm_i915_gem_context_create_ext arg = {
		.flags = I915_CONTEXT_CREATE_FLAGS_USE_EXTENSIONS,
		.extensions = (uintptr_t)extensions,
	};
	int ret;

	if (!extensions)
		return create_plain(fd, context);
	ret = gem_ioctl(fd, DRM_IOCTL_I915_GEM_CONTEXT_CREATE_EXT, &arg);
	*context = arg.ctx_id;
	return ret;
}

int _gem_context_destroy(int fd, uint32_t context)
{
	struct drm_i915_gem_context_destroy arg = { .ctx_id = context };

	return gem_ioctl(fd, DRM_IOCTL_I915_GEM_CONTEXT_DESTROY, &arg);
}

int _gem_context_set(int fd, uint32_t context, uint64_t param, uint64_t value)
{
	struct drm_i915_gem_context_param arg = { .ctx_id = context,
						  .param = param,
						  .value = value };

	return gem_ioctl(fd, DRM_IOCTL_I915_GEM_CONTEXT_SETPARAM, &arg);
}

int _gem_reset_stats(int fd, uint32_t context, uint32_t *active, uint32_t *pending)
{
	struct drm_i915_reset_stats arg = { .ctx_id = context };
	int ret = gem_ioctl(fd, DRM_IOCTL_I915_GET_RESET_STATS, &arg);

	*active = arg.batch_active;
	*pending = arg.batch_pending;
	return ret;
}
