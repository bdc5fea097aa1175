/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_EXECBUF_H
#define MOCK_EXECBUF_H

#include <linux/types.h>

#include <uapi/drm/i915_drm.h>

#include "address.h"
#include "context.h"
#include "exec-fences.h"

struct drm_gem_object;

/* What the GPU is to do with one of the objects. */
struct mock_exec_use {
	struct drm_gem_object *gem;
	bool write;
	bool async; /* user space sees to it that nobody is in the way */
};

/* One call of DRM_IOCTL_I915_GEM_EXECBUFFER2, while it is dealt with. */
struct mock_execbuf {
	struct mock_device *mock;
	struct drm_file *file;
	struct drm_i915_gem_execbuffer2 *args;
	struct mock_context *ctx;
	struct mock_slot *slot;
	struct mock_engine *engine;

	/* What user space lists, in its order: args->buffer_count of them. */
	struct drm_i915_gem_exec_object2 *exec;
	struct mock_address *address; /* with the object, once it was found */
	bool *write;		      /* whether the GPU writes to it */
	u32 *by_handle; /* indices, sorted; NULL: relocations have indices */
	bool relocate;	/* something is not where user space says, or may not be */

	/* The same objects, each one once, sorted. */
	struct drm_gem_object **objects;
	struct mock_exec_use *uses;
	unsigned int num_objects;

	struct mock_exec_fences fences;
};

/* Index of the batch in the list. */
static inline unsigned int mock_batch_index(const struct drm_i915_gem_execbuffer2 *args)
{
	return args->flags & I915_EXEC_BATCH_FIRST ? 0 : args->buffer_count - 1;
}

int mock_execbuffer2_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/*
 * exec-objects.c: the objects that are listed. Those that return something return 0 or
 * -errno, and mock_exec_objects_fini() is due in either case.
 */

int mock_exec_read_list(struct mock_execbuf *eb);

/* Finds the objects and makes sure that they have memory. */
int mock_exec_find_objects(struct mock_execbuf *eb);

/* Finds them places, and writes their addresses where they are wanted. */
int mock_exec_find_addresses(struct mock_execbuf *eb);

/* Makes of the list one that has each object once. */
void mock_exec_find_uses(struct mock_execbuf *eb);

/* Tells user space where the objects are that are elsewhere than it said. */
void mock_exec_tell_addresses(const struct mock_execbuf *eb);

void mock_exec_objects_fini(struct mock_execbuf *eb);

/* relocation.c: puts the addresses of all objects where they are wanted. 0 or -errno. */
int mock_relocate(struct mock_execbuf *eb);

/* Prepares finding objects by handle. 0 or -ENOMEM. */
int mock_relocation_init(struct mock_execbuf *eb);
void mock_relocation_fini(struct mock_execbuf *eb);

/* batch.c: how long the GPU takes for it, in ns, or -errno. *@endless: it never ends. */
s64 mock_batch_ns(struct mock_execbuf *eb, bool *endless);

#endif
