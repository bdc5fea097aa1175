// SPDX-License-Identifier: MIT
#include "report/lines-private.h"

#include <math.h>
#include <string.h>
#include <sys/param.h>

/* All lines of runs of a kind together: at some seven bytes a point, half a megabyte. */
#define POINTS_IN_ALL 80000
#define POINTS_LEAST  8
#define POINTS_MOST   60
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

void _line_put(FILE *out, struct line_point *point, size_t n, size_t most,
	       const char *title)
{
	struct svg_path path;

	if (n == 0)
		return;
	svg_path_begin(&path, out);
	_line_add(&path, point, n, most);
	svg_path_end(&path, title);
}
