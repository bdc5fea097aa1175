// SPDX-License-Identifier: MIT
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "stats/estimate.h"
#include "stats/inference-private.h"

#define RUNS_MOST 1000

/* What a test that really rejects with probability @level under no change would find. */
static double shift_at(double level, double sd, size_t n, size_t m, double power)
{
	double freedom = (double)(n + m - 2);
	double t = gsl_cdf_tdist_Qinv(level / 2, freedom) +
		   gsl_cdf_tdist_Pinv(power, freedom);

	return fmax(0, t) * sd * sqrt((1 / (double)n + 1 / (double)m) * M_PI / 3);
}

/* The largest p up to @alpha that mann_whitney() can give; 0: none. */
static double attained_level(size_t n, size_t m, double alpha)
{
	struct null_counts c;
	size_t rank;

	if (n * m > COUNTED_PAIRS)
		return mann_whitney_floor(n, m) <= alpha ? alpha : 0;
	_count_mann_whitney(&c, n, m);
	rank = _null_rank(&c, alpha / 2);
	return rank > 0 ? 2 * _null_at_most(&c, rank - 1) : 0;
}

static bool inside(double probability)
{
	return probability > 0 && probability < 1;
}

double detectable_shift(double sd, size_t n, size_t m, double alpha, double power)
{
	double level;

	if (!(sd >= 0) || !inside(alpha) || !inside(power))
		return NAN;
	level = attained_level(n, m, alpha);
	return level > 0 ? shift_at(level, sd, n, m, power) : INFINITY;
}

size_t runs_needed(double sd, double shift, double alpha, double power)
{
	size_t low = 2, high = RUNS_MOST + 1;

	if (!(sd >= 0) || !(shift > 0) || !inside(alpha) || !inside(power))
		return 0;
	/* At the level asked for it falls with every run; what is attained is no higher. */
	while (low < high) {
		size_t n = low + (high - low) / 2;

		if (shift_at(alpha, sd, n, n, power) <= shift)
			high = n;
		else
			low = n + 1;
	}
	for (size_t n = low; n <= RUNS_MOST; n++) {
		if (detectable_shift(sd, n, n, alpha, power) <= shift)
			return n;
	}
	return 0;
}
