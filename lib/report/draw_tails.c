// SPDX-License-Identifier: MIT
/* The tails: the share of samples above each latency, on logarithmic axes. */
#include "report/page-private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/param.h>

#include "report/lines-private.h"
#include "report/palette.h"
#include "report/svg.h"
#include "system/cleanup.h"

#define HEIGHT 230
#define LEFT   46

/* The tail of set @s: at each share the median of its runs, where half of them know it. */
static int reduce_set(const struct view *v, const struct compare_cell *cell,
		      struct line_point *point, const struct chart *chart, size_t *n)
{
	_cleanup_free_ double *value = calloc(cell->runs + 1, sizeof(*value));

	*n = 0;
	if (!value)
		return -ENOMEM;
	for (size_t i = 0; i < CURVE_POINTS; i++) {
		size_t known = 0;

		for (size_t j = 0; j < cell->runs; j++) {
			double x = (double)_curve_of(v, &cell->run[j])->tail[i];

			if (!isnan(x))
				value[known++] = x;
		}
		if (known == 0 || 2 * known < cell->runs)
			break;
		point[(*n)++] = (struct line_point){
			scale_at(&chart->x, _median_of(value, known)),
			scale_at(&chart->y, curve_tail(i)),
		};
	}
	return 0;
}

/* One run: as far as it has samples, and then to the greatest of them. */
static size_t reduce_run(const struct curve *curve, const struct chart *chart,
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

static int put_set(const struct view *v, size_t s, const struct compare_cell *cell,
		   const struct chart *chart)
{
	struct line_point point[CURVE_POINTS];
	size_t n;
	int ret = reduce_set(v, cell, point, chart, &n);

	if (ret == 0)
		_line_put(v, s, point, n,
			  v->c->sets > SETS_IN_ROWS ? LINES_FOLDED : CURVE_POINTS);
	return ret;
}

/* The axes: latencies that some run has, and shares that some run knows. */
static void make_scales(const struct view *v, const struct group *group,
			struct chart *chart)
{
	double ends[2] = { INFINITY, -INFINITY }, least = 0.01;

	for (size_t s = 0; s < v->c->sets; s++) {
		for (size_t i = 0; group->cell[s] && i < group->cell[s]->runs; i++) {
			const struct curve *curve = _curve_of(v, &group->cell[s]->run[i]);

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
	static const char *const text[] = {
		"100%",		  "10%",	   "1%",
		"0.1%",		  "0.01%",	   "10\u207b\u2075",
		"10\u207b\u2076", "10\u207b\u2077"
	};
	struct tick tick[8];
	size_t n = 0;

	for (double share = 1; n < 8 && share >= chart->y.low; share /= 10) {
		tick[n].value = share;
		snprintf(tick[n].text, sizeof(tick[n].text), "%s", text[n]);
		n++;
	}
	chart_axis_y(chart, tick, n);
}

int _draw_tails(struct view *v, const struct group *group)
{
	bool many = v->c->sets > SETS_IN_ROWS;
	const struct svg_pen pen = { "none", many ? 1.25 : 2.25, 1, false };
	struct tick tick[TICKS_MAX];
	struct chart chart;
	char id[ID_SIZE];
	int ret = 0;

	chart_begin(&chart, v->out, _next_chart(v, id),
		    "Tail: share of samples slower than …", HEIGHT, LEFT);
	make_scales(v, group, &chart);
	chart_axis_x(&chart, tick,
		     scale_ticks(&chart.x, UNIT_NS, tick, chart_room_x(&chart)));
	put_shares(&chart);
	_lines_of_runs(v, group, &chart, many ? 0.25 : 0.45, reduce_run);
	svg_paths_begin(v->out, &pen);
	for (size_t s = 0; s < v->c->sets && ret == 0; s++)
		if (group->cell[s])
			ret = put_set(v, s, group->cell[s], &chart);
	svg_paths_end(v->out);
	chart_end(&chart, NULL);
	return ret;
}
