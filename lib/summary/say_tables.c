// SPDX-License-Identifier: MIT
#include "summary/say_tables.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "stats/estimate.h"
#include "summary/attribution.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* So many sets have their rows drawn, and what lists them open. */
#define SETS_DRAWN 12
/* What moved by less does not explain anything: a mail leaves it out. */
#define EXPLAINING_LEAST 0.01
/* Characters of a label that are said. */
#define LABEL_SHOWN 40

enum doc_tone tone_of(enum verdict v)
{
	static const enum doc_tone tone[] = {
		[VERDICT_NONE] = TONE_NONE,	  [VERDICT_SAME] = TONE_SAME,
		[VERDICT_BETTER] = TONE_GOOD,	  [VERDICT_WORSE] = TONE_BAD,
		[VERDICT_UNCLEAR] = TONE_UNKNOWN,
	};

	return tone[v];
}

#define COLUMN(forms, what, ...)                                                         \
	{                                                                                \
		.form = (forms), .type = (what), .title = __VA_ARGS__                    \
	}
#define READING(...) COLUMN(FOR_READING, __VA_ARGS__)
#define PAGE(...)    COLUMN(FOR_PAGE, __VA_ARGS__)
#define ALL(...)     COLUMN(FOR_ALL, __VA_ARGS__)

/* clang-format off */
/* Latencies: the page begins with the verdict and its picture, what is read ends with it. */
static const struct doc_column latency_columns[] = {
	READING(COLUMN_GROUP, "subtest"),
	READING(COLUMN_WORDS, "quantile", .brief = ""),
	PAGE(COLUMN_NAME, "quantile", .hint = "of the latency, of each run"),
	PAGE(COLUMN_VERDICT, "verdict"),
	PAGE(COLUMN_FIGURE, "change and margin", .hint = "the change, its interval, and the band within which it would not matter"),
	PAGE(COLUMN_NUMBER, "change", .hint = "median over all pairs of runs"),
	PAGE(COLUMN_INTERVAL, "interval"),
	ALL(COLUMN_NUMBER, "base", .hint = "median"),
	ALL(COLUMN_NUMBER, "new", .hint = "median"),
	READING(COLUMN_NUMBER, "change"),
	READING(COLUMN_INTERVAL, "interval", .brief = "int."),
	ALL(COLUMN_NUMBER, "huge", .hint = "first touches that got a huge page",
			  .apart = "huge pages at the first touch"),
	PAGE(COLUMN_NUMBER, "device", .hint = "requests that the device completed"),
	READING(COLUMN_NUMBER, "p (Holm)", "p"),
	COLUMN(FOR_TEXT | FOR_PAGE, COLUMN_NUMBER, "n", .hint = "runs, or boots, of base and new"),
	PAGE(COLUMN_NUMBER, "p (Holm)", .hint = "exact Mann-Whitney, corrected for all judged rows"),
	READING(COLUMN_VERDICT, "verdict"),
};

static const struct doc_column counter_columns[] = {
	ALL(COLUMN_GROUP, "subtest"),
	ALL(COLUMN_WORDS, "counter", .brief = "",
		      .hint = "of the load, or of /proc/vmstat while the window was open"),
	ALL(COLUMN_NUMBER, "base", .hint = "median of the runs"),
	ALL(COLUMN_NUMBER, "new", .hint = "median of the runs"),
	ALL(COLUMN_NUMBER, "change"),
};

static const struct doc_column power_columns[] = {
	READING(COLUMN_GROUP, "subtest"),
	READING(COLUMN_WORDS, "quantile"),
	PAGE(COLUMN_NAME, "quantile"),
	ALL(COLUMN_NUMBER, "spread of boots", .hint = "standard deviation between boots"),
	ALL(COLUMN_NUMBER, "of runs", .hint = "between runs of one boot"),
	ALL(COLUMN_NUMBER, "within a run", .hint = "of a run's own quantile"),
	ALL(COLUMN_NUMBER, "least change", .hint = "that would have been found"),
	ALL(COLUMN_NUMBER, "needed a side", .hint = "to find a change of the margin"),
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* All digits of the median of a side, for who looks closer; @buf. */
static const char *exact_text(const struct comparison *c, const struct compare_row *row,
			      int side, char *buf, size_t size)
{
	const struct metric *m = &c->options->metrics.metric[row->metric];

	if (row->d->side[side].n == 0)
		snprintf(buf, size,
			 "%zu runs have fewer samples than this quantile needs",
			 row->few[side]);
	else
		snprintf(buf, size, "%.9g %s", row->d->median[side],
			 metric_unit_name(m->unit));
	return buf;
}

/* NULL: there is no change. */
static char *interval_hint(const struct compare_row *row)
{
	const struct interval *i = &row->d->change;

	if (!isfinite(i->estimate))
		return NULL;
	if (interval_bounded(i->low, i->high))
		return xasprintf("%+.4g%% [%+.4g%% .. %+.4g%%]", 100 * i->estimate,
				 100 * i->low, 100 * i->high);
	return xasprintf("%+.4g%%; so few give no interval", 100 * i->estimate);
}

/* NULL: there is no p. */
static char *p_hint(const struct decide_row *d)
{
	if (d->hopeless && d->least > 0)
		return xasprintf("cannot be significant with so few: %zu a side can",
				 d->least);
	if (d->hopeless)
		return xstrdup("cannot be significant, however many");
	if (isnan(d->p))
		return NULL;
	return xasprintf("p %.3g before Holm's correction, %s", d->p,
			 d->exact ? "exact" : "by normal approximation");
}

/* "1001/s", or where the two sides differ "1001/s > 950/s"; "" where it is not known. */
static const char *device_text(const struct comparison *c, const struct compare_row *row,
			       char *buf, size_t size)
{
	const struct compare_row *beside = compare_beside(c, row, "requests");
	const struct metric *m;
	double a, b;
	char x[CELL_SIZE / 2 - 4], y[CELL_SIZE / 2 - 4];

	*buf = '\0';
	if (!beside)
		return buf;
	m = &c->options->metrics.metric[beside->metric];
	a = beside->d->median[DECIDE_BASE];
	b = beside->d->median[DECIDE_NEW];
	value_text(m, a, x, sizeof(x));
	value_text(m, b, y, sizeof(y));
	if (fabs(a - b) <= 0.01 * fmax(a, b))
		snprintf(buf, size, "%s", x);
	else
		snprintf(buf, size, "%s > %s", x, y);
	return buf;
}

/* The base or the new side of @row. */
static void say_side(struct doc_table *t, const struct comparison *c,
		     const struct compare_row *row, int side)
{
	char buf[CELL_SIZE], hint[200];

	doc_cell(t, "%s", side_text(c, row, side, buf, sizeof(buf)))->hint =
		xstrdup(exact_text(c, row, side, hint, sizeof(hint)));
}

static void say_verdict(struct doc_table *t, enum verdict v)
{
	doc_cell(t, "%s", verdict_name(v))->tone = tone_of(v);
}

static void say_change(struct doc_table *t, const struct compare_row *row)
{
	char buf[CELL_SIZE];

	doc_cell(t, "%s", row_change_text(row, buf, sizeof(buf)))->hint =
		interval_hint(row);
}

static void say_p(struct doc_table *t, const struct decide_row *d)
{
	char buf[CELL_SIZE];

	doc_cell(t, "%s", judged_p_text(d, buf, sizeof(buf)))->hint = p_hint(d);
}

/* A standard deviation, from the @variance of logarithms: "16%", "x12"; "?" if not known. */
static void say_spread(struct doc_table *t, double variance)
{
	double ratio = exp(sqrt(variance)), percent = 100 * (ratio - 1);

	if (isnan(variance))
		doc_cell(t, "?");
	else if (ratio >= 10)
		doc_cell(t, "x%.0f", ratio);
	else if (percent < 10)
		doc_cell(t, "%.2g%%", percent);
	else
		doc_cell(t, "%.0f%%", percent);
}

/* The cells of latency_columns; @name is what the subtest of @row is called. */
static void say_latency(struct doc_table *t, const struct comparison *c,
			const struct compare_row *row, const char *name)
{
	const char *metric = compare_metric(c, row)->name;
	const struct decide_row *d = row->d;
	char buf[CELL_SIZE];

	doc_cell(t, "%s", name);
	doc_cell(t, "%s", metric);
	doc_cell(t, "%s %s", name, metric);
	say_verdict(t, d->verdict);
	doc_cell(t, "%s", "")->drawn = row;
	say_change(t, row);
	doc_cell(t, "%s", range_text(row, buf, sizeof(buf)));
	say_side(t, c, row, DECIDE_BASE);
	say_side(t, c, row, DECIDE_NEW);
	say_change(t, row);
	doc_cell(t, "%s", range_text(row, buf, sizeof(buf)));
	doc_cell(t, "%s", huge_text(c, row, buf, sizeof(buf)));
	doc_cell(t, "%s", device_text(c, row, buf, sizeof(buf)));
	say_p(t, d);
	doc_cell(t, "%zu/%zu", d->side[0].n, d->side[1].n);
	say_p(t, d);
	say_verdict(t, d->verdict);
}

/* Those of counter_columns. */
static void say_counter(struct doc_table *t, const struct comparison *c,
			const struct compare_row *row, const char *name)
{
	doc_cell(t, "%s", name);
	doc_cell(t, "%s", compare_metric(c, row)->name);
	say_side(t, c, row, DECIDE_BASE);
	say_side(t, c, row, DECIDE_NEW);
	say_change(t, row);
}

/* Those of power_columns. */
static void say_power_row(struct doc_table *t, const struct comparison *c,
			  const struct compare_row *row, const char *name)
{
	const char *metric = compare_metric(c, row)->name;
	const struct decide_row *d = row->d;
	char buf[CELL_SIZE];

	doc_cell(t, "%s", name);
	doc_cell(t, "%s", metric);
	doc_cell(t, "%s %s", name, metric);
	say_spread(t, row->spread.boot);
	say_spread(t, row->spread.run);
	say_spread(t, row->spread.within);
	doc_cell(t, "%s",
		 isfinite(d->detectable) ? text_change(d->detectable, buf, sizeof(buf))
					 : "none");
	if (d->needed > 0)
		doc_cell(t, "%zu for %.3g%%", d->needed, 100 * d->margin);
	else
		doc_cell(t, ">1000 for %.3g%%", 100 * d->margin);
}

/* Which forms have @row, as one of @choice; 0: it is none. */
static unsigned int forms_of(const struct saying *s, const struct compare_row *row,
			     enum row_choice choice)
{
	const char *metric = compare_metric(s->c, row)->name;
	double base = row->d->median[DECIDE_BASE], new = row->d->median[DECIDE_NEW];

	if (!is_chosen(s->c, row, choice) ||
	    (s->asked && choice != ROWS_EXPLAINING &&
	     metrics_find(s->asked, metric) == s->asked->n))
		return 0;
	if (choice == ROWS_OTHER_QUANTILES ||
	    (choice == ROWS_EXPLAINING &&
	     fabs(new - base) < EXPLAINING_LEAST * fmax(base, new)))
		return FOR_ALL & ~FOR_MAIL;
	return FOR_ALL;
}

static void add_rows(struct doc_table *t, const struct saying *s, size_t set,
		     enum row_choice choice,
		     void (*add)(struct doc_table *t, const struct comparison *c,
				 const struct compare_row *row, const char *name))
{
	for (const struct compare_row *row = NULL;
	     (row = compare_next_row(s->c, set, row));) {
		unsigned int form = forms_of(s, row, choice);
		CLEANUP_FREE char *name = NULL;

		if (!form)
			continue;
		name = compare_cell_name(s->c, row->cell[DECIDE_BASE]);
		doc_row(t, form);
		add(t, s->c, row, name);
	}
}

/* What latencies have a column for that are not judged, or too many to be drawn. */
static void hide_columns(struct doc_table *t, bool judged, bool drawn)
{
	for (size_t i = 0; i < t->columns && !judged; i++) {
		struct doc_column *c = &t->column[i];

		/* tables of markdown that follow each other have the same columns */
		if (c->type == COLUMN_VERDICT || strncmp(c->title, "p ", 2) == 0)
			c->form &= FOR_MARKDOWN;
		if (c->type == COLUMN_FIGURE && !drawn)
			c->form = 0;
	}
}

void say_rows(struct document *d, const struct saying *s, enum row_choice choice,
	      const char *caption)
{
	double level = 100 * s->c->options->decide.level;
	struct doc_table *t;

	if (choice == ROWS_EXPLAINING) {
		t = doc_add_table(d, FOR_ALL, caption, counter_columns,
				  COUNT(counter_columns));
		add_rows(t, s, d->set, choice, say_counter);
		return;
	}
	t = doc_add_table(d, FOR_ALL, caption, latency_columns, COUNT(latency_columns));
	t->axis = true;
	hide_columns(t, choice == ROWS_JUDGED, s->c->sets <= SETS_DRAWN);
	snprintf(d->title[0], sizeof(d->title[0]), "%.0f%% interval", level);
	snprintf(d->title[1], sizeof(d->title[1]), "%.0f%% int.", level);
	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].type == COLUMN_INTERVAL) {
			t->column[i].title = d->title[0];
			t->column[i].brief = d->title[1];
		}
	add_rows(t, s, d->set, choice, say_latency);
}

void say_power(struct document *d, const struct saying *s)
{
	char caption[40];
	struct doc_table *t;

	snprintf(caption, sizeof(caption), "With a power of %.0f%%",
		 100 * s->c->options->decide.power);
	t = doc_add_table(d, FOR_TEXT | FOR_PAGE, caption, power_columns,
			  COUNT(power_columns));
	add_rows(t, s, d->set, ROWS_JUDGED, say_power_row);
}

/* Begins a row that is about set @set. */
static void set_row(struct doc_table *t, const char *name, size_t set)
{
	doc_row(t, FOR_PAGE);
	doc_cell(t, "%s", name)->set = set;
}

/* "2026-01-31 10:00 to 11:30": when the first and the last run of @set began. */
static void say_times(struct doc_table *t, const struct set *set)
{
	double first = NAN, last = NAN;
	char from[40], to[40];

	for (size_t i = 0; i < set->cells; i++) {
		for (size_t j = 0; j < set->cell[i].runs; j++) {
			first = fmin(first, set->cell[i].run[j].start);
			last = fmax(last, set->cell[i].run[j].start);
		}
	}
	time_text(first, from, sizeof(from));
	time_text(last, to, sizeof(to));
	if (strcmp(from, to) == 0)
		doc_cell(t, "%s", from);
	else
		doc_cell(t, "%s to %s", from, strncmp(from, to, 11) == 0 ? to + 11 : to);
}

static void say_set_row(struct doc_table *t, const struct set *set, size_t s,
			const char *link)
{
	size_t runs = set->records - set->duplicates;
	/* the label as it is: the name of a set is cut, and plain */
	bool whole =
		strcmp(set->name, set->label) == 0 || strlen(set->label) > LABEL_SHOWN;

	set_row(t, whole ? set->label : set->name, s);
	doc_cell(t, "%s", set_fact(set, "kernel.release"));
	doc_cell(t, "%s", set_fact(set, "kernel.preempt"));
	if (set->invalid.n > 0)
		doc_cell(t, "%zu of %zu", runs - set->invalid.n, runs);
	else
		doc_cell(t, "%zu", runs);
	doc_cell(t, "%zu", set->boot.n);
	say_times(t, set);
	doc_cell(t, "%s", set->shown_path)->link = link;
}

void say_sets_table(struct document *d, const struct saying *s)
{
	static const struct doc_column columns[] = {
		PAGE(COLUMN_SET, "set", .hint = "the label that the runs were given"),
		PAGE(COLUMN_WORDS, "kernel"),
		PAGE(COLUMN_WORDS, "preempt", .hint = "its preemption model"),
		PAGE(COLUMN_NUMBER, "valid runs"),
		PAGE(COLUMN_NUMBER, "boots"),
		PAGE(COLUMN_WORDS, "measured (UTC)"),
		PAGE(COLUMN_WORDS, "records"),
	};
	const struct comparison *c = s->c;
	unsigned int fold = c->sets > SETS_DRAWN ? FOR_PAGE : 0;
	struct doc_table *t;

	doc_add(d, BLOCK_FOLD, fold, "All %zu sets", c->sets);
	t = doc_add_table(
		d, FOR_PAGE,
		c->sets > 1 && s->compared
			? "The first is the base; the others are compared with it."
			: "What was measured.",
		columns, COUNT(columns));
	for (size_t i = 0; i < c->sets; i++)
		say_set_row(t, c->set[i], i, s->link ? s->link[i] : NULL);
	doc_add(d, BLOCK_FOLD_END, fold, "%s", "");
}

void say_overview(struct document *d, const struct comparison *c)
{
	static const struct doc_column columns[] = {
		PAGE(COLUMN_SET, "set"),
		PAGE(COLUMN_VERDICT, "verdict"),
		PAGE(COLUMN_NUMBER, "worse", .hint = "judged rows"),
		PAGE(COLUMN_NUMBER, "better"),
		PAGE(COLUMN_NUMBER, "same"),
		PAGE(COLUMN_NUMBER, "unclear"),
		PAGE(COLUMN_WORDS, "in words"),
	};
	struct doc_table *t = doc_add_table(d, FOR_PAGE, "Each set against the base",
					    columns, COUNT(columns));

	for (size_t s = 1; c->sets > 2 && s < c->sets; s++) {
		set_row(t, c->set[s]->name, s);
		say_verdict(t, c->result[s].verdict);
		doc_cell(t, "%zu", compare_count(c, s, VERDICT_WORSE));
		doc_cell(t, "%zu", compare_count(c, s, VERDICT_BETTER));
		doc_cell(t, "%zu", compare_count(c, s, VERDICT_SAME));
		doc_cell(t, "%zu", compare_count(c, s, VERDICT_UNCLEAR));
		doc_cell(t, "%s", c->result[s].sentence);
	}
}

struct doc_table *say_attribution_table(struct document *d)
{
	static const struct doc_column columns[] = {
		PAGE(COLUMN_SET, "set"),
		PAGE(COLUMN_WORDS, "subtest"),
		PAGE(COLUMN_NUMBER, "runs", .hint = "that recorded it"),
		PAGE(COLUMN_NUMBER, "slow samples",
		     .hint = "the largest hundredth of each run"),
		PAGE(COLUMN_NUMBER, "mean", .hint = "latency of these"),
		PAGE(COLUMN_FIGURE, "of their time"),
		PAGE(COLUMN_WORDS, "went to"),
	};

	return doc_add_table(d, FOR_PAGE, "Time of the slow samples by cause", columns,
			     COUNT(columns));
}

void say_attributed(struct doc_table *t, const struct comparison *c, size_t set,
		    const struct cell *cell)
{
	struct compare_attribution a;
	CLEANUP_FREE char *name = NULL;
	char buf[300];

	if (compare_attribution(cell, &a) == 0 || a.slow.total_ns == 0)
		return;
	name = set_cell_name(c->set[set], cell);
	set_row(t, c->set[set]->name, set);
	doc_cell(t, "%s", name);
	doc_cell(t, "%zu", a.runs);
	doc_cell(t, "%" PRIu64, a.slow.count);
	doc_cell(t, "%s", format_time(a.slow.total_ns / a.slow.count, buf, sizeof(buf)));
	doc_cell(t, "%s", "")->drawn = cell;
	doc_cell(t, "%s", attribution_describe(&a.slow, a.seen, buf, sizeof(buf)));
}

/* One side of a difference; @only: of lists, what the other side has not. */
static char *difference_text(const char *text, const char *only)
{
	if (!*text)
		return xstrdup("unknown");
	return text_plain(only && !*only ? "none" : only ? only : text, FACT_SHOWN);
}

void say_differences(struct document *d, const struct comparison *c, size_t set)
{
	static const struct doc_column columns[] = { PAGE(COLUMN_NAME, "what"),
						     PAGE(COLUMN_WORDS, "base"),
						     PAGE(COLUMN_WORDS, "new") };
	struct doc_table *t = doc_add_table(
		d, FOR_PAGE, "What differs; of lists, what only one side has", columns,
		COUNT(columns));

	for (size_t i = 0; i < c->differences; i++) {
		const struct difference *of = &c->difference[i];
		CLEANUP_FREE char *only_base = NULL, *only_other = NULL;
		CLEANUP_FREE char *path = NULL, *base = NULL, *other = NULL;

		if (of->set != set)
			continue;
		if (strcmp(of->path, "kernel.cmdline") == 0 ||
		    strcmp(of->path, "cpu.mitigations") == 0)
			fact_words(of->base, of->other, &only_base, &only_other);
		path = text_plain(of->path, FACT_SHOWN);
		base = difference_text(of->base, only_base);
		other = difference_text(of->other, only_other);
		doc_add(d, BLOCK_ITEM, FOR_READING, "%s: %s against %s", path, base,
			other);
		doc_row(t, FOR_PAGE);
		doc_cell(t, "%s", path);
		doc_cell(t, "%s", base);
		doc_cell(t, "%s", other);
	}
}

void say_facts(struct document *d, const struct set *set)
{
	static const struct doc_column columns[] = { PAGE(COLUMN_NAME, "fact"),
						     PAGE(COLUMN_LONG, "value") };
	unsigned int form = set->facts.n > 0 ? FOR_PAGE : 0;
	struct doc_table *t;

	doc_add(d, BLOCK_FOLD, form, "All facts of %s", set->name);
	t = doc_add_table(d, form, "As the first record tells that knows", columns,
			  COUNT(columns));
	for (size_t i = 0; i < set->facts.n; i++) {
		doc_row(t, form);
		doc_cell(t, "%s", set->facts.fact[i].path);
		doc_cell(t, "%s", set->facts.fact[i].text);
	}
	doc_add(d, BLOCK_FOLD_END, form, "%s", "");
}
