// SPDX-License-Identifier: GPL-2.0
/* Requests, and the timelines that they stand in. */

#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>

#include "context.h"
#include "mock.h"
#include "request.h"

struct workqueue_struct *mock_workqueue;

/* A fence that a request waits for. */
struct mock_dependency {
	struct dma_fence_cb cb;
	struct dma_fence *fence;
	struct mock_request *rq;
	struct mock_dependency *next;
};

void mock_timeline_init(struct mock_timeline *timeline)
{
	timeline->fence_context = dma_fence_context_alloc(1);
	spin_lock_init(&timeline->lock);
	INIT_LIST_HEAD(&timeline->requests);
	init_waitqueue_head(&timeline->shrunk);
	mutex_init(&timeline->submit);
}

void mock_timeline_fini(struct mock_timeline *timeline)
{
	WARN_ON(!list_empty(&timeline->requests));
	mutex_destroy(&timeline->submit);
}

int mock_timeline_wait(struct mock_timeline *timeline, bool nonblock)
{
	if (READ_ONCE(timeline->length) < MOCK_TIMELINE_MAX)
		return 0;
	if (nonblock)
		return -EWOULDBLOCK;
	/* Not at once when there is room for a single one: i915 does so too. */
	if (wait_event_interruptible(timeline->shrunk, READ_ONCE(timeline->length) <=
							       MOCK_TIMELINE_MAX / 2))
		return -EINTR;
	return 0;
}

struct dma_fence *mock_timeline_last_before(struct mock_timeline *timeline,
					    unsigned long jiffies)
{
	struct dma_fence *fence = NULL;
	struct mock_request *rq;

	spin_lock_irq(&timeline->lock);
	list_for_each_entry_reverse(rq, &timeline->requests, timeline_link)
	{
		if (time_after(rq->emitted, jiffies))
			continue;
		fence = dma_fence_get(&rq->fence);
		break;
	}
	spin_unlock_irq(&timeline->lock);
	return fence;
}

void mock_timeline_cancel(struct mock_timeline *timeline)
{
	struct mock_request *rq;

	spin_lock_irq(&timeline->lock);
	list_for_each_entry(rq, &timeline->requests, timeline_link)
		WRITE_ONCE(rq->cancelled, true);
	spin_unlock_irq(&timeline->lock);
}

static const char *get_driver_name(struct dma_fence *fence)
{
	return "i915";
}

static const char *get_timeline_name(struct dma_fence *fence)
{
	return container_of(fence, struct mock_request, fence)->timeline_name;
}

static void free_rcu(struct rcu_head *rcu)
{
	struct mock_request *rq = container_of(rcu, struct mock_request, rcu);

	kfree(rq);
	/* A fence may be the last thing that user space has of us: see mock_exit(). */
	module_put(THIS_MODULE);
}

static void release(struct dma_fence *fence)
{
	call_rcu(&container_of(fence, struct mock_request, fence)->rcu, free_rcu);
}

static const struct dma_fence_ops request_ops = {
	.get_driver_name = get_driver_name,
	.get_timeline_name = get_timeline_name,
	.release = release,
};

struct mock_request *mock_to_request(struct dma_fence *fence)
{
	return fence->ops == &request_ops
		       ? container_of(fence, struct mock_request, fence)
		       : NULL;
}

static void free_dependencies(struct mock_request *rq)
{
	while (rq->dependencies) {
		struct mock_dependency *dep = rq->dependencies;

		rq->dependencies = dep->next;
		dma_fence_remove_callback(dep->fence, &dep->cb);
		dma_fence_put(dep->fence);
		kfree(dep);
	}
}

/* Lets go of all but the fence itself. */
static void disband(struct mock_request *rq)
{
	unsigned int i;

	free_dependencies(rq);
	for (i = 0; i < rq->num_objects; i++)
		drm_gem_object_put(rq->objects[i]);
	kvfree(rq->objects);
	mock_context_put(rq->ctx);
	drm_dev_put(&rq->mock->drm);
	dma_fence_put(&rq->fence);
}

static void retire(struct work_struct *work)
{
	disband(container_of(work, struct mock_request, retire));
}

static void unblock(struct mock_request *rq)
{
	if (atomic_dec_and_test(&rq->blockers))
		mock_engine_queue(rq->engine, rq);
}

static void dependency_signalled(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	unblock(container_of(cb, struct mock_dependency, cb)->rq);
}

int mock_request_await(struct mock_request *rq, struct dma_fence *fence)
{
	struct mock_dependency *dep;
	int ret;

	if (dma_fence_is_signaled(fence))
		return 0;
	dep = kmalloc(sizeof(*dep), GFP_KERNEL);
	if (!dep)
		return -ENOMEM;
	dep->rq = rq;
	dep->fence = dma_fence_get(fence);
	dep->next = rq->dependencies;
	rq->dependencies = dep;
	atomic_inc(&rq->blockers);
	ret = dma_fence_add_callback(fence, &dep->cb, dependency_signalled);
	/* It has signalled in between. */
	if (ret == -ENOENT)
		atomic_dec(&rq->blockers);
	return ret == -ENOENT ? 0 : ret;
}

/* Requests of a timeline run in order, whatever else each of them waits for. */
static int await_previous(struct mock_request *rq)
{
	struct dma_fence *previous = mock_timeline_last_before(rq->timeline, jiffies);
	int ret = 0;

	if (previous)
		ret = mock_request_await(rq, previous);
	dma_fence_put(previous);
	return ret;
}

struct mock_request *mock_request_create(struct mock_context *ctx,
					 struct mock_timeline *timeline,
					 struct mock_engine *engine)
{
	struct mock_request *rq = kzalloc(sizeof(*rq), GFP_KERNEL);
	int ret;

	if (!rq)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&timeline->submit);
	spin_lock_init(&rq->lock);
	dma_fence_init(&rq->fence, &request_ops, &rq->lock, timeline->fence_context,
		       ++timeline->seqno);
	strscpy(rq->timeline_name, engine->name, sizeof(rq->timeline_name));
	rq->engine_class = engine->class;
	rq->mock = engine->mock;
	drm_dev_get(&rq->mock->drm);
	__module_get(THIS_MODULE);
	rq->ctx = mock_context_get(ctx);
	rq->timeline = timeline;
	rq->engine = engine;
	INIT_LIST_HEAD(&rq->timeline_link);
	INIT_LIST_HEAD(&rq->engine_link);
	atomic_set(&rq->blockers, 1);
	INIT_WORK(&rq->retire, retire);
	ret = await_previous(rq);
	if (ret) {
		mock_request_drop(rq);
		return ERR_PTR(ret);
	}
	return rq;
}

void mock_request_drop(struct mock_request *rq)
{
	struct mock_timeline *timeline = rq->timeline;

	timeline->seqno--;
	/* Lest it be taken for one that was forgotten. */
	dma_fence_signal(&rq->fence);
	free_dependencies(rq);
	mutex_unlock(&timeline->submit);
	disband(rq);
}

void mock_request_submit(struct mock_request *rq)
{
	struct mock_timeline *timeline = rq->timeline;

	rq->emitted = jiffies;
	spin_lock_irq(&timeline->lock);
	list_add_tail(&rq->timeline_link, &timeline->requests);
	timeline->length++;
	if (rq->ctx->closed && !rq->ctx->persistent)
		rq->cancelled = true;
	spin_unlock_irq(&timeline->lock);
	unblock(rq);
	mutex_unlock(&timeline->submit);
}

void mock_request_complete(struct mock_request *rq, int error)
{
	struct mock_timeline *timeline = rq->timeline;
	unsigned long flags;

	atomic64_inc(&rq->mock->stats.requests);
	if (error) {
		atomic64_inc(&rq->mock->stats.failed);
		dma_fence_set_error(&rq->fence, error);
	}
	dma_fence_signal(&rq->fence);

	spin_lock_irqsave(&timeline->lock, flags);
	list_del_init(&rq->timeline_link);
	timeline->length--;
	spin_unlock_irqrestore(&timeline->lock, flags);
	wake_up(&timeline->shrunk);
	queue_work(mock_workqueue, &rq->retire);
}
