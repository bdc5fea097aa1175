/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_FILLER_H
#define PINLAT_LOAD_FILLER_H

/* Fills memory with objects, grows towards a target, and stops at a floor. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "system/cgroup.h"

struct filler_config {
	uint64_t target;      /* bytes */
	uint64_t object_size; /* a multiple of the page size */
	uint64_t floor;	      /* bytes that must stay available, in the arena */
	bool huge;	      /* back objects by transparent huge pages */
	bool shared;	      /* of shared memory (memfd), huge as the system has it */
	unsigned int threads; /* that touch side by side, 64 at most */
	uint64_t seed;	      /* of the content */
	const struct memcg *memcg; /* the arena; NULL: the machine */
	_Atomic uint64_t *filled;  /* bytes so far, for others to see; may be NULL */
};

/**
 * Maps and touches objects until @config's target or floor is reached. The list
 * goes to *@object (one allocation; filler_free()). Every page holds data of its
 * own, so that no kernel can store it for free. Returns the number of objects
 * filled, or -errno.
 */
int filler_fill(const struct filler_config *config, struct object **object);

/** mlock()s them all. Returns 0 or -errno; *@locked counts bytes as it goes on. */
int filler_lock(const struct object *object, size_t objects, _Atomic uint64_t *locked);

/**
 * Moves them to the cold end of the LRU, as memory that only a device uses is:
 * else the first pass of reclaim merely clears accessed bits. Returns 0 or -errno
 * (-EINVAL before Linux 5.4).
 */
int filler_cool(const struct object *object, size_t objects);

/** Unmaps and frees. */
void filler_free(struct object *object, size_t objects);

#endif
