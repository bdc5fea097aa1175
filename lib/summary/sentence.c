// SPDX-License-Identifier: MIT
/* The verdicts in words, and what to do next. */
#include "summary/sentence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* So many rows are named in a sentence, those that changed most. */
#define ROWS_NAMED 3
/* More sets of one verdict are not all named in a sentence: there is a row of each. */
#define SETS_NAMED 4

/* Whether fewer than ROWS_NAMED rows of its set and verdict changed more than @row. */
static bool is_named(const struct comparison *c, const struct compare_row *row)
{
	double size = decide_size(row->d);
	size_t larger = 0;

	for (const struct compare_row *other = NULL;
	     (other = compare_next_judged(c, row->set, other));) {
		double of_other = decide_size(other->d);

		larger += other->d->verdict == row->d->verdict &&
			  (of_other > size || (of_other == size && other < row));
	}
	return larger < ROWS_NAMED;
}

/* "thp-busy p99 +32% [+18% .. +47%], …" of the rows of set @s that are @v. */
static void name_rows(FILE *out, const struct comparison *c, size_t s, enum verdict v)
{
	const struct compare_row *before = NULL;
	size_t all = compare_count(c, s, v);

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));) {
		const struct interval *change = &row->d->change;
		CLEANUP_FREE char *name = NULL;
		char text[32], range[80];

		if (row->d->verdict != v || !is_named(c, row))
			continue;
		if (!before || before->cell[0] != row->cell[0])
			name = compare_cell_name(c, row->cell[0]);
		fprintf(out, "%s%s%s%s ", before ? ", " : "", name ? name : "",
			name ? " " : "", compare_metric(c, row)->name);
		if (row->d->difference)
			fprintf(out, "from %s to %s",
				side_text(c, row, DECIDE_BASE, text, sizeof(text)),
				side_text(c, row, DECIDE_NEW, range, sizeof(range)));
		else
			fprintf(out, "%s %s",
				text_change(change->estimate, text, sizeof(text)),
				text_change_interval(change->low, change->high, range,
						     sizeof(range)));
		before = row;
	}
	if (all > ROWS_NAMED)
		fprintf(out, " and %zu more", all - ROWS_NAMED);
}

/* What more would make the unclear rows clear. */
static void tell_needed(FILE *out, const struct comparison *c, size_t s)
{
	const char *unit = units_name(c, s);
	bool hopeless = true, endless = false;
	size_t needed = 0; /* the most units a side that an unclear row needs */

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));) {
		const struct decide_row *d = row->d;
		size_t of_row = d->hopeless ? d->least : d->needed;

		if (d->verdict != VERDICT_UNCLEAR)
			continue;
		hopeless &= d->hopeless;
		endless |= of_row == 0;
		needed = of_row > needed ? of_row : needed;
	}
	if (hopeless && needed > 0)
		fprintf(out,
			"; so few %s cannot be significant in a family of %zu rows, %zu a side can",
			unit, c->primary, needed);
	else if (endless)
		fprintf(out,
			"; not even 1000 %s a side would tell a change of the margin",
			unit);
	else if (needed > 0)
		fprintf(out, "; about %zu %s a side would tell", needed, unit);
}

/* "; 2 rows the same, 3 unclear": the rest, after what was named. */
static void count_rest(FILE *out, const struct comparison *c, size_t s)
{
	size_t same = compare_count(c, s, VERDICT_SAME);
	size_t unclear = compare_count(c, s, VERDICT_UNCLEAR);

	if (same > 0)
		fprintf(out, "; %zu row%s the same", same, PLURAL(same));
	if (unclear > 0)
		fprintf(out, "%s %zu%s unclear", same ? "," : ";", unclear,
			same	       ? ""
			: unclear == 1 ? " row"
				       : " rows");
}

/* A change of latency beside a change of how many pages were huge is not that of the same work. */
static void tell_huge(FILE *out, const struct comparison *c, size_t s)
{
	for (const struct compare_row *row = NULL;
	     (row = compare_next_pair(c, s, row));) {
		const struct compare_row *huge =
			compare_is_judged(c, row) ? compare_other_huge(c, row) : NULL;

		if (huge)
			fprintf(out, "; huge pages of %s %s from %.3g%% to %.3g%%",
				row->cell[0]->subtest,
				huge->d->median[DECIDE_NEW] < huge->d->median[DECIDE_BASE]
					? "fell"
					: "rose",
				huge->d->median[DECIDE_BASE],
				huge->d->median[DECIDE_NEW]);
	}
}

static void tell_set(FILE *out, const struct comparison *c, size_t s)
{
	const char *base = c->set[0]->name, *name = c->set[s]->name;
	enum verdict v = c->result[s].verdict;
	size_t worse = compare_count(c, s, VERDICT_WORSE);
	size_t better = compare_count(c, s, VERDICT_BETTER);
	size_t same = compare_count(c, s, VERDICT_SAME);
	size_t unclear = compare_count(c, s, VERDICT_UNCLEAR);

	switch (v) {
	case VERDICT_WORSE:
	case VERDICT_BETTER:
		fprintf(out, "%s is %s than %s in %zu of %zu judged rows: ", name,
			verdict_name(v), base, v == VERDICT_WORSE ? worse : better,
			worse + better + same + unclear);
		name_rows(out, c, s, v);
		count_rest(out, c, s);
		tell_huge(out, c, s);
		break;
	case VERDICT_MIXED:
		fprintf(out, "%s is better than %s in %s%zu of %zu judged rows: ", name,
			base, worse > 0 ? "" : "work alone, ", better,
			worse + better + same + unclear);
		name_rows(out, c, s, VERDICT_BETTER);
		if (worse > 0) {
			fprintf(out, "; worse: ");
			name_rows(out, c, s, VERDICT_WORSE);
		}
		count_rest(out, c, s);
		tell_huge(out, c, s);
		break;
	case VERDICT_SAME:
		fprintf(out,
			"%s is the same as %s: each of %zu judged rows lies within its margin",
			name, base, same);
		break;
	case VERDICT_UNCLEAR:
		fprintf(out,
			"these %s cannot tell whether %s differs from %s: %zu of %zu judged rows are shown neither to have changed nor to be the same",
			units_name(c, s), name, base, unclear, same + unclear);
		tell_needed(out, c, s);
		break;
	case VERDICT_NONE:
		fprintf(out,
			"%s against %s is not judged: they share none of the subtests that are judged (--primary names others)",
			name, base);
		break;
	}
}

/*
 * The sets with verdict @v: "2 worse (a, b)"; of many the first and the last: "9 same (a, ..., i)".
 * Returns what stands before the next ones.
 */
static const char *list_sets(FILE *out, const struct comparison *c, enum verdict v,
			     const char *between)
{
	size_t n = 0, seen = 0;

	for (size_t s = 1; s < c->sets; s++)
		n += c->result[s].verdict == v;
	if (n == 0)
		return between;
	fprintf(out, "%s%zu %s", between, n,
		v == VERDICT_NONE ? "not judged" : verdict_name(v));
	for (size_t s = 1; s < c->sets; s++) {
		if (c->result[s].verdict != v)
			continue;
		seen++;
		if (n <= SETS_NAMED || seen == 1 || seen == n)
			fprintf(out, "%s%s", seen == 1 ? " (" : ", ", c->set[s]->name);
		else if (seen == 2)
			fputs(", ...", out);
	}
	fputc(')', out);
	return ", ";
}

static void tell_all(FILE *out, const struct comparison *c, size_t all)
{
	static const enum verdict order[] = { VERDICT_WORSE,   VERDICT_MIXED,
					      VERDICT_BETTER,  VERDICT_SAME,
					      VERDICT_UNCLEAR, VERDICT_NONE };
	const char *between = ": ";

	(void)all;
	fprintf(out, "%zu sets against %s", c->sets - 1, c->set[0]->name);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		between = list_sets(out, c, order[i], between);
}

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
	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));) {
		const struct variance_levels *v = &row->spread;
		double part[LEVELS], sum = 0;

		if (v->runs == 0)
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
	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));)
		if (!isnan(row->spread.boot))
			return false;
	return true;
}

/* Which level to repeat next; nothing where nothing is judged. */
static void tell_advice(FILE *out, const struct comparison *c, size_t s)
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
static void tell_environment(FILE *out, const struct comparison *c, size_t s)
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

/* What @tell says of set @s, malloc()ed. */
static char *told(const struct comparison *c, size_t s,
		  void (*tell)(FILE *out, const struct comparison *c, size_t s))
{
	struct memstream m;

	tell(memstream_open(&m), c, s);
	return memstream_close(&m);
}

void compare_say(struct comparison *c)
{
	CLEANUP_FREE enum verdict *verdict = xcalloc(c->sets, sizeof(*verdict));
	const struct decide_row *d = c->decided, *end = c->decided + c->rows;

	for (size_t s = 1; s < c->sets; s++) {
		struct compare_result *result = &c->result[s];
		size_t n = 0;

		/* rows of a set stand together */
		while (d + n < end && c->row[d - c->decided + n].set == s)
			n++;
		verdict[s - 1] = result->verdict = decide_overall(d, n);
		d += n;
		result->sentence = told(c, s, tell_set);
		result->environment = told(c, s, tell_environment);
		result->advice = told(c, s, tell_advice);
	}
	c->verdict = decide_sets(verdict, c->sets - 1);
	c->sentence =
		c->sets == 2 ? xstrdup(c->result[1].sentence) : told(c, 0, tell_all);
}
