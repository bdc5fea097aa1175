/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_SHAPE_H
#define PINLAT_SIMULATE_SHAPE_H

/*
 * What the samples of one simulated run look like, and the quantiles that its record would
 * hold.
 *
 * Only a few quantiles of a run's samples are ever needed, so they are drawn themselves instead
 * of the samples: the order statistics of uniform numbers have a beta distribution (H. A. David,
 * H. N. Nagaraja, Order Statistics, 3rd ed., 2003, section 2.3), and a monotone function maps
 * them to latencies. That is no approximation: the same joint distribution, some thousand times
 * faster. The unit test holds it against samples in a histogram.
 */

#include <gsl/gsl_rng.h>
#include <stdint.h>

#include "stats/histogram.h"

/** Samples in a run: as many as a run of thp of 20 s has on two CPUs. */
#define SHAPE_SAMPLES 8000

enum shape {
	SHAPE_LOGNORMAL, /* sigma .5 */
	SHAPE_PARETO, /* the same, its highest 2 % with the tail of a Pareto of index 2 */
	SHAPE_BIMODAL, /* two narrow modes, the slow one at four times the fast one; how many of
			    a run's samples are slow varies around one half, so that the median
			    of some runs is in one mode and of some in the other */
	SHAPES,
};

/** "lognormal", "Pareto tail", ... */
const char *shape_name(enum shape shape);

/** A probe's quantiles: p50, p90, p99. */
enum { SHAPE_P50, SHAPE_P90, SHAPE_P99, SHAPE_QUANTILES };
extern const double shape_p[SHAPE_QUANTILES];

/**
 * The quantiles of SHAPE_SAMPLES samples of a run whose latencies are @scale times those of the
 * shape (which are around 1), before the histogram rounds them.
 */
void shape_quantiles(gsl_rng *rng, enum shape shape, double scale,
		     double quantile[SHAPE_QUANTILES]);

/** How many order statistics are drawn at once, at most. */
#define SHAPE_RANKS 8

/**
 * The order statistics of @n uniform numbers at the @count ranks @rank (1 to @n, in any order).
 */
void shape_order_statistics(gsl_rng *rng, double n, const double *rank, size_t count,
			    double *u);

/** The latency of @shape, which has one mode, at @u of 0 to 1. */
double shape_latency(enum shape shape, double u);

/** The long way: adds @n samples of one run to @histogram. */
void shape_samples(gsl_rng *rng, enum shape shape, double scale, uint64_t n,
		   struct histogram *histogram);

/** Spread is the standard deviation of logarithms: .1 is 10 %. */
#define SHAPE_RUN_SPREAD  .10
#define SHAPE_BOOT_SPREAD .05

/** The quantiles of two probes, timer and thp. */
#define SHAPE_PROBES  2
#define SHAPE_METRICS (SHAPE_PROBES * SHAPE_QUANTILES)

/**
 * The quantiles of a run of each probe, in ns as drawn, on a machine @scale times as slow as the
 * usual one and with @spread between its runs.
 */
void shape_draw_run(gsl_rng *rng, enum shape shape, double scale, double spread,
		    double value[SHAPE_METRICS]);

/** What the quantile @latency (in ns) is in a record: the middle of its bucket. */
double shape_bucket(double latency);

#endif
