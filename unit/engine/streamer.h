/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_ENGINE_STREAMER_H
#define PINLAT_UNIT_ENGINE_STREAMER_H

/*
 * A command streamer in software: it carries out a batch, with registers, arithmetic and a
 * timestamp that moves with each command. It knows the commands by their numbers in Intel's
 * manuals, not by what the engine calls them.
 */

#include <stdbool.h>
#include <stdint.h>

struct streamer {
	/* What the GPU sees at an address, 4 bytes of it; NULL: nothing is bound there. */
	uint32_t *(*at)(void *data, uint64_t address);
	void *data;
	uint32_t
		base; /* of the ring's registers; 0: it adds its own, as commands say that it shall */
	uint32_t timestamp;	    /* of the context; moves on */
	uint32_t ticks_per_command; /* 0: a clock that stands still */
	unsigned int late; /* a stored register is in memory so many commands later */
	/* What came of it. */
	unsigned int commands, stores;
	bool endless;
	const char *fault; /* why it did not come to its end; NULL: it did */
};

/* Carries out the batch at @address. Returns how many ticks it took. */
uint32_t streamer_run(struct streamer *s, uint64_t address);

#endif
