// SPDX-License-Identifier: GPL-2.0
/* Fences of an execbuf: sync files and syncobjs, plain and with timelines. */

#include <linux/dma-fence-chain.h>
#include <linux/file.h>
#include <linux/slab.h>
#include <linux/sync_file.h>
#include <linux/uaccess.h>

#include <drm/drm_file.h>
#include <drm/drm_syncobj.h>
#include <uapi/drm/i915_drm.h>

#include "exec-fences.h"
#include "extensions.h"
#include "request.h"

struct mock_exec_syncobj {
	struct drm_syncobj *syncobj;
	struct dma_fence *wait;	       /* or NULL */
	struct dma_fence_chain *chain; /* for @point, if that is to signal */
	u64 point;
	bool signal;
};

/* What the extensions say goes here. */
struct parse {
	struct mock_exec_fences *fences;
	struct drm_file *file;
};

/* Finds the fence that @point of the syncobj stands for. 0 or -errno. */
static int find_wait(struct mock_exec_syncobj *s, u32 flags, bool timeline)
{
	int ret = 0;

	if (flags & I915_EXEC_FENCE_WAIT || (timeline && flags))
		s->wait = drm_syncobj_fence_get(s->syncobj);
	if (!s->wait)
		return flags & I915_EXEC_FENCE_WAIT ? -EINVAL : 0;
	if (timeline)
		ret = dma_fence_chain_find_seqno(&s->wait, s->point);
	if (!(flags & I915_EXEC_FENCE_WAIT)) {
		dma_fence_put(s->wait);
		s->wait = NULL;
		return 0;
	}
	return ret;
}

static int read_syncobj(struct parse *parse, struct mock_exec_syncobj *s,
			const struct drm_i915_gem_exec_fence *user, bool timeline)
{
	int ret;

	if (user->flags & __I915_EXEC_FENCE_UNKNOWN_FLAGS)
		return -EINVAL;
	s->syncobj = drm_syncobj_find(parse->file, user->handle);
	if (!s->syncobj)
		return -ENOENT;
	ret = find_wait(s, user->flags, timeline);
	if (ret)
		return ret;
	s->signal = user->flags & I915_EXEC_FENCE_SIGNAL;
	if (!timeline || !s->point || !s->signal)
		return 0;
	/* Who waits for the point that he is to signal has broken the timeline. */
	if (user->flags & I915_EXEC_FENCE_WAIT)
		return -EINVAL;
	s->chain = dma_fence_chain_alloc();
	return s->chain ? 0 : -ENOMEM;
}

/* Adds @n syncobjs; @points is NULL for those without timelines. */
static int read_syncobjs(struct parse *parse, u64 n, u64 handles, u64 points)
{
	struct drm_i915_gem_exec_fence __user *user = u64_to_user_ptr(handles);
	struct mock_exec_fences *fences = parse->fences;
	u64 __user *user_points = u64_to_user_ptr(points);
	struct mock_exec_syncobj *more;
	u64 i;

	if (!n)
		return 0;
	if (n > SIZE_MAX / sizeof(*more) - fences->num_syncobjs ||
	    n > UINT_MAX - fences->num_syncobjs)
		return -EINVAL;
	if (!access_ok(user, n * sizeof(*user)) ||
	    (points && !access_ok(user_points, n * sizeof(*user_points))))
		return -EFAULT;
	more = krealloc_array(fences->syncobjs, fences->num_syncobjs + n, sizeof(*more),
			      GFP_KERNEL | __GFP_NOWARN);
	if (!more)
		return -ENOMEM;
	fences->syncobjs = more;
	for (i = 0; i < n; i++) {
		struct mock_exec_syncobj *s = &fences->syncobjs[fences->num_syncobjs];
		struct drm_i915_gem_exec_fence fence;
		int ret;

		*s = (struct mock_exec_syncobj){};
		if (copy_from_user(&fence, &user[i], sizeof(fence)) ||
		    (points && get_user(s->point, &user_points[i])))
			return -EFAULT;
		/* Counted even if it fails, since it may hold something by then. */
		fences->num_syncobjs++;
		ret = read_syncobj(parse, s, &fence, points);
		if (ret)
			return ret;
	}
	return 0;
}

static int ext_timeline_fences(struct i915_user_extension __user *base, void *data)
{
	struct drm_i915_gem_execbuffer_ext_timeline_fences ext;

	if (copy_from_user(&ext, base, sizeof(ext)))
		return -EFAULT;
	if (ext.fence_count && !ext.values_ptr)
		return -EFAULT;
	return read_syncobjs(data, ext.fence_count, ext.handles_ptr, ext.values_ptr);
}

static const mock_extension_fn execbuf_extensions[] = {
	[DRM_I915_GEM_EXECBUFFER_EXT_TIMELINE_FENCES] = ext_timeline_fences,
};

static int read_arrays(struct parse *parse, const struct drm_i915_gem_execbuffer2 *args)
{
	if (args->flags & I915_EXEC_USE_EXTENSIONS) {
		/* Both are in the same field. */
		if (args->flags & I915_EXEC_FENCE_ARRAY || args->num_cliprects)
			return -EINVAL;
		return mock_extensions(u64_to_user_ptr(args->cliprects_ptr),
				       execbuf_extensions, ARRAY_SIZE(execbuf_extensions),
				       parse);
	}
	if (args->flags & I915_EXEC_FENCE_ARRAY)
		return read_syncobjs(parse, args->num_cliprects, args->cliprects_ptr, 0);
	return 0;
}

int mock_exec_fences_init(struct mock_exec_fences *fences, struct drm_file *file,
			  struct drm_i915_gem_execbuffer2 *args)
{
	const u64 in = I915_EXEC_FENCE_IN | I915_EXEC_FENCE_SUBMIT;
	struct parse parse = { .fences = fences, .file = file };
	int ret;

	*fences = (struct mock_exec_fences){ .out_fd = -1 };
	ret = read_arrays(&parse, args);
	if (ret)
		return ret;
	if ((args->flags & in) == in)
		return -EINVAL;
	if (args->flags & in) {
		fences->in = sync_file_get_fence(lower_32_bits(args->rsvd2));
		if (!fences->in)
			return -EINVAL;
	}
	if (args->flags & I915_EXEC_FENCE_OUT) {
		ret = get_unused_fd_flags(O_CLOEXEC);
		if (ret < 0)
			return ret;
		fences->out_fd = ret;
	}
	return 0;
}

int mock_exec_fences_add(struct mock_exec_fences *fences, struct mock_request *rq)
{
	unsigned int i;
	int ret = 0;

	/* To wait until it is over is more than I915_EXEC_FENCE_SUBMIT asks for, and will do. */
	if (fences->in)
		ret = mock_request_await(rq, fences->in);
	for (i = 0; i < fences->num_syncobjs && !ret; i++) {
		if (fences->syncobjs[i].wait)
			ret = mock_request_await(rq, fences->syncobjs[i].wait);
	}
	if (!ret && fences->out_fd >= 0) {
		fences->out = sync_file_create(&rq->fence);
		if (!fences->out)
			ret = -ENOMEM;
	}
	return ret;
}

void mock_exec_fences_publish(struct mock_exec_fences *fences, struct dma_fence *fence,
			      struct drm_i915_gem_execbuffer2 *args)
{
	unsigned int i;

	for (i = 0; i < fences->num_syncobjs; i++) {
		struct mock_exec_syncobj *s = &fences->syncobjs[i];

		if (!s->signal)
			continue;
		if (s->chain)
			drm_syncobj_add_point(s->syncobj, s->chain, fence, s->point);
		else
			drm_syncobj_replace_fence(s->syncobj, fence);
		s->chain = NULL;
	}
	if (!fences->out)
		return;
	fd_install(fences->out_fd, fences->out->file);
	args->rsvd2 = (u64)fences->out_fd << 32 | lower_32_bits(args->rsvd2);
	fences->out_fd = -1;
	fences->out = NULL;
}

void mock_exec_fences_fini(struct mock_exec_fences *fences)
{
	unsigned int i;

	for (i = 0; i < fences->num_syncobjs; i++) {
		struct mock_exec_syncobj *s = &fences->syncobjs[i];

		dma_fence_put(s->wait);
		dma_fence_chain_free(s->chain);
		if (s->syncobj)
			drm_syncobj_put(s->syncobj);
	}
	kfree(fences->syncobjs);
	dma_fence_put(fences->in);
	if (fences->out)
		fput(fences->out->file);
	if (fences->out_fd >= 0)
		put_unused_fd(fences->out_fd);
}
