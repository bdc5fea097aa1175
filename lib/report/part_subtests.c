// SPDX-License-Identifier: MIT
/* Each subtest: every run as a dot, by kernel and boot; its numbers, and how they came about. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "render/html.h"
#include "report/chart.h"
#include "report/draw.h"
#include "report/view.h"
#include "report/svg.h"
#include "say/say_answer.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* Where names stand. */
#define NAMES ((NAME_DRAWN + 2) * 7.2 + 10)
/* A set in its row: runs one below the other, in the order of time. */
#define ROW_LEAST 26
#define ROW_MOST  72
#define ROW_RUN	  5
#define ROW_GAP	  10
/* Of sets in columns. */
#define COLUMNS_HEIGHT 190
#define COLUMNS_LEFT   52
/* From so many dots on, those of a set are one path, with one title. */
#define DOTS_TITLED 3000

/* What is drawn. */
struct dots {
	struct view *v;
	const struct group *group;
	size_t metric;
	bool stalled; /* a run was drawn that was too slow for a value */
	struct chart chart;
};

static const struct metric *metric_of(const struct dots *d)
{
	return &d->v->c->options->metrics.metric[d->metric];
}

static void put_title(const struct dots *d, size_t s, const struct run *run, char *buf,
		      size_t size)
{
	char value[CELL_SIZE], which[100];

	view_run_text(run, which, sizeof(which));
	if (isinf(run->value[d->metric]))
		snprintf(buf, size, "%s: too slow, %s", d->v->c->set[s]->name, which);
	else
		snprintf(buf, size, "%s: %s (%.9g ns), %s", d->v->c->set[s]->name,
			 value_text(metric_of(d), run->value[d->metric], value,
				    sizeof(value)),
			 run->value[d->metric], which);
}

static double row_height(const struct cell *cell)
{
	return MIN(MAX((double)cell->runs * ROW_RUN, ROW_LEAST), ROW_MOST);
}

/* The line of the median, between @from and @to. */
static void put_median(const struct dots *d, size_t s, double from, double to)
{
	const struct svg_pen pen = { palette_set(s, d->v->c->sets), 2, 1, false };
	struct cell_value value = view_value(d->v, d->group, s, d->metric);
	double x = scale_at(&d->chart.x, value.median);

	if (isfinite(value.median))
		svg_line(d->chart.out, x, from, x, to, &pen);
}

/* Set @s from @top on, in the order of time; a faint line between boots. */
static void put_row(struct dots *d, size_t s, double top)
{
	static const struct svg_pen between = { "currentColor", 1, 0.2, false };
	const struct cell *cell = d->group->cell[s];
	double height = row_height(cell), every = height / (double)MAX(cell->runs, 1);
	const char *colour = palette_set(s, d->v->c->sets);
	const struct run *before = NULL;
	char title[300];

	if (d->v->c->sets > 1)
		view_label(d->v, d->chart.left - 8, top + height / 2 + 4, SVG_END, s);
	put_median(d, s, top - 2, top + height + 2);
	for (size_t i = 0; i < cell->runs; i++) {
		const struct run *run = &cell->run[i];
		double y = top + ((double)i + 0.5) * every;

		if (before && before->boot != run->boot)
			svg_line(d->chart.out, d->chart.left, y - every / 2,
				 d->chart.right, y - every / 2, &between);
		before = run;
		if (isnan(run->value[d->metric]))
			continue;
		d->stalled |= isinf(run->value[d->metric]);
		put_title(d, s, run, title, sizeof(title));
		svg_dot(d->chart.out, scale_at(&d->chart.x, run->value[d->metric]), y, 3,
			colour, s == 0 && d->v->c->sets > 1,
			d->v->runs > DOTS_TITLED ? NULL : title);
	}
	fputs("\n", d->chart.out);
}

static void draw_rows(struct dots *d, const char *caption)
{
	double height = 30, top;

	for (size_t s = 0; s < d->v->c->sets; s++)
		height += d->group->cell[s] ? row_height(d->group->cell[s]) + ROW_GAP : 0;
	chart_begin(&d->chart, d->v->out, view_chart_id(d->v), caption, height,
		    d->v->c->sets > 1 ? NAMES : 14);
	d->chart.x = view_scale(d->v, d->group, d->metric, d->chart.left, d->chart.right);
	draw_times_x(&d->chart);
	top = d->chart.top + ROW_GAP / 2.0;
	for (size_t s = 0; s < d->v->c->sets; s++) {
		if (!d->group->cell[s])
			continue;
		put_row(d, s, top);
		top += row_height(d->group->cell[s]) + ROW_GAP;
	}
}

/* Set @s of many above its place, its runs one path. */
static void put_column(const struct dots *d, size_t s)
{
	const struct cell *cell = d->group->cell[s];
	struct cell_value value = view_value(d->v, d->group, s, d->metric);
	char title[300], buf[CELL_SIZE], low[CELL_SIZE], high[CELL_SIZE];

	if (value.n == 0)
		return;
	snprintf(title, sizeof(title), "%s: %s, runs %s to %s", d->v->c->set[s]->name,
		 view_value_text(metric_of(d), &value, buf, sizeof(buf)),
		 value_text(metric_of(d), value.low, low, sizeof(low)),
		 value_text(metric_of(d), value.high, high, sizeof(high)));
	draw_column(&d->chart, cell, d->metric, (double)s, palette_set(s, d->v->c->sets),
		    title);
}

/* The medians, joined. */
static void put_medians(const struct dots *d)
{
	static const struct svg_pen pen = { "currentColor", 1, 0.6, false };
	struct svg_path path;

	svg_paths_begin(d->chart.out, &pen);
	svg_path_begin(&path, d->chart.out, NULL);
	for (size_t s = 0; s < d->v->c->sets; s++) {
		struct cell_value value = view_value(d->v, d->group, s, d->metric);

		if (!isfinite(value.median))
			svg_path_lift(&path);
		else
			svg_path_to(&path, scale_at(&d->chart.x, (double)s),
				    scale_at(&d->chart.y, value.median));
	}
	svg_path_end(&path, NULL);
	svg_paths_end(d->chart.out);
}

static void draw_columns(struct dots *d, const char *caption)
{
	size_t sets = d->v->c->sets;
	const struct svg_pen pen = { "currentColor", 3.5, 0.8, false };

	chart_begin(&d->chart, d->v->out, view_chart_id(d->v), caption, COLUMNS_HEIGHT,
		    COLUMNS_LEFT);
	d->chart.x = (struct scale){ -0.5, (double)sets - 0.5, d->chart.left,
				     d->chart.right, false };
	d->chart.y = view_scale(d->v, d->group, d->metric, d->chart.bottom, d->chart.top);
	draw_times_y(&d->chart);
	view_label(d->v, d->chart.left, d->chart.bottom + 15, SVG_START, 0);
	view_label(d->v, d->chart.right, d->chart.bottom + 15, SVG_END, sets - 1);
	put_medians(d);
	svg_paths_begin(d->chart.out, &pen);
	for (size_t s = 0; s < sets; s++)
		if (d->group->cell[s])
			put_column(d, s);
	svg_paths_end(d->chart.out);
}

/* Whether the runs of a kernel are of several boots, and drawn in rows. */
static bool has_boots(const struct view *v, const struct group *group)
{
	for (size_t s = 0; s < v->c->sets && v->c->sets <= SETS_IN_ROWS; s++)
		for (size_t i = 1; group->cell[s] && i < group->cell[s]->runs; i++)
			if (group->cell[s]->run[i].boot != group->cell[s]->run[0].boot)
				return true;
	return false;
}

static void draw_runs(struct view *v, const struct group *group, size_t metric)
{
	struct dots d = { .v = v, .group = group, .metric = metric };
	char caption[200], words[CELL_SIZE];

	snprintf(caption, sizeof(caption), "%s of every run%s",
		 metric_words(metric_of(&d), words, sizeof(words)),
		 has_boots(v, group) ? ", a line between boots" : "");
	if (v->c->sets > SETS_IN_ROWS)
		draw_columns(&d, caption);
	else
		draw_rows(&d, caption);
	chart_end(&d.chart,
		  d.stalled ? "At the right edge: runs that were too slow for a value."
			    : NULL);
}

#define COLUMNS_MAX (QUANTILES_MAX + 2 + BESIDE)

/* Not quantiles: what stands beside every latency, so that nobody reads one without it. */
static const char *const beside[] = { "fault_mean", "stalls_100ms", "fault_time",
				      "huge",	    "requests",	    "walker" };
static const struct html_column beside_column[] = {
	{ "mean of faults", "of the faults that were made, each once" },
	{ "stalls ≥100ms",
	  "faults that took 100 ms or longer, a CPU-minute outside of them" },
	{ "time inside faults", "share of the time of all CPUs" },
	{ "huge",
	  "first touches that got a huge page: a kernel that falls back sooner looks faster" },
	{ "device", "requests that the device completed" },
	{ "walker", "what the page-cache walk read" },
};

#define BESIDE (sizeof(beside) / sizeof(*beside))

/* Whether some run of @group tells metric @m. */
static bool is_told(const struct view *v, const struct group *group, size_t m)
{
	for (size_t s = 0; s < v->c->sets; s++)
		for (size_t i = 0; group->cell[s] && i < group->cell[s]->runs; i++)
			if (group->cell[s]->run[i].value[m] > 0)
				return true;
	return false;
}

/* Chooses the metrics of the table of @group; fills @column but for the first two. */
static size_t choose(const struct view *v, const struct group *group, size_t *metric,
		     struct html_column *column)
{
	const struct metrics *all = &v->c->options->metrics;
	size_t n = 0;

	for (size_t m = 0; m < all->quantiles; m++) {
		column[n] =
			(struct html_column){ all->metric[m].name, "median of the runs" };
		metric[n++] = m;
	}
	for (size_t i = 0; i < BESIDE; i++) {
		size_t m = metrics_find(all, beside[i]);

		if (m == all->n || !is_told(v, group, m))
			continue;
		column[n] = beside_column[i];
		metric[n++] = m;
	}
	return n;
}

/* All digits, and from where to where runs go; @buf. */
static const char *value_hint(const struct metric *m, const struct cell_value *value,
			      char *buf, size_t size)
{
	char low[CELL_SIZE], high[CELL_SIZE];
	size_t length;

	exact_text(m, value->median, value->n, value->few, buf, size);
	length = strlen(buf);
	if (value->n > 0)
		snprintf(buf + length, size - length, "; runs %s to %s",
			 value_text(m, value->low, low, sizeof(low)),
			 value_text(m, value->high, high, sizeof(high)));
	return buf;
}

static void put_key(const struct view *v, size_t s)
{
	fputs("<li>", v->out);
	view_swatch(v, s);
	view_name(v, s);
	fputs("</li>\n", v->out);
}

/* The colours of the sets that have a cell in @group, as a list. */
static void put_keys(const struct view *v, const struct group *group)
{
	size_t sets = v->c->sets;

	if (sets == 1)
		return;
	fputs("<ul class=\"key\">\n", v->out);
	for (size_t s = 0; s < sets; s++) {
		if (sets > PALETTE_DISTINCT && s > 0 && s + 1 < sets && s != sets / 2)
			continue;
		if (group->cell[s])
			put_key(v, s);
	}
	fputs("</ul>\n", v->out);
}

static void put_medians_of_set(const struct view *v, const struct group *group, size_t s,
			       const size_t *metric, size_t metrics)
{
	const struct cell *cell = group->cell[s];
	char buf[CELL_SIZE], hint[200];

	html_row(v->out);
	html_open_head_cell(v->out);
	view_swatch(v, s);
	view_name(v, s);
	snprintf(buf, sizeof(buf), "%zu", cell->runs);
	html_cell(v->out, buf);
	for (size_t i = 0; i < metrics; i++) {
		const struct metric *m = &v->c->options->metrics.metric[metric[i]];
		struct cell_value value = view_value(v, group, s, metric[i]);

		if (value.n == 0 && value.few == 0)
			html_cell(v->out, "-");
		else
			html_cell_hint(v->out,
				       view_value_text(m, &value, buf, sizeof(buf)),
				       value_hint(m, &value, hint, sizeof(hint)));
	}
}

static void put_table(struct view *v, const struct group *group)
{
	struct html_column column[COLUMNS_MAX] = { { "set", NULL },
						   { "runs", "valid ones" } };
	size_t metric[COLUMNS_MAX], metrics = choose(v, group, metric, column + 2);
	bool folded = v->c->sets > SETS_IN_ROWS;
	char caption[200];

	if (folded)
		fprintf(v->out, "<details><summary>Medians of %zu sets</summary>\n",
			v->c->sets);
	snprintf(caption, sizeof(caption), "%s: medians of the runs", group->name);
	html_table_begin(v->out, view_table_id(v), caption, column, metrics + 2);
	for (size_t s = 0; s < v->c->sets; s++)
		if (group->cell[s])
			put_medians_of_set(v, group, s, metric, metrics);
	html_table_end(v->out);
	if (folded)
		fputs("</details>\n", v->out);
}

static void put_group(struct view *v, const struct group *group)
{
	fputs("<h3>", v->out);
	html_name(v->out, group->name, SIZE_MAX, NULL);
	fprintf(v->out, "%s</h3>\n", group->judged ? " (judged)" : "");
	put_table(v, group);
	if (v->c->sets > SETS_IN_ROWS)
		put_keys(v, group);
	charts_begin(v->out);
	for (size_t m = 0; m < v->c->options->metrics.quantiles; m++)
		draw_runs(v, group, m);
	draw_curves(v, group);
	charts_end(v->out);
}

void part_subtests(struct view *v)
{
	html_paragraph(
		v->out, NULL,
		"p50, p90 and p99 are as scheduled: a stall counts once for each planned sample that it delayed. Dots: one per run; bar: the median. Curves: share of the samples that took longer than x (thp: of the faults, each once); thin: one run, thick: the median. Time: p99 of each second of a run.");
	for (size_t i = 0; i < v->groups; i++)
		put_group(v, &v->group[i]);
}

/* The answer: tails in large, and every run. */

#define ANSWER_HEIGHT 350
#define ANSWER_LEFT   84
/* So many characters of a kernel's name and its value. */
#define NAME_AND_VALUE ((size_t)NAME_DRAWN + 14)
/* More kernels are not named in it. */
#define ANSWER_NAMED KERNELS_ON_PAGE

/* The judged number that the pictures are of: p99 of faults, else the largest percentile. */
static const struct compare_row *find_pictured(const struct comparison *c)
{
	const struct compare_row *found = NULL;

	for (const struct compare_row *row = NULL;
	     (row = compare_next_judged(c, 0, row));) {
		const struct metric *m = compare_metric(c, row);
		const struct metric *best = found ? compare_metric(c, found) : NULL;

		if (m->kind != METRIC_QUANTILE && m->kind != METRIC_FAULT_QUANTILE)
			continue;
		if (!best || (m->kind == best->kind ? m->p > best->p
						    : m->kind == METRIC_FAULT_QUANTILE))
			found = row;
	}
	return found;
}

/* Text that was put into a picture. */
struct label {
	double left, right;
	size_t level; /* lines above the dashed one */
};

/*
 * The name of set @s and its value beside its dot at @x on the dashed line at @y, as many lines
 * above that as the names before it make necessary.
 */
static void put_name(const struct view *v, const struct chart *chart, size_t s,
		     const char *value, double x, double y, struct label *label, size_t n)
{
	CLEANUP_FREE char *text = xasprintf("%s %s", v->label[s], value);
	size_t drawn = MIN(text_width(text), NAME_AND_VALUE);
	double width = ((double)drawn * 0.6 + 1.4) * chart->text;
	struct label new = { x + 8, x + 8 + width, 0 };

	if (new.right > chart->width)
		new.left = fmax(chart->left, x - 8 - width);
	new.right = new.left + width;
	for (size_t i = 0; i < n; i++)
		if (label[i].level == new.level &&
		    label[i].left < new.right &&new.left < label[i].right) {
			new.level++;
			i = (size_t)-1;
		}
	label[n] = new;
	y -= 7 + (double)new.level * 1.25 * chart->text;
	svg_rect(v->out, new.left, y - 0.72 * chart->text, 0.75 * chart->text,
		 0.75 * chart->text, palette_set(s, v->c->sets), 1);
	svg_label(v->out, new.left + chart->text, y, SVG_START, text, NAME_AND_VALUE,
		  v->c->set[s]->name);
}

/* The dashed line of p99, and on it each kernel. */
static void put_names(const struct view *v, const struct group *group,
		      const struct chart *chart, const struct compare_row *row)
{
	static const struct svg_pen dashed = { "currentColor", 1, 0.6, true };
	const struct metric *m = compare_metric(v->c, row);
	double y = scale_at(&chart->y, 1 - m->p);
	struct label label[ANSWER_NAMED];
	size_t n = 0;

	svg_line(v->out, chart->left, y, chart->right, y, &dashed);
	for (size_t s = 0; s < v->c->sets && v->c->sets <= ANSWER_NAMED; s++) {
		struct cell_value value = view_value(v, group, s, row->metric);
		char text[CELL_SIZE];
		double x = scale_at(&chart->x, value.median);

		if (!group->cell[s] || isnan(value.median))
			continue;
		view_value_text(m, &value, text, sizeof(text));
		if (isfinite(value.median))
			svg_dot(v->out, x, y, 5, palette_set(s, v->c->sets), false,
				v->c->set[s]->name);
		put_name(v, chart, s, text, x, y, label, n++);
	}
}

void draw_answer(struct view *v)
{
	const struct compare_row *row = find_pictured(v->c);
	const struct group *group = v->group;
	char caption[200], words[CELL_SIZE + 40];
	struct chart chart;

	if (!row)
		return;
	while (group->cell[0] != row->cell[DECIDE_BASE])
		group++;
	plain_subtest(row->cell[DECIDE_NEW], words, sizeof(words));
	snprintf(caption, sizeof(caption),
		 "%s: how many take longer than … (thin: a run, thick: the median)",
		 words);
	chart_begin_large(&chart, v->out, view_chart_id(v), caption, ANSWER_HEIGHT,
			  ANSWER_LEFT);
	draw_tails_in(v, group, &chart, 3);
	put_names(v, group, &chart, row);
	chart_end(&chart, NULL);
	draw_runs(v, group, row->metric);
}
