// SPDX-License-Identifier: GPL-2.0
/*
 * Engines of the mock GPU: each is a queue and a timer, and does one job after the
 * other, with no time slices and no priorities. A job takes batch_us, or kernel_us
 * if it is the kernel's own. When its time is over, its batch is carried out, its
 * user fence and its sequence number are written, as its ring says, and the
 * interrupt's handler is called.
 *
 * A batch that jumps back has not ended: it has its turn again later. One that reads
 * or writes where nothing is bound, or that hangs, ends with its queue, which is
 * banned: at once, or after the queue's job_timeout_ms. There is no reset of the GT.
 * Long-running queues are preempted within preempt_us, and have no timeout.
 */

#include "xe_mock.h"

#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/slab.h>

#include <drm/drm_managed.h>
#include <drm/gpu_scheduler.h>

#include "regs/xe_engine_regs.h"
#include "regs/xe_gt_regs.h"
#include "regs/xe_lrc_layout.h"
#include "xe_device.h"
#include "xe_exec_queue.h"
#include "xe_gpu_scheduler.h"
#include "xe_gt.h"
#include "xe_guc_exec_queue_types.h"
#include "xe_hw_engine.h"
#include "xe_hw_fence.h"
#include "xe_lrc.h"
#include "xe_ring_ops_types.h"
#include "xe_sched_job.h"
#include "xe_vm.h"

/* When a batch that jumps back is looked at again. */
#define AGAIN_NS NSEC_PER_MSEC

struct xe_mock_engine {
	struct xe_hw_engine *hwe;
	spinlock_t lock; /* of what follows, and of its exec queues' state */
	struct list_head queue; /* of xe_sched_job, those that run or wait */
	struct xe_sched_job *running;
	ktime_t started, deadline; /* of running */
	struct hrtimer timer;
	struct llist_head over; /* long-running jobs: nobody else has them any more */
	struct work_struct put;
};

struct xe_mock_queue {
	struct xe_guc_exec_queue guc; /* the first: trace events look at its state */
	struct xe_mock_engine *engine;
	u64 ran; /* ns, on the engine */
	bool suspended, faulted, banned;
};

static bool of_kernel(const struct xe_exec_queue *q)
{
	return q->flags & (EXEC_QUEUE_FLAG_KERNEL | EXEC_QUEUE_FLAG_VM);
}

/* Engines */

/* Whether no job of its queue is before it, by its number */
static bool is_first(struct xe_mock_engine *engine, struct xe_sched_job *job)
{
	struct xe_sched_job *other;

	list_for_each_entry(other, &engine->queue, mock.link)
		if (other->q == job->q && (s32)(other->lrc_seqno - job->lrc_seqno) < 0)
			return false;

	return true;
}

/* An idle engine takes the next job. */
static void engine_next(struct xe_mock_engine *engine)
{
	struct xe_sched_job *job;

	lockdep_assert_held(&engine->lock);

	if (engine->running)
		return;

	list_for_each_entry(job, &engine->queue, mock.link) {
		const struct xe_mock_queue *mq = job->q->mock;

		if (mq->suspended || mq->banned || !is_first(engine, job))
			continue;

		engine->running = job;
		engine->started = ktime_get();
		xe_lrc_mock_start(job->q->lrc[0], job->lrc_seqno);
		if (job->mock.left == XE_MOCK_FOREVER) {
			engine->deadline = KTIME_MAX;
			return;
		}
		engine->deadline = ktime_add_ns(engine->started, job->mock.left);
		hrtimer_start(&engine->timer, engine->deadline, HRTIMER_MODE_ABS);
		return;
	}
}

/* What runs leaves the engine, whose time stands in its context then. */
static void engine_stop(struct xe_mock_engine *engine)
{
	struct xe_sched_job *job = engine->running;
	struct xe_mock_queue *mq = job->q->mock;

	lockdep_assert_held(&engine->lock);

	mq->ran += ktime_to_ns(ktime_sub(ktime_get(), engine->started));
	xe_lrc_write_ctx_reg(job->q->lrc[0], CTX_TIMESTAMP,
			     lower_32_bits(xe_mock_ticks(job->q->gt, mq->ran)));
	engine->running = NULL;
}

/* It has been done, or never will be. Others may free it from now on. */
static void engine_retire(struct xe_mock_engine *engine, struct xe_sched_job *job)
{
	const bool held = job->mock.held;

	lockdep_assert_held(&engine->lock);

	list_del(&job->mock.link);
	xe_lrc_mock_complete(job->q->lrc[0], job->lrc_seqno, job->mock.tail);
	if (held && llist_add(&job->mock.over, &engine->over))
		queue_work(system_wq, &engine->put);
}

/* All jobs of a queue that is banned are over, as they are. */
static void engine_drop(struct xe_mock_engine *engine, struct xe_exec_queue *q)
{
	struct xe_sched_job *job, *next;

	list_for_each_entry_safe(job, next, &engine->queue, mock.link)
		if (job->q == q)
			engine_retire(engine, job);
}

static enum xe_mock_end carry_out(struct xe_sched_job *job)
{
	struct xe_vm *vm = job->q->vm;
	enum xe_mock_end end;

	if (!vm)
		return XE_MOCK_OVER;

	end = xe_mock_batch(vm, job->ptrs[0].batch_addr);
	if (end == XE_MOCK_OVER && xe_sched_job_is_migration(job->q))
		end = xe_mock_batch(vm, job->ptrs[1].batch_addr);
	if (end == XE_MOCK_OVER && job->user_fence.used)
		end = xe_mock_store(vm, job->user_fence.addr, job->user_fence.value);

	return end;
}

/* The time of what runs is over. */
static void engine_complete(struct xe_mock_engine *engine)
{
	struct xe_sched_job *job = engine->running;
	struct xe_exec_queue *q = job->q;
	const enum xe_mock_end end = carry_out(job);

	lockdep_assert_held(&engine->lock);

	engine_stop(engine);
	if (end == XE_MOCK_WAITS) {
		/* For something in memory: others have their turn first. */
		job->mock.left = AGAIN_NS;
		list_move_tail(&job->mock.link, &engine->queue);
		return;
	}
	if (end == XE_MOCK_FAULTED && !of_kernel(q)) {
		q->mock->faulted = true;
		if (!xe_exec_queue_is_lr(q)) {
			/* As one that hangs, and the timeout is now. */
			job->mock.left = XE_MOCK_FOREVER;
			drm_sched_fault(&q->mock->guc.sched.base);
			return;
		}
		q->mock->banned = true;
		xe_mock_count(XE_MOCK_BANS);
		engine_drop(engine, q);
	} else {
		xe_mock_count(of_kernel(q) ? XE_MOCK_KERNEL_JOBS : XE_MOCK_REQUESTS);
		engine_retire(engine, job);
	}

	xe_hw_engine_handle_irq(engine->hwe, GT_RENDER_USER_INTERRUPT);
}

static enum hrtimer_restart engine_timer(struct hrtimer *timer)
{
	struct xe_mock_engine *engine = container_of(timer, typeof(*engine), timer);
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	/* Else somebody was faster, and the timer is set anew or not needed. */
	if (engine->running && ktime_get() >= engine->deadline)
		engine_complete(engine);
	engine_next(engine);
	spin_unlock_irqrestore(&engine->lock, flags);

	return HRTIMER_NORESTART;
}

static void engine_put_work(struct work_struct *w)
{
	struct xe_mock_engine *engine = container_of(w, typeof(*engine), put);
	struct xe_sched_job *job, *next;

	llist_for_each_entry_safe(job, next, llist_del_all(&engine->over), mock.over)
		xe_sched_job_put(job);
}

static void engine_fini(struct drm_device *drm, void *arg)
{
	struct xe_mock_engine *engine = arg;

	hrtimer_cancel(&engine->timer);
	flush_work(&engine->put);
	flush_workqueue(to_xe_device(drm)->destroy_wq);
}

int xe_mock_engine_init(struct xe_device *xe, struct xe_hw_engine *hwe)
{
	struct xe_mock_engine *engine;

	engine = drmm_kzalloc(&xe->drm, sizeof(*engine), GFP_KERNEL);
	if (!engine)
		return -ENOMEM;

	engine->hwe = hwe;
	spin_lock_init(&engine->lock);
	INIT_LIST_HEAD(&engine->queue);
	init_llist_head(&engine->over);
	INIT_WORK(&engine->put, engine_put_work);
	hrtimer_init(&engine->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	engine->timer.function = engine_timer;
	hwe->mock = engine;

	return drmm_add_action_or_reset(&xe->drm, engine_fini, engine);
}

/* Exec queues */

static struct dma_fence *queue_run_job(struct drm_sched_job *drm_job)
{
	struct xe_sched_job *job = to_xe_sched_job(drm_job);
	struct xe_exec_queue *q = job->q;
	struct xe_mock_engine *engine = q->mock->engine;
	const bool lr = xe_exec_queue_is_lr(q);
	unsigned long flags;
	bool runs;

	if (!lr) /* else the ioctl has done it */
		q->ring_ops->emit_job(job);

	spin_lock_irqsave(&engine->lock, flags);
	runs = !q->mock->banned && !xe_sched_job_is_error(job);
	if (runs) {
		job->mock.left = xe_mock_job_ns(of_kernel(q));
		job->mock.tail = q->lrc[0]->ring.tail;
		job->mock.held = lr;
		if (lr) /* the scheduler lets go of it now */
			xe_sched_job_get(job);
		list_add_tail(&job->mock.link, &engine->queue);
		engine_next(engine);
	}
	spin_unlock_irqrestore(&engine->lock, flags);

	if (lr) { /* as with GuC: over as soon as it is with the hardware */
		xe_sched_job_set_error(job, -EOPNOTSUPP);
		return NULL;
	}
	if (!runs)
		xe_sched_job_set_error(job, -ECANCELED);

	return dma_fence_get(job->fence);
}

static void queue_free_job(struct drm_sched_job *drm_job)
{
	struct xe_sched_job *job = to_xe_sched_job(drm_job);

	xe_exec_queue_update_run_ticks(job->q);
	xe_sched_job_put(job);
}

/* Nothing of it is done any more. Its first job fails with @err, the others with ECANCELED. */
static void queue_ban(struct xe_exec_queue *q, int err)
{
	struct drm_gpu_scheduler *sched = &q->mock->guc.sched.base;
	struct xe_mock_queue *mq = q->mock;
	struct xe_mock_engine *engine = mq->engine;
	struct xe_sched_job *job;
	unsigned long flags;

	lockdep_assert_held(&sched->job_list_lock); /* so none is freed meanwhile */

	spin_lock_irqsave(&engine->lock, flags);
	mq->banned = true;
	mq->suspended = false;
	if (engine->running && engine->running->q == q)
		engine_stop(engine);
	spin_unlock_irqrestore(&engine->lock, flags);

	list_for_each_entry(job, &sched->pending_list, drm.list) {
		xe_sched_job_set_error(job, err);
		err = -ECANCELED;
	}

	spin_lock_irqsave(&engine->lock, flags);
	engine_drop(engine, q);
	engine_next(engine);
	spin_unlock_irqrestore(&engine->lock, flags);

	xe_hw_fence_irq_run(q->fence_irq);
}

static void queue_kill(struct xe_exec_queue *q)
{
	struct drm_gpu_scheduler *sched = &q->mock->guc.sched.base;

	spin_lock(&sched->job_list_lock);
	queue_ban(q, -ECANCELED);
	spin_unlock(&sched->job_list_lock);
}

static enum drm_gpu_sched_stat queue_timedout_job(struct drm_sched_job *drm_job)
{
	struct xe_sched_job *job = to_xe_sched_job(drm_job);
	struct xe_exec_queue *q = job->q;
	struct xe_gpu_scheduler *sched = &q->mock->guc.sched;
	/* It may wait for another queue's, or have ended just now. */
	const bool guilty = xe_sched_job_started(job) && !xe_sched_job_completed(job);

	if (guilty) {
		drm_notice(&gt_to_xe(q->gt)->drm, "mock: %s: %s, seqno %u\n",
			   q->mock->faulted ? "page fault" : "timed out", q->name,
			   job->lrc_seqno);
		xe_mock_count(XE_MOCK_BANS);
	}

	spin_lock(&sched->base.job_list_lock);
	list_add(&drm_job->list, &sched->base.pending_list);
	if (guilty)
		queue_ban(q, q->mock->faulted ? -EIO : -ETIME);
	spin_unlock(&sched->base.job_list_lock);

	/* It frees what has been over before. */
	xe_sched_submission_start(sched);

	return DRM_GPU_SCHED_STAT_NOMINAL;
}

static const struct drm_sched_backend_ops queue_sched_ops = {
	.run_job = queue_run_job,
	.timedout_job = queue_timedout_job,
	.free_job = queue_free_job,
};

static int queue_init(struct xe_exec_queue *q)
{
	const long timeout = xe_exec_queue_is_lr(q) ? MAX_SCHEDULE_TIMEOUT :
			     msecs_to_jiffies(q->sched_props.job_timeout_ms);
	struct xe_guc_exec_queue *ge;
	struct xe_mock_queue *mq;
	int err;

	mq = kzalloc(sizeof(*mq), GFP_KERNEL);
	if (!mq)
		return -ENOMEM;

	mq->engine = q->hwe->mock;
	ge = &mq->guc;
	ge->q = q;
	init_rcu_head(&ge->rcu);

	err = xe_sched_init(&ge->sched, &queue_sched_ops, NULL, NULL,
			    q->lrc[0]->ring.size / MAX_JOB_SIZE_BYTES, XE_SCHED_HANG_LIMIT,
			    timeout, NULL, NULL, ge->name, gt_to_xe(q->gt)->drm.dev);
	if (err)
		goto err_free;

	err = xe_sched_entity_init(&ge->entity, &ge->sched);
	if (err)
		goto err_sched;

	q->mock = mq;
	q->entity = &ge->entity;
	xe_exec_queue_assign_name(q, ffs(q->logical_mask) - 1);
	strscpy(ge->name, q->name, sizeof(ge->name));

	return 0;

err_sched:
	xe_sched_fini(&ge->sched);
err_free:
	kfree(mq);
	return err;
}

static void queue_fini_work(struct work_struct *w)
{
	struct xe_guc_exec_queue *ge = container_of(w, typeof(*ge), fini_async);
	struct xe_mock_queue *mq = container_of(ge, typeof(*mq), guc);
	struct xe_exec_queue *q = ge->q;

	/* A job holds its queue: there is none. */
	cancel_delayed_work_sync(&ge->sched.base.work_tdr);
	xe_sched_entity_fini(&ge->entity);
	xe_sched_fini(&ge->sched);
	/* The scheduler's fences, which others may have, look at its name. */
	kfree_rcu(mq, guc.rcu);

	xe_exec_queue_fini(q);
}

static void queue_fini(struct xe_exec_queue *q)
{
	struct work_struct *fini = &q->mock->guc.fini_async;

	INIT_WORK(fini, queue_fini_work);
	/* The last ones go with the device, and what they hold goes next. */
	if (q->flags & EXEC_QUEUE_FLAG_PERMANENT)
		queue_fini_work(fini);
	else
		queue_work(gt_to_xe(q->gt)->destroy_wq, fini);
}

static int queue_set_priority(struct xe_exec_queue *q, enum xe_exec_queue_priority priority)
{
	return 0;
}

static int queue_set_u32(struct xe_exec_queue *q, u32 value)
{
	return 0;
}

static int queue_suspend(struct xe_exec_queue *q)
{
	struct xe_mock_queue *mq = q->mock;
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&mq->engine->lock, flags);
	if (mq->banned)
		err = -EINVAL;
	else
		mq->suspended = true;
	spin_unlock_irqrestore(&mq->engine->lock, flags);

	return err;
}

static int queue_suspend_wait(struct xe_exec_queue *q)
{
	const unsigned int us = xe_mock_preempt_us();
	struct xe_mock_queue *mq = q->mock;
	struct xe_mock_engine *engine = mq->engine;
	struct xe_sched_job *job;
	unsigned long flags;
	s64 left;

	/* What runs goes on until the engine has found a place to preempt it. */
	if (us)
		usleep_range(us, us + us / 8 + 1);

	spin_lock_irqsave(&engine->lock, flags);
	job = engine->running;
	if (mq->suspended && job && job->q == q) {
		left = ktime_to_ns(ktime_sub(engine->deadline, ktime_get()));
		if (job->mock.left != XE_MOCK_FOREVER)
			job->mock.left = max_t(s64, left, NSEC_PER_USEC);
		engine_stop(engine);
	}
	engine_next(engine);
	spin_unlock_irqrestore(&engine->lock, flags);

	return 0;
}

static void queue_resume(struct xe_exec_queue *q)
{
	struct xe_mock_queue *mq = q->mock;
	unsigned long flags;

	spin_lock_irqsave(&mq->engine->lock, flags);
	mq->suspended = false;
	engine_next(mq->engine);
	spin_unlock_irqrestore(&mq->engine->lock, flags);
}

static bool queue_reset_status(struct xe_exec_queue *q)
{
	return q->mock->banned;
}

const struct xe_exec_queue_ops xe_mock_exec_queue_ops = {
	.init = queue_init,
	.kill = queue_kill,
	.fini = queue_fini,
	.set_priority = queue_set_priority,
	.set_timeslice = queue_set_u32,
	.set_preempt_timeout = queue_set_u32,
	.suspend = queue_suspend,
	.suspend_wait = queue_suspend_wait,
	.resume = queue_resume,
	.reset_status = queue_reset_status,
};
