// SPDX-License-Identifier: MIT
#include "stats/histogram.h"

#include <string.h>

void histogram_reset(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
	h->min = UINT64_MAX;
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
	uint64_t min = HISTOGRAM_LOAD(from->min), max = HISTOGRAM_LOAD(from->max);

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] += HISTOGRAM_LOAD(from->bucket[i]);
	to->count += HISTOGRAM_LOAD(from->count);
	if (__builtin_add_overflow(to->sum, HISTOGRAM_LOAD(from->sum), &to->sum))
		to->sum = UINT64_MAX;
	if (min < to->min)
		to->min = min;
	if (max > to->max)
		to->max = max;
}

uint64_t histogram_lower(unsigned int index)
{
	unsigned int shift;

	if (index < (2u << HISTOGRAM_SUB_BITS))
		return index;
	shift = (index >> HISTOGRAM_SUB_BITS) - 1;
	return (uint64_t)(index - (shift << HISTOGRAM_SUB_BITS)) << shift;
}

uint64_t histogram_upper(uint64_t lower)
{
	unsigned int index = histogram_index(lower);

	return index + 1 < HISTOGRAM_BUCKETS ? histogram_lower(index + 1) - 1
					     : UINT64_MAX;
}
