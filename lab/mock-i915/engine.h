/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_ENGINE_H
#define MOCK_ENGINE_H

#include <linux/hrtimer.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <drm/drm_util.h>

struct mock_context;
struct mock_device;
struct mock_request;

/*
 * An engine runs requests one after another, in the order in which they became ready. That
 * takes no CPU: a timer says when the running one is over.
 */
struct mock_engine {
	struct mock_device *mock;
	const char *name;    /* "rcs0", or NULL: this GPU has none */
	u16 class, instance; /* as user space numbers them */
	u16 logical_instance;

	spinlock_t lock; /* guards what follows; inside of a fence's lock */
	struct list_head queue;
	struct mock_request *running; /* NULL, too, while it is being completed */
	bool busy;
	unsigned int queued; /* requests, with the running one */
	struct hrtimer timer;

	struct work_struct hang_work;
	struct kobject *folder; /* in sysfs */
	unsigned int heartbeat_interval_ms;
	unsigned int preempt_timeout_ms; /* after which a request that hangs is found */
};

#define for_each_engine(engine, mock)                                                    \
	for ((engine) = (mock)->engine; (engine) < (mock)->engine + MOCK_MAX_ENGINES;    \
	     (engine)++)                                                                 \
	for_each_if((engine)->name)

int mock_engines_init(struct mock_device *mock);

/* The engine that user space numbers so, or NULL. */
struct mock_engine *mock_engine_lookup(struct mock_device *mock, u16 class, u16 instance);

/* Takes over a request that waits for nothing but the engine. Any context. */
void mock_engine_queue(struct mock_engine *engine, struct mock_request *rq);

/* Looks again at the running request, which may have been cancelled. */
void mock_engine_kick(struct mock_engine *engine);

/* Cancels all that it has. */
void mock_engine_cancel(struct mock_engine *engine);

/* Starts the running request anew. Returns its context (a reference), or NULL: none runs. */
struct mock_context *mock_engine_replay(struct mock_engine *engine);

/*
 * Blames the running request, if that hangs, and returns its context likewise. It goes on
 * until it is cancelled: who waits for it shall find all that comes of the hang.
 */
struct mock_context *mock_engine_blame(struct mock_engine *engine);
void mock_engine_cancel_blamed(struct mock_engine *engine);

bool mock_engine_idle(struct mock_engine *engine);

#endif
