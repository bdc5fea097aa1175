// SPDX-License-Identifier: MIT
#include "compare/formats.h"

#include <gsl/gsl_statistics_double.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "render/render.h"
#include "say/say.h"
#include "sets/provenance.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

void compare_print_said(FILE *out, void *view)
{
	const struct compare_view *v = view;
	const struct saying s = { .c = v->c, .compared = true, .command = v->command };
	struct document d;

	say(&d, &s);
	v->render(out, &d, &v->look);
	doc_free(&d);
}

void compare_print_line(FILE *out, void *view)
{
	const struct comparison *c = ((const struct compare_view *)view)->c;
	CLEANUP_FREE char *line = say_line(c);

	print_ascii(out, line);
	fputs("\n", out);
}

void compare_print_json(FILE *out, void *view)
{
	const struct compare_view *v = view;
	json_object *root = compare_to_json(v->c);

	if (json_print(out, root) < 0)
		alloc_failed();
	json_object_put(root);
}

/* A field after RFC 4180: in quotes where it has to be. */
static void print_field(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* A number, preceded by a comma; nothing where it is not known. */
static void print_number(FILE *out, double x)
{
	fputc(',', out);
	if (isfinite(x))
		fprintf(out, "%.9g", x);
}

static void print_row(FILE *out, const struct comparison *c,
		      const struct compare_row *row, const char *where)
{
	const struct decide_row *d = row->d;
	const struct metric *m = compare_metric(c, row);
	CLEANUP_FREE char *name = compare_cell_name(c, row->cell[DECIDE_BASE]);
	const struct record_config *config = &row->cell[DECIDE_NEW]->config;
	bool ratio = !d->difference, bounded = decide_bounded(d);
	bool holm = d->primary && row_bounded(row);
	double scale = ratio ? 100 : 1;

	print_field(out, name);
	fprintf(out, ",%s,%s,", m->name, metric_unit_name(m->unit));
	print_field(out, c->set[row->set]->name);
	print_number(out, d->median[DECIDE_BASE]);
	print_number(out, d->median[DECIDE_NEW]);
	print_number(out, ratio ? 100 * d->change.estimate : NAN);
	print_number(out, ratio && bounded ? 100 * d->change.low : NAN);
	print_number(out, ratio && bounded ? 100 * d->change.high : NAN);
	print_number(out, d->p);
	print_number(out, d->p_adjusted);
	fprintf(out, ",%zu,%zu,%s,%s", d->side[0].n, d->side[1].n,
		row->boots ? "boots" : "runs", verdict_name(d->verdict));
	print_number(out, ratio ? NAN : d->change.estimate);
	print_number(out, !ratio && bounded ? d->change.low : NAN);
	print_number(out, !ratio && bounded ? d->change.high : NAN);
	fprintf(out, ",%" PRIu64 ",", record_pace_ns(config));
	print_field(out, c->set[0]->name);
	fputc(',', out);
	print_field(out, where);
	print_number(out, holm ? scale * d->family.low : NAN);
	print_number(out, holm ? scale * d->family.high : NAN);
	fprintf(out, ",%s\r\n",
		d->reason != REASON_NONE ? decide_reason_name(d->reason) : "");
}

void compare_print_csv(FILE *out, void *view)
{
	const struct compare_view *v = view;
	CLEANUP_FREE char *where = provenance_of_sets(v->c->set, v->c->sets);

	fprintf(out,
		"subtest,metric,unit,set,base,new,change_percent,ci_low,ci_high,p,p_adjusted,n_base,n_new,n_of,verdict,difference,difference_low,difference_high,interval_ns,base_set,measured_on,holm_low,holm_high,reason\r\n");
	for (size_t i = 0; i < v->c->rows; i++)
		print_row(out, v->c, &v->c->row[i], where);
}

void compare_print_values(FILE *out, void *view)
{
	const struct compare_view *v = view;
	const struct set *set = v->c->set[0];
	const char *primary = v->c->options->primary, *colon = strchr(primary, ':');
	size_t length = (size_t)(colon - primary);
	size_t m = metrics_find(&v->c->options->metrics, colon + 1);

	for (size_t i = 0; i < set->cells; i++) {
		const struct cell *cell = &set->cell[i];

		if (strncmp(cell->subtest, primary, length) != 0 || cell->subtest[length])
			continue;
		for (size_t j = 0; j < cell->runs; j++)
			if (!isnan(cell->run[j].value[m]))
				fprintf(out, "%.9g\n", cell->run[j].value[m]);
	}
}

/*
 * A comparison in the layout of mmtests' compare-kernels.sh (bin/lib/MMTests/Compare.pm): a row is a
 * summary of a number, a column a kernel, with its gain against the first one in percent. There, as
 * here, more is better. A * in place of the parentheses: the change is proven.
 */

/* Of a value and of its gain: "%12.2f (%6.2f%%)". */
#define VALUE_WIDTH  12
#define GAIN_WIDTH   6
#define KERNEL_WIDTH (VALUE_WIDTH + GAIN_WIDTH + 4)

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double minimum(const double *sorted, size_t n)
{
	(void)n;
	return sorted[0];
}

static double maximum(const double *sorted, size_t n)
{
	return sorted[n - 1];
}

static double mean(const double *sorted, size_t n)
{
	return gsl_stats_mean(sorted, 1, n);
}

static double median_of(const double *sorted, size_t n)
{
	return gsl_stats_median_from_sorted_data(sorted, 1, n);
}

/* Their names are those of mmtests. */
static const struct summary {
	const char *name;
	double (*of)(const double *sorted, size_t n);
	bool judged; /* the one that the verdict is about */
} summaries[] = {
	{ "Min", minimum, false },
	{ "2nd-qrtle", median_of, true },
	{ "Amean", mean, false },
	{ "Max", maximum, false },
};

#define SUMMARIES  (sizeof(summaries) / sizeof(*summaries))
#define NAME_WIDTH 9 /* of the longest */

/* So that values fit into their columns. */
static const struct {
	const char *name;
	double divisor;
} scales[] = {
	[UNIT_NS] = { "-us", 1e3 },	   [UNIT_PERCENT] = { "-%", 1 },
	[UNIT_PER_SECOND] = { "/s", 1 },   [UNIT_BYTES_PER_SECOND] = { "-MB/s", 1e6 },
	[UNIT_BYTES] = { "-MB", 1e6 },	   [UNIT_COUNT] = { "", 1 },
	[UNIT_PER_MINUTE] = { "/min", 1 },
};

/* @summary of one side of @row; NAN: no unit has a value. */
static double summarize(const struct comparison *c, const struct summary *summary,
			const struct compare_row *row, int side)
{
	const struct decide_side *from = &row->d->side[side];
	CLEANUP_FREE double *value = xcalloc(from->n + 1, sizeof(*value));
	double x;

	if (from->n == 0)
		return NAN;
	memcpy(value, from->value, from->n * sizeof(*value));
	qsort(value, from->n, sizeof(*value), by_value);
	x = summary->of(value, from->n);
	return x / scales[compare_metric(c, row)->unit].divisor;
}

/* By how much @value is better than @base, in percent; NAN: not known. */
static double gain(const struct comparison *c, const struct compare_row *row,
		   double value, double base)
{
	double more = 100 * (value - base) / base;

	if (value == base)
		return 0;
	return metric_is_work(compare_metric(c, row)) ? more : -more;
}

static void print_value(FILE *out, double value, double percent, bool proven)
{
	if (isfinite(value))
		fprintf(out, "%*.2f", VALUE_WIDTH, value);
	else
		fprintf(out, "%*s", VALUE_WIDTH, isinf(value) ? "too-slow" : "-");
	if (isfinite(percent))
		fprintf(out, proven ? " *%*.2f%%*" : " (%*.2f%%)", GAIN_WIDTH, percent);
	else
		fprintf(out, proven ? " *%*s *" : " (%*s )", GAIN_WIDTH, "-");
}

/* The row of new set @s that is about the same as @row of the first one, or NULL. */
static const struct compare_row *row_of(const struct comparison *c, size_t s,
					const struct compare_row *row)
{
	const struct compare_row *other = NULL;

	while ((other = compare_next_judged(c, s, other)))
		if (other->cell[DECIDE_BASE] == row->cell[DECIDE_BASE] &&
		    other->metric == row->metric)
			break;
	return other;
}

/* "thp-busy-fault_p99-us", malloc()ed. */
static char *name_of(const struct comparison *c, const struct compare_row *row)
{
	CLEANUP_FREE char *cell = compare_cell_name(c, row->cell[DECIDE_BASE]);
	const struct metric *m = compare_metric(c, row);

	return xasprintf("%s-%s%s", cell, m->name, scales[m->unit].name);
}

static void print_summary(FILE *out, const struct comparison *c,
			  const struct summary *summary, const struct compare_row *row,
			  int width)
{
	CLEANUP_FREE char *name = name_of(c, row);
	double base = summarize(c, summary, row, DECIDE_BASE);

	fprintf(out, "%-*s %-*s", NAME_WIDTH, summary->name, width, name);
	print_value(out, base, isfinite(base) ? 0 : NAN, false);
	for (size_t s = 1; s < c->sets; s++) {
		const struct compare_row *of = row_of(c, s, row);
		double value = of ? summarize(c, summary, of, DECIDE_NEW) : NAN;
		bool proven = of && summary->judged &&
			      (of->d->verdict == VERDICT_WORSE ||
			       of->d->verdict == VERDICT_BETTER);

		print_value(out, value, of ? gain(c, of, value, base) : NAN, proven);
	}
	fputs("\n", out);
}

/* Two lines, as there: what stands before the first dash of a name, and the rest. */
static void print_head(FILE *out, const struct comparison *c, int width)
{
	for (int line = 0; line < 2; line++) {
		int owed = NAME_WIDTH + 1 +
			   width; /* blanks that only a name makes worth printing */

		for (size_t s = 0; s < c->sets; s++) {
			const char *name = c->set[s]->name;
			size_t first = strcspn(name, "-");
			int length = line == 0 ? (int)first : (int)strlen(name + first);

			length = MIN(line == 0 ? length : length - 1, KERNEL_WIDTH - 1);
			owed += KERNEL_WIDTH;
			if (length <= 0)
				continue;
			fprintf(out, "%*.*s", owed, length,
				line == 0 ? name : name + first + 1);
			owed = 0;
		}
		fputs("\n", out);
	}
}

void compare_print_mmtests(FILE *out, void *view)
{
	const struct comparison *c = ((const struct compare_view *)view)->c;
	const struct compare_row *row;
	CLEANUP_FREE char *where = provenance_of_sets(c->set, c->sets);
	size_t width = 0;

	print_ascii(out, where);
	fputs("\n", out);
	for (row = NULL; (row = compare_next_judged(c, 1, row));) {
		CLEANUP_FREE char *name = name_of(c, row);

		width = MAX(width, strlen(name));
	}
	print_head(out, c, (int)width);
	for (size_t i = 0; i < SUMMARIES; i++)
		for (row = NULL; (row = compare_next_judged(c, 1, row));)
			print_summary(out, c, &summaries[i], row, (int)width);
}
