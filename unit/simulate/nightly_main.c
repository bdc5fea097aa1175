// SPDX-License-Identifier: MIT
/*
 * False alarms of who looks at a history every night: a series in which nothing changes is looked at
 * on each night from the 8th on, and there is an alarm where a change lies within the last 7 kernels,
 * as `pinlat history --fail-on changed:7` has it. Prints the share of series that raise one.
 * usage: simulate-nightly [SERIES [NIGHTS]]
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "history/changepoint.h"
#include "stats/random.h"

#define NIGHTS_MAX 365
#define RECENT	   7

/* A normal number (Box and Muller). */
static double normal(struct random_state *r)
{
	double u = ((double)(random_next(r) >> 11) + 0.5) / 9007199254740992.0;
	double v = (double)(random_next(r) >> 11) / 9007199254740992.0;

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* Whether the look at the first @n nights raises an alarm. */
static bool alarms(const double *value, size_t n, double alpha)
{
	struct changepoint_options o = changepoint_defaults();
	struct changepoints found;
	bool alarm = false;

	o.alpha = alpha;
	if (changepoints_find(&found, value, n, &o) < 0)
		return false;
	for (size_t i = 0; i < found.n; i++)
		alarm |= n - found.change[i].at <= RECENT && found.drift > alpha;
	changepoints_free(&found);
	return alarm;
}

/* Of @series series, each night correlated with the one before by @rho: how many alarm, in percent. */
static double rate(unsigned int series, size_t nights, double alpha, double rho)
{
	unsigned int alarmed = 0;

	for (unsigned int i = 0; i < series; i++) {
		struct random_state r = random_stream(7, i);
		double value[NIGHTS_MAX], before = normal(&r);
		bool any = false;

		for (size_t n = 0; n < nights; n++)
			value[n] = before =
				rho * before + sqrt(1 - rho * rho) * normal(&r);
		for (size_t n = 8; n <= nights && !any; n++)
			any = alarms(value, n, alpha);
		alarmed += any;
	}
	return 100.0 * alarmed / series;
}

int main(int argc, char **argv)
{
	static const double alphas[] = { .05, .01, .002 };
	unsigned int series = argc > 1 ? (unsigned int)atoi(argv[1]) : 200;
	size_t nights = argc > 2 ? (size_t)atoi(argv[2]) : NIGHTS_MAX;

	if (nights > NIGHTS_MAX || nights < 8 || series == 0)
		return 2;
	printf("%u series, a look on each of %zu nights: %% that raise a false alarm\n",
	       series, nights);
	printf("| alpha of a look | independent nights | correlated by .3 |\n|--:|--:|--:|\n");
	for (size_t a = 0; a < sizeof(alphas) / sizeof(*alphas); a++) {
		printf("| %g | %.1f |", alphas[a], rate(series, nights, alphas[a], 0));
		printf(" %.1f |\n", rate(series, nights, alphas[a], .3));
		fflush(stdout);
	}
	return 0;
}
