/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_XE_BATCH_H
#define PINLAT_XE_BATCH_H

/*
 * A batch that keeps the GPU at work for an exact time.
 *
 * It reads the context's timestamp, which moves while its queue has the ring, and reads it again
 * until enough has passed. So it needs no calibration, whatever the clock of the GPU does. It lies
 * in the GPU's caches: unlike a long batch of MI_NOOPs it takes no memory bandwidth. The loop is
 * that of IGT's lib/xe/xe_spin.c (ctx_ticks). Registers are named relative to the ring (Gen 11 and
 * later), so one batch does for all rings.
 *
 * What it writes stands in its own page: a page is for one queue, which runs one request at a time.
 */

#include <stdint.h>

/** Bytes that a batch and what it writes take. */
#define XE_BATCH_SIZE 4096

/**
 * Writes a batch to @page that the GPU sees at @address and that runs for @ticks of the context's
 * timestamp. Returns its length in dwords.
 */
unsigned int xe_batch_write(uint32_t *page, uint64_t address, uint32_t ticks);

/**
 * How many ticks the last request with the batch in @page ran for, once it has ended; 0: nothing
 * carried it out.
 */
uint32_t xe_batch_ran(const uint32_t *page);

#endif
