// SPDX-License-Identifier: GPL-2.0
/* Waiting for requests, and asking for those that run. */

#include <linux/delay.h>
#include <linux/dma-resv.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>

#include <drm/drm_gem.h>
#include <uapi/drm/i915_drm.h>

#include "context.h"
#include "mock.h"
#include "object.h"
#include "request.h"
#include "reset.h"
#include "wait.h"

int mock_wait_for_idle(struct mock_device *mock)
{
	struct mock_engine *engine;

	for_each_engine(engine, mock)
	{
		while (!mock_engine_idle(engine)) {
			if (msleep_interruptible(1))
				return -EINTR;
		}
	}
	return 0;
}

/* Jiffies, one more than that rather than one less. */
static long to_timeout(s64 ns)
{
	if (ns < 0)
		return MAX_SCHEDULE_TIMEOUT;
	if (ns == 0)
		return 0;
	return min_t(u64, MAX_JIFFY_OFFSET, nsecs_to_jiffies64(ns) + 1);
}

int mock_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_wait *args = data;
	struct mock_object *obj;
	ktime_t start = ktime_get();
	long ret;

	if (args->flags)
		return -EINVAL;
	obj = mock_object_lookup(file, args->bo_handle);
	if (!obj)
		return -ENOENT;
	ret = mock_object_wait(obj, DMA_RESV_USAGE_READ, to_timeout(args->timeout_ns));
	mock_object_put(obj);
	if (args->timeout_ns <= 0)
		return ret;
	args->timeout_ns -= ktime_to_ns(ktime_sub(ktime_get(), start));
	/* The last jiffy is not worth another try. */
	if (args->timeout_ns < 0 ||
	    (ret == -ETIME && !nsecs_to_jiffies(args->timeout_ns)))
		args->timeout_ns = 0;
	return ret == -ETIME && args->timeout_ns ? -EAGAIN : ret;
}

static u32 read_flag(u16 class)
{
	return 0x10000 << class;
}

static u32 write_flags(u16 class)
{
	return (class + 1) | read_flag(class);
}

int mock_busy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_busy *args = data;
	struct mock_object *obj = mock_object_lookup(file, args->handle);
	struct dma_resv_iter cursor;
	struct dma_fence *fence;

	if (!obj)
		return -ENOENT;
	args->busy = 0;
	dma_resv_iter_begin(&cursor, obj->base.resv, DMA_RESV_USAGE_READ);
	dma_resv_for_each_fence_unlocked(&cursor, fence)
	{
		struct mock_request *rq = mock_to_request(fence);

		if (dma_resv_iter_is_restarted(&cursor))
			args->busy = 0;
		if (!rq || dma_fence_is_signaled(fence))
			continue;
		/* Its class, not its engine: that may be gone. */
		args->busy |= dma_resv_iter_usage(&cursor) <= DMA_RESV_USAGE_WRITE
				      ? write_flags(rq->engine_class)
				      : read_flag(rq->engine_class);
	}
	dma_resv_iter_end(&cursor);
	mock_object_put(obj);
	return 0;
}

static int throttle(struct mock_context *ctx, unsigned long recent)
{
	unsigned int i;
	long ret = 0;

	for (i = 0; i < ctx->num_slots && ret >= 0; i++) {
		struct dma_fence *fence;

		fence = mock_timeline_last_before(&ctx->slots[i].timeline, recent);
		if (!fence)
			continue;
		ret = dma_fence_wait(fence, true);
		dma_fence_put(fence);
	}
	return ret < 0 ? ret : 0;
}

int mock_throttle_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	const unsigned long recent = jiffies - msecs_to_jiffies(20);
	struct mock_file *mf = to_mock_file(file);
	struct mock_context *ctx;
	unsigned long id;
	int ret = 0;

	if (mock_wedged(to_mock(drm)))
		return -EIO;
	xa_lock(&mf->contexts);
	xa_for_each(&mf->contexts, id, ctx)
	{
		/* A new one has no requests, and its slots may change. */
		if (!smp_load_acquire(&ctx->used))
			continue;
		mock_context_get(ctx);
		xa_unlock(&mf->contexts);
		ret = throttle(ctx, recent);
		mock_context_put(ctx);
		xa_lock(&mf->contexts);
		if (ret)
			break;
	}
	xa_unlock(&mf->contexts);
	return ret;
}
