// SPDX-License-Identifier: MIT
#include "summary/internal.h"

#include <math.h>
#include <string.h>

/* Where the variance of a result comes from. */
enum level {
	LEVEL_BOOT,
	LEVEL_RUN,
	LEVEL_WITHIN,
	LEVELS,
};

/*
 * The share of each level in the variance of a side's mean, over the judged rows of set @s:
 * what is repeated within a level is divided by all repetitions of it and above (Kalibera &
 * Jones, ISMM 2013, doi 10.1145/2464157.2464160). Returns over how many rows.
 */
static size_t find_shares(const struct comparison *c, size_t s, double share[LEVELS])
{
	size_t rows = 0;

	memset(share, 0, LEVELS * sizeof(*share));
	for (size_t i = 0; i < c->rows; i++) {
		const struct variance_levels *v = &c->row[i].spread;
		double part[LEVELS], sum = 0;

		if (c->row[i].set != s || !c->row[i].d->primary || v->runs == 0)
			continue;
		part[LEVEL_BOOT] = v->boot / (double)v->boots;
		part[LEVEL_RUN] = v->run / (double)v->runs;
		part[LEVEL_WITHIN] = v->within / (double)v->runs;
		for (int level = 0; level < LEVELS; level++)
			sum += part[level] > 0 ? part[level] : 0;
		if (!(sum > 0))
			continue;
		for (int level = 0; level < LEVELS; level++)
			share[level] += part[level] > 0 ? part[level] / sum : 0;
		rows++;
	}
	return rows;
}

static bool are_boots_unknown(const struct comparison *c, size_t s)
{
	for (size_t i = 0; i < c->rows; i++)
		if (c->row[i].set == s && c->row[i].d->primary &&
		    !isnan(c->row[i].spread.boot))
			return false;
	return true;
}

void _tell_advice(FILE *out, const struct comparison *c, size_t s)
{
	static const char *const words[LEVELS] = {
		[LEVEL_BOOT] = "boots: repeat boots next",
		[LEVEL_RUN] = "runs of a boot: repeat runs next",
		[LEVEL_WITHIN] = "samples within a run: measure longer next",
	};
	double share[LEVELS];
	size_t rows = find_shares(c, s, share);
	int most = 0;

	if (rows == 0)
		return;
	if (are_boots_unknown(c, s)) {
		fprintf(out, "the spread between boots is unknown: repeat boots next");
		return;
	}
	for (int level = 1; level < LEVELS; level++)
		if (share[level] > share[most])
			most = level;
	fprintf(out, "%.0f%% of the variance of a result comes from %s",
		100 * share[most] / (double)rows, words[most]);
}

/* What of @s's environment differs: the kernel itself, or more. */
void _tell_environment(FILE *out, const struct comparison *c, size_t s)
{
	const struct set *base = c->set[0], *set = c->set[s];
	size_t kernel = 0, rest = 0;

	for (size_t i = 0; i < c->differences; i++) {
		const char *path = c->difference[i].path;

		if (c->difference[i].set != s)
			continue;
		if (strcmp(path, "kernel.release") == 0 ||
		    strcmp(path, "kernel.version") == 0)
			kernel++;
		else
			rest++;
	}
	if (base->facts.n == 0 || set->facts.n == 0)
		fprintf(out, "the records do not tell");
	else if (kernel + rest == 0)
		fprintf(out, "no difference: the same kernel on the same machine");
	else if (rest == 0)
		fprintf(out, "only the kernel differs");
	else if (kernel == 0)
		fprintf(out, "%zu difference%s, the kernel is the same", rest,
			PLURAL(rest));
	else
		fprintf(out, "the kernel differs, and %zu thing%s besides", rest,
			PLURAL(rest));
}
