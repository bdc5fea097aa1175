/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_RANDOM_H
#define PINLAT_STATS_RANDOM_H

/*
 * Random numbers for schedules and for the choice of objects: seeded, without a
 * lock and without a shared state, so that a real-time thread may draw them
 * (libc's rand() takes a lock: the original benchmark inverted priorities on it).
 *
 * SplitMix64: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom
 * number generators", OOPSLA 2014, doi 10.1145/2660193.2660195.
 */

#include <stdint.h>

struct random_state {
	uint64_t x;
};

/** A state for stream @stream of @seed; different streams share nothing. */
static inline struct random_state random_stream(uint64_t seed, uint64_t stream)
{
	return (struct random_state){ seed + (stream + 1) * 0xd1342543de82ef95ull };
}

/** The next 64 random bits of @r. */
static inline uint64_t random_next(struct random_state *r)
{
	uint64_t z = r->x += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/** A number in [0, @below), @below > 0; its bias is below 2^-32 for @below < 2^32. */
static inline uint64_t random_below(struct random_state *r, uint64_t below)
{
	return (uint64_t)(((unsigned __int128)random_next(r) * below) >> 64);
}

#endif
