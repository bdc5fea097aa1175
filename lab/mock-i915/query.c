// SPDX-License-Identifier: GPL-2.0
/* DRM_IOCTL_I915_QUERY: which engines and memory regions there are. */

#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "mock.h"
#include "query.h"

/* What a discrete GPU says that it has; in truth it is shmem too. */
#define LOCAL_MEMORY (4ull * SZ_1G)

/*
 * Reads the header that user space has put before the room for the answer. 0: go on;
 * else what to return: the length that is needed, or -errno.
 */
static int read_header(void *header, size_t size, u32 total,
		       const struct drm_i915_query_item *item)
{
	if (!item->length)
		return total;
	if (item->length < 0 || (u32)item->length < total)
		return -EINVAL;
	if (copy_from_user(header, u64_to_user_ptr(item->data_ptr), size))
		return -EFAULT;
	return 0;
}

static int query_engine_info(struct mock_device *mock,
			     const struct drm_i915_query_item *item)
{
	struct drm_i915_query_engine_info __user *user = u64_to_user_ptr(item->data_ptr);
	struct drm_i915_query_engine_info header;
	struct mock_engine *engine;
	unsigned int n = 0;
	u32 total;
	int ret;

	if (item->flags)
		return -EINVAL;
	total = struct_size(user, engines, hweight8(mock->platform->engines));
	ret = read_header(&header, sizeof(header), total, item);
	if (ret)
		return ret;
	if (header.num_engines || memchr_inv(header.rsvd, 0, sizeof(header.rsvd)))
		return -EINVAL;
	for_each_engine(engine, mock)
	{
		struct drm_i915_engine_info info = {
			.engine.engine_class = engine->class,
			.engine.engine_instance = engine->instance,
			.flags = I915_ENGINE_INFO_HAS_LOGICAL_INSTANCE,
			.logical_instance = engine->logical_instance,
		};

		if (copy_to_user(&user->engines[n++], &info, sizeof(info)))
			return -EFAULT;
	}
	header.num_engines = n;
	return copy_to_user(user, &header, sizeof(header)) ? -EFAULT : total;
}

bool mock_has_region(const struct mock_device *mock,
		     const struct drm_i915_gem_memory_class_instance *region)
{
	if (region->memory_instance)
		return false;
	return region->memory_class == I915_MEMORY_CLASS_SYSTEM ||
	       (region->memory_class == I915_MEMORY_CLASS_DEVICE &&
		mock->platform->discrete);
}

static int query_memory_regions(struct mock_device *mock,
				const struct drm_i915_query_item *item)
{
	const u64 size[MOCK_MAX_REGIONS] = {
		[I915_MEMORY_CLASS_SYSTEM] = (u64)totalram_pages() << PAGE_SHIFT,
		[I915_MEMORY_CLASS_DEVICE] = LOCAL_MEMORY,
	};
	struct drm_i915_query_memory_regions __user *user =
		u64_to_user_ptr(item->data_ptr);
	struct drm_i915_query_memory_regions header;
	u32 total, class, n = mock->platform->discrete ? 2 : 1;
	int ret;

	if (item->flags)
		return -EINVAL;
	total = struct_size(user, regions, n);
	ret = read_header(&header, sizeof(header), total, item);
	if (ret)
		return ret;
	if (header.num_regions || memchr_inv(header.rsvd, 0, sizeof(header.rsvd)))
		return -EINVAL;
	for (class = 0; class < n; class ++) {
		struct drm_i915_memory_region_info info = {
			.region.memory_class = class,
			.probed_size = size[class],
			.unallocated_size = size[class],
			.probed_cpu_visible_size = size[class],
			.unallocated_cpu_visible_size = size[class],
		};

		if (copy_to_user(&user->regions[class], &info, sizeof(info)))
			return -EFAULT;
	}
	header.num_regions = n;
	return copy_to_user(user, &header, sizeof(header)) ? -EFAULT : total;
}

static int query_not_here(struct mock_device *mock,
			  const struct drm_i915_query_item *item)
{
	return -ENODEV;
}

static int (*const queries[])(struct mock_device *mock,
			      const struct drm_i915_query_item *item) = {
	[DRM_I915_QUERY_TOPOLOGY_INFO] = query_not_here,
	[DRM_I915_QUERY_ENGINE_INFO] = query_engine_info,
	[DRM_I915_QUERY_PERF_CONFIG] = query_not_here,
	[DRM_I915_QUERY_MEMORY_REGIONS] = query_memory_regions,
	[DRM_I915_QUERY_HWCONFIG_BLOB] = query_not_here,
	[DRM_I915_QUERY_GEOMETRY_SUBSLICES] = query_not_here,
};

static int query(struct mock_device *mock, const struct drm_i915_query_item *item)
{
	if (item->query_id >= ARRAY_SIZE(queries))
		return -EINVAL;
	return queries[array_index_nospec(item->query_id, ARRAY_SIZE(queries))](mock,
										item);
}

int mock_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_query *args = data;
	struct drm_i915_query_item __user *user = u64_to_user_ptr(args->items_ptr);
	u32 i;

	if (args->flags)
		return -EINVAL;
	for (i = 0; i < args->num_items; i++) {
		struct drm_i915_query_item item;
		int ret;

		if (copy_from_user(&item, &user[i], sizeof(item)))
			return -EFAULT;
		if (!item.query_id)
			return -EINVAL;
		/* An item's error is told in its length. */
		ret = query(to_mock(drm), &item);
		if (ret != item.length && put_user(ret, &user[i].length))
			return -EFAULT;
	}
	return 0;
}
