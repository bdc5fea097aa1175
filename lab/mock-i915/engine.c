// SPDX-License-Identifier: GPL-2.0
/* The engines: queues that a timer empties. */

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <uapi/drm/i915_drm.h>

#include "context.h"
#include "mock.h"
#include "request.h"
#include "reset.h"

/* What a request costs an engine beside its batch. */
#define REQUEST_NS (2 * NSEC_PER_USEC)

/* Completed in one interrupt, at most. */
#define BURST 32

static const struct {
	const char *name;
	u16 class, instance;
} engine_ids[MOCK_MAX_ENGINES] = {
	[RCS0] = { "rcs0", I915_ENGINE_CLASS_RENDER, 0 },
	[BCS0] = { "bcs0", I915_ENGINE_CLASS_COPY, 0 },
	[VCS0] = { "vcs0", I915_ENGINE_CLASS_VIDEO, 0 },
	[VCS1] = { "vcs1", I915_ENGINE_CLASS_VIDEO, 1 },
	[VECS0] = { "vecs0", I915_ENGINE_CLASS_VIDEO_ENHANCE, 0 },
	/* I915_ENGINE_CLASS_COMPUTE of later kernels' headers. */
	[CCS0] = { "ccs0", 4, 0 },
};

static void arm(struct mock_engine *engine, ktime_t when)
{
	hrtimer_start(&engine->timer, when, HRTIMER_MODE_ABS);
}

/* Makes the first of the queue the running one, since @now. The lock is held. */
static void start_next(struct mock_engine *engine, ktime_t now)
{
	struct mock_request *rq;
	u64 ns;

	rq = list_first_entry_or_null(&engine->queue, struct mock_request, engine_link);
	engine->running = rq;
	engine->busy = rq;
	if (!rq)
		return;
	list_del_init(&rq->engine_link);
	if (READ_ONCE(rq->cancelled))
		ns = 0;
	else if (rq->hangs)
		ns = (u64)READ_ONCE(engine->preempt_timeout_ms) * NSEC_PER_MSEC;
	else
		ns = rq->run_ns + REQUEST_NS;
	rq->end = ktime_add_ns(now, ns);
}

/* Completes the running request. The lock is held, and let go of in between. */
static void complete_running(struct mock_engine *engine, unsigned long *flags)
{
	struct mock_request *rq = engine->running;
	int error = READ_ONCE(rq->cancelled) ? -EIO : 0;
	ktime_t end = rq->end;

	/* Those that become ready by this are but queued, since the engine is busy. */
	engine->running = NULL;
	spin_unlock_irqrestore(&engine->lock, *flags);
	mock_request_complete(rq, error);
	spin_lock_irqsave(&engine->lock, *flags);
	engine->queued--;
	start_next(engine, end);
}

/* Nobody else completes requests, and it does not run twice at a time. */
static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct mock_engine *engine = container_of(timer, struct mock_engine, timer);
	unsigned int burst = BURST;
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	while (engine->running) {
		struct mock_request *rq = engine->running;

		if (ktime_after(rq->end, ktime_get()) || !burst--) {
			arm(engine, rq->end);
			break;
		}
		if (rq->hangs && !READ_ONCE(rq->cancelled)) {
			queue_work(system_unbound_wq, &engine->hang_work);
			break;
		}
		complete_running(engine, &flags);
	}
	spin_unlock_irqrestore(&engine->lock, flags);
	return HRTIMER_NORESTART;
}

void mock_engine_queue(struct mock_engine *engine, struct mock_request *rq)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	if (mock_wedged(engine->mock))
		rq->cancelled = true;
	list_add_tail(&rq->engine_link, &engine->queue);
	engine->queued++;
	if (!engine->busy) {
		start_next(engine, ktime_get());
		arm(engine, engine->running->end);
	}
	spin_unlock_irqrestore(&engine->lock, flags);
}

/* Ends the running request now, or what is left of it. The lock is held. */
static void cut_short(struct mock_engine *engine)
{
	engine->running->end = ktime_get();
	arm(engine, engine->running->end);
}

void mock_engine_kick(struct mock_engine *engine)
{
	spin_lock_irq(&engine->lock);
	if (engine->running && READ_ONCE(engine->running->cancelled))
		cut_short(engine);
	spin_unlock_irq(&engine->lock);
}

void mock_engine_cancel(struct mock_engine *engine)
{
	struct mock_request *rq;

	spin_lock_irq(&engine->lock);
	list_for_each_entry(rq, &engine->queue, engine_link) rq->cancelled = true;
	if (engine->running) {
		engine->running->cancelled = true;
		cut_short(engine);
	}
	spin_unlock_irq(&engine->lock);
}

struct mock_context *mock_engine_replay(struct mock_engine *engine)
{
	struct mock_context *ctx = NULL;

	spin_lock_irq(&engine->lock);
	if (engine->running && !engine->running->cancelled) {
		ctx = mock_context_get(engine->running->ctx);
		engine->running->end = ktime_add_ns(ktime_get(), engine->running->run_ns);
		arm(engine, engine->running->end);
	}
	spin_unlock_irq(&engine->lock);
	return ctx;
}

struct mock_context *mock_engine_blame(struct mock_engine *engine)
{
	struct mock_context *ctx = NULL;
	struct mock_request *rq;

	spin_lock_irq(&engine->lock);
	rq = engine->running;
	if (rq && rq->hangs && !rq->blamed && !rq->cancelled) {
		rq->blamed = true;
		ctx = mock_context_get(rq->ctx);
	}
	spin_unlock_irq(&engine->lock);
	return ctx;
}

void mock_engine_cancel_blamed(struct mock_engine *engine)
{
	spin_lock_irq(&engine->lock);
	if (engine->running && engine->running->blamed) {
		engine->running->cancelled = true;
		cut_short(engine);
	}
	spin_unlock_irq(&engine->lock);
}

bool mock_engine_idle(struct mock_engine *engine)
{
	bool idle;

	spin_lock_irq(&engine->lock);
	idle = !engine->busy && list_empty(&engine->queue);
	spin_unlock_irq(&engine->lock);
	return idle;
}

struct mock_engine *mock_engine_lookup(struct mock_device *mock, u16 class, u16 instance)
{
	struct mock_engine *engine;

	for_each_engine(engine, mock)
	{
		if (engine->class == class && engine->instance == instance)
			return engine;
	}
	return NULL;
}

static void hang_work(struct work_struct *work)
{
	mock_reset_hung(container_of(work, struct mock_engine, hang_work));
}

static void engines_release(struct drm_device *drm, void *unused)
{
	struct mock_engine *engine;

	for_each_engine(engine, to_mock(drm))
	{
		hrtimer_cancel(&engine->timer);
		cancel_work_sync(&engine->hang_work);
	}
}

int mock_engines_init(struct mock_device *mock)
{
	u16 logical[MOCK_MAX_ENGINES] = {};
	unsigned int id;

	for (id = 0; id < MOCK_MAX_ENGINES; id++) {
		struct mock_engine *engine = &mock->engine[id];

		if (!(mock->platform->engines & BIT(id)))
			continue;
		engine->mock = mock;
		engine->name = engine_ids[id].name;
		engine->class = engine_ids[id].class;
		engine->instance = engine_ids[id].instance;
		engine->logical_instance = logical[engine->class]++;
		spin_lock_init(&engine->lock);
		INIT_LIST_HEAD(&engine->queue);
		hrtimer_init(&engine->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
		engine->timer.function = tick;
		INIT_WORK(&engine->hang_work, hang_work);
		/* As CONFIG_DRM_I915_HEARTBEAT_INTERVAL and _PREEMPT_TIMEOUT have it. */
		engine->heartbeat_interval_ms = 2500;
		engine->preempt_timeout_ms = 640;
	}
	return drmm_add_action_or_reset(&mock->drm, engines_release, NULL);
}
