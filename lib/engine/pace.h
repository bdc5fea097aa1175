/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_PACE_H
#define PINLAT_ENGINE_PACE_H

/*
 * How long the GPU takes for a batch, seen from outside and while it is at work.
 *
 * A ring runs its requests in the order in which they were submitted. So when two were seen to
 * complete, and the later one was in the queue before the earlier one completed, the ring worked
 * all the time between on those bytes of batches that came after the earlier and up to the
 * later: neither the way into the queue nor the wait in it is part of that. Those who wait
 * may wake late, for the earlier or for the later of the two; the median does not care.
 */

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define PACE_SAMPLES 9

struct pace {
	pthread_mutex_t lock;
	uint64_t submitted; /* bytes of batches so far */
	uint64_t done;	  /* of these, at the end of the last request seen to complete */
	uint64_t done_ns; /* when that was */
	unsigned int samples;
	double ns_per_byte[PACE_SAMPLES];
};

/* A request as the pace sees it. */
struct paced {
	uint64_t end;	       /* bytes of batches submitted up to its own end */
	uint64_t submitted_ns; /* when it was in the queue */
	uint32_t length;       /* of its batch, in bytes */
};

static inline void pace_init(struct pace *p)
{
	*p = (struct pace){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

static inline void pace_destroy(struct pace *p)
{
	pthread_mutex_destroy(&p->lock);
}

/* Called right after a request with a batch of @length bytes was submitted. */
static inline struct paced pace_submit(struct pace *p, uint32_t length, uint64_t now_ns)
{
	struct paced request = { .length = length, .submitted_ns = now_ns };

	pthread_mutex_lock(&p->lock);
	p->submitted += length;
	request.end = p->submitted;
	pthread_mutex_unlock(&p->lock);
	return request;
}

static inline int pace_by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Under the lock. */
static inline double pace_median(struct pace *p)
{
	double value;

	if (p->samples == 0)
		return 0;
	qsort(p->ns_per_byte, p->samples, sizeof(*p->ns_per_byte), pace_by_value);
	value = p->ns_per_byte[p->samples / 2];
	p->samples = 0;
	return value;
}

/*
 * Called when a request was seen to complete, that is, when it had not yet a moment before. Returns
 * the median time a byte of the last PACE_SAMPLES in ns, or 0: not that many yet.
 */
static inline double pace_complete(struct pace *p, const struct paced *request,
				   uint64_t now_ns)
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
		value = pace_median(p);
	pthread_mutex_unlock(&p->lock);
	return value;
}

/* The same of the samples that there are; 0: none. Forgets them. */
static inline double pace_take(struct pace *p)
{
	double value;

	pthread_mutex_lock(&p->lock);
	value = pace_median(p);
	pthread_mutex_unlock(&p->lock);
	return value;
}

#endif
