// SPDX-License-Identifier: MIT
/*
 * What a subtest is drawn as: lines of runs, with as many points as the page has bytes for: tails, and
 * time within a run. And the answer of a page.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "render/html.h"
#include "report/chart.h"
#include "report/draw.h"
#include "report/view.h"
#include "report/svg.h"
#include "summary/words.h"
#include "stats/estimate.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* Of the line of a set, where there are more than SETS_IN_ROWS. */
#define LINES_FOLDED 12
/* Points that the line of a run is made of, at most. */
#define LINE_POINTS MAX(CURVE_POINTS + 1, CURVE_SECONDS)
/* All lines of runs of a kind together: at some seven bytes a point, half a megabyte. */
#define POINTS_IN_ALL 80000
#define POINTS_LEAST  8
#define POINTS_MOST   60
/* From so many runs on the page, the lines of a set are one path, and no run is named. */
#define LINES_TITLED 1500
/* Twice the area of a triangle that nobody sees, in square units of the picture. */
#define AREA_SEEN 0.4

void draw_times_x(const struct chart *c)
{
	size_t room = (size_t)((c->right - c->left) / (4.2 * c->text));
	struct tick tick[TICKS_MAX];

	chart_axis_x(c, tick, scale_ticks(&c->x, tick, room));
}

void draw_times_y(const struct chart *c)
{
	struct tick tick[TICKS_MAX];

	chart_axis_y(c, tick, scale_ticks(&c->y, tick, chart_room_y(c)));
}

struct line_point {
	double x, y; /* in the picture */
};

/* How many points the line of a run may have where @runs are drawn. */
static size_t line_points(size_t runs)
{
	return MIN(MAX(POINTS_IN_ALL / MAX(runs, 1), POINTS_LEAST), POINTS_MOST);
}

/* Twice the area between point @i and its neighbours. */
static double area_at(const struct line_point *p, size_t i)
{
	return fabs((p[i].x - p[i - 1].x) * (p[i + 1].y - p[i - 1].y) -
		    (p[i + 1].x - p[i - 1].x) * (p[i].y - p[i - 1].y));
}

/*
 * Adds @n points to @path, as a line of its own, with at most @most: those stay that the eye would
 * miss (Visvalingam and Whyatt 1993, doi 10.1179/000870493786962263: the least area goes first).
 * @point is altered.
 */
static void line_add(struct svg_path *path, struct line_point *point, size_t n,
		     size_t most)
{
	while (n > 2) {
		double least = INFINITY;
		size_t at = 0;

		for (size_t i = 1; i + 1 < n; i++) {
			double area = area_at(point, i);

			if (area < least) {
				least = area;
				at = i;
			}
		}
		if (n <= most && least > AREA_SEEN)
			break;
		memmove(&point[at], &point[at + 1], (n - at - 1) * sizeof(*point));
		n--;
	}
	svg_path_lift(path);
	for (size_t i = 0; i < n; i++)
		svg_path_to(path, point[i].x, point[i].y);
}

/*
 * Draws a line of each run of @group in @chart; @reduce makes its points, at most LINE_POINTS, and
 * returns how many. Where runs are very many, those of a set are one path, and none is named.
 */
static void lines_of_runs(const struct view *v, const struct group *group,
			  const struct chart *chart, double opacity,
			  size_t (*reduce)(const struct curve *curve,
					   const struct chart *chart,
					   struct line_point *point))
{
	const struct svg_pen pen = { "none", 0.75, opacity, false };
	bool titled = v->runs <= LINES_TITLED;
	size_t most = line_points(v->runs);

	svg_paths_begin(v->out, &pen);
	for (size_t s = 0; s < v->c->sets; s++) {
		const struct cell *cell = group->cell[s];
		const char *colour = palette_set(s, v->c->sets);
		struct svg_path path;

		for (size_t i = 0; cell && i < cell->runs; i++) {
			struct line_point point[LINE_POINTS];
			char title[200], which[100];
			size_t n = reduce(view_curve(v, &cell->run[i]), chart, point);

			if (titled || i == 0)
				svg_path_begin(&path, v->out, colour);
			line_add(&path, point, n, most);
			if (!titled && i + 1 < cell->runs)
				continue;
			snprintf(title, sizeof(title), "%s, %s", v->c->set[s]->name,
				 view_run_text(&cell->run[i], which, sizeof(which)));
			svg_path_end(&path, titled ? title : NULL);
		}
	}
	svg_paths_end(v->out);
}

/*
 * Draws the line of each set that has a cell in @group, in its colour; its name is shown on hover.
 * @reduce makes its points, at most LINE_POINTS, and returns how many.
 */
static void lines_of_sets(const struct view *v, const struct group *group,
			  const struct chart *chart, const struct svg_pen *pen,
			  size_t (*reduce)(const struct view *v, const struct cell *cell,
					   struct line_point *point,
					   const struct chart *chart))
{
	size_t most = v->c->sets > SETS_IN_ROWS ? LINES_FOLDED : LINE_POINTS;

	svg_paths_begin(v->out, pen);
	for (size_t s = 0; s < v->c->sets; s++) {
		struct line_point point[LINE_POINTS];
		size_t n = group->cell[s] ? reduce(v, group->cell[s], point, chart) : 0;
		struct svg_path path;

		if (n == 0)
			continue;
		svg_path_begin(&path, v->out, palette_set(s, v->c->sets));
		line_add(&path, point, n, most);
		svg_path_end(&path, v->c->set[s]->name);
	}
	svg_paths_end(v->out);
}

/* The tails: the share of samples above each latency, on logarithmic axes. */

#define TAILS_HEIGHT 230
#define TAILS_LEFT   64

/* The tail of @cell: at each share the median of its runs, where half of them know it. */
static size_t tail_of_set(const struct view *v, const struct cell *cell,
			  struct line_point *point, const struct chart *chart)
{
	CLEANUP_FREE double *value = xcalloc(cell->runs, sizeof(*value));
	size_t n = 0;

	for (size_t i = 0; i < CURVE_POINTS; i++) {
		size_t known = 0;

		for (size_t j = 0; j < cell->runs; j++) {
			double x = (double)view_curve(v, &cell->run[j])->tail[i];

			if (!isnan(x))
				value[known++] = x;
		}
		if (known == 0 || 2 * known < cell->runs)
			break;
		point[n++] = (struct line_point){
			scale_at(&chart->x, median(value, known)),
			scale_at(&chart->y, curve_tail(i)),
		};
	}
	return n;
}

/* One run: as far as it has samples, and then to the greatest of them. */
static size_t tail_of_run(const struct curve *curve, const struct chart *chart,
			  struct line_point *point)
{
	size_t n = 0;

	for (size_t i = 0; i < CURVE_POINTS && !isnan(curve->tail[i]); i++)
		point[n++] = (struct line_point){
			scale_at(&chart->x, (double)curve->tail[i]),
			scale_at(&chart->y, curve_tail(i)),
		};
	if (n > 0)
		point[n++] = (struct line_point){
			scale_at(&chart->x, (double)curve->max),
			scale_at(&chart->y, 1 / (double)curve->samples),
		};
	return n;
}

/* The axes: latencies that some run has, and shares that some run knows. */
static void tail_scales(const struct view *v, const struct group *group,
			struct chart *chart)
{
	double ends[2] = { INFINITY, -INFINITY }, least = 0.01;

	for (size_t s = 0; s < v->c->sets; s++) {
		for (size_t i = 0; group->cell[s] && i < group->cell[s]->runs; i++) {
			const struct curve *curve =
				view_curve(v, &group->cell[s]->run[i]);

			if (curve->samples == 0)
				continue;
			ends[0] = fmin(ends[0], fmax(1, (double)curve->tail[0]));
			ends[1] = fmax(ends[1], (double)curve->max);
			least = fmin(least, 1 / (double)curve->samples);
		}
	}
	chart->x = scale_of(ends, 2, true, chart->left, chart->right);
	chart->y = (struct scale){ least, 1, chart->bottom, chart->top, true };
}

static void put_shares(const struct chart *chart)
{
	static const char *const text[] = { "all",	     "1 in 10",
					    "1 in 100",	     "1 in 1000",
					    "1 in 10\u2074", "1 in 10\u2075",
					    "1 in 10\u2076", "1 in 10\u2077" };
	struct tick tick[8];
	size_t n = 0;

	for (double share = 1; n < 8 && share >= chart->y.low; share /= 10) {
		tick[n].value = share;
		snprintf(tick[n].text, sizeof(tick[n].text), "%s", text[n]);
		n++;
	}
	chart_axis_y(chart, tick, n);
}

void draw_tails_in(const struct view *v, const struct group *group, struct chart *chart,
		   double width)
{
	bool many = v->c->sets > SETS_IN_ROWS;
	const struct svg_pen pen = { "none", many ? 1.25 : width, 1, false };

	tail_scales(v, group, chart);
	draw_times_x(chart);
	put_shares(chart);
	lines_of_runs(v, group, chart, many ? 0.25 : 0.45, tail_of_run);
	lines_of_sets(v, group, chart, &pen, tail_of_set);
}

static void draw_tails(struct view *v, const struct group *group)
{
	struct chart chart;

	chart_begin(&chart, v->out, view_chart_id(v),
		    "Tail: share of samples slower than …", TAILS_HEIGHT, TAILS_LEFT);
	draw_tails_in(v, group, &chart, 2.25);
	chart_end(&chart, NULL);
}

/* Latency within a run, second by second. */

#define TIME_HEIGHT 170
#define TIME_LEFT   52
/* With fewer points than this a run's line says nothing: then kernels alone are drawn. */
#define POINTS_USEFUL 20

/* Where the seconds of a chart fall. */
struct axis {
	double seconds; /* of the longest run */
	double low, high;
};

static struct axis find_axis(const struct view *v, const struct group *group)
{
	struct axis a = { 0, INFINITY, -INFINITY };

	for (size_t s = 0; s < v->c->sets; s++) {
		for (size_t i = 0; group->cell[s] && i < group->cell[s]->runs; i++) {
			const struct curve *c = view_curve(v, &group->cell[s]->run[i]);

			for (size_t j = 0; j < c->seconds; j++) {
				if (isnan(c->second[j].end))
					continue;
				a.seconds = fmax(a.seconds, (double)c->second[j].end);
				a.low = fmin(a.low, (double)c->second[j].p99);
				a.high = fmax(a.high, (double)c->second[j].p99);
			}
		}
	}
	return a;
}

static size_t time_of_run(const struct curve *c, const struct chart *chart,
			  struct line_point *point)
{
	size_t n = 0;

	for (size_t i = 0; i < c->seconds; i++)
		if (!isnan(c->second[i].end))
			point[n++] = (struct line_point){
				scale_at(&chart->x, 1e9 * (double)c->second[i].end),
				scale_at(&chart->y, (double)c->second[i].p99),
			};
	return n;
}

/* The median of the runs of @cell in each of the chart's seconds. */
static size_t time_of_set(const struct view *v, const struct cell *cell,
			  struct line_point *point, const struct chart *chart)
{
	CLEANUP_FREE double *value = xcalloc(cell->runs, sizeof(*value));
	double seconds = chart->x.high / 1e9, width;
	size_t bins = MIN((size_t)fmax(1, floor(seconds + 0.5)), CURVE_SECONDS), n = 0;

	width = seconds / (double)bins;
	for (size_t b = 0; b < bins; b++) {
		size_t known = 0;

		for (size_t i = 0; i < cell->runs; i++) {
			const struct curve *c = view_curve(v, &cell->run[i]);
			double worst = NAN;

			for (size_t j = 0; j < c->seconds; j++)
				if (!isnan(c->second[j].end) &&
				    (size_t)fmax(0, (double)c->second[j].end / width -
							    0.5) == b)
					worst = fmax(worst, (double)c->second[j].p99);
			if (!isnan(worst))
				value[known++] = worst;
		}
		if (known > 0 && 2 * known >= cell->runs)
			point[n++] = (struct line_point){
				scale_at(&chart->x, 1e9 * ((double)b + 1) * width),
				scale_at(&chart->y, median(value, known)),
			};
	}
	return n;
}

static void draw_time(struct view *v, const struct group *group)
{
	struct axis axis = find_axis(v, group);
	bool with_runs = line_points(v->runs) >= POINTS_USEFUL;
	const struct svg_pen pen = { "none", v->c->sets > SETS_IN_ROWS ? 1 : 2.25, 1,
				     false };
	struct chart chart;

	if (!(axis.seconds > 0))
		return;
	chart_begin(&chart, v->out, view_chart_id(v),
		    "Time within a run: p99 of each second", TIME_HEIGHT, TIME_LEFT);
	chart.x = (struct scale){ 0, 1e9 * axis.seconds, chart.left, chart.right, false };
	chart.y = scale_of((double[]){ axis.low, axis.high }, 2, true, chart.bottom,
			   chart.top);
	draw_times_x(&chart);
	draw_times_y(&chart);
	if (with_runs)
		lines_of_runs(v, group, &chart, 0.4, time_of_run);
	lines_of_sets(v, group, &chart, &pen, time_of_set);
	chart_end(&chart,
		  with_runs ? NULL
			    : "Medians of the runs; single runs are too many to draw.");
}

void draw_column(const struct chart *chart, const struct cell *cell, size_t m, double x,
		 const char *colour, const char *title)
{
	struct svg_path path;

	svg_path_begin(&path, chart->out, colour);
	for (size_t i = 0; i < cell->runs; i++)
		if (!isnan(cell->run[i].value[m]))
			svg_path_dot(&path, scale_at(&chart->x, x),
				     scale_at(&chart->y, cell->run[i].value[m]));
	svg_path_end(&path, title);
}

void draw_curves(struct view *v, const struct group *group)
{
	draw_tails(v, group);
	draw_time(v, group);
}
