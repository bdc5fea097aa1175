/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_EXEC_FENCES_H
#define MOCK_EXEC_FENCES_H

#include <linux/types.h>

struct dma_fence;
struct drm_file;
struct drm_i915_gem_execbuffer2;
struct mock_exec_syncobj;
struct mock_request;
struct sync_file;

/* The fences that an execbuf names: what it waits for, and what is to signal after it. */
struct mock_exec_fences {
	struct dma_fence *in;
	struct mock_exec_syncobj *syncobjs;
	unsigned int num_syncobjs;
	int out_fd; /* -1: not asked for */
	struct sync_file *out;
};

/* Reads what @args names. 0 or -errno; either way mock_exec_fences_fini() is due. */
int mock_exec_fences_init(struct mock_exec_fences *fences, struct drm_file *file,
			  struct drm_i915_gem_execbuffer2 *args);

/* Makes @rq wait for those that it should wait for, and the out-fence of it. 0 or -errno. */
int mock_exec_fences_add(struct mock_exec_fences *fences, struct mock_request *rq);

/* Hands out those that signal after @fence. Cannot fail. */
void mock_exec_fences_publish(struct mock_exec_fences *fences, struct dma_fence *fence,
			      struct drm_i915_gem_execbuffer2 *args);

void mock_exec_fences_fini(struct mock_exec_fences *fences);

#endif
