// SPDX-License-Identifier: MIT
#include "shape.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#define SIGMA	   .5
#define TAIL_SHARE .02
#define TAIL_INDEX 2.0

#define MODE_SIGMA  .15
#define MODE_RATIO  4.0
#define MODE_CUT    .001 /* of a mode's two ends: modes must not overlap */
#define SLOW_SHARE  .5
#define SLOW_SPREAD .05

/* Of the order of what timer and thp measure, ns; only its place in the buckets matters. */
static const double typical[SHAPE_PROBES] = { 20e3, 200e3 };

const double shape_p[SHAPE_QUANTILES] = { .5, .9, .99 };

const char *shape_name(enum shape shape)
{
	static const char *const name[SHAPES] = { "lognormal", "Pareto tail", "bimodal" };

	return name[shape];
}

static double lognormal(double sigma, double u)
{
	return exp(sigma * gsl_cdf_ugaussian_Pinv(u));
}

static double with_tail(double u)
{
	double body = 1 - TAIL_SHARE;

	if (u < body)
		return lognormal(SIGMA, u);
	return lognormal(SIGMA, body) * pow(TAIL_SHARE / (1 - u), 1 / TAIL_INDEX);
}

static double of_a_mode(double u)
{
	return lognormal(MODE_SIGMA, MODE_CUT + (1 - 2 * MODE_CUT) * u);
}

static double bimodal(double u, double slow)
{
	double fast = 1 - slow;

	return u < fast ? of_a_mode(u / fast) : MODE_RATIO * of_a_mode((u - fast) / slow);
}

/* What differs from run to run besides the scale: the share of the slow mode. */
static double draw_slow(gsl_rng *rng, enum shape shape)
{
	double slow;

	if (shape != SHAPE_BIMODAL)
		return 0;
	slow = SLOW_SHARE + gsl_ran_gaussian_ziggurat(rng, SLOW_SPREAD);
	return fmin(fmax(slow, .2), .8);
}

/* The @u quantile of the shape: monotone, so it turns uniform numbers into samples. */
static double latency_at(enum shape shape, double u, double slow)
{
	switch (shape) {
	case SHAPE_PARETO:
		return with_tail(u);
	case SHAPE_BIMODAL:
		return bimodal(u, slow);
	default:
		return lognormal(SIGMA, u);
	}
}

double shape_latency(enum shape shape, double u)
{
	return latency_at(shape, u, 0);
}

void shape_order_statistics(gsl_rng *rng, double n, const double *rank, size_t count,
			    double *u)
{
	double below = 1, above = n + 1;
	size_t order[SHAPE_RANKS];

	gsl_sort_index(order, rank, 1, count);
	/*
	 * From the highest down: below the one of rank r there are r - 1 uniform numbers
	 * in [0, u).
	 */
	for (size_t i = count; i-- > 0;) {
		double at = rank[order[i]];

		if (at < above)
			below *= gsl_ran_beta(rng, at, above - at);
		above = at;
		u[order[i]] = below;
	}
}

void shape_quantiles(gsl_rng *rng, enum shape shape, double scale,
		     double quantile[SHAPE_QUANTILES])
{
	double slow = draw_slow(rng, shape), rank[SHAPE_QUANTILES], u[SHAPE_QUANTILES];

	for (size_t q = 0; q < SHAPE_QUANTILES; q++)
		rank[q] = ceil(shape_p[q] * SHAPE_SAMPLES - 1e-9);
	shape_order_statistics(rng, SHAPE_SAMPLES, rank, SHAPE_QUANTILES, u);
	for (size_t q = 0; q < SHAPE_QUANTILES; q++)
		quantile[q] = scale * latency_at(shape, u[q], slow);
}

void shape_samples(gsl_rng *rng, enum shape shape, double scale, uint64_t n,
		   struct histogram *histogram)
{
	double slow = draw_slow(rng, shape);

	while (n--)
		histogram_add(histogram,
			      (uint64_t)llround(
				      scale *
				      latency_at(shape, gsl_rng_uniform_pos(rng), slow)));
}

void shape_draw_run(gsl_rng *rng, enum shape shape, double scale, double spread,
		    double value[SHAPE_METRICS])
{
	for (size_t probe = 0; probe < SHAPE_PROBES; probe++) {
		double factor = exp(gsl_ran_gaussian_ziggurat(rng, spread));

		shape_quantiles(rng, shape, typical[probe] * scale * factor,
				&value[probe * SHAPE_QUANTILES]);
	}
}

double shape_bucket(double latency)
{
	uint64_t lower = histogram_lower(histogram_index((uint64_t)llround(latency)));
	uint64_t middle = lower + (histogram_upper(lower) - lower) / 2;

	return (double)middle;
}
