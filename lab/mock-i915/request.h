/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_REQUEST_H
#define MOCK_REQUEST_H

#include <linux/dma-fence.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct drm_gem_object;
struct mock_context;
struct mock_dependency;
struct mock_device;
struct mock_engine;

/* The requests of one context for one engine (or one set of engines), which run in order. */
struct mock_timeline {
	u64 fence_context;
	spinlock_t lock;	   /* guards what follows; any context */
	struct list_head requests; /* submitted and not completed */
	unsigned int length;
	wait_queue_head_t shrunk;
	struct mutex submit; /* held while a request gets its place in the order */
	u64 seqno;	     /* the last one that was given away */
};

/* As many as fit into a ring. */
#define MOCK_TIMELINE_MAX 64

/*
 * The life of a request: create, await some fences, submit. It is queued on its engine once
 * these fences have signalled, runs, and completes: it signals. Then, in a worker, it retires:
 * lets go of its objects and its context.
 */
struct mock_request {
	struct dma_fence fence;
	spinlock_t lock;	/* the fence's */
	char timeline_name[16]; /* of the fence, which may outlive all else */
	u16 engine_class;	/* likewise */
	struct mock_device *mock;
	struct mock_context *ctx;
	struct mock_timeline *timeline;
	struct mock_engine *engine;
	struct list_head timeline_link;
	struct list_head engine_link;
	unsigned long emitted; /* jiffies */
	u64 run_ns;
	ktime_t end; /* while it runs */
	bool hangs;
	bool blamed;	   /* for the hang; guarded by the engine's lock */
	bool cancelled;	   /* has nothing more to do, and fails */
	atomic_t blockers; /* fences to signal, and one until it is submitted */
	struct mock_dependency *dependencies;
	struct drm_gem_object **objects; /* kvfree() */
	unsigned int num_objects;
	struct work_struct retire;
	struct rcu_head rcu;
};

void mock_timeline_init(struct mock_timeline *timeline);
void mock_timeline_fini(struct mock_timeline *timeline);

/* Waits until there is room for one more. 0, -EINTR, or -EWOULDBLOCK if @nonblock. */
int mock_timeline_wait(struct mock_timeline *timeline, bool nonblock);

/* The youngest request that is older than @jiffies and not completed (a reference), or NULL. */
struct dma_fence *mock_timeline_last_before(struct mock_timeline *timeline,
					    unsigned long jiffies);

/* Cancels all requests. Their engines have to be kicked. */
void mock_timeline_cancel(struct mock_timeline *timeline);

/*
 * A request of @ctx on @timeline for @engine, or ERR_PTR(-ENOMEM). timeline->submit is held
 * until it is submitted or dropped.
 */
struct mock_request *mock_request_create(struct mock_context *ctx,
					 struct mock_timeline *timeline,
					 struct mock_engine *engine);

/* Makes it wait for @fence. 0 or -ENOMEM. */
int mock_request_await(struct mock_request *rq, struct dma_fence *fence);

/* Hands it over. Allocates nothing and cannot fail: others may wait for it already. */
void mock_request_submit(struct mock_request *rq);

/* Forgets one that was not submitted. Nobody else may have seen its fence. */
void mock_request_drop(struct mock_request *rq);

/* Called by its engine when it is over. Any context; no locks held. */
void mock_request_complete(struct mock_request *rq, int error);

/* The request behind a fence, or NULL. */
struct mock_request *mock_to_request(struct dma_fence *fence);

#endif
