/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_CONTEXT_H
#define MOCK_CONTEXT_H

#include <linux/kref.h>
#include <linux/types.h>

#include "mock.h"
#include "request.h"

struct drm_i915_gem_context_param;
struct mock_vm;

/* What execbuf's flags choose among: an engine, one of several, or nothing. */
struct mock_slot {
	struct mock_timeline timeline;
	u64 engines; /* mask of BIT(enum mock_engine_id) */
};

/*
 * A context is new until it is first used: only till then its engines and its address
 * space can be chosen.
 */
struct mock_context {
	struct kref ref;
	struct mock_device *mock;
	u32 id;
	struct mock_vm *vm;
	struct mock_slot *slots;
	unsigned int num_slots;
	bool mapped; /* slots are the user's rather than one a legacy ring */
	bool used;
	bool closed;
	bool bannable, recoverable, persistent, no_error_capture;
	bool banned;
	unsigned long hang_times[2]; /* jiffies; 0: none */
	atomic_t guilty;	     /* requests that hung */
	atomic_t innocent;	     /* requests that ran when another one hung */
};

/* The slots of a context that has no map of engines. */
enum mock_legacy_slot {
	LEGACY_RCS,
	LEGACY_BCS,
	LEGACY_VCS,
	LEGACY_VCS2,
	LEGACY_VECS,
	LEGACY_SLOTS
};

struct mock_context *mock_context_get(struct mock_context *ctx);
void mock_context_put(struct mock_context *ctx);

/* Finds one to use it (a reference), or ERR_PTR(-ENOENT). */
struct mock_context *mock_context_lookup(struct mock_file *mf, u32 id);

/* Replaces its slots with @num new ones for @engines. 0 or -ENOMEM. */
int mock_context_set_slots(struct mock_context *ctx, const u64 *engines,
			   unsigned int num);

/* Cancels all of its requests. */
void mock_context_cancel(struct mock_context *ctx);

/* The engine of a slot that has the least to do, or NULL: the slot has none. */
struct mock_engine *mock_slot_engine(struct mock_context *ctx, struct mock_slot *slot);

int mock_file_open(struct drm_device *drm, struct drm_file *file);
void mock_file_close(struct drm_device *drm, struct drm_file *file);

int mock_context_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int mock_context_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/* context-param.c */
int mock_context_set_param(struct mock_file *mf, struct mock_context *ctx,
			   struct drm_i915_gem_context_param *args);
int mock_context_getparam_ioctl(struct drm_device *drm, void *data,
				struct drm_file *file);
int mock_context_setparam_ioctl(struct drm_device *drm, void *data,
				struct drm_file *file);

/* engine-map.c: I915_CONTEXT_PARAM_ENGINES. */
int mock_context_set_engines(struct mock_context *ctx,
			     const struct drm_i915_gem_context_param *args);

#endif
