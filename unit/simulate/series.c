// SPDX-License-Identifier: MIT
#include "series.h"

#include <errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "stats/estimate.h"

/* Quantiles of thp, in turn. */
#define FIRST_METRIC SHAPE_QUANTILES

/* What drifts does so by this much from the first kernel to the last. */
#define DRIFT 1.2

const char *truth_name(enum truth truth)
{
	static const char *const name[TRUTHS] = {
		[TRUTH_NOTHING] = "nothing",
		[TRUTH_STEP_20] = "+20 % in the middle",
		[TRUTH_STEP_50] = "+50 % in the middle",
		[TRUTH_LAST] = "+50 % of the last three",
		[TRUTH_UP_DOWN] = "+50 %, and back",
		[TRUTH_UP_UP] = "+50 %, and again",
		[TRUTH_OUTLIER] = "+20 % in the middle, x10 one kernel",
		[TRUTH_SPIKE] = "x3, one kernel",
		[TRUTH_DRIFT] = "+20 % by and by",
	};

	return name[truth];
}

/* Where levels begin, and by how much they are higher. */
static void set_changes(struct series *s)
{
	size_t n = s->design.kernels;
	enum truth truth = s->design.truth;
	double by = log(truth == TRUTH_STEP_20 || truth == TRUTH_OUTLIER ? 1.2 : 1.5);

	s->changes = 1;
	s->at[0] = n / 2;
	s->by[0] = by;
	switch (truth) {
	case TRUTH_STEP_20:
	case TRUTH_OUTLIER:
	case TRUTH_STEP_50:
		break;
	case TRUTH_LAST:
		s->at[0] = n - 3;
		break;
	case TRUTH_UP_DOWN:
	case TRUTH_UP_UP:
		s->changes = 2;
		s->at[0] = n / 3;
		s->at[1] = 2 * n / 3;
		s->by[1] = truth == TRUTH_UP_UP ? by : -by;
		break;
	default:
		s->changes = 0;
	}
}

/* How many times as long everything takes on kernel @i. */
static double scale_of(const struct series *s, size_t i)
{
	size_t n = s->design.kernels;
	double level = 0;

	if (s->design.truth == TRUTH_SPIKE && i == n / 2)
		return 3;
	if (s->design.truth == TRUTH_OUTLIER && i == n / 4)
		return 10;
	if (s->design.truth == TRUTH_DRIFT)
		return pow(DRIFT, (double)i / (double)(n - 1));
	for (size_t c = 0; c < s->changes; c++)
		level += i >= s->at[c] ? s->by[c] : 0;
	return exp(level);
}

void series_draw(gsl_rng *rng, const struct series_design *design, size_t metric,
		 struct series *s)
{
	s->design = *design;
	set_changes(s);
	for (size_t i = 0; i < design->kernels; i++) {
		double boot = exp(gsl_ran_gaussian_ziggurat(rng, SHAPE_BOOT_SPREAD));

		for (size_t r = 0; r < design->runs; r++) {
			double value[SHAPE_METRICS];

			shape_draw_run(rng, design->shape, scale_of(s, i) * boot,
				       SHAPE_RUN_SPREAD, value);
			s->value[i][r] = shape_bucket(value[metric]);
		}
		s->median[i] = log(median(s->value[i], design->runs));
	}
}

static bool is_near(size_t a, size_t b)
{
	return a > b ? a - b <= SERIES_NEAR : b - a <= SERIES_NEAR;
}

static void count(struct series_tally *t, const struct series *s, enum method method,
		  const size_t *at, size_t n)
{
	size_t hit = 0, right = 0;

	for (size_t c = 0; c < s->changes; c++) {
		bool found = false;

		for (size_t i = 0; i < n; i++)
			found |= is_near(at[i], s->at[c]);
		hit += found;
	}
	for (size_t i = 0; i < n; i++) {
		bool near = false;

		for (size_t c = 0; c < s->changes; c++)
			near |= is_near(at[i], s->at[c]);
		right += near;
	}
	t->method[method].any += n > 0;
	t->method[method].all += s->changes > 0 && hit == s->changes;
	t->method[method].wrong += right < n;
}

/* What only lib/stats says: intervals and drift. */
static void count_more(struct series_tally *t, const struct series *s,
		       const struct changepoints *found)
{
	t->drifts += found->drift <= SERIES_ALPHA;
	for (size_t i = 0; i < found->n; i++) {
		const struct changepoint *f = &found->change[i];

		for (size_t c = 0; c < s->changes; c++) {
			if (!is_near(f->at, s->at[c]))
				continue;
			t->found++;
			t->exact += f->at == s->at[c];
			t->placed += f->low <= s->at[c] && s->at[c] <= f->high;
			t->sized += f->shift.low <= s->by[c] && s->by[c] <= f->shift.high;
			break;
		}
	}
}

static int try_pinlat(struct series_tally *t, const struct series *s, uint64_t seed)
{
	struct changepoint_options o = changepoint_defaults();
	size_t at[SERIES_FOUND_MAX];
	struct changepoints found;
	int ret;

	o.seed = seed;
	ret = changepoints_find(&found, s->median, s->design.kernels, &o);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < found.n; i++)
		at[i] = found.change[i].at;
	count(t, s, METHOD_PINLAT, at, found.n);
	count_more(t, s, &found);
	changepoints_free(&found);
	return 0;
}

int series_run(struct series_tally *t, unsigned int experiments, uint64_t seed)
{
	static _Thread_local struct series s;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t at[SERIES_FOUND_MAX];
	int ret = 0;

	if (!rng)
		return -ENOMEM;
	gsl_rng_set(rng, (unsigned long)seed);
	t->experiments = experiments;
	for (unsigned int i = 0; i < experiments && ret == 0; i++) {
		series_draw(rng, &t->design, FIRST_METRIC + i % SHAPE_QUANTILES, &s);
		ret = try_pinlat(t, &s, seed + i);
		for (enum method m = METHOD_PINLAT + 1; t->compared && m < METHODS; m++) {
			int n = ret < 0 ? ret : method_find(m, &s, seed + i, at);

			if (n >= 0)
				count(t, &s, m, at, (size_t)n);
			ret = n < 0 ? n : ret;
		}
	}
	gsl_rng_free(rng);
	return ret;
}
