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

#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/** Puts @n values of @size bytes, of which none is above 16, at @array in a random order. */
static inline void random_shuffle(struct random_state *r, void *array, size_t n,
				  size_t size)
{
	char *value = array, last[16];

	for (size_t i = n; i > 1; i--) {
		char *a = value + (i - 1) * size, *b = value + random_below(r, i) * size;

		memcpy(last, a, size);
		memmove(a, b, size);
		memcpy(b, last, size);
	}
}

#endif
