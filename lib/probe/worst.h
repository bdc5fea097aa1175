/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_PROBE_WORST_H
#define PINLAT_PROBE_WORST_H

/*
 * The worst samples of one CPU, for those who ask where the time went. A fixed list that a new
 * sample enters in place of the mildest one: a comparison for nearly all, no allocation ever.
 */

#include <stdint.h>

#define WORST_SAMPLES 64

/** From when to when it was waited, CLOCK_MONOTONIC. */
struct worst_sample {
	uint64_t start_ns, end_ns;
};

struct worst {
	uint64_t limit_ns; /* of --stop-at: a longer sample ends the run; 0: none does */
	struct worst_sample over; /* the first one beyond it; start_ns 0: none was */
	_Atomic int is_over;	  /* set when it is whole */
	uint32_t n, mildest;	  /* its place, once the list is full */
	struct worst_sample sample[WORST_SAMPLES];
};

static inline uint64_t worst_length(const struct worst_sample *s)
{
	return s->end_ns - s->start_ns;
}

/** Empties the list; the limit stays. */
static inline void worst_reset(struct worst *w)
{
	w->n = 0;
	w->mildest = 0;
	w->over = (struct worst_sample){ 0 };
	w->is_over = 0;
}

static inline void worst_replace(struct worst *w, const struct worst_sample *s)
{
	if (w->n < WORST_SAMPLES)
		w->sample[w->n++] = *s;
	else
		w->sample[w->mildest] = *s;
	for (uint32_t i = 0; i < w->n; i++)
		if (worst_length(&w->sample[i]) < worst_length(&w->sample[w->mildest]))
			w->mildest = i;
}

/** Takes the sample from @start_ns to @end_ns. */
static inline void worst_add(struct worst *w, uint64_t start_ns, uint64_t end_ns)
{
	const struct worst_sample s = { start_ns, end_ns };

	if (w->n < WORST_SAMPLES ||
	    worst_length(&s) > worst_length(&w->sample[w->mildest]))
		worst_replace(w, &s);
	if (w->limit_ns && worst_length(&s) > w->limit_ns && !w->is_over) {
		w->over = s;
		w->is_over = 1;
	}
}

#endif
