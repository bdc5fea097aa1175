/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_I915_QUEUE_H
#define PINLAT_ENGINE_I915_QUEUE_H

/* Private to the engine "i915": requests in flight. */

#include <stddef.h>
#include <stdint.h>

#include "stats/random.h"

struct engine;

/*
 * Makes the queues and the batch, and finds, for each ring, the length of batch that takes it
 * target_ns. Returns 0 or -errno; a sentence in @why may be missing.
 */
int i915_open_queues(struct engine *e, char *why, size_t size);
void i915_close_queues(struct engine *e);

/* As struct engine_ops has them. */
int i915_submit(struct engine *e, unsigned int lane, struct random_state *random);
int i915_idle(struct engine *e);

/* The shortest request there is, on object @index. Returns how long it took to the end, or -errno. */
int64_t i915_use(struct engine *e, size_t index);

#endif
