// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <string.h>

#include "summary/attribution.h"
#include "print.h"
#include "system/cleanup.h"
#include "text.h"

/* The longest name of a subtest that leaves room for the other columns. */
#define NAME_WIDTH 20

static const char *colour_of(const struct compare_view *v, enum verdict verdict)
{
	static const char *const code[] = {
		[VERDICT_NONE] = "",
		[VERDICT_SAME] = "\033[32m",
		[VERDICT_BETTER] = "\033[1;32m",
		[VERDICT_WORSE] = "\033[1;31m",
		[VERDICT_UNCLEAR] = "\033[33m",
	};

	return v->colour ? code[verdict] : "";
}

static const char *colour_end(const struct compare_view *v, enum verdict verdict)
{
	return v->colour && verdict != VERDICT_NONE ? "\033[0m" : "";
}

static void print_title(const struct compare_view *v, const char *text)
{
	fprintf(v->out, "\n%s%s%s\n", v->colour ? "\033[1m" : "", text,
		v->colour ? "\033[0m" : "");
}

static void print_verdict(const struct compare_view *v)
{
	const struct comparison *c = v->c;
	const char *word = overall_text(c->verdict);

	fprintf(v->out, "%s%s%s: ", colour_of(v, c->verdict), word,
		colour_end(v, c->verdict));
	print_wrapped(v->out, c->sentence, TEXT_WIDTH, strlen(word) + 2, 2);
	for (size_t s = 1; c->sets > 2 && s < c->sets; s++) {
		fprintf(v->out, "  ");
		print_wrapped(v->out, c->result[s].sentence, TEXT_WIDTH, 2, 4);
	}
}

static void print_sets(const struct compare_view *v)
{
	const struct comparison *c = v->c;
	char buf[LINE_SIZE];

	fprintf(v->out, "\n");
	for (size_t s = 0; s < c->sets; s++) {
		fprintf(v->out, "%-8s %s: ", s ? "new" : "base", c->set[s]->name);
		print_wrapped(v->out, set_text(c->set[s], buf, sizeof(buf)), TEXT_WIDTH,
			      11 + text_width(c->set[s]->name), 9);
	}
	fprintf(v->out, "%-8s ", "machine");
	print_wrapped(v->out, machine_text(c->set[0], buf, sizeof(buf)), TEXT_WIDTH, 9,
		      9);
	fprintf(v->out, "%-8s ", "setup");
	print_wrapped(v->out, setup_text(c, buf, sizeof(buf)), TEXT_WIDTH, 9, 9);
}

enum column {
	SUBTEST,
	METRIC,
	BASE,
	NEW,
	CHANGE,
	RANGE,
	HUGE,
	P,
	N,
	VERDICT,
};

/* One row; @name stands in the first row of its subtest only. */
static void add_row(struct table *t, const struct compare_view *v,
		    const struct compare_row *row, const char *name)
{
	const struct comparison *c = v->c;
	const struct decide_row *d = row->d;
	char buf[CELL_SIZE];

	table_row(t);
	table_set(t, SUBTEST, "%s", name);
	table_set(t, METRIC, "%s", c->options->metrics.metric[row->metric].name);
	table_set(t, BASE, "%s", side_text(c, row, DECIDE_BASE, buf, sizeof(buf)));
	table_set(t, NEW, "%s", side_text(c, row, DECIDE_NEW, buf, sizeof(buf)));
	table_set(t, CHANGE, "%s", row_change_text(row, buf, sizeof(buf)));
	if (c->options->metrics.metric[row->metric].kind != METRIC_QUANTILE)
		return;
	table_set(t, RANGE, "%s", range_text(row, buf, sizeof(buf)));
	table_set(t, HUGE, "%s", huge_text(c, row, buf, sizeof(buf)));
	table_set(t, N, "%zu/%zu", d->side[0].n, d->side[1].n);
	if (!d->primary)
		return;
	table_set(t, P, "%s", judged_p_text(d, buf, sizeof(buf)));
	table_set(t, VERDICT, "%s%s%s", colour_of(v, d->verdict),
		  verdict_name(d->verdict), colour_end(v, d->verdict));
}

static void add_head(struct table *t, const struct compare_view *v,
		     enum row_choice choice, const char *subtest)
{
	table_row(t);
	table_set(t, SUBTEST, "%s", subtest);
	table_set(t, METRIC, choice == ROWS_EXPLAINING ? "counter" : "quantile");
	table_set(t, BASE, "base");
	table_set(t, NEW, "new");
	table_set(t, CHANGE, "change");
	if (choice != ROWS_EXPLAINING) {
		table_set(t, RANGE, "%.0f%% interval", 100 * v->c->options->decide.level);
		table_set(t, HUGE, "huge");
		table_set(t, N, "n");
	}
	if (choice == ROWS_JUDGED) {
		table_set(t, P, "p (Holm)");
		table_set(t, VERDICT, "verdict");
	}
}

/* The rows of @choice of set @s; of the cells of @only (NULL: all), whose name stands above. */
static int print_table(const struct compare_view *v, size_t s, enum row_choice choice,
		       const struct compare_row *only)
{
	const struct comparison *c = v->c;
	const struct compare_row *before = NULL;
	struct table t;
	int ret;

	table_init(&t, "llrrrlrrrl");
	add_head(&t, v, choice, only ? "" : "subtest");
	for (size_t i = 0; c->row && i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];
		_cleanup_free_ char *name = NULL;

		if (!is_chosen(c, row, s, choice) ||
		    (only && row->cell[0] != only->cell[0]))
			continue;
		if (!only && (!before || before->cell[0] != row->cell[0]))
			name = compare_cell_name(c, row->cell[0]);
		add_row(&t, v, row, name ? name : "");
		before = row;
	}
	ret = table_print(&t, v->out, TEXT_WIDTH);
	table_free(&t);
	return ret;
}

/*
 * The rows of @choice of set @s under @title, by @print: in one table, or where names are long
 * each subtest in one of its own. Nothing where there are no rows.
 */
static int print_rows(const struct compare_view *v, size_t s, enum row_choice choice,
		      const char *title,
		      int (*print)(const struct compare_view *v, size_t s,
				   enum row_choice choice,
				   const struct compare_row *only))
{
	const struct comparison *c = v->c;
	const struct cell *before = NULL;
	bool is_short = are_names_short(c, NAME_WIDTH);
	int ret = 0;

	for (size_t i = 0; i < c->rows && ret == 0; i++) {
		const struct cell *cell = c->row[i].cell[0];
		_cleanup_free_ char *name = NULL;

		if ((before && cell == before) || !is_chosen(c, &c->row[i], s, choice))
			continue;
		if (!before)
			print_title(v, title);
		before = cell;
		if (is_short)
			return print(v, s, choice, NULL);
		name = compare_cell_name(c, cell);
		if (!name)
			return -ENOMEM;
		print_wrapped(v->out, name, TEXT_WIDTH, 0, 2);
		ret = print(v, s, choice, &c->row[i]);
	}
	return ret;
}

static void print_difference(void *data, const char *path, const char *base,
			     const char *other)
{
	FILE *out = data;
	char line[LINE_SIZE];

	snprintf(line, sizeof(line), "%s: %s against %s", path, base, other);
	fprintf(out, "  ");
	print_wrapped(out, line, TEXT_WIDTH, 2, 4);
}

static int print_environment(const struct compare_view *v, size_t s)
{
	print_title(v, "Environment");
	fprintf(v->out, "%s\n", v->c->result[s].environment);
	return each_difference(v->c, s, print_difference, v->out);
}

static void add_power(struct table *t, const struct comparison *c,
		      const struct compare_row *row, const char *name)
{
	const struct decide_row *d = row->d;
	char buf[CELL_SIZE];

	table_row(t);
	table_set(t, 0, "%s", name);
	table_set(t, 1, "%s", c->options->metrics.metric[row->metric].name);
	table_set(t, 2, "%s", spread_text(row->spread.boot, buf, sizeof(buf)));
	table_set(t, 3, "%s", spread_text(row->spread.run, buf, sizeof(buf)));
	table_set(t, 4, "%s", spread_text(row->spread.within, buf, sizeof(buf)));
	table_set(t, 5, "%s",
		  isfinite(d->detectable) ? text_change(d->detectable, buf, sizeof(buf))
					  : "none");
	if (d->needed > 0)
		table_set(t, 6, "%zu for %.3g%%", d->needed, 100 * d->margin);
	else
		table_set(t, 6, ">1000 for %.3g%%", 100 * d->margin);
}

/* What the runs could not have shown. */
static int print_power_table(const struct compare_view *v, size_t s,
			     enum row_choice choice, const struct compare_row *only)
{
	const struct comparison *c = v->c;
	const struct compare_row *before = NULL;
	struct table t;
	int ret;

	table_init(&t, "llrrrrr");
	table_row(&t);
	table_set(&t, 0, "%s", only ? "" : "subtest");
	table_set(&t, 1, "quantile");
	table_set(&t, 2, "spread of boots");
	table_set(&t, 3, "of runs");
	table_set(&t, 4, "within a run");
	table_set(&t, 5, "least change");
	table_set(&t, 6, "needed a side");
	for (size_t i = 0; c->row && i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];
		_cleanup_free_ char *name = NULL;

		if (!is_chosen(c, row, s, choice) ||
		    (only && row->cell[0] != only->cell[0]))
			continue;
		if (!only && (!before || before->cell[0] != row->cell[0]))
			name = compare_cell_name(c, row->cell[0]);
		add_power(&t, c, row, name ? name : "");
		before = row;
	}
	ret = table_print(&t, v->out, TEXT_WIDTH);
	table_free(&t);
	return ret;
}

static int print_power(const struct compare_view *v, size_t s)
{
	const struct comparison *c = v->c;
	char title[100];
	int ret;

	snprintf(title, sizeof(title),
		 "What these %s could have shown, with a power of %.0f%%",
		 units_name(c, s), 100 * c->options->decide.power);
	ret = print_rows(v, s, ROWS_JUDGED, title, print_power_table);
	if (*c->result[s].advice)
		fprintf(v->out, "%s\n", c->result[s].advice);
	return ret;
}

static int print_set(const struct compare_view *v, size_t s)
{
	const struct comparison *c = v->c;
	int ret;

	if (c->sets > 2)
		print_title(v, c->set[s]->name);
	ret = print_rows(v, s, ROWS_JUDGED, "Judged", print_table);
	if (compare_is_set_judged(c, s))
		print_legend(v, s, TEXT_WIDTH);
	if (compare_has_attribution(c, s)) {
		print_title(v, ATTRIBUTION_TITLE);
		ret = ret ? ret : print_attribution(v, s, TEXT_WIDTH);
	}
	ret = ret ? ret
		  : print_rows(v, s, ROWS_OTHER_QUANTILES, "Not judged, for information",
			       print_table);
	ret = ret ? ret
		  : print_rows(v, s, ROWS_EXPLAINING,
			       "What may explain it (medians, not judged)", print_table);
	ret = ret ? ret : print_environment(v, s);
	return ret ? ret : print_power(v, s);
}

int compare_print_text(const struct compare_view *v)
{
	const struct comparison *c = v->c;
	int ret = 0;

	print_verdict(v);
	print_sets(v);
	for (size_t s = 1; s < c->sets && ret == 0; s++)
		ret = print_set(v, s);
	if (c->warnings.n > 0)
		print_title(v, "Warnings");
	for (size_t i = 0; i < c->warnings.n; i++) {
		fprintf(v->out, "- ");
		print_wrapped(v->out, c->warnings.text[i], TEXT_WIDTH, 2, 2);
	}
	return ret;
}
