// SPDX-License-Identifier: GPL-2.0
/*
 * Userptr: objects that are memory of a process.
 *
 * Their pages are taken by the first submission that lists them. From then on, whoever
 * unmaps one of these pages (reclaim, most of all) comes by mock_userptr_invalidate(),
 * and there waits for all that the GPU was given to do with the object.
 */

#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "mock.h"
#include "object.h"
#include "params.h"
#include "userptr.h"

static unsigned long num_pages(const struct mock_object *obj)
{
	return obj->base.size >> PAGE_SHIFT;
}

static void let_go_of_pages(struct page **pages, unsigned long n, bool pinned)
{
	unsigned long i;

	if (pinned) {
		unpin_user_pages(pages, n);
		return;
	}
	for (i = 0; i < n; i++)
		put_page(pages[i]);
}

static int take_pages(unsigned long address, unsigned long n, bool write, bool pin,
		      struct page **pages)
{
	unsigned int flags = write ? FOLL_WRITE : 0;
	unsigned long taken = 0;

	while (taken < n) {
		unsigned long from = address + taken * PAGE_SIZE;
		long ret;

		if (pin)
			ret = pin_user_pages_fast(from, n - taken, flags, pages + taken);
		else
			ret = get_user_pages_fast(from, n - taken, flags, pages + taken);
		if (ret <= 0) {
			let_go_of_pages(pages, taken, pin);
			return ret ?: -EFAULT;
		}
		taken += ret;
	}
	return 0;
}

/* What i915 does to pages that the GPU has used. */
static void mark_used(struct page *page, bool written)
{
	/*
	 * The page may be that of a file, so its lock is needed. But reclaim may hold it
	 * already, and be who called us.
	 */
	if (written && trylock_page(page)) {
		set_page_dirty(page);
		unlock_page(page);
	}
	mark_page_accessed(page);
}

/* Lets go of @pages, which are no longer the object's. */
static void drop_pages(struct mock_object *obj, struct page **pages, bool pinned,
		       bool written)
{
	struct mock_stats *stats = &to_mock(obj->base.dev)->stats;
	unsigned long i;

	if (!pages)
		return;
	for (i = 0; i < num_pages(obj); i++)
		mark_used(pages[i], written);
	let_go_of_pages(pages, num_pages(obj), pinned);
	kvfree(pages);
	atomic64_inc(&stats->unpins);
	atomic64_sub(num_pages(obj), &stats->pages_pinned);
}

static void release(struct mock_object *obj)
{
	struct mock_device *mock = to_mock(obj->base.dev);
	struct mock_userptr *u = &obj->userptr;
	bool pinned, written;
	struct page **pages;

	write_lock(&mock->notifier_lock);
	pages = u->pages;
	pinned = u->pinned;
	written = u->written;
	u->pages = NULL;
	u->written = false;
	write_unlock(&mock->notifier_lock);
	drop_pages(obj, pages, pinned, written);
}

static void wait_for_gpu(struct mock_object *obj, enum mock_caller caller)
{
	struct mock_device *mock = to_mock(obj->base.dev);
	ktime_t start;

	if (dma_resv_test_signaled(obj->base.resv, DMA_RESV_USAGE_BOOKKEEP))
		return;
	start = ktime_get();
	dma_resv_wait_timeout(obj->base.resv, DMA_RESV_USAGE_BOOKKEEP, false,
			      MAX_SCHEDULE_TIMEOUT);
	mock_stats_waited(&mock->stats, caller,
			  ktime_to_ns(ktime_sub(ktime_get(), start)));
}

static bool mock_userptr_invalidate(struct mmu_interval_notifier *notifier,
				    const struct mmu_notifier_range *range,
				    unsigned long seq)
{
	struct mock_object *obj =
		container_of(notifier, struct mock_object, userptr.notifier);
	struct mock_device *mock = to_mock(obj->base.dev);
	enum mock_caller caller = mock_caller_of(notifier->mm);

	if (!mmu_notifier_range_blockable(range))
		return false;

	write_lock(&mock->notifier_lock);
	mmu_interval_set_seq(notifier, seq);
	write_unlock(&mock->notifier_lock);
	atomic64_inc(&mock->stats.notifier[caller].calls);

	/* The object goes with its process, which need not wait for that. */
	if (current->flags & PF_EXITING)
		return true;

	wait_for_gpu(obj, caller);
	/* No newer pages can be there: they are taken only once this is over. */
	if (mock_notifier() == NOTIFIER_WAIT_RELEASE)
		release(obj);
	return true;
}

static const struct mmu_interval_notifier_ops notifier_ops = {
	.invalidate = mock_userptr_invalidate,
};

bool mock_userptr_valid(struct mock_object *obj)
{
	return obj->userptr.pages &&
	       !mmu_interval_read_retry(&obj->userptr.notifier, obj->userptr.seq);
}

/* Makes @pages the object's, unless they were unmapped since @seq. */
static int install(struct mock_object *obj, struct page **pages, bool pinned,
		   unsigned long seq)
{
	struct mock_device *mock = to_mock(obj->base.dev);
	struct mock_userptr *u = &obj->userptr;
	int ret = -EAGAIN;

	read_lock(&mock->notifier_lock);
	if (!mmu_interval_read_retry(&u->notifier, seq)) {
		u->pages = pages;
		u->pinned = pinned;
		u->written = false;
		u->seq = seq;
		ret = 0;
	}
	read_unlock(&mock->notifier_lock);
	if (ret) {
		atomic64_inc(&mock->stats.collisions);
		return ret;
	}
	atomic64_inc(u->taken_before ? &mock->stats.repins : &mock->stats.pins);
	atomic64_add(num_pages(obj), &mock->stats.pages_pinned);
	u->taken_before = true;
	return 0;
}

static int take_anew(struct mock_object *obj, unsigned long seq)
{
	struct mock_userptr *u = &obj->userptr;
	bool pin = mock_pages() == PAGES_PIN;
	struct page **pages;
	int ret;

	if (num_pages(obj) > totalram_pages())
		return -ENOMEM;
	pages = kvmalloc_array(num_pages(obj), sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	ret = take_pages(u->address, num_pages(obj), !u->readonly, pin, pages);
	if (ret)
		goto free;
	ret = install(obj, pages, pin, seq);
	if (!ret)
		return 0;
	let_go_of_pages(pages, num_pages(obj), pin);
free:
	kvfree(pages);
	return ret;
}

/* Takes pages in the place of those that were unmapped. */
static int exchange_pages(struct mock_object *obj, unsigned long seq)
{
	/* Who unmapped them has waited for the GPU, but not if it was exiting. */
	int ret = mock_object_wait(obj, DMA_RESV_USAGE_BOOKKEEP, MAX_SCHEDULE_TIMEOUT);

	if (ret)
		return ret;
	release(obj);
	return take_anew(obj, seq);
}

int mock_userptr_take(struct mock_object *obj)
{
	struct mock_device *mock = to_mock(obj->base.dev);
	struct mock_userptr *u = &obj->userptr;
	unsigned long seq;
	bool valid;
	int ret;

	if (u->notifier.mm != current->mm)
		return -EFAULT;
	if (mutex_lock_interruptible(&u->lock))
		return -EINTR;
	seq = mmu_interval_read_begin(&u->notifier);
	/* As i915: an invalidation that comes from here on is for the commit to find. */
	read_lock(&mock->notifier_lock);
	valid = u->pages && u->seq == seq;
	read_unlock(&mock->notifier_lock);
	ret = 0;
	if (!valid)
		ret = exchange_pages(obj, seq);
	mutex_unlock(&u->lock);
	return ret;
}

void mock_userptr_fini(struct mock_object *obj)
{
	struct mock_userptr *u = &obj->userptr;

	if (mock_object_is_userptr(obj)) {
		mmu_interval_notifier_remove(&u->notifier);
		release(obj);
	}
	mutex_destroy(&u->lock);
}

/* Whether all of the range is mapped memory, and none of it a device's. */
static int probe_range(struct mm_struct *mm, unsigned long start, unsigned long length)
{
	VMA_ITERATOR(vmi, mm, start);
	unsigned long address = start, end = start + length;
	struct vm_area_struct *vma;
	int ret = 0;

	mmap_read_lock(mm);
	for_each_vma_range(vmi, vma, end)
	{
		if (vma->vm_start > address || vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP))
			break;
		address = vma->vm_end;
	}
	if (vma || address < end)
		ret = -EFAULT;
	mmap_read_unlock(mm);
	return ret;
}

static int check(struct mock_device *mock, const struct drm_i915_gem_userptr *args)
{
	if (!READ_ONCE(mock_userptr))
		return -ENODEV;
	if (args->flags &
	    ~(I915_USERPTR_READ_ONLY | I915_USERPTR_UNSYNCHRONIZED | I915_USERPTR_PROBE))
		return -EINVAL;
	if (mock_object_too_large(args->user_size))
		return -E2BIG;
	if (!args->user_size || offset_in_page(args->user_ptr | args->user_size))
		return -EINVAL;
	if (!access_ok((void __user *)(unsigned long)args->user_ptr, args->user_size))
		return -EFAULT;
	if (args->flags & I915_USERPTR_UNSYNCHRONIZED)
		return -ENODEV;
	/* The 11th and 12th generation would have it, but i915 does not trust theirs. */
	if (args->flags & I915_USERPTR_READ_ONLY &&
	    (!mock->platform->full_ppgtt || mock->platform->ver >= 11))
		return -ENODEV;
	if (args->flags & I915_USERPTR_PROBE)
		return probe_range(current->mm, args->user_ptr, args->user_size);
	return 0;
}

int mock_userptr_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_userptr *args = data;
	struct mock_object *obj;
	int ret = check(to_mock(drm), args);

	if (ret)
		return ret;
	obj = mock_object_alloc();
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	drm_gem_private_object_init(drm, &obj->base, args->user_size);
	obj->caching = I915_CACHING_CACHED;
	obj->userptr.address = args->user_ptr;
	obj->userptr.readonly = args->flags & I915_USERPTR_READ_ONLY;
	ret = mmu_interval_notifier_insert(&obj->userptr.notifier, current->mm,
					   args->user_ptr, args->user_size,
					   &notifier_ops);
	if (ret)
		obj->userptr.notifier.mm = NULL;
	else
		ret = drm_gem_handle_create(file, &obj->base, &args->handle);
	mock_object_put(obj);
	return ret;
}
