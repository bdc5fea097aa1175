// SPDX-License-Identifier: MIT
#include "summary/say_tables.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "summary/attribution.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/numbers.h"

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

/* What a cell of a row of the comparison says. */
enum what {
	SUBTEST,
	METRIC,
	SUBTEST_METRIC,
	VERDICT,
	FOREST,
	CHANGE,
	INTERVAL,
	BASE,
	NEW,
	HUGE_PAGES,
	DEVICE,
	P,
	N,
	SPREAD_BOOTS,
	SPREAD_RUNS,
	SPREAD_WITHIN,
	LEAST,
	NEEDED,
};

struct row_column {
	enum what what;
	struct doc_column column;
};

#define COLUMN(forms, what, ...)                                                         \
	{                                                                                \
		.form = (forms), .type = (what), .title = __VA_ARGS__                    \
	}
#define READING(...) COLUMN(FOR_READING, __VA_ARGS__)
#define PAGE(...)    COLUMN(FOR_PAGE, __VA_ARGS__)
#define ALL(...)     COLUMN(FOR_ALL, __VA_ARGS__)

/* clang-format off */
/* Latencies: the page begins with the verdict and its picture, what is read ends with it. */
static const struct row_column latency_columns[] = {
	{ SUBTEST, READING(COLUMN_GROUP, "subtest") },
	{ METRIC, READING(COLUMN_WORDS, "quantile", .brief = "") },
	{ SUBTEST_METRIC, PAGE(COLUMN_NAME, "quantile", .hint = "of the latency, of each run") },
	{ VERDICT, PAGE(COLUMN_VERDICT, "verdict") },
	{ FOREST, PAGE(COLUMN_FIGURE, "change and margin", .hint = "the change, its interval, and the band within which it would not matter") },
	{ CHANGE, PAGE(COLUMN_NUMBER, "change", .hint = "median over all pairs of runs") },
	{ INTERVAL, PAGE(COLUMN_NUMBER, "interval") },
	{ BASE, ALL(COLUMN_NUMBER, "base", .hint = "median") },
	{ NEW, ALL(COLUMN_NUMBER, "new", .hint = "median") },
	{ CHANGE, READING(COLUMN_NUMBER, "change") },
	{ INTERVAL, READING(COLUMN_INTERVAL, "interval", .brief = "int.") },
	{ HUGE_PAGES, ALL(COLUMN_NUMBER, "huge", .hint = "first touches that got a huge page",
			  .apart = "huge pages at the first touch") },
	{ DEVICE, PAGE(COLUMN_NUMBER, "device", .hint = "requests that the device completed") },
	{ P, READING(COLUMN_NUMBER, "p (Holm)", "p") },
	{ N, COLUMN(FOR_TEXT | FOR_PAGE, COLUMN_NUMBER, "n", .hint = "runs, or boots, of base and new") },
	{ P, PAGE(COLUMN_NUMBER, "p (Holm)", .hint = "exact Mann-Whitney, corrected for all judged rows") },
	{ VERDICT, READING(COLUMN_VERDICT, "verdict") },
};

static const struct row_column counter_columns[] = {
	{ SUBTEST, ALL(COLUMN_GROUP, "subtest") },
	{ METRIC, ALL(COLUMN_WORDS, "counter", .brief = "",
		      .hint = "of the load, or of /proc/vmstat while the window was open") },
	{ BASE, ALL(COLUMN_NUMBER, "base", .hint = "median of the runs") },
	{ NEW, ALL(COLUMN_NUMBER, "new", .hint = "median of the runs") },
	{ CHANGE, ALL(COLUMN_NUMBER, "change") },
};

static const struct row_column power_columns[] = {
	{ SUBTEST, READING(COLUMN_GROUP, "subtest") },
	{ METRIC, READING(COLUMN_WORDS, "quantile") },
	{ SUBTEST_METRIC, PAGE(COLUMN_NAME, "quantile") },
	{ SPREAD_BOOTS, ALL(COLUMN_NUMBER, "spread of boots", .hint = "standard deviation between boots") },
	{ SPREAD_RUNS, ALL(COLUMN_NUMBER, "of runs", .hint = "between runs of one boot") },
	{ SPREAD_WITHIN, ALL(COLUMN_NUMBER, "within a run", .hint = "of a run's own quantile") },
	{ LEAST, ALL(COLUMN_NUMBER, "least change", .hint = "that would have been found") },
	{ NEEDED, ALL(COLUMN_NUMBER, "needed a side", .hint = "to find a change of the margin") },
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
	if (isfinite(i->high) && i->low > -1)
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
static void say_side(struct doc_table *t, size_t column, const struct comparison *c,
		     const struct compare_row *row, int side)
{
	char buf[CELL_SIZE], hint[200];

	doc_cell(t, column, "%s", side_text(c, row, side, buf, sizeof(buf)))->hint =
		xstrdup(exact_text(c, row, side, hint, sizeof(hint)));
}

static void say_needed(struct doc_table *t, size_t column, const struct decide_row *d)
{
	if (d->needed > 0)
		doc_cell(t, column, "%zu for %.3g%%", d->needed, 100 * d->margin);
	else
		doc_cell(t, column, ">1000 for %.3g%%", 100 * d->margin);
}

/* Says @what of @row, which is called @name, in @column of the last row of @t. */
static void say_cell(struct doc_table *t, size_t column, enum what what,
		     const struct comparison *c, const struct compare_row *row,
		     const char *name)
{
	const struct decide_row *d = row->d;
	const char *metric = c->options->metrics.metric[row->metric].name;
	char buf[CELL_SIZE];

	switch (what) {
	case SUBTEST:
		doc_cell(t, column, "%s", name);
		break;
	case METRIC:
		doc_cell(t, column, "%s", metric);
		break;
	case SUBTEST_METRIC:
		doc_cell(t, column, "%s %s", name, metric);
		break;
	case VERDICT:
		doc_cell(t, column, "%s", verdict_name(d->verdict))->tone =
			tone_of(d->verdict);
		break;
	case FOREST:
		doc_cell(t, column, "%s", "")->drawn = row;
		break;
	case CHANGE:
		doc_cell(t, column, "%s", row_change_text(row, buf, sizeof(buf)))->hint =
			interval_hint(row);
		break;
	case INTERVAL:
		doc_cell(t, column, "%s", range_text(row, buf, sizeof(buf)));
		break;
	case BASE:
		say_side(t, column, c, row, DECIDE_BASE);
		break;
	case NEW:
		say_side(t, column, c, row, DECIDE_NEW);
		break;
	case HUGE_PAGES:
		doc_cell(t, column, "%s", huge_text(c, row, buf, sizeof(buf)));
		break;
	case DEVICE:
		doc_cell(t, column, "%s", device_text(c, row, buf, sizeof(buf)));
		break;
	case P:
		doc_cell(t, column, "%s", judged_p_text(d, buf, sizeof(buf)))->hint =
			p_hint(d);
		break;
	case N:
		doc_cell(t, column, "%zu/%zu", d->side[0].n, d->side[1].n);
		break;
	case SPREAD_BOOTS:
		doc_cell(t, column, "%s",
			 spread_text(row->spread.boot, buf, sizeof(buf)));
		break;
	case SPREAD_RUNS:
		doc_cell(t, column, "%s", spread_text(row->spread.run, buf, sizeof(buf)));
		break;
	case SPREAD_WITHIN:
		doc_cell(t, column, "%s",
			 spread_text(row->spread.within, buf, sizeof(buf)));
		break;
	case LEAST:
		doc_cell(t, column, "%s",
			 isfinite(d->detectable)
				 ? text_change(d->detectable, buf, sizeof(buf))
				 : "none");
		break;
	case NEEDED:
		say_needed(t, column, d);
		break;
	}
}

/* Which forms have @row, as one of @choice of set @set; 0: it is none. */
static unsigned int forms_of(const struct saying *s, const struct compare_row *row,
			     size_t set, enum row_choice choice)
{
	const struct metrics *asked = s->asked;
	double base = row->d->median[DECIDE_BASE], new = row->d->median[DECIDE_NEW];

	if (!is_chosen(s->c, row, set, choice))
		return 0;
	if (choice != ROWS_EXPLAINING)
		return !asked || metrics_find(asked,
					      s->c->options->metrics.metric[row->metric]
						      .name) < asked->n
			       ? FOR_ALL
			       : 0;
	return fabs(new - base) >= EXPLAINING_LEAST * fmax(base, new)
		       ? FOR_ALL
		       : FOR_ALL & ~FOR_MAIL;
}

bool has_rows(const struct saying *s, size_t set, enum row_choice choice,
	      unsigned int form)
{
	for (size_t i = 0; i < s->c->rows; i++)
		if (forms_of(s, &s->c->row[i], set, choice) & form)
			return true;
	return false;
}

static void add_rows(struct doc_table *t, const struct saying *s, size_t set,
		     enum row_choice choice, const struct row_column *column)
{
	for (size_t i = 0; i < s->c->rows; i++) {
		const struct compare_row *row = &s->c->row[i];
		unsigned int form = forms_of(s, row, set, choice);
		_cleanup_free_ char *name = NULL;

		if (!form)
			continue;
		name = compare_cell_name(s->c, row->cell[DECIDE_BASE]);
		doc_row(t, form);
		for (size_t k = 0; k < t->columns; k++)
			say_cell(t, k, column[k].what, s->c, row, name);
	}
}

/* A column of latencies, for what has a verdict or, without @judged, has none. */
static struct doc_column latency_column(struct document *d, const struct saying *s,
					const struct row_column *column, bool judged)
{
	struct doc_column of = column->column;
	double level = 100 * s->c->options->decide.level;

	/* a table of markdown has the same columns in all its parts */
	if (!judged && (column->what == VERDICT || column->what == P))
		of.form &= FOR_MARKDOWN;
	/* thousands of rows are not drawn: their subtests are, in columns */
	if (!judged && column->what == FOREST && s->c->sets > SETS_DRAWN)
		of.form = 0;
	if (column->what == INTERVAL) {
		of.title = doc_title(d, "%.0f%% %s", level, of.title);
		of.brief = of.brief ? doc_title(d, "%.0f%% %s", level, of.brief) : NULL;
	}
	return of;
}

void say_rows(struct document *d, const struct saying *s, size_t set,
	      enum row_choice choice, const char *caption)
{
	unsigned int form =
		choice == ROWS_OTHER_QUANTILES ? FOR_ALL & ~FOR_MAIL : FOR_ALL;
	struct doc_table *t = doc_add_table(d, form, "%s", caption);

	if (choice == ROWS_EXPLAINING) {
		for (; t->columns < COUNT(counter_columns); t->columns++)
			t->column[t->columns] = counter_columns[t->columns].column;
		add_rows(t, s, set, choice, counter_columns);
		return;
	}
	for (; t->columns < COUNT(latency_columns); t->columns++)
		t->column[t->columns] = latency_column(d, s, &latency_columns[t->columns],
						       choice == ROWS_JUDGED);
	t->axis = true;
	add_rows(t, s, set, choice, latency_columns);
}

void say_power_table(struct document *d, const struct saying *s, size_t set)
{
	struct doc_table *t =
		doc_add_table(d, FOR_TEXT | FOR_PAGE, "With a power of %.0f%%",
			      100 * s->c->options->decide.power);

	for (; t->columns < COUNT(power_columns); t->columns++)
		t->column[t->columns] = power_columns[t->columns].column;
	add_rows(t, s, set, ROWS_JUDGED, power_columns);
}

static void set_columns(struct doc_table *t, const struct doc_column *column, size_t n)
{
	memcpy(t->column, column, n * sizeof(*column));
	t->columns = n;
}

/* Begins a row that is about set @set. */
static void set_row(struct doc_table *t, const char *name, size_t set)
{
	doc_row(t, FOR_PAGE);
	doc_cell(t, 0, "%s", name)->set = set;
}

/* "2026-01-31 10:00 to 11:30", when the first and the last run of @set began. */
static void say_times(struct doc_table *t, size_t column, const struct set *set)
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
		doc_cell(t, column, "%s", from);
	else
		doc_cell(t, column, "%s to %s", from,
			 strncmp(from, to, 11) == 0 ? to + 11 : to);
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
	struct doc_table *t;

	if (c->sets > SETS_DRAWN)
		doc_add(d, BLOCK_FOLD, FOR_PAGE, NULL, "All %zu sets", c->sets);
	t = doc_add_table(
		d, FOR_PAGE, "%s",
		c->sets > 1 && s->compared
			? "The first is the base; the others are compared with it."
			: "What was measured.");
	set_columns(t, columns, COUNT(columns));
	for (size_t i = 0; i < c->sets; i++) {
		const struct set *set = c->set[i];
		size_t runs = set->records - set->duplicates;
		/* the label as it is: the name of a set is cut, and plain */
		bool whole = strcmp(set->name, set->label) == 0 ||
			     strlen(set->label) > LABEL_SHOWN;

		set_row(t, whole ? set->label : set->name, i);
		doc_cell(t, 1, "%s", set_fact(set, "kernel.release"));
		doc_cell(t, 2, "%s", set_fact(set, "kernel.preempt"));
		if (set->invalid.n > 0)
			doc_cell(t, 3, "%zu of %zu", runs - set->invalid.n, runs);
		else
			doc_cell(t, 3, "%zu", runs);
		doc_cell(t, 4, "%zu", set->boot.n);
		say_times(t, 5, set);
		doc_cell(t, 6, "%s", set->shown_path)->link = s->link ? s->link[i] : NULL;
	}
	if (c->sets > SETS_DRAWN)
		doc_add(d, BLOCK_FOLD_END, FOR_PAGE, NULL, "%s", "");
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
	static const enum verdict verdict[] = { VERDICT_WORSE, VERDICT_BETTER,
						VERDICT_SAME, VERDICT_UNCLEAR };
	struct doc_table *t = doc_add_table(d, FOR_PAGE, "Each set against the base");

	set_columns(t, columns, COUNT(columns));
	for (size_t s = 1; s < c->sets; s++) {
		enum verdict v = c->result[s].verdict;

		set_row(t, c->set[s]->name, s);
		doc_cell(t, 1, "%s", verdict_name(v))->tone = tone_of(v);
		for (size_t i = 0; i < COUNT(verdict); i++)
			doc_cell(t, 2 + i, "%zu", compare_count(c, s, verdict[i]));
		doc_cell(t, 6, "%s", c->result[s].sentence);
	}
}

/* Whether some row of @cell is judged; all are said where nothing is compared. */
static bool is_attributed(const struct saying *s, const struct cell *cell)
{
	for (size_t i = 0; i < s->c->rows; i++) {
		const struct compare_row *row = &s->c->row[i];

		if (row->d->primary && (row->cell[0] == cell || row->cell[1] == cell))
			return true;
	}
	return !s->compared;
}

/* Whether a cell of the subtest of cell @i of set @set stands before it. */
static bool is_repeated(const struct comparison *c, size_t set, size_t i)
{
	const char *subtest = c->set[set]->cell[i].subtest;

	for (size_t s = 0; s <= set; s++)
		for (size_t k = 0; k < (s < set ? c->set[s]->cells : i); k++)
			if (strcmp(c->set[s]->cell[k].subtest, subtest) == 0)
				return true;
	return false;
}

/* What @cell of set @set says, if it has something to say; begins the table @t for it. */
static struct doc_table *say_attributed(struct document *d, struct doc_table *t,
					const struct comparison *c, size_t set,
					const struct cell *cell)
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
	struct compare_attribution a;
	_cleanup_free_ char *name = NULL;
	char buf[300];

	if (compare_attribution(cell, &a) == 0 || a.slow.total_ns == 0)
		return t;
	if (!t) {
		doc_add(d, BLOCK_PARAGRAPH, FOR_PAGE, NULL,
			"Of the largest hundredth of each run's samples, as the kernel accounts for it. What is waited for in a delay is the delay's; what no source accounts for is unexplained. A timer sleeps until it is woken: what lies before that, and its way back from the kernel, is unexplained.");
		doc_add(d, BLOCK_FIGURE, FOR_PAGE, NULL, "%s", "");
		t = doc_add_table(d, FOR_PAGE, "Time of the slow samples by cause");
		set_columns(t, columns, COUNT(columns));
	}
	name = set_cell_name(c->set[set], cell);
	set_row(t, c->set[set]->name, set);
	doc_cell(t, 1, "%s", name);
	doc_cell(t, 2, "%zu", a.runs);
	doc_cell(t, 3, "%" PRIu64, a.slow.count);
	doc_cell(t, 4, "%s",
		 format_time(a.slow.total_ns / a.slow.count, buf, sizeof(buf)));
	doc_cell(t, 5, "%s", "")->drawn = cell;
	doc_cell(t, 6, "%s", attribution_describe(&a.slow, a.seen, buf, sizeof(buf)));
	return t;
}

/* Subtest by subtest, so that the sets stand beside each other. */
void say_attribution_table(struct document *d, const struct saying *s)
{
	const struct comparison *c = s->c;
	struct doc_table *t = NULL;

	for (size_t first = 0; first < c->sets; first++) {
		for (size_t i = 0; i < c->set[first]->cells; i++) {
			const char *subtest = c->set[first]->cell[i].subtest;

			if (is_repeated(c, first, i))
				continue;
			for (size_t set = first; set < c->sets; set++) {
				for (size_t k = 0; k < c->set[set]->cells; k++) {
					const struct cell *cell = &c->set[set]->cell[k];

					if (strcmp(cell->subtest, subtest) == 0 &&
					    is_attributed(s, cell))
						t = say_attributed(d, t, c, set, cell);
				}
			}
		}
	}
}

static void add_difference(void *data, const char *path, const char *base,
			   const char *other)
{
	struct doc_table *t = data;

	doc_row(t, FOR_PAGE);
	doc_cell(t, 0, "%s", path);
	doc_cell(t, 1, "%s", base);
	doc_cell(t, 2, "%s", other);
}

void say_differences_table(struct document *d, const struct comparison *c, size_t set)
{
	static const struct doc_column columns[] = { PAGE(COLUMN_NAME, "what"),
						     PAGE(COLUMN_WORDS, "base"),
						     PAGE(COLUMN_WORDS, "new") };
	struct doc_table *t = NULL;

	for (size_t i = 0; i < c->differences && !t; i++) {
		if (c->difference[i].set != set)
			continue;
		t = doc_add_table(d, FOR_PAGE,
				  "What differs; of lists, what only one side has");
		set_columns(t, columns, COUNT(columns));
		each_difference(c, set, add_difference, t);
	}
}

void say_facts_table(struct document *d, const struct set *set)
{
	static const struct doc_column columns[] = { PAGE(COLUMN_NAME, "fact"),
						     PAGE(COLUMN_LONG, "value") };
	struct doc_table *t;

	if (set->facts.n == 0)
		return;
	doc_add(d, BLOCK_FOLD, FOR_PAGE, NULL, "All facts of %s", set->name);
	t = doc_add_table(d, FOR_PAGE, "As the first record tells that knows");
	set_columns(t, columns, COUNT(columns));
	for (size_t i = 0; i < set->facts.n; i++) {
		doc_row(t, FOR_PAGE);
		doc_cell(t, 0, "%s", set->facts.fact[i].path);
		doc_cell(t, 1, "%s", set->facts.fact[i].text);
	}
	doc_add(d, BLOCK_FOLD_END, FOR_PAGE, NULL, "%s", "");
}
