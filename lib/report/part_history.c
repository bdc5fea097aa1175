// SPDX-License-Identifier: MIT
/* History: kernels in order, where their levels change, and each beside the one before it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "render/html.h"
#include "report/chart.h"
#include "report/draw.h"
#include "report/view.h"
#include "report/svg.h"
#include "history/history.h"
#include "stats/estimate.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

#define HISTORY_HEIGHT 230
#define HISTORY_LEFT   52
/* Two lines of what changes stand above the plot. */
#define LABEL_LINES 2
#define LABEL_LINE  13
/* Up to so many kernels their medians are large dots. */
#define MEDIANS_LARGE 40

/* A metric over many kernels in their order: runs, levels, and where they change. */
struct drawing {
	struct view *v;
	const struct history_series *series;
	struct chart chart;
};

static const struct group *group_of(const struct drawing *d)
{
	return &d->v->group[d->series->subtest];
}

static enum verdict verdict_of(const struct interval *change)
{
	return change->estimate > 0 ? VERDICT_WORSE : VERDICT_BETTER;
}

/* The runs of each kernel, a path each, which tells what the kernel's median is. */
static void put_runs(const struct drawing *d)
{
	const struct metric *m = &d->v->c->options->metrics.metric[d->series->metric];
	bool large = d->series->n <= MEDIANS_LARGE;
	const struct svg_pen pen = { "currentColor", large ? 2.5 : 2, large ? 0.3 : 0.2,
				     false };

	svg_paths_begin(d->v->out, &pen);
	for (size_t i = 0; i < d->series->n; i++) {
		size_t s = d->series->set[i];
		struct cell_value value =
			view_value(d->v, group_of(d), s, d->series->metric);
		char title[400], buf[CELL_SIZE];

		snprintf(title, sizeof(title), "%s: %s", d->v->c->set[s]->name,
			 view_value_text(m, &value, buf, sizeof(buf)));
		draw_column(&d->chart, group_of(d)->cell[s], d->series->metric, (double)i,
			    NULL, title);
	}
	svg_paths_end(d->v->out);
}

/* Of all kernels, as one path. */
static void put_medians(const struct drawing *d)
{
	const struct svg_pen pen = { palette_set(0, 1),
				     d->series->n > MEDIANS_LARGE ? 4.2 : 5.6, 0.9,
				     false };
	struct svg_path path;

	svg_paths_begin(d->v->out, &pen);
	svg_path_begin(&path, d->v->out, NULL);
	for (size_t i = 0; i < d->series->n; i++)
		svg_path_dot(&path, scale_at(&d->chart.x, (double)i),
			     scale_at(&d->chart.y, d->series->median[i]));
	svg_path_end(&path, NULL);
	svg_paths_end(d->v->out);
}

static void put_levels(const struct drawing *d)
{
	static const struct svg_pen pen = { "currentColor", 1.5, 0.8, false };

	for (size_t i = 0; i <= d->series->found.n; i++) {
		double y = scale_at(&d->chart.y, history_level(d->series, i));

		svg_line(d->v->out,
			 scale_at(&d->chart.x, (double)history_first(d->series, i) - 0.5),
			 y,
			 scale_at(&d->chart.x, (double)history_end(d->series, i) - 0.5),
			 y, &pen);
	}
}

/* The label of a change where there is room for it, else none: the table has it. */
static void put_label(const struct drawing *d, double x, const char *text,
		      double taken[LABEL_LINES])
{
	double half = (double)strlen(text) * SVG_CHARACTER / 2, from;

	x = MIN(MAX(x, d->chart.left + half), d->chart.width - half);
	from = x - half;
	for (size_t line = 0; line < LABEL_LINES; line++) {
		if (from < taken[line])
			continue;
		taken[line] = x + half + SVG_CHARACTER;
		svg_text(d->v->out, x, d->chart.top + (double)(line + 1) * LABEL_LINE - 4,
			 SVG_MIDDLE, text);
		return;
	}
}

/* Each change: a line where it is, a band where it may be. */
static void put_change_marks(const struct drawing *d)
{
	double taken[LABEL_LINES] = { 0 }, top = d->chart.y.to;

	for (size_t i = 0; i < d->series->found.n; i++) {
		const struct changepoint *c = &d->series->found.change[i];
		struct interval change = history_change(d->series, i);
		const char *colour = palette_verdict(verdict_of(&change));
		const struct svg_pen pen = { colour, 1.5, 1, true };
		double x = scale_at(&d->chart.x, (double)c->at - 0.5);
		double low = scale_at(&d->chart.x, (double)c->low - 0.5);
		double high = scale_at(&d->chart.x, (double)c->high - 0.5);
		char text[32];

		if (c->high > c->low)
			svg_rect(d->v->out, low, top, high - low, d->chart.bottom - top,
				 colour, 0.16);
		svg_line(d->v->out, x, top, x, d->chart.bottom, &pen);
		put_label(d, x, text_change(change.estimate, text, sizeof(text)), taken);
	}
}

static void put_names(const struct drawing *d)
{
	const struct history_series *s = d->series;
	double foot = d->chart.bottom + 15;

	if (s->n > 0)
		view_label(d->v, d->chart.left, foot, SVG_START, s->set[0]);
	if (s->n > 1)
		view_label(d->v, d->chart.right, foot, SVG_END, s->set[s->n - 1]);
}

/* What stands under the picture. */
static const char *note_of(const struct history *h, const struct history_series *s,
			   char *buf, size_t size)
{
	char p[CELL_SIZE];

	if (s->found.hopeless)
		snprintf(buf, size, "%zu kernels, %zu are needed", s->n, h->least);
	else if (s->found.n == 0)
		snprintf(buf, size, "one level (p = %s)",
			 p_text(s->found.p, p, sizeof(p)));
	else
		snprintf(buf, size, "%zu change%s%s", s->found.n, PLURAL(s->found.n),
			 s->found.drift <= h->alpha
				 ? "; it drifts within a level too: no steps, but a slope"
				 : "");
	return buf;
}

static void draw_series(struct view *v, const struct history *h,
			const struct history_series *series)
{
	struct drawing d = { .v = v, .series = series };
	char note[200];

	chart_begin(&d.chart, v->out, view_chart_id(v), series->name, HISTORY_HEIGHT,
		    HISTORY_LEFT);
	d.chart.x.low = -0.5;
	d.chart.x.high = (double)series->n - 0.5;
	d.chart.y = view_scale(v, group_of(&d), series->metric, d.chart.bottom,
			       d.chart.top + LABEL_LINES * LABEL_LINE);
	draw_times_y(&d.chart);
	put_names(&d);
	put_change_marks(&d);
	put_runs(&d);
	if (!series->found.hopeless)
		put_levels(&d);
	put_medians(&d);
	chart_end(&d.chart, note_of(h, series, note, sizeof(note)));
}

/* The row of @pair for what @series is about, or NULL. */
static const struct compare_row *row_of(const struct view *v,
					const struct comparison *pair,
					const struct history_series *series)
{
	for (size_t i = 0; i < pair->rows; i++)
		if (pair->row[i].metric == series->metric &&
		    strcmp(pair->row[i].cell[1]->subtest,
			   v->group[series->subtest].cell[series->set[0]]->subtest) == 0)
			return &pair->row[i];
	return NULL;
}

static void put_pair_change(FILE *out, const struct comparison *pair,
			    const struct compare_row *row)
{
	char buf[CELL_SIZE], hint[CELL_SIZE + 100], interval[CELL_SIZE], p[CELL_SIZE];
	const char *change = row ? row_change_text(pair, row, buf, sizeof(buf)) : "-";
	enum verdict verdict = row ? row->d->verdict : VERDICT_NONE;

	if (!row || !*change) {
		html_cell(out, "-");
		return;
	}
	snprintf(hint, sizeof(hint), "%s %s, p = %s", verdict_name(verdict),
		 text_change_interval(row->d->change.low, row->d->change.high, interval,
				      sizeof(interval)),
		 judged_p_text(row->d, p, sizeof(p)));
	if (verdict != VERDICT_WORSE && verdict != VERDICT_BETTER) {
		html_cell(out, change);
		return;
	}
	fputs("<td align=\"right\" title=\"", out);
	html_text(out, hint);
	fprintf(out, "\"><b class=\"%s\">%s</b>", verdict_name(verdict), change);
}

static void put_neighbour(const struct view *v, const struct history *h, size_t s)
{
	struct comparison pair;
	const char *verdict;
	int ret;

	compare_begin_pair(&pair, v->c->options, v->c->set[s - 1], v->c->set[s]);
	ret = compare(&pair);
	verdict = ret < 0 ? "not compared" : overall_text(pair.verdict);
	html_row(v->out);
	html_open_head_cell(v->out);
	html_name(v->out, v->c->set[s]->name, SIZE_MAX,
		  v->page->pair ? v->page->pair[s] : NULL);
	html_open_cell(v->out);
	fprintf(v->out, "<span class=\"verdict %s\">%s</span>", ret < 0 ? "" : verdict,
		verdict);
	for (size_t i = 0; i < h->n; i++)
		put_pair_change(v->out, &pair,
				ret < 0 ? NULL : row_of(v, &pair, &h->series[i]));
	compare_free(&pair);
}

static void put_neighbours(struct view *v, const struct history *h)
{
	CLEANUP_FREE struct html_column *column = xcalloc(h->n + 2, sizeof(*column));
	bool folded = v->c->sets > SETS_IN_ROWS;

	column[0] = (struct html_column){ "kernel", NULL };
	column[1] = (struct html_column){
		HTML_WORDS "verdict",
		"of this kernel against the one before it, the pair for itself"
	};
	for (size_t i = 0; i < h->n; i++)
		column[i + 2] = (struct html_column){ h->series[i].name, NULL };
	if (folded)
		fprintf(v->out,
			"<details><summary>Each of the %zu kernels with the one before it</summary>\n",
			v->c->sets);
	html_table_begin(
		v->out, view_table_id(v),
		"Each kernel with the one before it, as pinlat compare judges the pair. Every pair is a family of its own: of 100 pairs without a change some 5 are called one, and many more where each kernel was booted once and boots differ. Change points take that into account.",
		column, h->n + 2);
	for (size_t s = 1; s < v->c->sets; s++)
		put_neighbour(v, h, s);
	html_table_end(v->out);
	if (folded)
		fputs("</details>\n", v->out);
}

/* "v6.8 to v6.10" */
static void put_place(const struct view *v, const struct history_series *series,
		      size_t low, size_t high)
{
	html_open_cell(v->out);
	view_name(v, series->set[low]);
	if (high > low) {
		fputs(" to ", v->out);
		view_name(v, series->set[high]);
	}
}

static void put_level(const struct view *v, const struct history_series *series, size_t i)
{
	double level = history_level(series, i);
	char buf[CELL_SIZE], hint[100];

	snprintf(hint, sizeof(hint), "median of %zu kernels: %.9g ns",
		 history_end(series, i) - history_first(series, i), level);
	html_cell_hint(v->out,
		       value_text(&v->c->options->metrics.metric[series->metric], level,
				  buf, sizeof(buf)),
		       hint);
}

/* A word of a command, as a shell needs it. */
static void put_word(FILE *out, const char *word)
{
	CLEANUP_FREE char *quoted = text_quoted(word);

	fputs(" ", out);
	html_text(out, quoted);
}

/* Where sets @s and the one before it are compared: the pair's page, if there is one. */
static void put_pair(const struct view *v, size_t before, size_t s)
{
	const char *link = v->page->pair ? v->page->pair[s] : NULL;

	html_open_cell(v->out);
	if (link && before + 1 == s) {
		fputs("<a href=\"", v->out);
		html_text(v->out, link);
		fputs("\">", v->out);
		view_name(v, before);
		fputs(" and ", v->out);
		view_name(v, s);
		fputs("</a>", v->out);
	} else if (strcmp(v->c->set[before]->path, v->c->set[s]->path) != 0) {
		fputs("<code>pinlat compare", v->out);
		put_word(v->out, v->c->set[before]->shown_path);
		put_word(v->out, v->c->set[s]->shown_path);
		fputs("</code>", v->out);
	}
}

static void put_change(const struct view *v, const struct history_series *series,
		       size_t i)
{
	const struct changepoint *c = &series->found.change[i];
	struct interval change = history_change(series, i);
	char buf[CELL_SIZE], hint[100];

	html_row(v->out);
	html_head_cell(v->out, series->name);
	put_place(v, series, c->at, c->at);
	if (c->low < c->high)
		put_place(v, series, c->low, c->high);
	else
		html_text_cell(v->out, "just there", 20);
	html_open_cell(v->out);
	fprintf(v->out, "<span class=\"verdict %s\">%s</span>",
		verdict_name(verdict_of(&change)),
		text_change(change.estimate, buf, sizeof(buf)));
	html_cell(v->out,
		  text_change_interval(change.low, change.high, buf, sizeof(buf)));
	put_level(v, series, i);
	put_level(v, series, i + 1);
	snprintf(hint, sizeof(hint), "p %.4g, counted in random orders", c->p);
	html_cell_hint(v->out, p_text(c->p, buf, sizeof(buf)), hint);
	put_pair(v, series->set[c->at - 1], series->set[c->at]);
}

static void put_changes(struct view *v, const struct history *h)
{
	static const struct html_column columns[] = {
		{ "metric", NULL },
		{ HTML_WORDS "since", "the first kernel of the new level" },
		{ HTML_WORDS "or somewhere in", "where the change is, with 95 %" },
		{ HTML_WORDS "change", "Hodges-Lehmann, of the kernels' medians" },
		{ "95% interval",
		  "of the change; its place was chosen to make it large" },
		{ "before", "median of the kernels of this level" },
		{ "after", "median of the kernels of this level" },
		{ "p", "how often random orders of these kernels show as much" },
		{ HTML_WORDS "compared",
		  "the last kernel of the level before with the first of the next" },
	};

	if (h->changes == 0)
		return;
	html_table_begin(v->out, view_table_id(v), "Change points", columns,
			 sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < h->n; i++)
		for (size_t k = 0; k < h->series[i].found.n; k++)
			put_change(v, &h->series[i], k);
	html_table_end(v->out);
}

static void put_summary(const struct view *v, const struct history *h)
{
	size_t metrics = 0, drifting = 0;

	for (size_t i = 0; i < h->n; i++) {
		metrics += h->series[i].found.n > 0;
		drifting += h->series[i].found.drift <= h->alpha;
	}
	if (h->longest < h->least)
		html_paragraph(
			v->out, NULL,
			"%zu kernels %s. Among fewer than %zu no change point could be significant (%zu metrics at alpha %g): compare neighbours instead.",
			v->c->sets, v->page->order, h->least, h->n,
			v->c->options->decide.alpha);
	else if (h->changes == 0)
		html_paragraph(
			v->out, NULL,
			"%zu kernels %s: no change point in any of the %zu judged metrics.",
			v->c->sets, v->page->order, h->n);
	else
		html_paragraph(
			v->out, NULL,
			"%zu kernels %s: %zu change point%s, in %zu of %zu judged metrics.",
			v->c->sets, v->page->order, h->changes, PLURAL(h->changes),
			metrics, h->n);
	if (drifting > 0)
		html_paragraph(
			v->out, NULL,
			"In %zu of them the kernels drift within a level: there the steps are a slope's, and their places mean little.",
			drifting);
	html_paragraph(
		v->out, "note",
		"A large dot is a kernel, the median of its runs (small dots); a line is a level, the median of its kernels. Dashed: a change point, the best cut by Mann and Whitney's exact test in seeded parts of the series (Pettitt 1979; Kovács et al. 2023); its p is counted in random orders of the kernels. The chance of any false change on this page is at most %g. A single odd kernel is not a change.",
		v->c->options->decide.alpha);
}

/* Adds the medians of metric @m of group @g, over all kernels. */
static void add_series(struct history *h, const struct view *v, size_t g, size_t m)
{
	CLEANUP_FREE double *median = xcalloc(v->c->sets, sizeof(*median));
	CLEANUP_FREE char *name = xasprintf("%s %s", v->group[g].name,
					    v->c->options->metrics.metric[m].name);

	for (size_t s = 0; s < v->c->sets; s++)
		median[s] = view_value(v, &v->group[g], s, m).median;
	history_add(h, name, g, m, median, v->c->sets);
}

/* Whether --primary names percentiles: then there is a chart of each of these alone. */
static bool is_declared(const struct view *v)
{
	for (const struct compare_row *row = NULL;
	     v->c->options->primary && (row = compare_next_judged(v->c, 0, row));)
		if (row->metric < v->c->options->metrics.quantiles)
			return true;
	return false;
}

static bool is_judged(const struct view *v, const struct group *group, size_t metric)
{
	for (size_t s = 1; s < v->c->sets; s++) {
		const struct compare_row *row = view_row(v, group, s, metric);

		if (row && row->d->primary)
			return true;
	}
	return false;
}

void part_history(struct view *v)
{
	CLEANUP(history_free) struct history h = { 0 };
	bool declared = is_declared(v);

	for (size_t g = 0; g < v->groups; g++)
		for (size_t m = 0; m < v->c->options->metrics.quantiles; m++)
			if (declared ? is_judged(v, &v->group[g], m) : v->group[g].judged)
				add_series(&h, v, g, m);
	history_find(&h, v->c->options->decide.alpha, 0);
	put_summary(v, &h);
	put_changes(v, &h);
	charts_begin(v->out);
	for (size_t i = 0; i < h.n; i++)
		draw_series(v, &h, &h.series[i]);
	charts_end(v->out);
	put_neighbours(v, &h);
}

/*
 * Whether the page has a history: sets were compared, and there are so many that one metric could
 * show a change point (changepoint_least()), or it was asked for.
 */
bool part_has_history(const struct view *v)
{
	size_t sets = v->c->sets;

	/* a base that was chosen stands before the others, out of their order */
	if (!v->page->compared || sets < 2 || v->c->options->base)
		return false;
	return v->page->history || sets >= changepoint_least(v->c->options->decide.alpha);
}
