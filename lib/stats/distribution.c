// SPDX-License-Identifier: MIT
/* Histograms, and the distributions that are made of them. */
#include "stats/distribution.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/histogram.h"

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

/* Fills @d with the buckets of @now less those of @before, which may be NULL. */
static int collect(struct distribution *d, const struct histogram *before,
		   const struct histogram *now)
{
	size_t n = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		n += now->bucket[i] != (before ? before->bucket[i] : 0);
	memset(d, 0, sizeof(*d));
	if (n == 0)
		return 0;
	d->bucket = calloc(n, sizeof(*d->bucket));
	if (!d->bucket)
		return -ENOMEM;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS && d->buckets < n; i++) {
		uint64_t count = now->bucket[i] - (before ? before->bucket[i] : 0);

		if (count == 0)
			continue;
		d->bucket[d->buckets++] = (struct distribution_bucket){
			.lower = histogram_lower(i),
			.count = count,
		};
		d->count += count;
	}
	return 0;
}

int distribution_from_histogram(struct distribution *d, const struct histogram *h)
{
	int ret = collect(d, NULL, h);

	if (ret < 0 || d->count == 0)
		return ret;
	d->min = h->min;
	d->max = h->max;
	d->sum = h->sum;
	return 0;
}

int distribution_between(struct distribution *d, const struct histogram *before,
			 const struct histogram *now)
{
	int ret = collect(d, before, now);

	if (ret < 0 || d->count == 0)
		return ret;
	d->min = d->bucket[0].lower;
	d->max = histogram_upper(d->bucket[d->buckets - 1].lower);
	if (d->max > now->max)
		d->max = now->max;
	d->sum = now->sum - before->sum;
	return 0;
}

/* Merges the ascending @a and @b into @out; returns how many buckets that made. */
static size_t merge_buckets(struct distribution_bucket *out, const struct distribution *a,
			    const struct distribution *b)
{
	size_t i = 0, j = 0, n = 0;

	while (i < a->buckets || j < b->buckets) {
		if (j == b->buckets ||
		    (i < a->buckets && a->bucket[i].lower < b->bucket[j].lower)) {
			out[n++] = a->bucket[i++];
		} else if (i == a->buckets || b->bucket[j].lower < a->bucket[i].lower) {
			out[n++] = b->bucket[j++];
		} else {
			out[n] = a->bucket[i++];
			out[n++].count += b->bucket[j++].count;
		}
	}
	return n;
}

int distribution_merge(struct distribution *to, const struct distribution *from)
{
	struct distribution_bucket *merged;

	if (from->count == 0)
		return 0;
	merged = calloc(to->buckets + from->buckets, sizeof(*merged));
	if (!merged)
		return -ENOMEM;
	to->buckets = merge_buckets(merged, to, from);
	free(to->bucket);
	to->bucket = merged;
	if (to->count == 0 || from->min < to->min)
		to->min = from->min;
	if (from->max > to->max)
		to->max = from->max;
	to->count += from->count;
	if (__builtin_add_overflow(to->sum, from->sum, &to->sum))
		to->sum = UINT64_MAX;
	return 0;
}

void distribution_free(struct distribution *d)
{
	if (!d)
		return;
	free(d->bucket);
	memset(d, 0, sizeof(*d));
}

static uint64_t bucket_middle(const struct distribution *d, uint64_t lower)
{
	uint64_t middle = lower + (histogram_upper(lower) - lower) / 2;

	if (middle < d->min)
		return d->min;
	return middle > d->max ? d->max : middle;
}

uint64_t distribution_at_rank(const struct distribution *d, uint64_t rank)
{
	uint64_t seen = 0;

	if (d->count == 0)
		return 0;
	if (rank >= d->count)
		return d->max;
	if (rank <= 1)
		return d->min;
	for (size_t i = 0; i < d->buckets; i++) {
		seen += d->bucket[i].count;
		if (seen >= rank)
			return bucket_middle(d, d->bucket[i].lower);
	}
	return d->max;
}

uint64_t distribution_quantile(const struct distribution *d, double p)
{
	/* Less a hair: 0.07 * 100 is 7.000000000000001, and its rank is 7. */
	return distribution_at_rank(d, (uint64_t)ceil(p * (double)d->count - 1e-9));
}

struct distribution_tail distribution_from(const struct distribution *d, uint64_t from)
{
	struct distribution_tail tail = { 0, 0 };

	for (size_t i = d->buckets; i-- > 0;) {
		uint64_t middle = bucket_middle(d, d->bucket[i].lower);

		if (middle < from)
			break;
		tail.count += d->bucket[i].count;
		tail.sum += (double)d->bucket[i].count * (double)middle;
	}
	return tail;
}

double distribution_mean(const struct distribution *d)
{
	return d->count ? (double)d->sum / (double)d->count : 0.0;
}

uint64_t quantile_samples_needed(double p)
{
	return (uint64_t)ceil(log(0.025) / log(p));
}

bool distribution_supports(const struct distribution *d, double p)
{
	return d->count >= quantile_samples_needed(p);
}
