// SPDX-License-Identifier: GPL-2.0
/* Parameters of contexts. */

#include <linux/capability.h>
#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "address.h"
#include "context.h"

static struct mock_vm *vm_lookup(struct mock_file *mf, u64 id)
{
	struct mock_vm *vm = NULL;

	if (upper_32_bits(id))
		return NULL;
	xa_lock(&mf->vms);
	vm = xa_load(&mf->vms, id);
	if (vm)
		mock_vm_get(vm);
	xa_unlock(&mf->vms);
	return vm;
}

static int set_vm(struct mock_file *mf, struct mock_context *ctx, u64 id)
{
	struct mock_vm *vm;

	if (!ctx->mock->platform->full_ppgtt)
		return -ENODEV;
	vm = vm_lookup(mf, id);
	if (!vm)
		return -ENOENT;
	mock_vm_put(ctx->vm);
	ctx->vm = vm;
	return 0;
}

static int get_vm(struct mock_file *mf, struct mock_context *ctx, u64 *value)
{
	u32 id;
	int ret;

	if (!ctx->mock->platform->full_ppgtt)
		return -ENODEV;
	ret = xa_alloc(&mf->vms, &id, mock_vm_get(ctx->vm), xa_limit_32b, GFP_KERNEL);
	if (ret)
		mock_vm_put(ctx->vm);
	else
		*value = id;
	return ret;
}

static int set_bannable(struct mock_context *ctx, bool bannable)
{
	if (!bannable && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	ctx->bannable = bannable;
	return 0;
}

/* Requests can be taken back only from engines that stop when told to. */
static int set_persistence(struct mock_context *ctx, bool persistent)
{
	if (!persistent && ctx->mock->platform->ver < 9)
		return -ENODEV;
	ctx->persistent = persistent;
	return 0;
}

/* Those that have no struct of their own: args->size must be 0. */
static int set_value(struct mock_file *mf, struct mock_context *ctx, u64 param, u64 value)
{
	switch (param) {
	case I915_CONTEXT_PARAM_NO_ERROR_CAPTURE:
		ctx->no_error_capture = value;
		return 0;
	case I915_CONTEXT_PARAM_BANNABLE:
		return set_bannable(ctx, value);
	case I915_CONTEXT_PARAM_RECOVERABLE:
		ctx->recoverable = value;
		return 0;
	case I915_CONTEXT_PARAM_PRIORITY:
		/* There is no scheduler. */
		return -ENODEV;
	case I915_CONTEXT_PARAM_PERSISTENCE:
		return set_persistence(ctx, value);
	case I915_CONTEXT_PARAM_VM:
		return ctx->used ? -EINVAL : set_vm(mf, ctx, value);
	}
	return -EINVAL;
}

int mock_context_set_param(struct mock_file *mf, struct mock_context *ctx,
			   struct drm_i915_gem_context_param *args)
{
	switch (args->param) {
	case I915_CONTEXT_PARAM_ENGINES:
		return ctx->used ? -EINVAL : mock_context_set_engines(ctx, args);
	case I915_CONTEXT_PARAM_SSEU:
		/* Slices can be chosen on the 11th generation alone. */
		if (args->size < sizeof(struct drm_i915_gem_context_param_sseu))
			return -EINVAL;
		return -ENODEV;
	case I915_CONTEXT_PARAM_PROTECTED_CONTENT:
		if (ctx->used)
			return -EINVAL;
		return args->value ? -ENODEV : 0;
	}
	return args->size ? -EINVAL : set_value(mf, ctx, args->param, args->value);
}

int mock_context_setparam_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_context_param *args = data;
	struct mock_file *mf = to_mock_file(file);
	struct mock_context *ctx;
	int ret = -ENOENT;

	mutex_lock(&mf->lock);
	ctx = xa_load(&mf->contexts, args->ctx_id);
	if (ctx)
		ret = mock_context_set_param(mf, ctx, args);
	mutex_unlock(&mf->lock);
	return ret;
}

static int get_param(struct mock_file *mf, struct mock_context *ctx, u64 param,
		     u64 *value)
{
	switch (param) {
	case I915_CONTEXT_PARAM_GTT_SIZE:
		*value = ctx->vm->size;
		return 0;
	case I915_CONTEXT_PARAM_NO_ERROR_CAPTURE:
		*value = ctx->no_error_capture;
		return 0;
	case I915_CONTEXT_PARAM_BANNABLE:
		*value = ctx->bannable;
		return 0;
	case I915_CONTEXT_PARAM_RECOVERABLE:
		*value = ctx->recoverable;
		return 0;
	case I915_CONTEXT_PARAM_PRIORITY:
		*value = I915_CONTEXT_DEFAULT_PRIORITY;
		return 0;
	case I915_CONTEXT_PARAM_VM:
		return get_vm(mf, ctx, value);
	case I915_CONTEXT_PARAM_PERSISTENCE:
		*value = ctx->persistent;
		return 0;
	case I915_CONTEXT_PARAM_PROTECTED_CONTENT:
		*value = 0;
		return 0;
	}
	return -EINVAL;
}

int mock_context_getparam_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_i915_gem_context_param *args = data;
	struct mock_file *mf = to_mock_file(file);
	struct mock_context *ctx = mock_context_lookup(mf, args->ctx_id);
	u64 value;
	int ret;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	ret = get_param(mf, ctx, args->param, &value);
	if (!ret) {
		args->size = 0;
		args->value = value;
	}
	mock_context_put(ctx);
	return ret;
}
