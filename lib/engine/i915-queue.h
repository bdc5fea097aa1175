/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_I915_QUEUE_H
#define PINLAT_ENGINE_I915_QUEUE_H

/* Private to the engine "i915": what goes into the queues of its lanes. */

#include <stddef.h>
#include <stdint.h>

#include "stats/random.h"

struct engine;

/*
 * Makes the queues, within the address space of the GPU; @e->depth may become less. Returns 0, or
 * -errno with a sentence in @why.
 */
int queues_open(struct engine *e, char *why, size_t size);

/*
 * Sees to it that a request takes target_ns on each ring. Returns 0 or -errno; -ENOEXEC: the GPU did
 * not execute a loop as it should.
 */
int queues_calibrate(struct engine *e);

/* As struct engine_ops has them. */
int i915_submit(struct engine *e, unsigned int lane, struct random_state *random);
int i915_idle(struct engine *e);
int i915_keep(struct engine *e, size_t first, size_t objects);

/* The shortest request there is, on object @index. Returns how long it took to the end, or -errno. */
int64_t i915_use(struct engine *e, size_t index);

#endif
