// SPDX-License-Identifier: MIT
/* Latency within a run, second by second. */
#include "report/page-private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/param.h>

#include "report/lines-private.h"
#include "report/palette.h"
#include "report/svg.h"
#include "system/cleanup.h"

#define HEIGHT 170
#define LEFT   52
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
			const struct curve *c = _curve_of(v, &group->cell[s]->run[i]);

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

static size_t run_points(const struct curve *c, const struct chart *chart,
			 struct line_point *point)
{
	size_t n = 0;

	for (size_t i = 0; i < c->seconds; i++)
		if (!isnan(c->second[i].end))
			point[n++] = (struct line_point){
				scale_at(&chart->x, (double)c->second[i].end),
				scale_at(&chart->y, (double)c->second[i].p99),
			};
	return n;
}

/* The median of the runs of @cell in each of the chart's seconds. */
static int put_set(const struct view *v, size_t s, const struct compare_cell *cell,
		   const struct chart *chart)
{
	_cleanup_free_ double *value = calloc(cell->runs * 2 + 1, sizeof(*value));
	double seconds = chart->x.high, width;
	struct line_point point[CURVE_SECONDS];
	size_t bins = MIN((size_t)fmax(1, floor(seconds + 0.5)), CURVE_SECONDS), n = 0;

	if (!value)
		return -ENOMEM;
	width = seconds / (double)bins;
	for (size_t b = 0; b < bins; b++) {
		size_t known = 0;

		for (size_t i = 0; i < cell->runs; i++) {
			const struct curve *c = _curve_of(v, &cell->run[i]);
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
				scale_at(&chart->x, ((double)b + 1) * width),
				scale_at(&chart->y, _median_of(value, known)),
			};
	}
	_line_put(v, s, point, n,
		  v->c->sets > SETS_IN_ROWS ? LINES_FOLDED : CURVE_SECONDS);
	return 0;
}

/* "5s", "10s", …: name_tick() of nanoseconds. */
static size_t second_ticks(const struct chart *chart, struct tick *tick)
{
	struct scale ns = chart->x;
	size_t n;

	ns.low *= 1e9;
	ns.high *= 1e9;
	n = scale_ticks(&ns, UNIT_NS, tick, chart_room_x(chart));
	for (size_t i = 0; i < n; i++)
		tick[i].value /= 1e9;
	return n;
}

int _draw_time(struct view *v, const struct group *group)
{
	struct axis axis = find_axis(v, group);
	bool with_runs = _line_points(v->runs) >= POINTS_USEFUL;
	const struct svg_pen pen = { "none", v->c->sets > SETS_IN_ROWS ? 1 : 2.25, 1,
				     false };
	struct tick tick[TICKS_MAX];
	struct chart chart;
	char id[ID_SIZE];
	int ret = 0;

	if (!(axis.seconds > 0))
		return 0;
	chart_begin(&chart, v->out, _next_chart(v, id),
		    "Time within a run: p99 of each second", HEIGHT, LEFT);
	chart.x = (struct scale){ 0, axis.seconds, chart.left, chart.right, false };
	chart.y = scale_of((double[]){ axis.low, axis.high }, 2, true, chart.bottom,
			   chart.top);
	chart_axis_x(&chart, tick, second_ticks(&chart, tick));
	chart_axis_y(&chart, tick,
		     scale_ticks(&chart.y, UNIT_NS, tick, chart_room_y(&chart)));
	if (with_runs)
		_lines_of_runs(v, group, &chart, 0.4, run_points);
	svg_paths_begin(v->out, &pen);
	for (size_t s = 0; s < v->c->sets && ret == 0; s++)
		if (group->cell[s])
			ret = put_set(v, s, group->cell[s], &chart);
	svg_paths_end(v->out);
	chart_end(&chart,
		  with_runs ? NULL
			    : "Medians of the runs; single runs are too many to draw.");
	return ret;
}
