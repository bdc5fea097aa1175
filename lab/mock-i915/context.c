// SPDX-License-Identifier: GPL-2.0
/* Contexts: who requests are of, and which order they run in. */

#include <linux/bitops.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "address.h"
#include "context.h"
#include "extensions.h"
#include "reset.h"

struct mock_context *mock_context_get(struct mock_context *ctx)
{
	kref_get(&ctx->ref);
	return ctx;
}

static void free_slots(struct mock_slot *slots, unsigned int num)
{
	unsigned int i;

	for (i = 0; i < num; i++)
		mock_timeline_fini(&slots[i].timeline);
	kfree(slots);
}

static void context_release(struct kref *ref)
{
	struct mock_context *ctx = container_of(ref, struct mock_context, ref);

	free_slots(ctx->slots, ctx->num_slots);
	if (ctx->vm)
		mock_vm_put(ctx->vm);
	kfree(ctx);
}

void mock_context_put(struct mock_context *ctx)
{
	kref_put(&ctx->ref, context_release);
}

int mock_context_set_slots(struct mock_context *ctx, const u64 *engines, unsigned int num)
{
	struct mock_slot *slots = kcalloc(num, sizeof(*slots), GFP_KERNEL);
	unsigned int i;

	if (!slots)
		return -ENOMEM;
	for (i = 0; i < num; i++) {
		mock_timeline_init(&slots[i].timeline);
		slots[i].engines = engines[i];
	}
	free_slots(ctx->slots, ctx->num_slots);
	ctx->slots = slots;
	ctx->num_slots = num;
	return 0;
}

static struct mock_context *context_create(struct mock_device *mock)
{
	const u64 engines = mock->platform->engines;
	const u64 legacy[LEGACY_SLOTS] = {
		[LEGACY_RCS] = engines & BIT(RCS0),   [LEGACY_BCS] = engines & BIT(BCS0),
		[LEGACY_VCS] = engines & BIT(VCS0),   [LEGACY_VCS2] = engines & BIT(VCS1),
		[LEGACY_VECS] = engines & BIT(VECS0),
	};
	struct mock_context *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	int ret;

	if (!ctx)
		return ERR_PTR(-ENOMEM);
	kref_init(&ctx->ref);
	ctx->mock = mock;
	ctx->bannable = true;
	ctx->recoverable = true;
	ctx->persistent = true;
	ret = mock_context_set_slots(ctx, legacy, LEGACY_SLOTS);
	if (!ret) {
		ctx->vm = mock->ggtt ? mock_vm_get(mock->ggtt) : mock_vm_create(mock);
		if (IS_ERR(ctx->vm)) {
			ret = PTR_ERR(ctx->vm);
			ctx->vm = NULL;
		}
	}
	if (!ret)
		return ctx;
	mock_context_put(ctx);
	return ERR_PTR(ret);
}

struct mock_context *mock_context_lookup(struct mock_file *mf, u32 id)
{
	struct mock_context *ctx;

	/* The lock, so that nobody is about to change one that is new. */
	mutex_lock(&mf->lock);
	ctx = xa_load(&mf->contexts, id);
	if (ctx) {
		/* Its slots do not change from here on: see mock_throttle_ioctl(). */
		smp_store_release(&ctx->used, true);
		mock_context_get(ctx);
	}
	mutex_unlock(&mf->lock);
	return ctx ?: ERR_PTR(-ENOENT);
}

void mock_context_cancel(struct mock_context *ctx)
{
	struct mock_engine *engine;
	unsigned int i;

	for (i = 0; i < ctx->num_slots; i++)
		mock_timeline_cancel(&ctx->slots[i].timeline);
	for_each_engine(engine, ctx->mock) mock_engine_kick(engine);
}

static void context_close(struct mock_context *ctx)
{
	WRITE_ONCE(ctx->closed, true);
	if (!ctx->persistent)
		mock_context_cancel(ctx);
	mock_context_put(ctx);
}

struct mock_engine *mock_slot_engine(struct mock_context *ctx, struct mock_slot *slot)
{
	struct mock_engine *best = NULL;
	unsigned long mask = slot->engines;
	unsigned int id;

	for_each_set_bit(id, &mask, MOCK_MAX_ENGINES)
	{
		struct mock_engine *engine = &ctx->mock->engine[id];

		if (!best || READ_ONCE(engine->queued) < READ_ONCE(best->queued))
			best = engine;
	}
	return best;
}

int mock_file_open(struct drm_device *drm, struct drm_file *file)
{
	struct mock_file *mf = kzalloc(sizeof(*mf), GFP_KERNEL);
	struct mock_context *ctx;
	int ret;

	if (!mf)
		return -ENOMEM;
	mf->mock = to_mock(drm);
	mf->bsd = -1;
	mutex_init(&mf->lock);
	/* Context 0 is always there; address space 0 never is. */
	xa_init_flags(&mf->contexts, XA_FLAGS_ALLOC1);
	xa_init_flags(&mf->vms, XA_FLAGS_ALLOC1);
	ctx = context_create(mf->mock);
	ret = PTR_ERR_OR_ZERO(ctx);
	if (!ret) {
		ctx->used = true;
		ret = xa_err(xa_store(&mf->contexts, 0, ctx, GFP_KERNEL));
		if (ret)
			mock_context_put(ctx);
	}
	if (ret) {
		kfree(mf);
		return ret;
	}
	file->driver_priv = mf;
	return 0;
}

void mock_file_close(struct drm_device *drm, struct drm_file *file)
{
	struct mock_file *mf = to_mock_file(file);
	struct mock_context *ctx;
	struct mock_vm *vm;
	unsigned long id;

	xa_for_each(&mf->contexts, id, ctx) context_close(ctx);
	xa_destroy(&mf->contexts);
	xa_for_each(&mf->vms, id, vm) mock_vm_put(vm);
	xa_destroy(&mf->vms);
	mutex_destroy(&mf->lock);
	kfree(mf);
}

struct create_ext {
	struct mock_file *mf;
	struct mock_context *ctx;
};

static int ext_setparam(struct i915_user_extension __user *base, void *data)
{
	struct drm_i915_gem_context_create_ext_setparam ext;
	struct create_ext *create = data;

	if (copy_from_user(&ext, base, sizeof(ext)))
		return -EFAULT;
	if (ext.param.ctx_id)
		return -EINVAL;
	return mock_context_set_param(create->mf, create->ctx, &ext.param);
}

static const mock_extension_fn create_extensions[] = {
	[I915_CONTEXT_CREATE_EXT_SETPARAM] = ext_setparam,
};

static int check_create(struct mock_device *mock, u32 flags)
{
	if (!mock->platform->contexts)
		return -ENODEV;
	if (flags & I915_CONTEXT_CREATE_FLAGS_UNKNOWN)
		return -EINVAL;
	if (mock_wedged(mock))
		return -EIO;
	/* Timelines that engines share need more of a GPU. */
	if (flags & I915_CONTEXT_CREATE_FLAGS_SINGLE_TIMELINE && mock->platform->ver < 8)
		return -EINVAL;
	return 0;
}

int mock_context_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_context_create_ext *args = data;
	struct create_ext create = { .mf = to_mock_file(file) };
	int ret = check_create(to_mock(drm), args->flags);

	if (ret)
		return ret;
	create.ctx = context_create(to_mock(drm));
	if (IS_ERR(create.ctx))
		return PTR_ERR(create.ctx);
	if (args->flags & I915_CONTEXT_CREATE_FLAGS_USE_EXTENSIONS)
		ret = mock_extensions(u64_to_user_ptr(args->extensions),
				      create_extensions, ARRAY_SIZE(create_extensions),
				      &create);
	/* One reference more, since anybody may destroy it once it has an id. */
	mock_context_get(create.ctx);
	if (!ret)
		ret = xa_alloc(&create.mf->contexts, &create.ctx->id, create.ctx,
			       xa_limit_32b, GFP_KERNEL);
	if (ret)
		mock_context_put(create.ctx);
	else
		args->ctx_id = create.ctx->id;
	mock_context_put(create.ctx);
	return ret;
}

int mock_context_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_context_destroy *args = data;
	struct mock_file *mf = to_mock_file(file);
	struct mock_context *ctx;

	if (args->pad)
		return -EINVAL;
	if (!args->ctx_id)
		return -ENOENT;
	mutex_lock(&mf->lock);
	ctx = xa_erase(&mf->contexts, args->ctx_id);
	mutex_unlock(&mf->lock);
	if (!ctx)
		return -ENOENT;
	context_close(ctx);
	return 0;
}
