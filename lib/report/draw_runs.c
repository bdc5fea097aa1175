// SPDX-License-Identifier: MIT
/* Every run as a dot, by kernel and boot. */
#include "report/page-private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/param.h>

#include "report/palette.h"
#include "report/svg.h"
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
	struct chart chart;
};

static const struct metric *metric_of(const struct dots *d)
{
	return &d->v->c->options->metrics.metric[d->metric];
}

/* All values of the metric; @n: how many. NULL: memory is short. */
static double *all_values(const struct dots *d, size_t *n)
{
	size_t runs = 0;
	double *value;

	for (size_t s = 0; s < d->v->c->sets; s++)
		runs += d->group->cell[s] ? d->group->cell[s]->runs : 0;
	value = calloc(runs + 1, sizeof(*value));
	*n = 0;
	for (size_t s = 0; value && s < d->v->c->sets; s++)
		for (size_t i = 0; d->group->cell[s] && i < d->group->cell[s]->runs; i++)
			value[(*n)++] = d->group->cell[s]->run[i].value[d->metric];
	return value;
}

static void put_title(const struct dots *d, size_t s, const struct compare_run *run,
		      char *buf, size_t size)
{
	char value[CELL_SIZE], which[100];

	snprintf(buf, size, "%s: %s (%.9g ns), %s", d->v->c->set[s].name,
		 value_text(metric_of(d), run->value[d->metric], value, sizeof(value)),
		 run->value[d->metric], _run_text(run, which, sizeof(which)));
}

static double row_height(const struct compare_cell *cell)
{
	return MIN(MAX((double)cell->runs * ROW_RUN, ROW_LEAST), ROW_MOST);
}

/* The line of the median, between @from and @to. */
static int put_median(const struct dots *d, size_t s, double from, double to)
{
	const struct svg_pen pen = { palette_set(s, d->v->c->sets), 2, 1, false };
	struct cell_value value;
	double x;

	if (_cell_value(d->v, d->group, s, d->metric, &value) < 0)
		return -ENOMEM;
	if (isnan(value.median))
		return 0;
	x = scale_at(&d->chart.x, value.median);
	svg_line(d->chart.out, x, from, x, to, &pen);
	return 0;
}

/* Set @s from @top on, in the order of time; a faint line between boots. */
static int put_row(const struct dots *d, size_t s, double top)
{
	static const struct svg_pen between = { "currentColor", 1, 0.2, false };
	const struct compare_cell *cell = d->group->cell[s];
	double height = row_height(cell), every = height / (double)MAX(cell->runs, 1);
	const char *colour = palette_set(s, d->v->c->sets);
	const struct compare_run *before = NULL;
	char title[300];
	int ret;

	_set_label(d->v, d->chart.left - 8, top + height / 2 + 4, SVG_END, s);
	ret = put_median(d, s, top - 2, top + height + 2);
	for (size_t i = 0; i < cell->runs; i++) {
		const struct compare_run *run = &cell->run[i];
		double y = top + ((double)i + 0.5) * every;

		if (before && before->boot != run->boot)
			svg_line(d->chart.out, d->chart.left, y - every / 2,
				 d->chart.right, y - every / 2, &between);
		before = run;
		if (isnan(run->value[d->metric]))
			continue;
		put_title(d, s, run, title, sizeof(title));
		svg_dot(d->chart.out, scale_at(&d->chart.x, run->value[d->metric]), y, 3,
			colour, s == 0 && d->v->c->sets > 1,
			d->v->runs > DOTS_TITLED ? NULL : title);
	}
	fputs("\n", d->chart.out);
	return ret;
}

static int draw_rows(struct dots *d, const char *id, const char *caption,
		     const double *value, size_t n)
{
	struct tick tick[TICKS_MAX];
	double height = 30, top;
	int ret = 0;

	for (size_t s = 0; s < d->v->c->sets; s++)
		height += d->group->cell[s] ? row_height(d->group->cell[s]) + ROW_GAP : 0;
	chart_begin(&d->chart, d->v->out, id, caption, height,
		    d->v->c->sets > 1 ? NAMES : 14);
	d->chart.x = scale_of(value, n, true, d->chart.left, d->chart.right);
	chart_axis_x(&d->chart, tick,
		     scale_ticks(&d->chart.x, UNIT_NS, tick, chart_room_x(&d->chart)));
	top = d->chart.top + ROW_GAP / 2.0;
	for (size_t s = 0; s < d->v->c->sets && ret == 0; s++) {
		if (!d->group->cell[s])
			continue;
		ret = put_row(d, s, top);
		top += row_height(d->group->cell[s]) + ROW_GAP;
	}
	return ret;
}

/* Set @s of many above its place, its runs one path. */
static int put_column(const struct dots *d, size_t s)
{
	const struct compare_cell *cell = d->group->cell[s];
	double x = scale_at(&d->chart.x, (double)s);
	struct cell_value value;
	struct svg_path path;
	char title[300], buf[CELL_SIZE], low[CELL_SIZE], high[CELL_SIZE];

	if (_cell_value(d->v, d->group, s, d->metric, &value) < 0)
		return -ENOMEM;
	if (value.n == 0)
		return 0;
	svg_path_begin(&path, d->chart.out, palette_set(s, d->v->c->sets));
	for (size_t i = 0; i < cell->runs; i++)
		if (!isnan(cell->run[i].value[d->metric]))
			svg_path_dot(
				&path, x,
				scale_at(&d->chart.y, cell->run[i].value[d->metric]));
	snprintf(title, sizeof(title), "%s: %s, runs %s to %s", d->v->c->set[s].name,
		 _cell_text(metric_of(d), &value, buf, sizeof(buf)),
		 value_text(metric_of(d), value.low, low, sizeof(low)),
		 value_text(metric_of(d), value.high, high, sizeof(high)));
	svg_path_end(&path, title);
	return 0;
}

/* The medians, joined. */
static int put_medians(const struct dots *d)
{
	static const struct svg_pen pen = { "currentColor", 1, 0.6, false };
	struct svg_path path;

	svg_paths_begin(d->chart.out, &pen);
	svg_path_begin(&path, d->chart.out, NULL);
	for (size_t s = 0; s < d->v->c->sets; s++) {
		struct cell_value value = { .median = NAN };

		if (d->group->cell[s] &&
		    _cell_value(d->v, d->group, s, d->metric, &value) < 0)
			return -ENOMEM;
		if (isnan(value.median))
			svg_path_lift(&path);
		else
			svg_path_to(&path, scale_at(&d->chart.x, (double)s),
				    scale_at(&d->chart.y, value.median));
	}
	svg_path_end(&path, NULL);
	svg_paths_end(d->chart.out);
	return 0;
}

static int draw_columns(struct dots *d, const char *id, const char *caption,
			const double *value, size_t n)
{
	size_t sets = d->v->c->sets;
	const struct svg_pen pen = { "currentColor", 3.5, 0.8, false };
	struct tick tick[TICKS_MAX];
	int ret = 0;

	chart_begin(&d->chart, d->v->out, id, caption, COLUMNS_HEIGHT, COLUMNS_LEFT);
	d->chart.x = (struct scale){ -0.5, (double)sets - 0.5, d->chart.left,
				     d->chart.right, false };
	d->chart.y = scale_of(value, n, true, d->chart.bottom, d->chart.top);
	chart_axis_y(&d->chart, tick,
		     scale_ticks(&d->chart.y, UNIT_NS, tick, chart_room_y(&d->chart)));
	_set_label(d->v, d->chart.left, d->chart.bottom + 15, SVG_START, 0);
	_set_label(d->v, d->chart.right, d->chart.bottom + 15, SVG_END, sets - 1);
	ret = put_medians(d);
	svg_paths_begin(d->chart.out, &pen);
	for (size_t s = 0; s < sets && ret == 0; s++)
		if (d->group->cell[s])
			ret = put_column(d, s);
	svg_paths_end(d->chart.out);
	return ret;
}

int _draw_runs(struct view *v, const struct group *group, size_t metric)
{
	struct dots d = { .v = v, .group = group, .metric = metric };
	size_t n;
	_cleanup_free_ double *value = all_values(&d, &n);
	char id[ID_SIZE], caption[200];
	int ret;

	if (!value)
		return -ENOMEM;
	snprintf(caption, sizeof(caption), "%s of every run", metric_of(&d)->name);
	_next_chart(v, id);
	ret = v->c->sets > SETS_IN_ROWS ? draw_columns(&d, id, caption, value, n)
					: draw_rows(&d, id, caption, value, n);
	chart_end(&d.chart, NULL);
	return ret;
}
