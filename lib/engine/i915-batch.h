/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_I915_BATCH_H
#define PINLAT_ENGINE_I915_BATCH_H

/*
 * Private to the engine "i915": what the GPU executes. There are two kinds of batch.
 *
 * A loop of one page, from generation 9 on: it reads CTX_TIMESTAMP, which counts while its context
 * runs, until enough has passed. It takes the same time at any frequency of the GPU, reads no
 * memory but its own page, and must know its address.
 *
 * A row of MI_NOOPs, before that: it holds no address, takes as long as the ring needs to read it,
 * and its length has to be found out.
 */

#include <stdint.h>

#include "engine/i915.h"

/* A batch must be whole pairs of dwords: MI_BATCH_BUFFER_END and MI_NOOP. */
#define BATCH_MIN 8

/* Where in the page of a loop is a batch that ends at once. */
#define LOOP_END_AT 1024

/**
 * Writes a loop to @page, of 4096 bytes, which the GPU sees at @address, for a ring with its registers at
 * @base (0: the ring adds its own). The batch ends when its context has run for @ticks of CTX_TIMESTAMP.
 * No request may use the page.
 */
void loop_write(uint32_t *page, uint64_t address, uint32_t base, uint32_t ticks);

/** How many ticks the loop in @page has run for, when its request is done. 0: nobody executed it. */
uint32_t loop_ran(const uint32_t *page);

/** Where the registers of a ring of generation 9 are; 0: not known. */
uint32_t loop_base(uint16_t class, uint16_t instance);

/**
 * Makes the MI_NOOPs of @e anew, @size bytes of them (whole pages). Requests of @size to BATCH_MIN
 * bytes begin further in front or nearer to the end. Nothing may be in flight. Returns 0 or -errno.
 */
int noops_make(struct engine *e, uint64_t size);
void noops_free(struct engine *e);

#endif
