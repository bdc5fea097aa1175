// SPDX-License-Identifier: MIT
#include "stats/stopping.h"

#include <errno.h>
#include <math.h>

/* From one look to the next; see the header. */
#define RATIO_LEAST 1.5
#define CAP_MOST    1000000

/* The smallest n whose signed-rank interval, from minimum to maximum, misses with at most @error. */
static size_t runs_for(double error)
{
	size_t n = 1;

	while (ldexp(1, 1 - (int)n) > error)
		n++;
	return n;
}

size_t stopping_least(double level)
{
	return runs_for(1 - level);
}

/* The n of look @k (from 0) of @looks. */
static size_t look_at(size_t k, size_t looks, size_t first, size_t cap)
{
	double ratio = (double)cap / (double)first;

	if (k == looks - 1)
		return cap;
	/* what is a whole number but for its last bits is that number */
	return (size_t)ceil((double)first * pow(ratio, (double)k / (double)(looks - 1)) -
			    1e-9);
}

/* How many looks there is room for. */
static size_t count_looks(double error, size_t cap)
{
	size_t looks = 1;

	while (looks < STOPPING_LOOKS_MAX) {
		size_t first = runs_for(error / (double)(looks + 1));

		if ((double)cap < (double)first * pow(RATIO_LEAST, (double)looks))
			break;
		looks++;
	}
	return looks;
}

int stopping_init(struct stopping *s, double within, double level, size_t cap)
{
	double error = 1 - level;
	size_t first;

	*s = (struct stopping){ .within = within, .level = level };
	if (!(within > 0) || !(level > 0 && level < 1) || cap > CAP_MOST)
		return -EINVAL;
	if (cap < stopping_least(level))
		return -ERANGE;
	s->looks = count_looks(error, cap);
	first = runs_for(error / (double)s->looks);
	for (size_t k = 0; k < s->looks; k++)
		s->look[k] = look_at(k, s->looks, first, cap);
	return 0;
}

double stopping_look_level(const struct stopping *s)
{
	return 1 - (1 - s->level) / (double)s->looks;
}

double stopping_width(const struct interval *i)
{
	return expm1(fmax(i->estimate - i->low, i->high - i->estimate));
}

int stopping_look(const struct stopping *s, const double *value, size_t n,
		  struct interval *interval)
{
	int ret = hodges_lehmann_one(interval, value, n, stopping_look_level(s));

	return ret < 0 ? ret : stopping_width(interval) <= s->within;
}
