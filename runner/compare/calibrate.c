// SPDX-License-Identifier: MIT
#include "compare/calibrate.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide/calibrate.h"
#include "message.h"
#include "pinlat.h"
#include "render/table.h"
#include "sets/provenance.h"
#include "stats/estimate.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* The splits are drawn alike each time: the same set gives the same text. */
#define SPLIT_SEED 1
#define LINE_WIDTH 100
/* How many sizes of a later comparison are shown, each twice the one before. */
#define SIZES 4

/* One number that is judged, by name. */
struct calibrate_name {
	char *cell; /* owned; compare_cell_name() */
	const char *subtest;
	const char *metric;
};

/* The figures of one set. */
struct calibrate_report {
	const struct comparison *comparison; /* of the set with itself */
	size_t rows;
	struct calibrate_row *row;   /* owned */
	struct calibrate_name *name; /* owned; as many */
	size_t left_out;	     /* numbers with too few runs, or with zeros */
	struct calibration all;
	bool boots;	     /* a unit is a boot, else a run */
	size_t most, least;  /* units of the rows */
	double unit_seconds; /* that one unit of all judged subtests took; NAN: unknown */
};

static void free_report(struct calibrate_report *r)
{
	for (size_t i = 0; i < r->rows; i++)
		free(r->name[i].cell);
	free(r->name);
	free(r->row);
}

static bool is_positive(const struct decide_side *side)
{
	for (size_t i = 0; i < side->n; i++)
		if (!(side->value[i] > 0) || isinf(side->value[i]))
			return false;
	return true;
}

/* Takes the judged rows that have units enough. */
static void take_rows(struct calibrate_report *r)
{
	const struct comparison *c = r->comparison;

	r->row = xcalloc(c->primary, sizeof(*r->row));
	r->name = xcalloc(c->primary, sizeof(*r->name));
	r->least = SIZE_MAX;
	for (const struct compare_row *from = NULL;
	     (from = compare_next_judged(c, 0, from));) {
		const struct decide_side *base = &from->d->side[DECIDE_BASE];
		size_t n = base->n;

		if (n < CALIBRATE_UNITS || !is_positive(base)) {
			r->left_out++;
			continue;
		}
		r->row[r->rows] = (struct calibrate_row){
			.n = n,
			.value = base->value,
			.start = base->start,
			.margin = from->d->margin,
		};
		r->name[r->rows++] = (struct calibrate_name){
			.metric = compare_metric(c, from)->name,
			.subtest = from->cell[DECIDE_BASE]->subtest,
			.cell = compare_cell_name(c, from->cell[DECIDE_BASE]),
		};
		r->boots = from->boots;
		r->most = n > r->most ? n : r->most;
		r->least = n < r->least ? n : r->least;
	}
}

/* From the start of one run to that of the next, in the middle: seconds; NAN: unknown. */
static double usual_gap(const struct set *set)
{
	CLEANUP_FREE double *start = xcalloc(set->records, sizeof(*start));
	size_t n = 0;

	for (size_t i = 0; i < set->cells; i++)
		for (size_t k = 0; k < set->cell[i].runs; k++)
			if (!isnan(set->cell[i].run[k].start))
				start[n++] = set->cell[i].run[k].start;
	gsl_sort(start, 1, n);
	for (size_t i = 0; i + 1 < n; i++)
		start[i] = start[i + 1] - start[i];
	return n > 1 ? median(start, n - 1) : NAN;
}

/* The time that one more unit of each judged subtest would take. */
static double unit_seconds(const struct calibrate_report *r)
{
	const struct comparison *c = r->comparison;
	const struct cell *last = NULL;
	double gap = usual_gap(c->set[0]), runs = 0;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, 0, row));) {
		const struct cell *cell = row->cell[DECIDE_BASE];

		if (cell != last)
			runs += r->boots ? (double)cell->runs / (double)c->set[0]->boot.n
					 : 1;
		last = cell;
	}
	return gap > 0 ? gap * runs : NAN;
}

static const char *unit_name(const struct calibrate_report *r)
{
	return r->boots ? "boots" : "runs";
}

/* A share or a distance without a sign, "2.1%"; @buf. */
static const char *format_percent(double x, char *buf, size_t size)
{
	if (!isfinite(x))
		snprintf(buf, size, "-");
	else if (x >= 9)
		snprintf(buf, size, "x%.0f", 1 + x);
	else
		snprintf(buf, size, "%.*f%%", x < 0.0995 ? 1 : 0, 100 * fabs(x));
	return buf;
}

static void print_title(const struct calibrate_report *r)
{
	const struct set *set = r->comparison->set[0];
	CLEANUP_FREE char *where = provenance_of_sets(&set, 1);
	char label[80];

	print_where(where);
	printf("%s against itself: %zu %s of each subtest, split into %zu against %zu in ",
	       printable(set->label, label, sizeof(label)), r->most, unit_name(r),
	       r->most - r->most / 2, r->most / 2);
	if (r->all.all)
		printf("all %zu ways.\n", r->all.splits);
	else
		printf("%zu random ways.\n", r->all.splits);
	if (r->least < r->most)
		printf("Some have fewer, down to %zu.\n", r->least);
	if (r->left_out > 0)
		printf("%zu numbers are left out: they have fewer than %d valid %s, or are 0 or missing in some.\n",
		       r->left_out, CALIBRATE_UNITS, unit_name(r));
	printf("\n");
}

static void set_split(struct table *t, size_t column, const struct decide_row *d)
{
	char buf[32];

	table_set(t, column, "%s", text_change(d->change.estimate, buf, sizeof(buf)));
	table_set(t, column + 1, "%s", verdict_name(d->verdict));
}

static void print_noise(const struct calibrate_report *r)
{
	static const char *const head[] = { "subtest", "",	  "noise", "in turn",
					    "",	       "by time", "",	   "margin" };
	struct table t;
	char buf[32];

	table_init(&t, "llrrlrlr");
	table_row(&t);
	for (size_t c = 0; c < sizeof(head) / sizeof(*head); c++)
		table_set(&t, c, "%s", head[c]);
	for (size_t i = 0; i < r->rows; i++) {
		const struct calibrate_row *row = &r->row[i];

		table_row(&t);
		table_set(&t, 0, "%s", r->name[i].cell);
		table_set(&t, 1, "%s", r->name[i].metric);
		table_set(&t, 2, "%s", format_percent(row->noise, buf, sizeof(buf)));
		set_split(&t, 3, &row->in_turn);
		set_split(&t, 5, &row->by_time);
		table_set(&t, 7, "%s",
			  format_percent(row->least_margin, buf, sizeof(buf)));
	}
	table_print(&t, stdout, LINE_WIDTH);
	printf("\nnoise    %.0f %% of the splits differ by less\n"
	       "in turn  A B A B ..., as two kernels that alternate\n"
	       "by time  the first half against the second, as two kernels one after the other\n"
	       "margin   with it %.0f %% of the splits would be called \"same\"\n\n",
	       100 * CALIBRATE_SHARE, 100 * r->comparison->options->decide.power);
}

static void print_false_positives(const struct calibrate_report *r)
{
	const struct calibration *all = &r->all;
	double alpha = r->comparison->options->decide.alpha;

	if (all->hopeless) {
		printf("False positives: none of the splits could be called a change: with %zu numbers\nthat takes %zu %s a half.\n",
		       r->rows, r->row[0].in_turn.least, unit_name(r));
		return;
	}
	printf("False positives: %zu of %zu splits (%.1f %%) were called a change in any of %zu numbers; alpha\nallows %.3g %%%s. This tests the comparison, not the machine.\n",
	       all->significant, all->splits,
	       100 * (double)all->significant / (double)all->splits, r->rows, 100 * alpha,
	       all->all ? "" : ", and chance 1 % more or less");
}

static bool is_change(const struct decide_row *d)
{
	return d->verdict == VERDICT_WORSE || d->verdict == VERDICT_BETTER;
}

/* "timer-busy p50 p99, thp-busy p99": the rows that changed by time. Returns how many. */
static size_t print_changed(const struct calibrate_report *r)
{
	const char *cell = "";
	size_t n = 0;

	for (size_t i = 0; i < r->rows; i++) {
		if (!is_change(&r->row[i].by_time))
			continue;
		if (strcmp(cell, r->name[i].cell) != 0)
			printf("%s%s", n ? ", " : "Careful: ", r->name[i].cell);
		printf(" %s", r->name[i].metric);
		cell = r->name[i].cell;
		n++;
	}
	return n;
}

/* What is of the machine: does it stay what it was? */
static void print_steadiness(const struct calibrate_report *r)
{
	if (print_changed(r) > 0)
		printf(" changed while the runs went on.\nKernels that are measured one after the other would seem to differ by that: alternate them.\n");
	else if (!r->all.hopeless)
		printf("Nothing changed from the first half of the time to the second.\n");
	if (r->comparison->set[0]->boot.n < 2)
		printf("All runs are of one boot: what differs from boot to boot is not in these figures.\n");
	printf("\n");
}

static void print_power(const struct calibrate_report *r)
{
	const struct decide_options *o = &r->comparison->options->decide;
	size_t units[SIZES], first = r->most / 2;
	char buf[32];
	struct table t;

	if (r->all.hopeless && r->row[0].in_turn.least > first)
		first = r->row[0].in_turn.least; /* below that there is none */
	printf("The smallest change that %.0f %% of comparisons on this machine would show (%zu numbers\ntogether at alpha %.3g):\n\n",
	       100 * o->power, r->rows, o->alpha);
	table_init(&t, "llrrrr");
	table_row(&t);
	table_set(&t, 0, "%s a side", unit_name(r));
	for (size_t k = 0; k < SIZES; k++) {
		units[k] = first << k;
		table_set(&t, 2 + k, "%zu", units[k]);
	}
	if (isfinite(r->unit_seconds)) {
		table_row(&t);
		table_set(&t, 0, "time for both");
	}
	for (size_t k = 0; k < SIZES && isfinite(r->unit_seconds); k++)
		table_set(&t, 2 + k, "%s",
			  format_clock(2 * (double)units[k] * r->unit_seconds, buf,
				       sizeof(buf)));
	for (size_t i = 0; i < r->rows; i++) {
		table_row(&t);
		table_set(&t, 0, "%s", r->name[i].cell);
		table_set(&t, 1, "%s", r->name[i].metric);
		for (size_t k = 0; k < SIZES; k++)
			table_set(
				&t, 2 + k, "%s",
				format_percent(calibrate_detectable(&r->row[i], units[k],
								    r->rows, o),
					       buf, sizeof(buf)));
	}
	table_print(&t, stdout, LINE_WIDTH);
}

/* The margin of @row as --margin takes it: rounded up to tenths of a percent. 0: there is none. */
static double margin_percent(const struct calibrate_row *row)
{
	double tenths = ceil(1000 * row->least_margin - 1e-9);

	return tenths <= 1000 ? fmax(tenths, 1) / 10 : 0;
}

/* How to use the margins: one for all, or a file of them. */
static void print_margins(const struct calibrate_report *r)
{
	double largest = 0;
	size_t usable = 0;

	for (size_t i = 0; i < r->rows; i++) {
		largest = fmax(largest, margin_percent(&r->row[i]));
		usable += margin_percent(&r->row[i]) > 0;
	}
	if (usable == 0) {
		printf("\nHalves of so few %s are too wide for any margin: make more.\n",
		       unit_name(r));
		return;
	}
	printf("\nWith %zu %s a side, `pinlat compare` can say \"same\" of all%s with --margin %.1f%%, or with\nthese lines in a FILE for --thresholds. Check that smaller changes do not matter to you:\n\n",
	       r->most / 2, unit_name(r), usable < r->rows ? " that are listed" : "",
	       largest);
	for (size_t i = 0; i < r->rows; i++)
		if (margin_percent(&r->row[i]) > 0)
			printf("  %s %s %.1f%%\n", r->name[i].subtest, r->name[i].metric,
			       margin_percent(&r->row[i]));
}

static int report(const struct comparison *c, const char *path)
{
	struct calibrate_report r = { .comparison = c };
	int code = PINLAT_OK, ret;

	take_rows(&r);
	r.unit_seconds = unit_seconds(&r);
	ret = r.rows > 0
		      ? calibrate(&r.all, r.row, r.rows, &c->options->decide, SPLIT_SEED)
		      : 0;
	if (r.rows == 0) {
		complain(
			"%s: holds too few valid runs of what is judged; a comparison with itself needs %d of each subtest, better 10",
			path, CALIBRATE_UNITS);
		code = PINLAT_FAILED;
	} else if (ret < 0) {
		complain("%s: cannot be compared with itself: %s", path, strerror(-ret));
		code = PINLAT_FAILED;
	} else {
		print_title(&r);
		print_noise(&r);
		print_false_positives(&r);
		print_steadiness(&r);
		print_power(&r);
		print_margins(&r);
	}
	free_report(&r);
	return code;
}

/* Reads the set at @path and finishes it. Returns PINLAT_OK, or the exit code: it complained. */
static int load(struct sets *sets, const char *path)
{
	int n = sets_load(sets, path);

	for (size_t i = 0; i < sets->problems.n; i++)
		complain("%s", sets->problems.text[i]);
	if (n < 0) {
		complain("%s: cannot be read: %s", path, unread_text(n));
		return PINLAT_USAGE;
	}
	if (n == 0) {
		complain("%s: holds no record; `pinlat run --calibrate` makes some",
			 path);
		return PINLAT_USAGE;
	}
	sets_finish(sets);
	if (sets->n > 1) {
		complain(
			"%s: holds %zu labels or kernels (%s, %s%s); only one set can be compared with itself",
			path, sets->n, sets->set[0].name, sets->set[1].name,
			sets->n > 2 ? ", ..." : "");
		return PINLAT_USAGE;
	}
	return PINLAT_OK;
}

/* Why the set cannot even be compared with itself; @error is compare()'s. */
static int refuse(const struct comparison *c, int error)
{
	for (size_t i = 0; i < c->refusals.n; i++)
		complain("compare: %s", c->refusals.text[i]);
	return error == -EPERM || error == -EINVAL ? PINLAT_USAGE : PINLAT_FAILED;
}

int calibrate_set(const char *path, const struct compare_options *options)
{
	struct sets sets = compare_sets(options);
	struct comparison c = { 0 };
	int code = load(&sets, path), ret;

	if (code == PINLAT_OK) {
		compare_begin_pair(&c, options, &sets.set[0], &sets.set[0]);
		ret = compare(&c);
		code = ret == 0 ? report(&c, path) : refuse(&c, ret);
	}
	compare_free(&c);
	sets_free(&sets);
	return code;
}
