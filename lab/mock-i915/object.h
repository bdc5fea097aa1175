/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_OBJECT_H
#define MOCK_OBJECT_H

#include <linux/dma-resv.h>
#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>

#include <drm/drm_gem.h>

struct mock_userptr {
	struct mmu_interval_notifier
		notifier; /* notifier.mm is NULL for any other object */
	unsigned long address;
	bool readonly;
	bool written; /* by the GPU, since the pages were taken */
	bool taken_before;
	struct mutex lock; /* one at a time takes pages; the notifier does not need it */
	/* Written under notifier_lock held for reading and @lock, or held for writing. */
	struct page **pages; /* or NULL: none are held */
	unsigned long seq;   /* of the notifier when they were taken */
	bool pinned;	     /* they were pinned rather than got */
};

struct mock_object {
	struct drm_gem_object base;
	struct mock_userptr userptr;
	struct list_head places; /* in address spaces; under vm_mutex */
	u64 batch_end; /* where a batch in it ended when it was last looked at */
	u32 caching;
	bool populated;
};

static inline struct mock_object *to_mock_object(struct drm_gem_object *gem)
{
	return container_of(gem, struct mock_object, base);
}

static inline bool mock_object_is_userptr(const struct mock_object *obj)
{
	return obj->userptr.notifier.mm;
}

/* With a reference, or NULL. */
struct mock_object *mock_object_lookup(struct drm_file *file, u32 handle);

static inline void mock_object_put(struct mock_object *obj)
{
	drm_gem_object_put(&obj->base);
}

/* 0, -ETIME or -ERESTARTSYS. */
int mock_object_wait(struct mock_object *obj, enum dma_resv_usage usage, long timeout);

/* Gives each page memory, as the GPU will want to see it. 0 or -errno. */
int mock_object_populate(struct mock_object *obj);

/* From and to the object's memory. 0 or -errno. */
int mock_object_read(struct mock_object *obj, u64 offset, void *buffer, size_t length);
int mock_object_write(struct mock_object *obj, u64 offset, const void *buffer,
		      size_t length);

/* An object without memory of its own and without a handle, or ERR_PTR(). */
struct mock_object *mock_object_alloc(void);
extern const struct drm_gem_object_funcs mock_object_funcs;

/* Whether no object can be so large. */
bool mock_object_too_large(u64 size);

int mock_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_create_ext_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/* access.c: the CPU's view of objects. */
int mock_pread_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_pwrite_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_set_domain_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_sw_finish_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_set_caching_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_get_caching_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_madvise_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_tiling_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/* mmap.c */
int mock_mmap_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_mmap_offset_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_object_mmap(struct drm_gem_object *gem, struct vm_area_struct *vma);

#endif
