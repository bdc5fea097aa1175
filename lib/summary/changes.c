// SPDX-License-Identifier: MIT
#include "summary/changes.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"

/*
 * The median of @side; of what may be 0 no less than the difference that matters to nobody: a stall where
 * there was none is not larger than any ratio.
 */
static double floored(const struct compare_row *row, int side)
{
	const struct decide_row *d = row->d;

	return d->difference ? fmax(d->median[side], d->absolute) : d->median[side];
}

/*
 * How large the change of @row is: by the two medians that are said, so that what is said first is
 * the largest for who divides them. INFINITY: to or from 0, or from or to a run that has no p99.
 */
static double size_of(const struct compare_row *row)
{
	double size = fabs(log(floored(row, DECIDE_NEW) / floored(row, DECIDE_BASE)));

	return isnan(size) ? 0 : size;
}

/* Puts @row where it belongs: what is as large stays before it. */
static void insert(struct changes *changes, const struct compare_row *row)
{
	double size = size_of(row);
	size_t i = changes->n++;

	for (; i > 0 && size_of(changes->row[i - 1]) < size; i--)
		changes->row[i] = changes->row[i - 1];
	changes->row[i] = row;
}

struct changes changes_find(const struct comparison *c, size_t s, enum verdict v)
{
	struct changes changes = { 0, xcalloc(c->rows, sizeof(*changes.row)) };

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));)
		if (row->d->verdict == v)
			insert(&changes, row);
	return changes;
}

struct changes changes_find_unproven(const struct comparison *c, size_t s)
{
	struct changes changes = { 0, xcalloc(c->rows, sizeof(*changes.row)) };

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, s, row));)
		if (row->d->verdict == VERDICT_UNCLEAR && row->d->change.estimate != 0 &&
		    row->d->p <= c->options->decide.alpha)
			insert(&changes, row);
	return changes;
}

double changes_largest(const struct changes *changes)
{
	return changes->n > 0 ? size_of(changes->row[0]) : -1;
}

void changes_free(struct changes *changes)
{
	free(changes->row);
}

static bool is_finite(const struct compare_row *row)
{
	return isfinite(row->d->median[DECIDE_BASE]) &&
	       isfinite(row->d->median[DECIDE_NEW]);
}

/*
 * " (median pair +60% [+7.6..+121%])": the change that is judged, which is not exactly the quotient of the
 * two medians that stand before it. Nothing where one side has no value; without @interval also where
 * the base is 0, since the change is the new value then.
 */
static void tell_pair(FILE *out, const struct comparison *c,
		      const struct compare_row *row, bool interval)
{
	char change[CELL_SIZE], range[CELL_SIZE];

	if (!is_finite(row) || (!interval && row->d->median[DECIDE_BASE] == 0))
		return;
	fprintf(out, " (median pair %s", row_change_text(c, row, change, sizeof(change)));
	if (interval && row_bounded(row))
		fprintf(out, " [%s]", range_text(row, range, sizeof(range)));
	fputc(')', out);
}

/* Both medians of @row, a percentile; a side most of whose runs have none says why. */
static void tell_quantile(FILE *out, const struct comparison *c,
			  const struct compare_row *row)
{
	const struct metric *m = compare_metric(c, row);
	char words[CELL_SIZE], new[CELL_SIZE], base[CELL_SIZE], few[2 * CELL_SIZE];

	metric_words(m, words, sizeof(words));
	side_text(c, row, DECIDE_NEW, new, sizeof(new));
	side_text(c, row, DECIDE_BASE, base, sizeof(base));
	snprintf(few, sizeof(few), "fewer than %ju %s a run, too few for a p%.10g",
		 (uintmax_t)quantile_samples_needed(m->p),
		 metric_is_of_faults(m) ? "faults" : "samples", 100 * m->p);
	if (isinf(row->d->median[DECIDE_NEW]))
		fprintf(out, "%s, against a %s of %s", few, words, base);
	else if (isinf(row->d->median[DECIDE_BASE]))
		fprintf(out, "%s %s against %s", words, new, few);
	else
		fprintf(out, "%s %s against %s", words, new, base);
}

static void tell_change(FILE *out, const struct comparison *c,
			const struct compare_row *row)
{
	const struct metric *m = compare_metric(c, row);
	const double *median = row->d->median;
	char words[CELL_SIZE], new[CELL_SIZE], base[CELL_SIZE];

	if (m->kind == METRIC_STALLS) {
		format_duration(m->from_ns, words, sizeof(words));
		fprintf(out, "%s stalls of %s or longer a CPU-minute against %s",
			format_number(median[DECIDE_NEW], new, sizeof(new)), words,
			format_number(median[DECIDE_BASE], base, sizeof(base)));
	} else if (m->p > 0) {
		tell_quantile(out, c, row);
	} else {
		fprintf(out, "%s %s against %s", metric_words(m, words, sizeof(words)),
			side_text(c, row, DECIDE_NEW, new, sizeof(new)),
			side_text(c, row, DECIDE_BASE, base, sizeof(base)));
	}
	tell_pair(out, c, row, false);
}

void changes_tell(FILE *out, const struct comparison *c, const struct changes *changes,
		  size_t most)
{
	for (size_t i = 0; i < changes->n && i < most; i++) {
		const struct cell *cell = changes->row[i]->cell[DECIDE_BASE];

		fputs(i > 0 ? "; " : "", out);
		if (i == 0 || cell != changes->row[i - 1]->cell[DECIDE_BASE]) {
			CLEANUP_FREE char *name = compare_cell_name(c, cell);

			fprintf(out, "%s: ", name);
		}
		tell_change(out, c, changes->row[i]);
	}
	if (changes->n > most)
		fprintf(out, "; and %zu more", changes->n - most);
}

/* So many new kernels are named with their changes; of more, the sentence counts them. */
#define HEADLINE_KERNELS 3
/* A change for the worse, and one for the better, of each. */
#define HEADLINE_ROWS (2 * HEADLINE_KERNELS)

static bool is_alike(const struct compare_row *a, const struct compare_row *b)
{
	return a->cell[DECIDE_BASE] == b->cell[DECIDE_BASE] && a->metric == b->metric;
}

/*
 * The change of @changes that a headline names: that of the number which @named has already, so that
 * kernels stand side by side; else the largest one that has two values; else the largest.
 */
static const struct compare_row *choose(const struct changes *changes,
					const struct compare_row *const *named, size_t n)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < changes->n; i++)
			if (is_alike(changes->row[i], named[k]) &&
			    is_finite(changes->row[i]))
				return changes->row[i];
	for (size_t i = 0; i < changes->n; i++)
		if (is_finite(changes->row[i]))
			return changes->row[i];
	return changes->n > 0 ? changes->row[0] : NULL;
}

/* Adds what @find finds of each new kernel. Returns how many @row has then. */
static size_t add_rows(const struct comparison *c, enum verdict v,
		       const struct compare_row **row, size_t n)
{
	for (size_t s = 1; s < c->sets; s++) {
		CLEANUP(changes_free)
		struct changes changes = v == VERDICT_UNCLEAR
						 ? changes_find_unproven(c, s)
						 : changes_find(c, s, v);
		const struct compare_row *chosen = choose(&changes, row, n);

		if (chosen)
			row[n++] = chosen;
	}
	return n;
}

/* "111ms on skip-unmap (median pair x12.0 [x4.1..x41.0])" */
static void tell_side(FILE *out, const struct comparison *c,
		      const struct compare_row *row, int side, bool intervals)
{
	const char *name = c->set[side == DECIDE_BASE ? 0 : row->set]->name;
	const char *load = c->view ? plain_load(row->cell[side], c->set[side]->name) : "";
	char value[CELL_SIZE];

	if (isinf(row->d->median[side]))
		snprintf(value, sizeof(value), "too long to be counted");
	else
		side_text(c, row, side, value, sizeof(value));
	fprintf(out, "%s %s %s", value, *load ? "with" : "on", *load ? load : name);
	if (side == DECIDE_NEW)
		tell_pair(out, c, row, intervals);
}

char *changes_headline(const struct comparison *c, bool intervals)
{
	const struct compare_row *row[HEADLINE_ROWS + 2];
	bool told[HEADLINE_ROWS + 2] = { false };
	char phrase[CELL_SIZE + 40];
	const char *between = "";
	struct memstream m;
	FILE *out;
	size_t n = 0;

	if (c->sets > HEADLINE_KERNELS + 1)
		return xstrdup(c->sentence);
	n = add_rows(c, VERDICT_WORSE, row, n);
	n = add_rows(c, VERDICT_BETTER, row, n);
	if (n == 0)
		n = add_rows(c, VERDICT_UNCLEAR, row, n);
	if (n == 0)
		return xstrdup(c->sentence);
	out = memstream_open(&m);
	for (size_t i = 0; i < n; i++) {
		if (told[i])
			continue;
		fprintf(out, "%s%s ", between,
			plain_phrase(row[i]->cell[DECIDE_BASE], compare_metric(c, row[i]),
				     phrase, sizeof(phrase)));
		tell_side(out, c, row[i], DECIDE_BASE, intervals);
		for (size_t k = i; k < n; k++) {
			if (!is_alike(row[i], row[k]))
				continue;
			fputs(", ", out);
			tell_side(out, c, row[k], DECIDE_NEW, intervals);
			told[k] = true;
		}
		between = "; ";
	}
	if (row[0]->d->verdict == VERDICT_UNCLEAR)
		fputs("; not proven", out);
	return memstream_close(&m);
}
