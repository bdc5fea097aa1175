// SPDX-License-Identifier: GPL-2.0
/*
 * DRM_IOCTL_I915_GEM_EXECBUFFER2, in this order: checks; the context and the engine; the
 * objects, and the pages of those that are userptr; addresses and relocations; then, with
 * all objects locked, a request that waits for whom it has to, and is submitted.
 */

#include <linux/dma-resv.h>
#include <linux/prandom.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <drm/drm_file.h>
#include <drm/drm_gem.h>

#include "execbuf.h"
#include "object.h"
#include "params.h"
#include "reset.h"
#include "userptr.h"

#define ILLEGAL_FLAGS                                                                    \
	(__I915_EXEC_UNKNOWN_FLAGS | I915_EXEC_CONSTANTS_MASK |                          \
	 I915_EXEC_RESOURCE_STREAMER)

static int check_args(const struct mock_device *mock,
		      struct drm_i915_gem_execbuffer2 *args)
{
	if (args->buffer_count < 1 || args->buffer_count > INT_MAX)
		return -EINVAL;
	if (args->flags & ILLEGAL_FLAGS)
		return -EINVAL;
	if (!(args->flags & (I915_EXEC_FENCE_ARRAY | I915_EXEC_USE_EXTENSIONS)) &&
	    (args->num_cliprects || args->cliprects_ptr))
		return -EINVAL;
	/* What some old user space writes there. */
	if (args->DR4 == 0xffffffff)
		args->DR4 = 0;
	if (args->DR1 || args->DR4 || (args->batch_start_offset | args->batch_len) & 7)
		return -EINVAL;
	if (args->flags & I915_EXEC_SECURE)
		return mock->platform->ver >= 11 ? -ENODEV : -EPERM;
	return 0;
}

/* The slot that execbuf's flags mean in a context without a map, or -1. */
static int legacy_slot(struct mock_execbuf *eb)
{
	static const u8 rings[] = {
		[I915_EXEC_DEFAULT] = LEGACY_RCS, [I915_EXEC_RENDER] = LEGACY_RCS,
		[I915_EXEC_BSD] = LEGACY_VCS,	  [I915_EXEC_BLT] = LEGACY_BCS,
		[I915_EXEC_VEBOX] = LEGACY_VECS,
	};
	unsigned int ring = eb->args->flags & I915_EXEC_RING_MASK;
	u64 bsd = eb->args->flags & I915_EXEC_BSD_MASK;
	struct mock_file *mf = to_mock_file(eb->file);

	if (ring >= ARRAY_SIZE(rings) || (ring != I915_EXEC_BSD && bsd))
		return -1;
	if (ring != I915_EXEC_BSD || !(eb->mock->platform->engines & BIT(VCS1)))
		return rings[ring];
	if (bsd == I915_EXEC_BSD_RING1)
		return LEGACY_VCS;
	if (bsd == I915_EXEC_BSD_RING2)
		return LEGACY_VCS2;
	if (bsd != I915_EXEC_BSD_DEFAULT)
		return -1;
	/* Each file has one of the two for good. */
	if (mf->bsd < 0)
		mf->bsd = prandom_u32_max(2);
	return LEGACY_VCS + mf->bsd;
}

static int select_engine(struct mock_execbuf *eb)
{
	int slot =
		eb->ctx->mapped ? eb->args->flags & I915_EXEC_RING_MASK : legacy_slot(eb);

	if (slot < 0 || slot >= eb->ctx->num_slots)
		return -EINVAL;
	eb->slot = &eb->ctx->slots[slot];
	eb->engine = mock_slot_engine(eb->ctx, eb->slot);
	if (!eb->engine)
		return -EINVAL;
	return mock_wedged(eb->mock) ? -EIO : 0;
}

/* The request waits for those whose work with the objects would be in its way. */
static int await_objects(struct mock_execbuf *eb, struct mock_request *rq)
{
	unsigned int i;

	for (i = 0; i < eb->num_objects; i++) {
		struct dma_resv *resv = eb->objects[i]->resv;
		struct dma_resv_iter cursor;
		struct dma_fence *fence;
		int ret = dma_resv_reserve_fences(resv, 1);

		if (ret)
			return ret;
		if (eb->uses[i].async)
			continue;
		dma_resv_for_each_fence(&cursor, resv,
					dma_resv_usage_rw(eb->uses[i].write), fence)
		{
			/* Those of its own timeline come before it anyway. */
			if (fence->context != rq->fence.context)
				ret = mock_request_await(rq, fence);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int give_objects(struct mock_execbuf *eb, struct mock_request *rq)
{
	unsigned int i;

	rq->objects = kvmalloc_array(eb->num_objects, sizeof(*rq->objects), GFP_KERNEL);
	if (!rq->objects)
		return -ENOMEM;
	for (i = 0; i < eb->num_objects; i++) {
		rq->objects[i] = eb->objects[i];
		drm_gem_object_get(rq->objects[i]);
	}
	rq->num_objects = eb->num_objects;
	return 0;
}

/*
 * From here on, who invalidates an object waits for the request. If somebody has done so
 * since its pages were taken, user space has to call again: -EAGAIN.
 */
static int commit(struct mock_execbuf *eb, struct mock_request *rq)
{
	struct mock_device *mock = eb->mock;
	bool valid = true;
	unsigned int i;

	read_lock(&mock->notifier_lock);
	for (i = 0; i < eb->num_objects && valid; i++) {
		struct mock_object *obj = to_mock_object(eb->objects[i]);

		valid = !mock_object_is_userptr(obj) || mock_userptr_valid(obj);
	}
	for (i = 0; i < eb->num_objects && valid; i++) {
		bool write = eb->uses[i].write;

		dma_resv_add_fence(eb->objects[i]->resv, &rq->fence,
				   write ? DMA_RESV_USAGE_WRITE : DMA_RESV_USAGE_READ);
		/* As i915: whatever a request lists may be written, unless it is read-only. */
		if (!to_mock_object(eb->objects[i])->userptr.readonly)
			to_mock_object(eb->objects[i])->userptr.written = true;
	}
	read_unlock(&mock->notifier_lock);
	if (valid)
		return 0;
	atomic64_inc(&mock->stats.collisions);
	return -EAGAIN;
}

/* With all objects locked. */
static int submit(struct mock_execbuf *eb, u64 run_ns, bool endless)
{
	struct mock_request *rq =
		mock_request_create(eb->ctx, &eb->slot->timeline, eb->engine);
	struct dma_fence *fence;
	int ret;

	if (IS_ERR(rq))
		return PTR_ERR(rq);
	rq->run_ns = run_ns;
	ret = give_objects(eb, rq);
	if (!ret)
		ret = await_objects(eb, rq);
	if (!ret)
		ret = mock_exec_fences_add(&eb->fences, rq);
	if (!ret)
		ret = commit(eb, rq);
	if (ret) {
		mock_request_drop(rq);
		return ret;
	}
	rq->hangs = mock_inject_hang() || endless;
	fence = dma_fence_get(&rq->fence);
	mock_request_submit(rq);
	mock_exec_fences_publish(&eb->fences, fence, eb->args);
	dma_fence_put(fence);
	return 0;
}

static int lock_and_submit(struct mock_execbuf *eb)
{
	struct ww_acquire_ctx ticket;
	bool endless;
	s64 run_ns = mock_batch_ns(eb, &endless);
	int ret;

	if (run_ns < 0)
		return run_ns;
	mock_exec_find_uses(eb);
	ret = drm_gem_lock_reservations(eb->objects, eb->num_objects, &ticket);
	if (ret)
		return ret;
	ret = submit(eb, run_ns, endless);
	drm_gem_unlock_reservations(eb->objects, eb->num_objects, &ticket);
	return ret;
}

static int execbuf(struct mock_execbuf *eb)
{
	int ret = mock_exec_fences_init(&eb->fences, eb->file, eb->args);

	if (!ret)
		ret = mock_relocation_init(eb);
	if (ret)
		return ret;
	eb->ctx = mock_context_lookup(to_mock_file(eb->file),
				      i915_execbuffer2_get_context_id(*eb->args));
	if (IS_ERR(eb->ctx)) {
		ret = PTR_ERR(eb->ctx);
		eb->ctx = NULL;
		return ret;
	}
	ret = select_engine(eb);
	if (!ret)
		ret = mock_exec_find_objects(eb);
	if (!ret && READ_ONCE(eb->ctx->banned))
		ret = -EIO;
	if (!ret)
		ret = mock_inject_error();
	if (!ret)
		ret = mock_timeline_wait(&eb->slot->timeline,
					 eb->file->filp->f_flags & O_NONBLOCK);
	if (!ret)
		ret = mock_exec_find_addresses(eb);
	if (!ret)
		ret = lock_and_submit(eb);
	return ret;
}

int mock_execbuffer2_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_execbuffer2 *args = data;
	struct mock_execbuf eb = {
		.mock = to_mock(drm),
		.file = file,
		.args = args,
		.fences.out_fd = -1,
	};
	int ret = check_args(eb.mock, args);

	if (ret)
		return ret;
	ret = mock_exec_read_list(&eb);
	if (!ret)
		ret = execbuf(&eb);
	mock_exec_tell_addresses(&eb);
	if (eb.ctx)
		mock_context_put(eb.ctx);
	mock_exec_fences_fini(&eb.fences);
	mock_relocation_fini(&eb);
	mock_exec_objects_fini(&eb);
	return ret;
}
