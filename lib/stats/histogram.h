/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_STATS_HISTOGRAM_H
#define PINLAT_STATS_HISTOGRAM_H

/*
 * A histogram of unsigned 64-bit values, made to be filled in a measuring loop.
 *
 * EXECUTIVE SUMMARY: adding a value is a count-leading-zeros, a shift and an
 * increment in memory that the caller has already touched; no value is out of
 * range, none is dropped, and a bucket is never wider than 1/256 (0.39 %) of
 * its lower end.
 *
 * DETAILS: values below 512 have a bucket each. Above, every power of two is
 * cut into 256 buckets of equal width (log-linear, as in fio's stat.h and
 * HdrHistogram). Exact minimum, maximum, sum and count are kept beside them.
 *
 * One thread adds; any thread may look while it does: all fields are accessed
 * with relaxed atomics, which cost nothing on a machine's own word size. A
 * reader sees each field whole, though not all of them of the same instant.
 */

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 8
#define HISTOGRAM_BUCKETS  ((64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)

struct histogram {
	uint64_t count;
	uint64_t min;
	uint64_t max;
	uint64_t sum; /* saturates at UINT64_MAX */
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

/** Empties @h; touches all of its memory. */
void histogram_reset(struct histogram *h);

/** Adds everything counted in @from to @to. */
void histogram_merge(struct histogram *to, const struct histogram *from);

/** Lower end of bucket @index (< HISTOGRAM_BUCKETS): its smallest value. */
uint64_t histogram_lower(unsigned int index);

/** Largest value that belongs to the bucket whose lower end is @lower. */
uint64_t histogram_upper(uint64_t lower);

/** Index of the bucket that @value belongs to. */
static inline unsigned int histogram_index(uint64_t value)
{
	unsigned int shift;

	if (value < (1u << HISTOGRAM_SUB_BITS))
		return (unsigned int)value;
	shift = 63 - HISTOGRAM_SUB_BITS - (unsigned int)__builtin_clzll(value);
	return (shift << HISTOGRAM_SUB_BITS) + (unsigned int)(value >> shift);
}

#define HISTOGRAM_LOAD(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define HISTOGRAM_STORE(field, value)                                                    \
	__atomic_store_n(&(field), (value), __ATOMIC_RELAXED)

/** Adds @value @times over. For the one thread that owns @h. */
static inline void histogram_add_n(struct histogram *h, uint64_t value, uint64_t times)
{
	uint64_t *bucket = &h->bucket[histogram_index(value)];
	uint64_t sum;

	if (__builtin_mul_overflow(value, times, &sum) ||
	    __builtin_add_overflow(sum, HISTOGRAM_LOAD(h->sum), &sum))
		sum = UINT64_MAX;
	HISTOGRAM_STORE(h->sum, sum);
	HISTOGRAM_STORE(*bucket, HISTOGRAM_LOAD(*bucket) + times);
	HISTOGRAM_STORE(h->count, HISTOGRAM_LOAD(h->count) + times);
	if (value < HISTOGRAM_LOAD(h->min))
		HISTOGRAM_STORE(h->min, value);
	if (value > HISTOGRAM_LOAD(h->max))
		HISTOGRAM_STORE(h->max, value);
}

/** Adds @value once. For the one thread that owns @h. */
static inline void histogram_add(struct histogram *h, uint64_t value)
{
	histogram_add_n(h, value, 1);
}

#endif
