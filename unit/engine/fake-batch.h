/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_ENGINE_FAKE_BATCH_H
#define PINLAT_UNIT_ENGINE_FAKE_BATCH_H

/*
 * Batches of the engine "i915": a loop, which a streamer carries out, or a row of MI_NOOPs. What else a
 * batch may hold is an error here.
 */

#include <stdbool.h>
#include <stdint.h>

struct fake_batch {
	char *memory;		/* of the object that it is in */
	uint64_t size, address; /* in bytes; where the GPU sees it */
	uint32_t start;		/* of the batch, in the object */
	uint32_t base;		/* of the ring's registers */
	bool adds_base;	 /* generation 11 and later: commands may name them from there */
	double clock_hz; /* of CTX_TIMESTAMP */
	double ns_per_byte; /* of MI_NOOPs */
};

#define FAKE_FOREVER UINT64_MAX

/*
 * Executes it. Returns how many ns that takes, or FAKE_FOREVER. *@broken becomes NULL, or what is
 * wrong with the batch.
 */
uint64_t fake_batch_run(const struct fake_batch *batch, const char **broken);

#endif
