// SPDX-License-Identifier: MIT
#include "report/lines-private.h"

#include <math.h>
#include <string.h>
#include <sys/param.h>

#include "report/palette.h"

/* All lines of runs of a kind together: at some seven bytes a point, half a megabyte. */
#define POINTS_IN_ALL 80000
#define POINTS_LEAST  8
#define POINTS_MOST   60
/* From so many runs on the page, the lines of a set are one path, and no run is named. */
#define LINES_TITLED 1500
/* Twice the area of a triangle that nobody sees, in square units of the picture. */
#define AREA_SEEN 0.4

size_t _line_points(size_t runs)
{
	return MIN(MAX(POINTS_IN_ALL / MAX(runs, 1), POINTS_LEAST), POINTS_MOST);
}

/* Twice the area between point @i and its neighbours. */
static double area_at(const struct line_point *p, size_t i)
{
	return fabs((p[i].x - p[i - 1].x) * (p[i + 1].y - p[i - 1].y) -
		    (p[i + 1].x - p[i - 1].x) * (p[i].y - p[i - 1].y));
}

void _line_add(struct svg_path *path, struct line_point *point, size_t n, size_t most)
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

void _line_put(const struct view *v, size_t s, struct line_point *point, size_t n,
	       size_t most)
{
	struct svg_path path;

	if (n == 0)
		return;
	svg_path_begin(&path, v->out, palette_set(s, v->c->sets));
	_line_add(&path, point, n, most);
	svg_path_end(&path, v->c->set[s].name);
}

const struct curve *_curve_of(const struct view *v, const struct compare_run *run)
{
	return &v->page->curves->curve[run->number];
}

void _lines_of_runs(const struct view *v, const struct group *group,
		    const struct chart *chart, double opacity,
		    size_t (*reduce)(const struct curve *curve, const struct chart *chart,
				     struct line_point *point))
{
	const struct svg_pen pen = { "none", 0.75, opacity, false };
	bool titled = v->runs <= LINES_TITLED;
	size_t most = _line_points(v->runs);

	svg_paths_begin(v->out, &pen);
	for (size_t s = 0; s < v->c->sets; s++) {
		const struct compare_cell *cell = group->cell[s];
		const char *colour = palette_set(s, v->c->sets);
		struct svg_path path;

		for (size_t i = 0; cell && i < cell->runs; i++) {
			struct line_point point[LINE_POINTS];
			char title[200], which[100];
			size_t n = reduce(_curve_of(v, &cell->run[i]), chart, point);

			if (titled || i == 0)
				svg_path_begin(&path, v->out, colour);
			_line_add(&path, point, n, most);
			if (!titled && i + 1 < cell->runs)
				continue;
			snprintf(title, sizeof(title), "%s, %s", v->c->set[s].name,
				 _run_text(&cell->run[i], which, sizeof(which)));
			svg_path_end(&path, titled ? title : NULL);
		}
	}
	svg_paths_end(v->out);
}
