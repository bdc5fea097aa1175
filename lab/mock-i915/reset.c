// SPDX-License-Identifier: GPL-2.0
/* Hangs, and what comes of them: resets, bans, or a wedged GPU. */

#include <linux/capability.h>
#include <linux/device.h>
#include <linux/jiffies.h>

#include <uapi/drm/i915_drm.h>

#include "context.h"
#include "params.h"
#include "reset.h"

/* A context with its third hang in this time is banned, as i915 has it. */
#define FAST_HANG (120 * HZ)

static void cancel_everything(struct mock_device *mock)
{
	struct mock_engine *engine;

	for_each_engine(engine, mock) mock_engine_cancel(engine);
}

void mock_wedge(struct mock_device *mock)
{
	WRITE_ONCE(mock->wedged, true);
	cancel_everything(mock);
}

static void count_reset(struct mock_device *mock)
{
	atomic_inc(&mock->reset_count);
	atomic64_inc(&mock->stats.resets);
}

static void blame(struct mock_context *ctx)
{
	unsigned long previous = ctx->hang_times[0];

	atomic_inc(&ctx->guilty);
	ctx->hang_times[0] = ctx->hang_times[1];
	ctx->hang_times[1] = jiffies;
	if (!ctx->bannable)
		return;
	if (ctx->recoverable && !(previous && time_before(jiffies, previous + FAST_HANG)))
		return;
	WRITE_ONCE(ctx->banned, true);
	mock_context_cancel(ctx);
}

/* The requests that run on engines but @hung have done nothing, and begin anew. */
static void reset_others(struct mock_device *mock, struct mock_engine *hung)
{
	struct mock_engine *engine;

	for_each_engine(engine, mock)
	{
		struct mock_context *ctx =
			engine == hung ? NULL : mock_engine_replay(engine);

		if (ctx) {
			atomic_inc(&ctx->innocent);
			mock_context_put(ctx);
		}
	}
}

void mock_reset_hung(struct mock_engine *engine)
{
	struct mock_device *mock = engine->mock;
	unsigned int reset = READ_ONCE(mock_reset);
	struct mock_context *ctx = mock_engine_blame(engine);

	/* Cancelled by somebody else meanwhile. */
	if (!ctx)
		return;
	dev_notice_ratelimited(mock->drm.dev, "GPU HANG: a request of context %u on %s\n",
			       ctx->id, engine->name);
	atomic64_inc(&mock->stats.hangs);
	if (reset == RESET_NONE) {
		dev_notice(mock->drm.dev, "no reset, so the GPU is wedged\n");
		WRITE_ONCE(mock->wedged, true);
	} else {
		count_reset(mock);
		if (reset == RESET_GPU)
			reset_others(mock, engine);
	}
	blame(ctx);
	mock_context_put(ctx);
	if (reset == RESET_NONE)
		cancel_everything(mock);
	else
		mock_engine_cancel_blamed(engine);
}

void mock_reset_all(struct mock_device *mock)
{
	struct mock_engine *engine;

	if (READ_ONCE(mock_reset) == RESET_NONE) {
		mock_wedge(mock);
		return;
	}
	WRITE_ONCE(mock->wedged, false);
	count_reset(mock);
	for_each_engine(engine, mock)
	{
		struct mock_context *ctx = mock_engine_blame(engine);

		if (ctx) {
			blame(ctx);
			mock_context_put(ctx);
			mock_engine_cancel_blamed(engine);
		}
	}
	reset_others(mock, NULL);
}

int mock_get_reset_stats_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct mock_device *mock = to_mock(drm);
	struct drm_i915_reset_stats *args = data;
	struct mock_context *ctx;

	if (args->flags || args->pad)
		return -EINVAL;
	ctx = mock_context_lookup(to_mock_file(file), args->ctx_id);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	args->reset_count = capable(CAP_SYS_ADMIN) ? atomic_read(&mock->reset_count) : 0;
	args->batch_active = atomic_read(&ctx->guilty);
	args->batch_pending = atomic_read(&ctx->innocent);
	mock_context_put(ctx);
	return 0;
}
