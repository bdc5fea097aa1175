// SPDX-License-Identifier: MIT
/*
 * How long the GPU takes for a batch, seen from outside and while it is at work.
 *
 * A ring runs its requests in the order in which they were submitted. So when two were seen to
 * complete, and the later one was in the queue before the earlier one completed, the ring worked
 * all the time between on those bytes of batches that came after the earlier and up to the
 * later: neither the way into the queue nor the wait in it is part of that. Those who wait
 * may wake late, for the earlier or for the later of the two; the median does not care.
 */
#include "engine/i915-private.h"

#include <stdlib.h>

void _pace_init(struct pace *p)
{
	*p = (struct pace){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

void _pace_destroy(struct pace *p)
{
	pthread_mutex_destroy(&p->lock);
}

struct paced _pace_submit(struct pace *p, uint32_t length, uint64_t now_ns)
{
	struct paced request = { .length = length, .submitted_ns = now_ns };

	pthread_mutex_lock(&p->lock);
	p->submitted += length;
	request.end = p->submitted;
	pthread_mutex_unlock(&p->lock);
	return request;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Under the lock. */
static double median(struct pace *p)
{
	double value;

	if (p->samples == 0)
		return 0;
	qsort(p->ns_per_byte, p->samples, sizeof(*p->ns_per_byte), by_value);
	value = p->ns_per_byte[p->samples / 2];
	p->samples = 0;
	return value;
}

double _pace_complete(struct pace *p, const struct paced *request, uint64_t now_ns)
{
	double value = 0;

	pthread_mutex_lock(&p->lock);
	if (request->end > p->done) {
		if (request->submitted_ns < p->done_ns && now_ns > p->done_ns)
			p->ns_per_byte[p->samples++] = (double)(now_ns - p->done_ns) /
						       (double)(request->end - p->done);
		p->done = request->end;
		p->done_ns = now_ns;
	}
	if (p->samples == PACE_SAMPLES)
		value = median(p);
	pthread_mutex_unlock(&p->lock);
	return value;
}

double _pace_take(struct pace *p)
{
	double value;

	pthread_mutex_lock(&p->lock);
	value = median(p);
	pthread_mutex_unlock(&p->lock);
	return value;
}
