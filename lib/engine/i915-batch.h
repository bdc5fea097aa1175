/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_I915_BATCH_H
#define PINLAT_ENGINE_I915_BATCH_H

/*
 * Private to the engine "i915": what the GPU executes. From generation 9 on it is a loop (engine/loop.h).
 * Before that it is a row of MI_NOOPs: it holds no address, takes as long as the ring needs to read it,
 * and its length has to be found out.
 */

#include <stdint.h>

#include "engine/i915.h"
#include "engine/loop.h"

/* A batch must be whole pairs of dwords: MI_BATCH_BUFFER_END and MI_NOOP. */
#define BATCH_MIN 8

/** Where the registers of a ring of generation 9 are; 0: not known. */
uint32_t loop_base(uint16_t class, uint16_t instance);

/**
 * Makes the MI_NOOPs of @e anew, @size bytes of them (whole pages). Requests of @size to BATCH_MIN
 * bytes begin further in front or nearer to the end. Nothing may be in flight. Returns 0 or -errno.
 */
int noops_make(struct engine *e, uint64_t size);
void noops_free(struct engine *e);

#endif
