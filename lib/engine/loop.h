/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_LOOP_H
#define PINLAT_ENGINE_LOOP_H

/*
 * Private to the engines "i915" and "xe": a batch that keeps a ring at work for an exact time.
 *
 * It reads CTX_TIMESTAMP, which counts while its context has the ring, and reads it again until
 * enough has passed. So it needs no calibration, whatever the clock of the GPU does. It reads no
 * memory but its own page: unlike a long batch of MI_NOOPs it takes no memory bandwidth. The loop
 * is that of IGT's lib/xe/xe_spin.c (ctx_ticks). Generation 9 and later.
 *
 * What it writes stands in its own page: a page is for one request at a time.
 */

#include <stdint.h>

/** Bytes that a loop and what it writes take, and where in them a batch begins that ends at once. */
#define LOOP_SIZE   4096
#define LOOP_END_AT 1024

/**
 * Writes a loop to @page, of LOOP_SIZE bytes, which the GPU sees at @address, for a ring with its
 * registers at @base (0: the ring adds its own, as generation 11 and later do). It runs for @ticks of
 * the context's timestamp, each time that it is started. No request may use the page. Returns its
 * length in dwords.
 */
unsigned int loop_write(uint32_t *page, uint64_t address, uint32_t base, uint32_t ticks);

/** How many ticks the last request with the loop in @page ran for, once it is done; 0: nobody executed it. */
uint32_t loop_ran(const uint32_t *page);

#endif
