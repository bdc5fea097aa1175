// SPDX-License-Identifier: MIT
#include "stop.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "system/cleanup.h"

/* Pairs of runs whose means' median is the truth; its error is below a hundredth of an interval. */
#define TRUTH_PAIRS 100000

#define DISTURBED_SHARE .1
#define DISTURBED_TIMES 1.5

struct sequence {
	size_t n;
	double value[SHAPE_METRICS][STOP_CAP]; /* logarithms */
};

static void draw_run(gsl_rng *rng, const struct stop_case *what,
		     double value[SHAPE_METRICS])
{
	bool disturbed = what->disturbed && gsl_rng_uniform(rng) < DISTURBED_SHARE;

	shape_draw_run(rng, what->shape, disturbed ? DISTURBED_TIMES : 1,
		       what->run_spread, value);
	for (size_t m = 0; m < SHAPE_METRICS; m++)
		value[m] = log(shape_bucket(value[m]));
}

static void draw_to(gsl_rng *rng, const struct stop_case *what, struct sequence *s,
		    size_t n)
{
	for (; s->n < n; s->n++) {
		double value[SHAPE_METRICS];

		draw_run(rng, what, value);
		for (size_t m = 0; m < SHAPE_METRICS; m++)
			s->value[m][s->n] = value[m];
	}
}

/* The pseudo-median of each metric: the median of the mean of two runs. */
static int find_truth(gsl_rng *rng, const struct stop_case *what,
		      double truth[SHAPE_METRICS])
{
	CLEANUP_FREE double *mean = calloc(TRUTH_PAIRS * SHAPE_METRICS, sizeof(*mean));

	if (!mean)
		return -ENOMEM;
	for (size_t i = 0; i < TRUTH_PAIRS; i++) {
		double a[SHAPE_METRICS], b[SHAPE_METRICS];

		draw_run(rng, what, a);
		draw_run(rng, what, b);
		for (size_t m = 0; m < SHAPE_METRICS; m++)
			mean[m * TRUTH_PAIRS + i] = (a[m] + b[m]) / 2;
	}
	for (size_t m = 0; m < SHAPE_METRICS; m++) {
		gsl_sort(&mean[m * TRUTH_PAIRS], 1, TRUTH_PAIRS);
		truth[m] = mean[m * TRUTH_PAIRS + TRUTH_PAIRS / 2];
	}
	return 0;
}

static void count(struct stop_end *end, const struct sequence *s, bool narrow,
		  const struct interval interval[SHAPE_METRICS],
		  const double truth[SHAPE_METRICS])
{
	end->runs += (double)s->n;
	end->narrow += narrow;
	for (size_t m = 0; m < SHAPE_METRICS; m++)
		end->covered[m] +=
			interval[m].low <= truth[m] && truth[m] <= interval[m].high;
}

/* As `pinlat run` does it. */
static int planned(gsl_rng *rng, const struct stop_case *what, const double *truth,
		   struct stop_end *end)
{
	struct sequence s = { 0 };
	struct interval interval[SHAPE_METRICS] = { { 0 } };
	struct stopping stopping;
	size_t time = STOP_CAP;
	bool narrow = false;
	int ret = stopping_init(&stopping, STOP_WITHIN, STOP_LEVEL, STOP_CAP);

	if (what->hurried)
		time = stopping.look[0] +
		       gsl_rng_uniform_int(rng, STOP_CAP - stopping.look[0] + 1);
	for (size_t k = 0; k < stopping.looks && ret == 0 && !narrow && s.n < time; k++) {
		draw_to(rng, what, &s, stopping.look[k] < time ? stopping.look[k] : time);
		narrow = true;
		for (size_t m = 0; m < SHAPE_METRICS && ret >= 0; m++) {
			ret = stopping_look(&stopping, s.value[m], s.n, &interval[m]);
			narrow &= ret > 0;
		}
		ret = ret < 0 ? ret : 0;
	}
	if (ret == 0)
		count(end, &s, narrow, interval, truth);
	return ret;
}

/* What anyone would do: look after every run, and stop as soon as it is good. */
static int greedy(gsl_rng *rng, const struct stop_case *what, const double *truth,
		  struct stop_end *end)
{
	struct sequence s = { 0 };
	struct interval interval[SHAPE_METRICS] = { { 0 } };
	bool narrow = false;
	int ret = 0;

	for (size_t n = stopping_least(STOP_LEVEL); n <= STOP_CAP && !narrow; n++) {
		draw_to(rng, what, &s, n);
		narrow = true;
		/* The first that is not narrow says enough, but for the last time. */
		for (size_t m = 0; m < SHAPE_METRICS && (narrow || n == STOP_CAP); m++) {
			ret = hodges_lehmann_one(&interval[m], s.value[m], n, STOP_LEVEL);
			if (ret < 0)
				return ret;
			narrow &= stopping_width(&interval[m]) <= STOP_WITHIN;
		}
	}
	count(end, &s, narrow, interval, truth);
	return 0;
}

int stop_run(struct stop_tally *t, const struct stop_case *what, unsigned int sequences,
	     uint64_t seed)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double truth[SHAPE_METRICS];
	int ret;

	if (!rng)
		return -ENOMEM;
	gsl_rng_set(rng, (unsigned long)seed);
	*t = (struct stop_tally){ .what = *what, .sequences = sequences };
	ret = find_truth(rng, what, truth);
	for (unsigned int i = 0; i < sequences && ret == 0; i++) {
		ret = planned(rng, what, truth, &t->planned);
		if (ret == 0)
			ret = greedy(rng, what, truth, &t->greedy);
	}
	gsl_rng_free(rng);
	return ret;
}

double stop_coverage(const struct stop_end *end, unsigned int sequences, double *worst)
{
	double sum = 0;

	*worst = 1;
	for (size_t m = 0; m < SHAPE_METRICS; m++) {
		double share = (double)end->covered[m] / (double)sequences;

		sum += share / SHAPE_METRICS;
		*worst = fmin(*worst, share);
	}
	return sum;
}
