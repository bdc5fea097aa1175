// SPDX-License-Identifier: MIT
#include "decide/tail.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "stats/estimate.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* Iglewicz and Hoaglin's modified z-score of an outlier, and what makes a deviation of it. */
#define FAR	  3.5
#define DEVIATION .6745

double tail_excluded(const struct decide_row *row, const struct decide_options *options)
{
	return row->unit == UNIT_BOOT ? options->bad_boots : options->bad_runs;
}

size_t tail_least(const struct decide_row *row, const struct decide_options *options)
{
	double share = tail_excluded(row, options);

	/* A hair, for a share that is excluded exactly. */
	return share < 1 ? (size_t)ceil(log(options->alpha) / log1p(-share) - 1e-9) : 1;
}

/* The upper limit of a share of which @bad in @n are seen: doi 10.1093/biomet/26.4.404. */
static double upper_limit(size_t bad, size_t n, double alpha)
{
	if (bad >= n)
		return 1;
	return gsl_cdf_beta_Qinv(alpha, (double)bad + 1, (double)(n - bad));
}

/* How far each value of @r is from the median of its round: those of side 0, then of side 1. */
static void find_distances(double *distance, const struct rounds *r, bool within)
{
	CLEANUP_FREE double *value = xcalloc(r->n[0] + r->n[1], sizeof(*value));

	for (size_t round = 0; round < (within ? r->count : 1); round++) {
		double *out = distance, middle;
		size_t n = 0;

		for (int side = 0; side < 2; side++)
			for (size_t i = 0; i < r->n[side]; i++)
				if (!within || r->round[side][i] == round)
					value[n++] = r->value[side][i];
		middle = median(value, n);
		for (int side = 0; side < 2; side++)
			for (size_t i = 0; i < r->n[side]; i++, out++)
				if (!within || r->round[side][i] == round)
					*out = fabs(r->value[side][i] - middle);
	}
}

void tail_find(struct decide_row *row, const struct rounds *r, bool within, double margin,
	       const struct decide_options *options)
{
	size_t all = r->n[0] + r->n[1];
	CLEANUP_FREE double *distance = xcalloc(all, sizeof(*distance));
	const double *at = distance;
	double limit;

	find_distances(distance, r, within);
	limit = fmax(margin, FAR / DEVIATION * median(distance, all));
	row->bad_share = 0;
	for (int side = 0; side < DECIDE_SIDES; side++) {
		for (size_t i = 0; i < r->n[side]; i++)
			row->bad[side] +=
				*at++ > limit || isinf(row->side[side].value[i]);
		row->bad_share =
			fmax(row->bad_share,
			     upper_limit(row->bad[side], r->n[side], options->alpha));
	}
}
