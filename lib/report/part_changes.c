// SPDX-License-Identifier: MIT
/* The changes: a row each, with its interval drawn beside the band of the margin. */
#include "report/internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "report/internal.h"
#include "render/html.h"
#include "report/svg.h"
#include "system/cleanup.h"

/* "1001/s", or where the two sides differ "1001/s > 950/s"; "" where it is not known. */
static const char *beside_text(const struct comparison *c, const struct compare_row *row,
			       const char *metric, char *buf, size_t size)
{
	const struct compare_row *beside = compare_beside(c, row, metric);
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

const char *part_exact_text(const struct comparison *c, const struct compare_row *row,
			    int side, char *buf, size_t size)
{
	const struct metric *m = &c->options->metrics.metric[row->metric];

	if (row->d->side[side].n == 0) {
		snprintf(buf, size,
			 "%zu runs have fewer samples than this quantile needs",
			 row->few[side]);
		return buf;
	}
	snprintf(buf, size, "%.9g %s", row->d->median[side], metric_unit_name(m->unit));
	return buf;
}

/* NULL: there is no change. */
static const char *interval_hint(const struct compare_row *row, char *buf, size_t size)
{
	const struct interval *i = &row->d->change;

	if (!isfinite(i->estimate))
		return NULL;
	if (isfinite(i->high) && i->low > -1)
		snprintf(buf, size, "%+.4g%% [%+.4g%% .. %+.4g%%]", 100 * i->estimate,
			 100 * i->low, 100 * i->high);
	else
		snprintf(buf, size, "%+.4g%%; so few give no interval",
			 100 * i->estimate);
	return buf;
}

/* NULL: there is no p. */
static const char *p_hint(const struct decide_row *d, char *buf, size_t size)
{
	if (d->hopeless && d->least > 0)
		snprintf(buf, size, "cannot be significant with so few: %zu a side can",
			 d->least);
	else if (d->hopeless)
		snprintf(buf, size, "cannot be significant, however many");
	else if (isnan(d->p))
		return NULL;
	else
		snprintf(buf, size, "p %.3g before Holm's correction, %s", d->p,
			 d->exact ? "exact" : "by normal approximation");
	return buf;
}

static void put_verdict(FILE *out, enum verdict v)
{
	html_open_cell(out);
	fprintf(out, "<span class=\"verdict %s\">%s</span>", verdict_name(v),
		verdict_name(v));
}

/* One row of a table of changes; a judged one says more. */
static int put_row(const struct view *v, const struct scale *scale,
		   const struct compare_row *row, bool judged)
{
	const struct comparison *c = v->c;
	const struct decide_row *d = row->d;
	_cleanup_free_ char *cell = compare_cell_name(c, row->cell[0]);
	_cleanup_free_ char *name = NULL;
	char buf[CELL_SIZE], hint[200];

	if (!cell || asprintf(&name, "%s %s", cell,
			      c->options->metrics.metric[row->metric].name) < 0)
		return -ENOMEM;
	html_row(v->out);
	html_head_cell(v->out, name);
	if (judged)
		put_verdict(v->out, d->verdict);
	if (scale)
		forest_cell(v->out, scale, row);
	html_cell_hint(v->out, row_change_text(row, buf, sizeof(buf)),
		       interval_hint(row, hint, sizeof(hint)));
	html_cell(v->out, range_text(row, buf, sizeof(buf)));
	for (int side = 0; side < DECIDE_SIDES; side++)
		html_cell_hint(v->out, side_text(c, row, side, buf, sizeof(buf)),
			       part_exact_text(c, row, side, hint, sizeof(hint)));
	html_cell(v->out, huge_text(c, row, buf, sizeof(buf)));
	html_cell(v->out, beside_text(c, row, "requests", buf, sizeof(buf)));
	snprintf(buf, sizeof(buf), "%zu/%zu", d->side[0].n, d->side[1].n);
	html_cell(v->out, buf);
	if (judged)
		html_cell_hint(v->out, judged_p_text(d, buf, sizeof(buf)),
			       p_hint(d, hint, sizeof(hint)));
	return 0;
}

static void columns_of(struct html_column *column, const struct comparison *c,
		       bool judged, bool drawn, size_t *n, char *interval, size_t size)
{
	static const struct html_column all[] = {
		{ "quantile", "of the latency, of each run" },
		{ HTML_WORDS "verdict", NULL },
		{ HTML_WORDS "change and margin",
		  "the change, its interval, and the band within which it would not matter" },
		{ "change", "median over all pairs of runs" },
		{ NULL, NULL },
		{ "base", "median" },
		{ "new", "median" },
		{ "huge", "first touches that got a huge page" },
		{ "device", "requests that the device completed" },
		{ "n", "runs, or boots, of base and new" },
		{ "p (Holm)", "exact Mann-Whitney, corrected for all judged rows" },
	};

	snprintf(interval, size, "%.0f%% interval", 100 * c->options->decide.level);
	*n = 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if ((!judged && (i == 1 || i == 10)) || (!drawn && i == 2))
			continue;
		column[*n] = all[i];
		if (!all[i].title)
			column[*n].title = interval;
		(*n)++;
	}
}

int part_changes_table(struct view *v, size_t s, enum row_choice choice,
		       const struct scale *scale, const char *caption)
{
	const struct comparison *c = v->c;
	bool judged = choice == ROWS_JUDGED;
	struct html_column column[11];
	char id[ID_SIZE], interval[40];
	size_t columns;
	int ret = 0;

	columns_of(column, c, judged, scale, &columns, interval, sizeof(interval));
	html_table_begin(v->out, view_table_id(v, id), caption, column, columns);
	for (size_t i = 0; i < c->rows && ret == 0; i++)
		if (is_chosen(c, &c->row[i], s, choice) &&
		    view_shows(v, c->row[i].metric))
			ret = put_row(v, scale, &c->row[i], judged);
	if (scale)
		forest_foot(v->out, scale, judged ? 2 : 1, columns - (judged ? 3 : 2));
	html_table_end(v->out);
	return ret;
}

/* What each new set is, in a row. */
static void put_overview(struct view *v)
{
	static const struct html_column column[] = {
		{ "set", NULL },
		{ HTML_WORDS "verdict", NULL },
		{ "worse", "judged rows" },
		{ "better", NULL },
		{ "same", NULL },
		{ "unclear", NULL },
		{ HTML_WORDS "in words", NULL },
	};
	static const enum verdict verdict[] = { VERDICT_WORSE, VERDICT_BETTER,
						VERDICT_SAME, VERDICT_UNCLEAR };
	const struct comparison *c = v->c;
	char id[ID_SIZE], buf[CELL_SIZE];

	html_table_begin(v->out, view_table_id(v, id), "Each set against the base",
			 column, 7);
	for (size_t s = 1; s < c->sets; s++) {
		html_row(v->out);
		fputs("<th scope=\"row\" align=\"left\">", v->out);
		view_swatch(v, s);
		fputs("<bdi>", v->out);
		html_text(v->out, c->set[s]->name);
		fputs("</bdi>", v->out);
		put_verdict(v->out, c->result[s].verdict);
		for (size_t i = 0; i < 4; i++) {
			snprintf(buf, sizeof(buf), "%zu",
				 compare_count(c, s, verdict[i]));
			html_cell(v->out, buf);
		}
		html_text_cell(v->out, c->result[s].sentence, TEXT_SHOWN);
	}
	html_table_end(v->out);
}

static void put_legend(const struct view *v)
{
	const struct decide_options *o = &v->c->options->decide;
	char text[600], margin[40] = "";

	if (!v->c->options->thresholds)
		snprintf(margin, sizeof(margin), " of %.3g%%",
			 100 * v->c->options->margin);
	snprintf(
		text, sizeof(text),
		"Change: median over all pairs of %s. The line is its %.0f%% interval, the band the margin%s. p: after Holm's correction for %zu rows. Worse or better: p is at most %.3g. Same: the change's %.0f%% interval lies within the margin. Unclear: neither.",
		units_name(v->c, 1), 100 * o->level, margin, v->c->primary, o->alpha,
		100 * (1 - 2 * o->alpha));
	page_text(v->out, "note", text);
}

int part_changes(struct view *v)
{
	const struct comparison *c = v->c;
	struct scale scale;
	int ret = 0;

	if (!v->page->compared)
		return 0;
	page_section(v->out, "changes", "Changes");
	if (c->sets > 2)
		put_overview(v);
	scale = forest_scale(v, 0, ROWS_JUDGED);
	for (size_t s = 1; s < c->sets && ret == 0; s++) {
		if (!compare_is_set_judged(c, s))
			continue;
		view_set_begin(v, s);
		ret = part_changes_table(v, s, ROWS_JUDGED, &scale,
					 "Judged: quantiles of the runs");
		view_set_end(v);
	}
	put_legend(v);
	page_section_end(v->out);
	return ret;
}

int part_other(struct view *v)
{
	const struct comparison *c = v->c;
	/* Thousands of rows are not drawn: their subtests are, in columns. */
	bool drawn = c->sets <= SETS_IN_ROWS;
	struct scale scale;
	int ret = 0;

	if (!v->page->compared)
		return 0;
	page_section(v->out, "other", "Not judged");
	page_text(
		v->out, NULL,
		"For information: what is looked at beside the judged rows will now and then differ by chance.");
	scale = forest_scale(v, 0, ROWS_OTHER_QUANTILES);
	for (size_t s = 1; s < c->sets && ret == 0; s++) {
		view_set_begin(v, s);
		ret = part_changes_table(v, s, ROWS_OTHER_QUANTILES,
					 drawn ? &scale : NULL, "Quantiles of the runs");
		view_set_end(v);
	}
	page_section_end(v->out);
	return ret;
}
