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

/*
 * How many times the base the new value is, by the two medians that are said; NAN where they do not show the
 * direction of the change, which is that of all pairs.
 */
static double ratio_of(const struct compare_row *row)
{
	const struct decide_row *d = row->d;
	double ratio = d->median[DECIDE_NEW] / d->median[DECIDE_BASE];

	return (ratio > 1) == (d->change.estimate > 0) ? ratio : NAN;
}

/* ", 235 times as much", ", 92 times shorter", ", +40%"; nothing where one side is 0. */
static void tell_factor(FILE *out, double ratio, enum metric_unit unit)
{
	double times = fmax(ratio, 1 / ratio);
	const char *more = unit == UNIT_NS ? "as long" : "as much";
	const char *less = unit == UNIT_NS ? "shorter" : "less";
	char buf[32];

	if (!isfinite(times))
		return;
	if (times < 2)
		fprintf(out, ", %s", text_change(ratio - 1, buf, sizeof(buf)));
	else
		fprintf(out, times < 1000 ? ", %.3g times %s" : ", %.0f times %s", times,
			ratio > 1 ? more : less);
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
	tell_factor(out, ratio_of(row), m->unit);
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

/* side_text() without a sign that a table would explain; @buf. */
static const char *short_text(const struct comparison *c, const struct compare_row *row,
			      int side, char *buf, size_t size)
{
	if (isfinite(row->d->median[side]))
		return side_text(c, row, side, buf, size);
	snprintf(buf, size, "too few %s",
		 metric_is_of_faults(compare_metric(c, row)) ? "faults" : "samples");
	return buf;
}

void changes_tell_subject(FILE *out, const struct comparison *c,
			  const struct changes *changes)
{
	const struct compare_row *row = changes->row[0];
	CLEANUP_FREE char *name = compare_cell_name(c, row->cell[DECIDE_BASE]);
	char words[CELL_SIZE], new[CELL_SIZE], base[CELL_SIZE];
	double ratio = ratio_of(row);

	fprintf(out, "%s %s %s -> %s", name,
		metric_words(compare_metric(c, row), words, sizeof(words)),
		short_text(c, row, DECIDE_BASE, base, sizeof(base)),
		short_text(c, row, DECIDE_NEW, new, sizeof(new)));
	if (isfinite(ratio) && ratio > 0)
		fprintf(out, " (x%.3g)", ratio);
}
