// SPDX-License-Identifier: MIT
#include "say/say_set.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "stats/estimate.h"
#include "say/attribution.h"
#include "say/machines.h"
#include "say/say_answer.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

#define READING(...) DOC_COLUMN(FOR_TEXT | FOR_MARKDOWN, __VA_ARGS__)
#define PAGE(...)    DOC_COLUMN(FOR_PAGE, __VA_ARGS__)
#define ALL(...)     DOC_COLUMN(FOR_ALL & ~FOR_MAIL, __VA_ARGS__)

/* clang-format off */
/* The medians of both sides. */
#define SIDES(hint)                                                                      \
	ALL(COLUMN_NUMBER, "base", hint), ALL(COLUMN_NUMBER, "new", hint)
#define UNITS                                                                            \
	DOC_COLUMN(FOR_TEXT | FOR_PAGE, COLUMN_NUMBER, "n", .spare = 2, .hint = "runs, or boots, of base and new")

/* Numbers: the page begins with the verdict and its picture, what is read ends with it. */
static const struct doc_column number_columns[] = {
	READING(COLUMN_GROUP, "subtest"),
	READING(COLUMN_WORDS, "number"),
	PAGE(COLUMN_NAME, "number"),
	PAGE(COLUMN_VERDICT, "verdict"),
	PAGE(COLUMN_FIGURE, "change and margin", .hint = "the change, its interval, and the band within which it would not matter"),
	PAGE(COLUMN_NUMBER, "change", .hint = "median over all pairs: the ratio, of shares and rates that may be 0 the difference"),
	PAGE(COLUMN_INTERVAL, "interval"),
	SIDES(.hint = "median"),
	READING(COLUMN_NUMBER, "change"),
	READING(COLUMN_INTERVAL, "interval", .spare = 3),
	DOC_COLUMN(FOR_TEXT | FOR_MARKDOWN, COLUMN_P, "p (Holm)", .spare = 1),
	UNITS,
	PAGE(COLUMN_P, "p (Holm)", .hint = "exact Mann-Whitney, corrected for all judged numbers"),
	READING(COLUMN_VERDICT, "verdict"),
};

static const struct doc_column counter_columns[] = {
	ALL(COLUMN_GROUP, "subtest"),
	ALL(COLUMN_WORDS, "counter",
		      .hint = "of the load, or of /proc/vmstat while the window was open"),
	SIDES(.hint = "median of the runs"),
	ALL(COLUMN_NUMBER, "change"),
};

static const struct doc_column fault_columns[] = {
	ALL(COLUMN_GROUP, "subtest"),
	ALL(COLUMN_WORDS, "faults made",
		      .hint = "stalls: a CPU-minute outside of them"),
	SIDES(.hint = "median of the runs"),
	ALL(COLUMN_NUMBER, "change", .hint = "of stalls and time the difference, else the ratio"),
	ALL(COLUMN_INTERVAL, "interval", .spare = 3),
	UNITS,
};

static const struct doc_column power_columns[] = {
	READING(COLUMN_GROUP, "subtest"),
	READING(COLUMN_WORDS, "number"),
	PAGE(COLUMN_NAME, "number"),
	ALL(COLUMN_NUMBER, "spread of boots", .hint = "standard deviation between boots; with one run of each, that of both"),
	ALL(COLUMN_NUMBER, "of runs", .hint = "between runs of one boot"),
	ALL(COLUMN_NUMBER, "least change", .hint = "that would have been found"),
	ALL(COLUMN_NUMBER, "needed a side", .hint = "to find a change of the margin"),
};
/* clang-format on */

/* The change of @row for itself, whatever else is judged. NULL: there is none. */
static char *interval_hint(const struct comparison *c, const struct compare_row *row)
{
	const struct interval *i = &row->d->change;
	double level = 100 * c->options->decide.level;
	double scale = row->d->difference ? 1 : 100;
	const char *sign = row->d->difference ? "" : "%";

	if (!isfinite(i->estimate))
		return NULL;
	if (!decide_bounded(row->d))
		return xasprintf("%+.4g%s; so few give no interval", scale * i->estimate,
				 sign);
	return xasprintf(
		"%+.4g%s [%+.4g%s .. %+.4g%s], %.0f%% interval of this number alone",
		scale * i->estimate, sign, scale * i->low, sign, scale * i->high, sign,
		level);
}

/* NULL: there is no p. */
static char *p_hint(const struct decide_row *d)
{
	if (d->hopeless && d->least > 0)
		return xasprintf("too few for a verdict: make at least %zu of each",
				 d->least);
	if (d->hopeless)
		return xstrdup("no number of them could prove a change");
	if (isnan(d->p))
		return NULL;
	return xasprintf("p %.3g before Holm's correction, %s", d->p,
			 d->exact ? "exact" : "by normal approximation");
}

/* The base or the new side of @row. */
static void say_side(struct doc_table *t, const struct comparison *c,
		     const struct compare_row *row, int side)
{
	const struct decide_row *d = row->d;
	char buf[CELL_SIZE], hint[200];

	doc_cell(t, "%s", side_text(c, row, side, buf, sizeof(buf)))->hint =
		xstrdup(exact_text(compare_metric(c, row), d->median[side],
				   d->side[side].n, row->few[side], hint, sizeof(hint)));
}

static void say_verdict(struct doc_table *t, const struct decide_row *d)
{
	struct doc_cell *cell = doc_cell(t, "%s", verdict_name(d->verdict));

	cell->tone = tone_of(d->verdict);
	if (d->reason != REASON_NONE)
		cell->hint = xstrdup(decide_reason_name(d->reason));
}

static void say_change(struct doc_table *t, const struct comparison *c,
		       const struct compare_row *row)
{
	char buf[CELL_SIZE];

	doc_cell(t, "%s", row_change_text(c, row, buf, sizeof(buf)))->hint =
		interval_hint(c, row);
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
	else if (percent < 0.005)
		doc_cell(t, "0%%");
	else if (percent < 10)
		doc_cell(t, "%.2g%%", percent);
	else
		doc_cell(t, "%.0f%%", percent);
}

/* The cells of number_columns after those of all; @name is what the subtest of @row is called. */
static void say_number(struct doc_table *t, const struct comparison *c,
		       const struct compare_row *row, const char *name)
{
	const struct decide_row *d = row->d;
	char buf[CELL_SIZE];

	doc_cell(t, "%s %s", name,
		 metric_words(compare_metric(c, row), buf, sizeof(buf)));
	say_verdict(t, d);
	doc_cell(t, "%s", "")->drawn = row;
	say_change(t, c, row);
	doc_cell(t, "%s", range_text(row, buf, sizeof(buf)));
	say_side(t, c, row, DECIDE_BASE);
	say_side(t, c, row, DECIDE_NEW);
	say_change(t, c, row);
	doc_cell(t, "%s", range_text(row, buf, sizeof(buf)));
	say_p(t, d);
	doc_cell(t, "%zu/%zu", d->side[0].n, d->side[1].n);
	say_p(t, d);
	say_verdict(t, d);
}

/* Those of counter_columns. */
static void say_counter(struct doc_table *t, const struct comparison *c,
			const struct compare_row *row, const char *name)
{
	(void)name;
	say_side(t, c, row, DECIDE_BASE);
	say_side(t, c, row, DECIDE_NEW);
	say_change(t, c, row);
}

/* Those of fault_columns. */
static void say_faults(struct doc_table *t, const struct comparison *c,
		       const struct compare_row *row, const char *name)
{
	char buf[CELL_SIZE];

	say_counter(t, c, row, name);
	doc_cell(t, "%s", range_text(row, buf, sizeof(buf)));
	doc_cell(t, "%zu/%zu", row->d->side[0].n, row->d->side[1].n);
}

/* The margin of @row: a share, but of a difference where the base is 0 its least one. */
static const char *margin_of(const struct compare_row *row, char *buf, size_t size)
{
	const struct decide_row *d = row->d;
	char number[32];

	if (d->difference && d->absolute > d->margin * fabs(d->median[DECIDE_BASE]))
		snprintf(buf, size, "%s",
			 format_number(d->absolute, number, sizeof(number)));
	else
		snprintf(buf, size, "%.3g%%", 100 * d->margin);
	return buf;
}

/* Those of power_columns. */
static void say_power_row(struct doc_table *t, const struct comparison *c,
			  const struct compare_row *row, const char *name)
{
	const struct decide_row *d = row->d;
	char buf[CELL_SIZE];

	doc_cell(t, "%s %s", name,
		 metric_words(compare_metric(c, row), buf, sizeof(buf)));
	say_spread(t, row->spread.boot);
	say_spread(t, row->spread.run);
	if (!isfinite(d->detectable))
		doc_cell(t, "none");
	else if (d->difference)
		doc_cell(t, "+%s", format_number(d->detectable, buf, sizeof(buf)));
	else
		doc_cell(t, "%s", text_change(d->detectable, buf, sizeof(buf)));
	margin_of(row, buf, sizeof(buf));
	if (d->needed > 0)
		doc_cell(t, "%zu for %s", d->needed, buf);
	else
		doc_cell(t, ">1000 for %s", buf);
}

static void add_rows(struct doc_table *t, const struct saying *s, size_t set,
		     enum row_choice choice,
		     void (*add)(struct doc_table *t, const struct comparison *c,
				 const struct compare_row *row, const char *name))
{
	for (const struct compare_row *row = NULL;
	     (row = compare_next_row(s->c, set, row));) {
		CLEANUP_FREE char *name = NULL;
		char words[CELL_SIZE];

		if (!is_chosen(s->c, row, choice))
			continue;
		name = compare_cell_name(s->c, row->cell[DECIDE_BASE]);
		doc_row(t, FOR_ALL);
		doc_cell(t, "%s", name);
		doc_cell(t, "%s",
			 metric_words(compare_metric(s->c, row), words, sizeof(words)));
		add(t, s->c, row, name);
	}
}

/* What numbers have a column for that are not judged, or too many to be drawn. */
static void hide_columns(struct doc_table *t, bool judged, bool drawn)
{
	for (size_t i = 0; i < t->columns && !judged; i++) {
		struct doc_column *c = &t->column[i];

		/* tables of markdown that follow each other have the same columns */
		if (c->type == COLUMN_VERDICT || c->type == COLUMN_P)
			c->form &= FOR_MARKDOWN;
		if (c->type == COLUMN_FIGURE && !drawn)
			c->form = 0;
	}
}

/* Gives the columns of intervals their level; of judged rows each has its own. */
static void name_intervals(struct doc_table *t, double level)
{
	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].type == COLUMN_INTERVAL)
			snprintf(t->column[i].named, sizeof(t->column[i].named),
				 "%.0f%% interval", 100 * level);
}

/* A page of many kernels has no numbers that are not judged for each: its subtests have them. */
static unsigned int forms_of_other(const struct comparison *c)
{
	return FOR_TEXT | FOR_MARKDOWN | (c->sets > SETS_DRAWN ? 0 : FOR_PAGE);
}

static void say_rows(struct document *d, const struct saying *s, enum row_choice choice,
		     const char *caption)
{
	struct doc_table *t;

	if (choice == ROWS_EXPLAINING) {
		t = doc_table(d, FOR_ALL & ~FOR_MAIL, caption, counter_columns);
		add_rows(t, s, d->set, choice, say_counter);
		return;
	}
	t = doc_table(d,
		      choice == ROWS_JUDGED ? FOR_ALL & ~FOR_MAIL : forms_of_other(s->c),
		      caption, number_columns);
	t->axis = true;
	hide_columns(t, choice == ROWS_JUDGED, s->c->sets <= SETS_DRAWN);
	if (choice != ROWS_JUDGED)
		name_intervals(t, s->c->options->decide.level);
	add_rows(t, s, d->set, choice, say_number);
}

/* What the faults say that were made, whatever the pace of the probe. */
static void say_all_faults(struct document *d, const struct saying *s, size_t set)
{
	const struct compare_row *row = NULL;
	struct doc_table *t;

	while ((row = compare_next_row(s->c, set, row)))
		if (is_chosen(s->c, row, ROWS_FAULTS))
			break;
	if (!row)
		return;
	d->about = ABOUT_OTHER;
	doc_add(d, BLOCK_HEADING, FOR_TEXT,
		"Other numbers of the faults that were made (no verdict)");
	t = doc_table(
		d, forms_of_other(s->c),
		"Faults that were made, each once; stalls a CPU-minute outside of them",
		fault_columns);
	name_intervals(t, s->c->options->decide.level);
	add_rows(t, s, set, ROWS_FAULTS, say_faults);
	doc_add(d, BLOCK_PARAGRAPH, forms_of_other(s->c) & (FOR_TEXT | FOR_PAGE),
		"Each fault counts once. Stalls: a CPU-minute outside of them. Change: of stalls and time the difference, of the others the ratio.");
}

static void say_power(struct document *d, const struct saying *s)
{
	char caption[40];
	struct doc_table *t;

	snprintf(caption, sizeof(caption), "With a power of %.0f%%",
		 100 * s->c->options->decide.power);
	t = doc_table(d, FOR_TEXT | FOR_PAGE, caption, power_columns);
	add_rows(t, s, d->set, ROWS_JUDGED, say_power_row);
}

/* One side of a difference; @only: of lists, what the other side has not. */
static char *difference_text(const char *text, const char *only)
{
	if (!*text)
		return xstrdup("unknown");
	return text_plain(only && !*only ? "none" : only ? only : text, FACT_SHOWN);
}

static void say_differences(struct document *d, const struct comparison *c, size_t set)
{
	static const struct doc_column columns[] = { PAGE(COLUMN_NAME, "what"),
						     PAGE(COLUMN_WORDS, "base"),
						     PAGE(COLUMN_WORDS, "new") };
	struct doc_table *t = doc_table(
		d, FOR_PAGE, "What differs. Of lists: what only one side has", columns);

	for (size_t i = 0; i < c->differences; i++) {
		const struct difference *of = &c->difference[i];
		CLEANUP_FREE char *only_base = NULL, *only_other = NULL;
		CLEANUP_FREE char *path = NULL, *base = NULL, *other = NULL;

		if (of->set != set)
			continue;
		if (strcmp(of->path, "kernel.cmdline") == 0 ||
		    strcmp(of->path, "cpu.mitigations") == 0)
			fact_words(of->path, of->base, of->other, &only_base,
				   &only_other);
		path = text_plain(of->path, FACT_SHOWN);
		base = difference_text(of->base, only_base);
		other = difference_text(of->other, only_other);
		doc_add(d, BLOCK_ITEM,
			/* a mail says so elsewhere */
			is_of_kernel(of->path) ? FOR_TEXT | FOR_MARKDOWN : FOR_READING,
			"%s: %s against %s", path, base, other);
		doc_row(t, FOR_PAGE);
		doc_cell(t, "%s", path);
		doc_cell(t, "%s", base);
		doc_cell(t, "%s", other);
	}
}

/* Numbers that hardly changed, and yet are not the same. */
static void say_tails(struct document *d, const struct comparison *c, size_t set)
{
	size_t n = 0, least = 0;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, set, row));) {
		if (row->d->reason != REASON_TAIL)
			continue;
		least = row->d->same_least;
		n++;
	}
	if (n > 0)
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_PAGE,
			"%zu number%s unclear although the change lies within the margin: so few %s cannot exclude bad ones. %zu of each can, if none is bad",
			n, n > 1 ? "s are" : " is", units_name(c, set), least);
}

/* What the table of judged numbers says that is not plain. */
static void say_legend(struct document *d, const struct comparison *c, size_t set)
{
	const struct decide_options *o = &c->options->decide;
	const char *units = units_name(c, set);
	const struct compare_row *row = NULL;
	CLEANUP_FREE char *pair = say_pair(c);
	char margin[40];

	doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT,
		"change: %s; pp: percentage points; p and interval: after Holm's correction for %zu numbers, alpha %.3g%%; same: %.0f%% interval within the margin%s; of huge pages, requests and walker, less is worse",
		pair, c->primary, 100 * o->alpha, 100 * (1 - 2 * o->alpha),
		margin_text(c, margin, sizeof(margin)));
	while ((row = compare_next_judged(c, set, row)))
		if (row->d->hopeless)
			break;
	if (row && row->d->least > 0)
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT,
			"n<%zu: too few %s for a verdict on %zu numbers: make at least %zu of each kernel",
			row->d->least, units, c->primary, row->d->least);
	say_tails(d, c, set);
}

/* Where it is not the same for all kernels; else it is said with what was measured. */
static void say_mail_environment(struct document *d, const struct comparison *c,
				 size_t set)
{
	if (!say_common_environment(c))
		doc_lead(doc_add(d, BLOCK_PARAGRAPH, FOR_MAIL, "%s",
				 c->result[set].environment),
			 c->set[set]->name, TONE_NONE);
}

void say_environment(struct document *d, const struct saying *s, size_t set)
{
	const char *environment = s->c->result[set].environment;

	d->about = ABOUT_ENVIRONMENT;
	if (s->compared) {
		doc_add(d, BLOCK_HEADING, FOR_TEXT, "Environment");
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_PAGE, "%s", environment);
		doc_lead(doc_add(d, BLOCK_PARAGRAPH, FOR_MARKDOWN, "%s", environment),
			 "Environment", TONE_NONE);
		say_mail_environment(d, s->c, set);
	}
	say_differences(d, s->c, set);
}

void say_set(struct document *d, const struct saying *s, size_t set)
{
	const struct comparison *c = s->c;

	d->about = ABOUT_VERDICT;
	if (c->sets > 2) {
		doc_add(d, BLOCK_CHAPTER, FOR_TEXT | FOR_MARKDOWN, "%s",
			c->set[set]->name);
		doc_add(d, BLOCK_PARAGRAPH, FOR_MARKDOWN, "%s", c->result[set].sentence);
	}
	d->about = ABOUT_JUDGED;
	doc_add(d, BLOCK_HEADING, FOR_TEXT, "Judged");
	say_rows(d, s, ROWS_JUDGED, "Judged");
	if (compare_next_judged(c, set, NULL))
		say_legend(d, c, set);
	say_machines(d, c, set);
	say_attribution(d, c, set);
	doc_add(d, BLOCK_FOLD, FOR_MARKDOWN,
		"Not judged: other subtests, and what may explain it");
	say_all_faults(d, s, set);
	d->about = ABOUT_OTHER;
	doc_add(d, BLOCK_HEADING, FOR_TEXT, "Percentiles %s (no verdict)",
		c->options->woken ? "of wake-ups" : "as scheduled");
	say_rows(d, s, ROWS_OTHER_QUANTILES, "Percentiles of the runs");
	d->about = ABOUT_COUNTERS;
	doc_add(d, BLOCK_HEADING, FOR_TEXT, "What may explain it (medians, no verdict)");
	say_rows(d, s, ROWS_EXPLAINING,
		 "Medians over the runs; these numbers get no verdict");
	doc_add(d, BLOCK_FOLD_END, FOR_MARKDOWN, "%s", "");
	say_environment(d, s, set);
	d->about = ABOUT_POWER;
	doc_add(d, BLOCK_HEADING, FOR_TEXT,
		"What these %s could have shown, with a power of %.0f%%",
		units_name(c, set), 100 * c->options->decide.power);
	say_power(d, s);
	if (*c->result[set].advice)
		doc_add(d, BLOCK_PARAGRAPH, FOR_TEXT | FOR_PAGE, "%s",
			c->result[set].advice);
}
