// SPDX-License-Identifier: GPL-2.0
/* Relocations: addresses of objects that are written into other objects. */

#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

#include "execbuf.h"
#include "object.h"

#define GPU_DOMAINS                                                                      \
	(I915_GEM_DOMAIN_RENDER | I915_GEM_DOMAIN_SAMPLER | I915_GEM_DOMAIN_COMMAND |    \
	 I915_GEM_DOMAIN_INSTRUCTION | I915_GEM_DOMAIN_VERTEX)

/* Read from user space in one go. */
#define CHUNK 16

static int by_handle(const void *a, const void *b, const void *exec)
{
	const struct drm_i915_gem_exec_object2 *list = exec;
	u32 x = list[*(const u32 *)a].handle, y = list[*(const u32 *)b].handle;

	return x < y ? -1 : x > y;
}

int mock_relocation_init(struct mock_execbuf *eb)
{
	unsigned int n = eb->args->buffer_count, i;

	if (eb->args->flags & I915_EXEC_HANDLE_LUT)
		return 0;
	eb->by_handle =
		kvmalloc_array(n, sizeof(*eb->by_handle), GFP_KERNEL | __GFP_NOWARN);
	if (!eb->by_handle)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		eb->by_handle[i] = i;
	sort_r(eb->by_handle, n, sizeof(*eb->by_handle), by_handle, NULL, eb->exec);
	return 0;
}

void mock_relocation_fini(struct mock_execbuf *eb)
{
	kvfree(eb->by_handle);
}

/* Index of the object that @target means, or -ENOENT. */
static int find_target(struct mock_execbuf *eb, u32 target)
{
	unsigned int low = 0, high = eb->args->buffer_count;

	if (!eb->by_handle)
		return target < eb->args->buffer_count ? target : -ENOENT;
	while (low < high) {
		unsigned int middle = low + (high - low) / 2;
		u32 handle = eb->exec[eb->by_handle[middle]].handle;

		if (handle == target)
			return eb->by_handle[middle];
		if (handle < target)
			low = middle + 1;
		else
			high = middle;
	}
	return -ENOENT;
}

static int write_address(struct mock_execbuf *eb, struct mock_object *obj, u64 offset,
			 u64 address)
{
	u32 narrow = lower_32_bits(address);

	if (eb->mock->platform->ver < 8)
		return mock_object_write(obj, offset, &narrow, sizeof(narrow));
	return mock_object_write(obj, offset, &address, sizeof(address));
}

/* 1: the address was written, 0: it was there already, -errno. */
static int relocate(struct mock_execbuf *eb, struct mock_object *obj,
		    struct drm_i915_gem_relocation_entry *r)
{
	size_t width = eb->mock->platform->ver < 8 ? sizeof(u32) : sizeof(u64);
	int target = find_target(eb, r->target_handle);
	u64 start;
	int ret;

	if (target < 0)
		return target;
	if (r->write_domain & (r->write_domain - 1) ||
	    (r->write_domain | r->read_domains) & ~GPU_DOMAINS)
		return -EINVAL;
	if (r->write_domain)
		eb->write[target] = true;
	start = mock_canonical(eb->address[target].start);
	if (start == r->presumed_offset)
		return 0;
	if (r->offset > obj->base.size - width || r->offset & 3)
		return -EINVAL;
	ret = write_address(eb, obj, r->offset,
			    mock_canonical(eb->address[target].start + (s32)r->delta));
	r->presumed_offset = start;
	return ret ?: 1;
}

static int relocate_chunk(struct mock_execbuf *eb, struct mock_object *obj,
			  struct drm_i915_gem_relocation_entry __user *user,
			  unsigned int n)
{
	struct drm_i915_gem_relocation_entry entries[CHUNK];
	unsigned int i;

	if (copy_from_user(entries, user, n * sizeof(*entries)))
		return -EFAULT;
	for (i = 0; i < n; i++) {
		int ret = relocate(eb, obj, &entries[i]);

		if (ret < 0)
			return ret;
		/* A hint: user space that cannot be told has to be told again. */
		if (ret && put_user(entries[i].presumed_offset, &user[i].presumed_offset))
			continue;
	}
	return 0;
}

static int relocate_object(struct mock_execbuf *eb, unsigned int index)
{
	const struct drm_i915_gem_exec_object2 *exec = &eb->exec[index];
	struct drm_i915_gem_relocation_entry __user *user =
		u64_to_user_ptr(exec->relocs_ptr);
	unsigned int left = exec->relocation_count;

	if (!access_ok(user, (size_t)left * sizeof(*user)))
		return -EFAULT;
	while (left) {
		unsigned int n = min_t(unsigned int, left, CHUNK);
		int ret = relocate_chunk(eb, eb->address[index].obj, user, n);

		if (ret)
			return ret;
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
		user += n;
		left -= n;
	}
	return 0;
}

int mock_relocate(struct mock_execbuf *eb)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < eb->args->buffer_count && !ret; i++) {
		if (eb->exec[i].relocation_count)
			ret = relocate_object(eb, i);
	}
	return ret;
}
