// SPDX-License-Identifier: MIT
/* Changes with their intervals: the shift, and the cells of a table. */
#include <math.h>
#include <stdlib.h>
#include <sys/param.h>

#include "render/html.h"
#include "report/internal.h"
#include "report/svg.h"
#include "system/alloc.h"
#include "system/cleanup.h"

#define SHIFT_HEIGHT 230
#define SHIFT_LEFT   52
/* The shift: by how much each quantile changed, with its interval. */
/* More sets are drawn without their bands. */
#define BANDS 3

/* The rows of @group for set @s, quantiles that have a change. */
static size_t find_rows(const struct view *v, const struct group *group, size_t s,
			const struct compare_row **row)
{
	size_t n = 0;

	for (size_t m = 0; m < v->c->options->metrics.quantiles; m++) {
		const struct compare_row *of = view_row(v, group, s, m);

		if (of && isfinite(of->d->change.estimate))
			row[n++] = of;
	}
	return n;
}

static bool is_bounded(const struct interval *i)
{
	return interval_bounded(i->low, i->high);
}

static struct scale change_scale(const struct view *v, const struct group *group,
				 const struct chart *chart)
{
	double ratio[2] = { 1 / (1 + 1.5 * v->c->options->margin),
			    1 + 1.5 * v->c->options->margin };

	for (size_t s = 1; s < v->c->sets; s++) {
		const struct compare_row *row[QUANTILES_MAX];
		size_t n = find_rows(v, group, s, row);

		for (size_t i = 0; i < n; i++) {
			const struct interval *change = &row[i]->d->change;
			bool band = v->c->sets <= BANDS + 1 && is_bounded(change);

			ratio[0] = fmin(ratio[0],
					1 + (band ? change->low : change->estimate));
			ratio[1] = fmax(ratio[1],
					1 + (band ? change->high : change->estimate));
		}
	}
	ratio[0] = fmax(ratio[0], 1e-9);
	return scale_of(ratio, 2, true, chart->bottom, chart->top);
}

static double place_of(const struct chart *chart, const struct compare_row *row)
{
	return scale_at(&chart->x, (double)row->metric);
}

/* The intervals of neighbours joined to a band: there, and back below. */
static void put_band(const struct view *v, size_t s, const struct compare_row **row,
		     size_t n, const struct chart *chart)
{
	const struct svg_pen pen = { palette_set(s, v->c->sets), 0, 0.18, false };
	struct svg_path path;

	svg_areas_begin(v->out, &pen);
	svg_path_begin(&path, v->out, NULL);
	for (size_t i = 0; i < n; i++)
		if (is_bounded(&row[i]->d->change))
			svg_path_to(&path, place_of(chart, row[i]),
				    scale_at(&chart->y, 1 + row[i]->d->change.high));
	for (size_t i = n; i-- > 0;)
		if (is_bounded(&row[i]->d->change))
			svg_path_to(&path, place_of(chart, row[i]),
				    scale_at(&chart->y, 1 + row[i]->d->change.low));
	svg_path_end(&path, NULL);
	svg_paths_end(v->out);
}

static void put_line(const struct view *v, size_t s, const struct compare_row **row,
		     size_t n, const struct chart *chart)
{
	struct svg_path path;

	svg_path_begin(&path, v->out, palette_set(s, v->c->sets));
	for (size_t i = 0; i < n; i++)
		svg_path_to(&path, place_of(chart, row[i]),
			    scale_at(&chart->y, 1 + row[i]->d->change.estimate));
	svg_path_end(&path, v->c->set[s]->name);
}

static void put_dots(const struct view *v, size_t s, const struct compare_row **row,
		     size_t n, const struct chart *chart)
{
	char title[300], change[32], range[80];

	for (size_t i = 0; i < n; i++) {
		const struct interval *of = &row[i]->d->change;

		snprintf(title, sizeof(title), "%s %s: %s %s", v->c->set[s]->name,
			 v->c->options->metrics.metric[row[i]->metric].name,
			 text_change(of->estimate, change, sizeof(change)),
			 text_change_interval(of->low, of->high, range, sizeof(range)));
		svg_dot(v->out, place_of(chart, row[i]),
			scale_at(&chart->y, 1 + of->estimate), 3,
			palette_set(s, v->c->sets), false, title);
	}
	fputs("\n", v->out);
}

/* The names of the quantiles, as many as fit; and the band of the margin about no change. */
static void put_ground(const struct view *v, const struct group *group,
		       const struct chart *chart)
{
	static const struct svg_pen none = { "currentColor", 1, 0.5, false };
	const struct metrics *m = &v->c->options->metrics;
	const struct compare_row *row = NULL;
	double room = (chart->right - chart->left) / (double)MAX(m->quantiles - 1, 1);
	size_t every = (size_t)ceil(5.5 * SVG_CHARACTER / room), n;
	struct tick tick[TICKS_MAX];
	double margin = v->c->options->margin, high, low;

	for (size_t s = 1; s < v->c->sets && !row; s++)
		row = group->row[s];
	margin = row ? row->d->margin : margin;
	high = scale_at(&chart->y, 1 + margin);
	low = scale_at(&chart->y, 1 / (1 + margin));
	svg_rect(v->out, chart->left, high, chart->right - chart->left, low - high,
		 "currentColor", 0.08);
	n = scale_change_ticks(&chart->y, tick, chart_room_y(chart));
	chart_axis_y(chart, tick, n);
	n = 0;
	for (size_t i = 0; i < m->quantiles && n < TICKS_MAX; i += every) {
		tick[n].value = (double)i;
		snprintf(tick[n].text, sizeof(tick[n].text), "%s", m->metric[i].name);
		n++;
	}
	chart_axis_x(chart, tick, n);
	svg_line(v->out, chart->left, scale_at(&chart->y, 1), chart->right,
		 scale_at(&chart->y, 1), &none);
}

void draw_shift(struct view *v, const struct group *group)
{
	const struct compare_row *row[QUANTILES_MAX];
	const struct svg_pen pen = { "none", v->c->sets > 4 ? 1 : 2, 1, false };
	size_t quantiles = v->c->options->metrics.quantiles, most = 0;
	struct chart chart;
	char id[ID_SIZE];

	for (size_t s = 1; s < v->c->sets; s++)
		most = MAX(most, find_rows(v, group, s, row));
	if (most < 2)
		return;
	chart_begin(&chart, v->out, view_chart_id(v, id), "Shift: change by quantile",
		    SHIFT_HEIGHT, SHIFT_LEFT);
	chart.x = (struct scale){ 0, (double)MAX(quantiles - 1, 1), chart.left + 8,
				  chart.right - 8, false };
	chart.y = change_scale(v, group, &chart);
	put_ground(v, group, &chart);
	for (size_t s = 1; s < v->c->sets && v->c->sets <= BANDS + 1; s++)
		put_band(v, s, row, find_rows(v, group, s, row), &chart);
	svg_paths_begin(v->out, &pen);
	for (size_t s = 1; s < v->c->sets; s++)
		put_line(v, s, row, find_rows(v, group, s, row), &chart);
	svg_paths_end(v->out);
	for (size_t s = 1; s < v->c->sets && v->c->sets <= BANDS + 1; s++)
		put_dots(v, s, row, find_rows(v, group, s, row), &chart);
	chart_end(&chart, NULL);
}

/* A change with its interval beside the band of the margin, drawn within the cell of a table. */

#define FOREST_WIDTH  210
#define FOREST_HEIGHT 20
/* Room for the text of a tick at the ends. */
#define FOREST_EDGE 18
/* Ticks are so far apart. */
#define FOREST_TICK 40

/* Adds what of @change is known, as ratios. */
static size_t add_ratios(double *ratio, const struct interval *change)
{
	size_t n = 0;

	if (isfinite(change->estimate))
		ratio[n++] = 1 + change->estimate;
	if (is_bounded(change)) {
		ratio[n++] = 1 + change->low;
		ratio[n++] = 1 + change->high;
	}
	return n;
}

struct scale forest_scale(const struct view *v, enum row_choice choice)
{
	CLEANUP_FREE double *ratio = xcalloc(3 * v->c->rows + 2, sizeof(*ratio));
	double margin = v->c->options->margin;
	size_t n = 2;

	ratio[0] = 1 + 1.5 * margin;
	ratio[1] = 1 / (1 + 1.5 * margin);
	for (size_t i = 0; i < v->c->rows; i++) {
		const struct compare_row *row = &v->c->row[i];

		if (is_chosen(v->c, row, choice) && view_shows(v, row->metric))
			n += add_ratios(ratio + n, &row->d->change);
	}
	return scale_of(ratio, n, true, FOREST_EDGE, FOREST_WIDTH - FOREST_EDGE);
}

static void put_stroke(FILE *out, double from, double to, double width, double opacity,
		       const char *more)
{
	fprintf(out, "<path d=\"M%.1f 10H%.1f\" stroke-width=\"%.0f\"", from, to, width);
	if (opacity < 1)
		fprintf(out, " opacity=\"%.2g\"", opacity);
	fprintf(out, "%s/>", more);
}

void forest_cell(FILE *out, const struct scale *scale, const struct compare_row *row)
{
	const struct interval *change = &row->d->change;
	const char *colour = palette_verdict(row->d->verdict);
	bool judged = row->d->primary;

	fprintf(out,
		"<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\" stroke=\"currentColor\">",
		FOREST_WIDTH, FOREST_HEIGHT, FOREST_WIDTH, FOREST_HEIGHT);
	put_stroke(out, scale_at(scale, 1 / (1 + row->d->margin)),
		   scale_at(scale, 1 + row->d->margin), FOREST_HEIGHT, 0.09, "");
	fprintf(out, "<path d=\"M%.1f 0v%d\" opacity=\".5\"/>", scale_at(scale, 1),
		FOREST_HEIGHT);
	if (isfinite(change->estimate)) {
		fprintf(out, "<g stroke=\"%s\" fill=\"%s\">", colour,
			judged ? colour : "none");
		if (is_bounded(change))
			put_stroke(out, scale_at(scale, 1 + change->low),
				   scale_at(scale, 1 + change->high), 2, judged ? 1 : 0.6,
				   "");
		else
			put_stroke(out, scale->from, scale->to, 1, 0.4,
				   " stroke-dasharray=\"4 3\"");
		fprintf(out, "<circle cx=\"%.1f\" cy=\"10\" r=\"4\"/></g>",
			scale_at(scale, 1 + change->estimate));
	}
	fputs("</svg>", out);
}

/* Whether tick @i keeps away from the one drawn before it, and from the one in the middle. */
static bool is_clear(const struct scale *scale, const struct tick *tick, double before)
{
	double x = scale_at(scale, tick->value), middle = scale_at(scale, 1);

	return tick->value == 1 ||
	       (x - before > FOREST_TICK && fabs(x - middle) > FOREST_TICK);
}

void forest_axis(FILE *out, const struct scale *scale)
{
	static const struct svg_pen mark = { "currentColor", 1, 0.5, false };
	struct tick tick[TICKS_MAX];
	size_t n = scale_change_ticks(scale, tick, 5);
	double last = -FOREST_WIDTH;

	fprintf(out,
		"<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\" fill=\"currentColor\" font-size=\"%d\" font-family=\"system-ui,sans-serif\">",
		FOREST_WIDTH, FOREST_HEIGHT, FOREST_WIDTH, FOREST_HEIGHT, SVG_TEXT - 1);
	for (size_t i = 0; i < n; i++) {
		double x = scale_at(scale, tick[i].value);

		if (!is_clear(scale, &tick[i], last))
			continue;
		svg_line(out, x, 0, x, 4, &mark);
		svg_text(out, x, 15, SVG_MIDDLE, tick[i].text);
		last = x;
	}
	fputs("</svg>", out);
}
