// SPDX-License-Identifier: MIT
#include "summary/internal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "summary/words.h"
#include "system/cleanup.h"

/* So many rows are named in a sentence, those that changed most. */
#define ROWS_NAMED 3
/* More sets of one verdict are not all named in a sentence: there is a row of each. */
#define SETS_NAMED 4

/* Whether fewer than ROWS_NAMED rows of its set and verdict changed more than @row. */
static bool is_named(const struct comparison *c, const struct compare_row *row)
{
	double size = fabs(log1p(row->d->change.estimate));
	size_t larger = 0;

	for (size_t i = 0; i < c->rows; i++) {
		const struct compare_row *other = &c->row[i];
		double of_other = fabs(log1p(other->d->change.estimate));

		larger += other->set == row->set &&
			  other->d->verdict == row->d->verdict &&
			  (of_other > size || (of_other == size && other < row));
	}
	return larger < ROWS_NAMED;
}

/* "thp-busy p99 +32% [+18% .. +47%], …" of the rows of set @s that are @v. */
static void name_rows(FILE *out, const struct comparison *c, size_t s, enum verdict v)
{
	const struct compare_row *before = NULL;
	size_t all = compare_count(c, s, v);

	for (size_t i = 0; i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];
		const struct interval *change = &row->d->change;
		_cleanup_free_ char *name = NULL;
		char text[32], range[80];

		if (row->set != s || row->d->verdict != v || !is_named(c, row))
			continue;
		if (!before || before->cell[0] != row->cell[0])
			name = compare_cell_name(c, row->cell[0]);
		fprintf(out, "%s%s%s%s %s %s", before ? ", " : "", name ? name : "",
			name ? " " : "", c->options->metrics.metric[row->metric].name,
			text_change(change->estimate, text, sizeof(text)),
			text_change_interval(change->low, change->high, range,
					     sizeof(range)));
		before = row;
	}
	if (all > ROWS_NAMED)
		fprintf(out, " and %zu more", all - ROWS_NAMED);
}

/* The most units a side that an unclear row of set @s needs; @hopeless: they all are. */
static size_t units_needed(const struct comparison *c, size_t s, bool *hopeless,
			   bool *endless)
{
	size_t needed = 0;

	*hopeless = true;
	*endless = false;
	for (size_t i = 0; i < c->rows; i++) {
		const struct decide_row *d = c->row[i].d;
		size_t of_row = d->hopeless ? d->least : d->needed;

		if (c->row[i].set != s || d->verdict != VERDICT_UNCLEAR || !d->primary)
			continue;
		*hopeless &= d->hopeless;
		*endless |= of_row == 0;
		needed = of_row > needed ? of_row : needed;
	}
	return needed;
}

static bool are_boots(const struct comparison *c, size_t s)
{
	for (size_t i = 0; i < c->rows; i++)
		if (c->row[i].set == s && c->row[i].d->primary)
			return c->row[i].boots;
	return false;
}

/* What more would make the unclear rows clear. */
static void tell_needed(FILE *out, const struct comparison *c, size_t s)
{
	const char *unit = are_boots(c, s) ? "boots" : "runs";
	bool hopeless, endless;
	size_t needed = units_needed(c, s, &hopeless, &endless);

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
	for (size_t i = 0; i < c->rows; i++) {
		const struct compare_row *row = &c->row[i], *huge;

		if (row->set != s || !_is_first_of_pair(c, i) ||
		    !compare_is_judged(c, row))
			continue;
		huge = _other_huge(c, row);
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
	size_t worse = compare_count(c, s, VERDICT_WORSE);
	size_t better = compare_count(c, s, VERDICT_BETTER);
	size_t same = compare_count(c, s, VERDICT_SAME);
	size_t unclear = compare_count(c, s, VERDICT_UNCLEAR);

	switch (c->result[s].verdict) {
	case VERDICT_WORSE:
		fprintf(out, "%s is worse than %s in %zu of %zu judged rows: ", name,
			base, worse, worse + better + same + unclear);
		name_rows(out, c, s, VERDICT_WORSE);
		if (better > 0) {
			fprintf(out, "; better: ");
			name_rows(out, c, s, VERDICT_BETTER);
		}
		count_rest(out, c, s);
		tell_huge(out, c, s);
		break;
	case VERDICT_BETTER:
		fprintf(out, "%s is better than %s in %zu of %zu judged rows: ", name,
			base, better, better + same + unclear);
		name_rows(out, c, s, VERDICT_BETTER);
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
			are_boots(c, s) ? "boots" : "runs", name, base, unclear,
			same + unclear);
		tell_needed(out, c, s);
		break;
	case VERDICT_NONE:
		fprintf(out,
			"%s against %s is not judged: they share no subtest that is (see --primary)",
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

static void tell_all(FILE *out, const struct comparison *c)
{
	static const enum verdict order[] = { VERDICT_WORSE, VERDICT_BETTER, VERDICT_SAME,
					      VERDICT_UNCLEAR, VERDICT_NONE };
	const char *between = ": ";

	fprintf(out, "%zu sets against %s", c->sets - 1, c->set[0]->name);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		between = list_sets(out, c, order[i], between);
}

/* What @tell says of set @s, malloc()ed, or NULL. */
static char *told(const struct comparison *c, size_t s,
		  void (*tell)(FILE *out, const struct comparison *c, size_t s))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (tell)
		tell(out, c, s);
	else
		tell_all(out, c);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* The verdict on set @s. Its rows stand together. */
static enum verdict judge_set(const struct comparison *c, size_t s)
{
	size_t first = 0, n = 0;

	while (first < c->rows && c->row[first].set != s)
		first++;
	while (first + n < c->rows && c->row[first + n].set == s)
		n++;
	return decide_overall(c->decided + first, n);
}

int _sentences(struct comparison *c)
{
	c->verdict = decide_overall(c->decided, c->rows);
	for (size_t s = 1; s < c->sets; s++) {
		struct compare_result *result = &c->result[s];

		result->verdict = judge_set(c, s);
		result->sentence = told(c, s, tell_set);
		result->environment = told(c, s, _tell_environment);
		result->advice = told(c, s, _tell_advice);
		if (!result->sentence || !result->environment || !result->advice)
			return -ENOMEM;
	}
	c->sentence = c->sets == 2 ? strdup(c->result[1].sentence) : told(c, 0, NULL);
	return c->sentence ? 0 : -ENOMEM;
}
