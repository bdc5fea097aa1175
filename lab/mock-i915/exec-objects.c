// SPDX-License-Identifier: GPL-2.0
/* The objects that an execbuf lists: which they are, their memory, and their addresses. */

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

#include "execbuf.h"
#include "object.h"
#include "userptr.h"

/*
 * Nothing is put below where user space does not want it: i915 keeps batches from there,
 * lest an address less a delta be negative, and has something else there before others.
 */
#define LOWEST (256 * 1024)

static int check_object(struct mock_execbuf *eb, struct drm_i915_gem_exec_object2 *exec)
{
	if (exec->relocation_count && !eb->mock->platform->relocations)
		return -EINVAL;
	if (exec->flags & __EXEC_OBJECT_UNKNOWN_FLAGS)
		return -EINVAL;
	if (exec->alignment && !is_power_of_2(exec->alignment))
		return -EINVAL;
	if (exec->flags & EXEC_OBJECT_PINNED &&
	    exec->offset != mock_canonical(mock_noncanonical(exec->offset & PAGE_MASK)))
		return -EINVAL;
	if (!(exec->flags & EXEC_OBJECT_PAD_TO_SIZE))
		exec->pad_to_size = 0;
	return offset_in_page(exec->pad_to_size) ? -EINVAL : 0;
}

static int check_batch(struct mock_execbuf *eb,
		       const struct drm_i915_gem_exec_object2 *exec, u64 size)
{
	u64 start = eb->args->batch_start_offset;

	if (exec->flags & EXEC_OBJECT_WRITE)
		return -EINVAL;
	return start >= size || eb->args->batch_len > size - start ? -EINVAL : 0;
}

/* Finds the object at @index of the list and makes sure that it has memory. */
static int find_object(struct mock_execbuf *eb, unsigned int index)
{
	struct drm_i915_gem_exec_object2 *exec = &eb->exec[index];
	bool batch = index == mock_batch_index(eb->args);
	struct mock_address *a = &eb->address[index];
	int ret;

	a->obj = mock_object_lookup(eb->file, exec->handle);
	if (!a->obj)
		return -ENOENT;
	ret = check_object(eb, exec);
	if (!ret && batch)
		ret = check_batch(eb, exec, a->obj->base.size);
	if (ret)
		return ret;
	a->fixed = exec->flags & EXEC_OBJECT_PINNED;
	a->below_4g = !(exec->flags & EXEC_OBJECT_SUPPORTS_48B_ADDRESS);
	a->wish = mock_noncanonical(exec->offset) & PAGE_MASK;
	a->size = exec->pad_to_size;
	a->alignment = exec->alignment;
	a->low = a->fixed ? 0 : LOWEST;
	eb->write[index] = exec->flags & EXEC_OBJECT_WRITE;
	return mock_object_is_userptr(a->obj) ? mock_userptr_take(a->obj)
					      : mock_object_populate(a->obj);
}

int mock_exec_find_objects(struct mock_execbuf *eb)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < eb->args->buffer_count && !ret; i++)
		ret = find_object(eb, i);
	return ret;
}

int mock_exec_find_addresses(struct mock_execbuf *eb)
{
	unsigned int i;
	int ret;

	ret = mock_addresses_reserve(eb->ctx->vm, eb->address, eb->args->buffer_count);
	if (ret)
		return ret;
	eb->relocate = !(eb->args->flags & I915_EXEC_NO_RELOC);
	for (i = 0; i < eb->args->buffer_count; i++) {
		if (eb->address[i].start != mock_noncanonical(eb->exec[i].offset))
			eb->relocate = true;
	}
	if (!eb->relocate)
		return 0;
	ret = mock_relocate(eb);
	/* What user space knows and what is written down would no longer agree. */
	if (ret)
		eb->relocate = false;
	return ret;
}

static int by_object(const void *a, const void *b)
{
	const struct mock_exec_use *x = a, *y = b;

	return x->gem < y->gem ? -1 : x->gem > y->gem;
}

void mock_exec_find_uses(struct mock_execbuf *eb)
{
	unsigned int count = eb->args->buffer_count, n = 0, i;

	for (i = 0; i < count; i++) {
		eb->uses[i].gem = &eb->address[i].obj->base;
		eb->uses[i].write = eb->write[i];
		eb->uses[i].async = eb->exec[i].flags & EXEC_OBJECT_ASYNC;
	}
	sort(eb->uses, count, sizeof(*eb->uses), by_object, NULL);
	for (i = 0; i < count; i++) {
		if (n && eb->uses[n - 1].gem == eb->uses[i].gem) {
			eb->uses[n - 1].write |= eb->uses[i].write;
			eb->uses[n - 1].async &= eb->uses[i].async;
			continue;
		}
		eb->uses[n] = eb->uses[i];
		eb->objects[n++] = eb->uses[i].gem;
	}
	eb->num_objects = n;
}

void mock_exec_tell_addresses(const struct mock_execbuf *eb)
{
	struct drm_i915_gem_exec_object2 __user *user =
		u64_to_user_ptr(eb->args->buffers_ptr);
	unsigned int i;

	for (i = 0; eb->relocate && i < eb->args->buffer_count; i++) {
		u64 start = eb->address[i].start;

		if (start != mock_noncanonical(eb->exec[i].offset) &&
		    put_user(mock_canonical(start), &user[i].offset))
			break;
	}
}

int mock_exec_read_list(struct mock_execbuf *eb)
{
	size_t n = eb->args->buffer_count;
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;

	eb->exec = kvmalloc_array(n, sizeof(*eb->exec), gfp);
	eb->address = kvcalloc(n, sizeof(*eb->address), gfp);
	eb->write = kvmalloc_array(n, sizeof(*eb->write), gfp);
	eb->uses = kvmalloc_array(n, sizeof(*eb->uses), gfp);
	eb->objects = kvmalloc_array(n, sizeof(*eb->objects), gfp);
	if (!eb->exec || !eb->address || !eb->write || !eb->uses || !eb->objects)
		return -ENOMEM;
	if (copy_from_user(eb->exec, u64_to_user_ptr(eb->args->buffers_ptr),
			   n * sizeof(*eb->exec)))
		return -EFAULT;
	return 0;
}

void mock_exec_objects_fini(struct mock_execbuf *eb)
{
	unsigned int i;

	for (i = 0; eb->address && i < eb->args->buffer_count && eb->address[i].obj; i++)
		mock_object_put(eb->address[i].obj);
	kvfree(eb->exec);
	kvfree(eb->address);
	kvfree(eb->write);
	kvfree(eb->uses);
	kvfree(eb->objects);
}
