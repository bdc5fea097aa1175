// SPDX-License-Identifier: MIT
/* A metric over many kernels in their order: runs, levels, and where they change. */
#include "report/history-private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "report/palette.h"
#include "report/svg.h"
#include "system/cleanup.h"

#define HEIGHT 230
#define LEFT   52
/* Two lines of what changes stand above the plot. */
#define LABEL_LINES 2
#define LABEL_LINE  13
/* Up to so many kernels their medians are large dots. */
#define MEDIANS_LARGE 40

struct drawing {
	struct view *v;
	const struct history_series *series;
	struct chart chart;
};

static const struct compare_cell *cell_of(const struct drawing *d, size_t i)
{
	return d->series->group->cell[d->series->set[i]];
}

static enum verdict verdict_of(const struct interval *change)
{
	return change->estimate > 0 ? VERDICT_WORSE : VERDICT_BETTER;
}

/* A scale that holds every run. */
static int set_scales(struct drawing *d)
{
	_cleanup_free_ double *value = NULL;
	size_t runs = 0, n = 0;

	for (size_t i = 0; i < d->series->n; i++)
		runs += cell_of(d, i)->runs;
	value = calloc(runs + 1, sizeof(*value));
	if (!value)
		return -ENOMEM;
	for (size_t i = 0; i < d->series->n; i++)
		for (size_t r = 0; r < cell_of(d, i)->runs; r++)
			value[n++] = cell_of(d, i)->run[r].value[d->series->metric];
	d->chart.x = (struct scale){ -0.5, (double)d->series->n - 0.5, d->chart.left,
				     d->chart.right, false };
	d->chart.y = scale_of(value, n, true, d->chart.bottom,
			      d->chart.top + LABEL_LINES * LABEL_LINE);
	return 0;
}

/* The runs of each kernel, a path each, which tells what the kernel's median is. */
static int put_runs(const struct drawing *d)
{
	const struct metric *m = &d->v->c->options->metrics.metric[d->series->metric];
	bool large = d->series->n <= MEDIANS_LARGE;
	const struct svg_pen pen = { "currentColor", large ? 2.5 : 2, large ? 0.3 : 0.2,
				     false };
	struct svg_path path;

	svg_paths_begin(d->v->out, &pen);
	for (size_t i = 0; i < d->series->n; i++) {
		const struct compare_cell *cell = cell_of(d, i);
		size_t s = d->series->set[i];
		struct cell_value value;
		char title[400], buf[CELL_SIZE];

		if (_cell_value(d->v, d->series->group, s, d->series->metric, &value) < 0)
			return -ENOMEM;
		svg_path_begin(&path, d->v->out, NULL);
		for (size_t r = 0; r < cell->runs; r++) {
			double ns = cell->run[r].value[d->series->metric];

			if (!isnan(ns))
				svg_path_dot(&path, scale_at(&d->chart.x, (double)i),
					     scale_at(&d->chart.y, ns));
		}
		snprintf(title, sizeof(title), "%s: %s", d->v->c->set[s].name,
			 _cell_text(m, &value, buf, sizeof(buf)));
		svg_path_end(&path, title);
	}
	svg_paths_end(d->v->out);
	return 0;
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
		double y = scale_at(&d->chart.y, _history_level(d->series, i));

		svg_line(
			d->v->out,
			scale_at(&d->chart.x, (double)_history_first(d->series, i) - 0.5),
			y,
			scale_at(&d->chart.x, (double)_history_end(d->series, i) - 0.5),
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
static void put_changes(const struct drawing *d)
{
	double taken[LABEL_LINES] = { 0 }, top = d->chart.y.to;

	for (size_t i = 0; i < d->series->found.n; i++) {
		const struct changepoint *c = &d->series->found.change[i];
		struct interval change = _history_change(d->series, i);
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

	if (s->n == 0)
		return;
	_set_label(d->v, d->chart.left, d->chart.bottom + 15, SVG_START, s->set[0]);
	if (s->n > 1)
		_set_label(d->v, d->chart.right, d->chart.bottom + 15, SVG_END,
			   s->set[s->n - 1]);
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
		snprintf(buf, size, "%zu change%s%s", s->found.n,
			 s->found.n == 1 ? "" : "s",
			 s->found.drift <= h->alpha
				 ? "; it drifts within a level too: no steps, but a slope"
				 : "");
	return buf;
}

static int draw_series(struct view *v, const struct history *h,
		       const struct history_series *series)
{
	struct drawing d = { .v = v, .series = series };
	struct tick tick[TICKS_MAX];
	char id[ID_SIZE], note[200];
	int ret;

	chart_begin(&d.chart, v->out, _next_chart(v, id), series->name, HEIGHT, LEFT);
	ret = set_scales(&d);
	if (ret < 0)
		return ret;
	chart_axis_y(&d.chart, tick,
		     scale_ticks(&d.chart.y, UNIT_NS, tick, chart_room_y(&d.chart)));
	put_names(&d);
	put_changes(&d);
	ret = put_runs(&d);
	if (!series->found.hopeless)
		put_levels(&d);
	put_medians(&d);
	chart_end(&d.chart, note_of(h, series, note, sizeof(note)));
	return ret;
}

int _history_draw(struct view *v, const struct history *h)
{
	int ret = 0;

	charts_begin(v->out);
	for (size_t i = 0; i < h->n && ret == 0; i++)
		ret = draw_series(v, h, &h->series[i]);
	charts_end(v->out);
	return ret;
}
