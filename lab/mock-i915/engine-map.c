// SPDX-License-Identifier: GPL-2.0
/* A context's own map of engines: I915_CONTEXT_PARAM_ENGINES and its extensions. */

#include <linux/bitops.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/drm/i915_drm.h>

#include "context.h"
#include "extensions.h"

#define MAX_SLOTS (I915_EXEC_RING_MASK + 1)

struct map {
	struct mock_device *mock;
	unsigned int num;
	u64 engines[MAX_SLOTS];
};

/* The bit of the engine that @user names, in *@bit. */
static int read_engine(struct mock_device *mock,
		       const struct i915_engine_class_instance __user *user, u64 *bit)
{
	struct i915_engine_class_instance ci;
	struct mock_engine *engine;

	if (copy_from_user(&ci, user, sizeof(ci)))
		return -EFAULT;
	*bit = 0;
	if (ci.engine_class == (u16)I915_ENGINE_CLASS_INVALID &&
	    ci.engine_instance == (u16)I915_ENGINE_CLASS_INVALID_NONE)
		return 0;
	engine = mock_engine_lookup(mock, ci.engine_class, ci.engine_instance);
	if (!engine)
		return -ENOENT;
	*bit = BIT_ULL(engine - mock->engine);
	return 0;
}

/* A slot for any of several engines. */
static int ext_load_balance(struct i915_user_extension __user *base, void *data)
{
	struct i915_context_engines_load_balance __user *user = (void __user *)base;
	struct i915_context_engines_load_balance ext;
	struct map *map = data;
	unsigned int slot, i;
	u64 siblings = 0, bit;

	if (map->mock->platform->ver < 8)
		return -ENODEV;
	if (copy_from_user(&ext, user, sizeof(ext)))
		return -EFAULT;
	if (ext.engine_index >= map->num)
		return -EINVAL;
	slot = array_index_nospec(ext.engine_index, map->num);
	if (map->engines[slot])
		return -EEXIST;
	if (ext.flags || ext.mbz64)
		return -EINVAL;
	for (i = 0; i < ext.num_siblings; i++) {
		int ret = read_engine(map->mock, &user->engines[i], &bit);

		if (ret == -EFAULT)
			return ret;
		if (ret || !bit)
			return -EINVAL;
		siblings |= bit;
	}
	map->engines[slot] = siblings;
	return 0;
}

/*
 * Bonds order requests of engines that work side by side, and slots for such engines run
 * several batches at once. Neither is here, as on hardware that i915 does not do it for.
 */
static int ext_not_here(struct i915_user_extension __user *base, void *data)
{
	return -ENODEV;
}

static const mock_extension_fn map_extensions[] = {
	[I915_CONTEXT_ENGINES_EXT_LOAD_BALANCE] = ext_load_balance,
	[I915_CONTEXT_ENGINES_EXT_BOND] = ext_not_here,
	[I915_CONTEXT_ENGINES_EXT_PARALLEL_SUBMIT] = ext_not_here,
};

static int read_map(struct map *map, const struct drm_i915_gem_context_param *args)
{
	struct i915_context_param_engines __user *user = u64_to_user_ptr(args->value);
	u64 extensions;
	unsigned int i;

	for (i = 0; i < map->num; i++) {
		int ret = read_engine(map->mock, &user->engines[i], &map->engines[i]);

		if (ret)
			return ret;
	}
	if (get_user(extensions, &user->extensions))
		return -EFAULT;
	return mock_extensions(u64_to_user_ptr(extensions), map_extensions,
			       ARRAY_SIZE(map_extensions), map);
}

int mock_context_set_engines(struct mock_context *ctx,
			     const struct drm_i915_gem_context_param *args)
{
	const size_t header = sizeof(struct i915_context_param_engines);
	const size_t each = sizeof(struct i915_engine_class_instance);
	struct map *map;
	int ret;

	if (ctx->mapped)
		return -EINVAL;
	if (args->size < header || (args->size - header) % each ||
	    (args->size - header) / each > MAX_SLOTS)
		return -EINVAL;
	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (!map)
		return -ENOMEM;
	map->mock = ctx->mock;
	map->num = (args->size - header) / each;
	ret = read_map(map, args);
	if (!ret)
		ret = mock_context_set_slots(ctx, map->engines, map->num);
	if (!ret)
		ctx->mapped = true;
	kfree(map);
	return ret;
}
