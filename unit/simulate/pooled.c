// SPDX-License-Identifier: MIT
#include "pooled.h"

#include <errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "design.h"
#include "stats/distribution.h"
#include "stats/ranktest.h"
#include "system/cleanup.h"

#define ALPHA	.05
#define TYPICAL 20e3 /* ns */

/* Draws the samples of one side's runs into @sample, as @histogram gives them back. */
static int draw_side(gsl_rng *rng, enum shape shape, size_t runs,
		     struct histogram *histogram, double *sample)
{
	struct distribution d;
	int ret;

	histogram_reset(histogram);
	for (size_t i = 0; i < runs; i++)
		shape_samples(
			rng, shape,
			TYPICAL * exp(gsl_ran_gaussian_ziggurat(rng, DESIGN_RUN_SPREAD)),
			POOLED_SAMPLES, histogram);
	ret = distribution_from_histogram(&d, histogram);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < d.buckets; i++)
		for (uint64_t k = 0; k < d.bucket[i].count; k++)
			*sample++ = (double)d.bucket[i].lower;
	distribution_free(&d);
	return 0;
}

int pooled_run(enum shape shape, size_t runs, unsigned int experiments, uint64_t seed,
	       unsigned int *found)
{
	size_t n = runs * POOLED_SAMPLES;
	CLEANUP_FREE double *a = calloc(n, sizeof(*a));
	CLEANUP_FREE double *b = calloc(n, sizeof(*b));
	CLEANUP_FREE struct histogram *histogram = malloc(sizeof(*histogram));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	int ret = a && b && histogram && rng ? 0 : -ENOMEM;

	*found = 0;
	if (rng)
		gsl_rng_set(rng, (unsigned long)seed);
	for (unsigned int i = 0; i < experiments && ret == 0; i++) {
		struct rank_p rank;

		ret = draw_side(rng, shape, runs, histogram, a);
		if (ret == 0)
			ret = draw_side(rng, shape, runs, histogram, b);
		if (ret == 0)
			ret = mann_whitney(&rank, a, n, b, n);
		*found += ret == 0 && rank.p <= ALPHA;
	}
	if (rng)
		gsl_rng_free(rng);
	return ret;
}
