// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/inference-private.h"

/* Merges the ascending halves of @value; returns how often a later one is smaller. */
static uint64_t merge(double *value, double *scratch, size_t n)
{
	size_t half = n / 2, i = 0, j = half, k = 0;
	uint64_t inversions = 0;

	while (i < half && j < n) {
		if (value[j] < value[i]) {
			inversions += half - i;
			scratch[k++] = value[j++];
		} else {
			scratch[k++] = value[i++];
		}
	}
	memcpy(&scratch[k], &value[i], (half - i) * sizeof(*value));
	memcpy(value, scratch, (k + half - i) * sizeof(*value));
	return inversions;
}

/* Sorts @value; returns how many pairs stood the wrong way round. */
static uint64_t sort_inversions(double *value, double *scratch, size_t n)
{
	size_t half = n / 2;
	uint64_t inversions;

	if (n < 2)
		return 0;
	inversions = sort_inversions(value, scratch, half);
	inversions += sort_inversions(&value[half], scratch, n - half);
	return inversions + merge(value, scratch, n);
}

/* What ties do to the test. */
struct ties {
	size_t groups;	 /* different values */
	double pairs;	 /* of different values */
	double variance; /* of concordant less discordant pairs: Kendall 1970, chapter 4 */
};

/* @group: how many have each of the ascending values @value. */
static struct ties count_ties(size_t *group, const double *value, size_t n)
{
	double all = (double)n;
	struct ties t = { 0, all * (all - 1) / 2, all * (all - 1) * (2 * all + 5) / 18 };

	for (size_t first = 0, end; first < n; first = end) {
		double size;

		for (end = first + 1; end < n && value[end] == value[first];)
			end++;
		group[t.groups++] = end - first;
		size = (double)(end - first);
		t.pairs -= size * (size - 1) / 2;
		t.variance -= size * (size - 1) * (2 * size + 5) / 18;
	}
	return t;
}

static void test_inversions(struct rank_p *result, uint64_t inversions,
			    const struct ties *t, const size_t *group, size_t n)
{
	double against = (double)inversions, along = t->pairs - against;
	struct null_counts c;

	result->exact = n <= COUNTED_VALUES;
	if (result->exact) {
		_count_inversions(&c, group, t->groups, (size_t)t->pairs);
		result->p = 2 * _null_at_most(&c, (size_t)fmin(along, against));
		result->p = fmin(1, result->p);
		result->floor = fmin(1, 2 * _null_at_most(&c, 0));
		return;
	}
	/* Concordant less discordant pairs: it moves in steps of 2. */
	result->p = _normal_p(along - against, 1, sqrt(t->variance));
	result->floor = _normal_p(t->pairs, 1, sqrt(t->variance));
}

int kendall_drift(const double *a, size_t n, double *tau, struct rank_p *result)
{
	double *sorted, *scratch;
	size_t *group;
	int ret = -ENOMEM;

	if (n < 3 || !_values_usable(a, n))
		return -EINVAL;
	sorted = malloc(n * sizeof(*sorted));
	scratch = calloc(n, sizeof(*scratch));
	group = calloc(n, sizeof(*group));
	if (sorted && scratch && group) {
		double all = (double)n * (double)(n - 1) / 2, most;
		uint64_t inversions;
		struct ties t;

		memcpy(sorted, a, n * sizeof(*sorted));
		inversions = sort_inversions(sorted, scratch, n);
		t = count_ties(group, sorted, n);
		test_inversions(result, inversions, &t, group, n);
		most = sqrt(t.pairs * all);
		*tau = most > 0 ? (t.pairs - 2 * (double)inversions) / most : 0;
		ret = 0;
	}
	free(sorted);
	free(scratch);
	free(group);
	return ret;
}
