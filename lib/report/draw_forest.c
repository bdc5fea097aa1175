// SPDX-License-Identifier: MIT
/* A change with its interval beside the band of the margin, drawn within the cell of a table. */
#include "report/changes-private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "report/html.h"
#include "report/palette.h"
#include "report/svg.h"
#include "system/cleanup.h"

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
	if (isfinite(change->high) && change->low > -1) {
		ratio[n++] = 1 + change->low;
		ratio[n++] = 1 + change->high;
	}
	return n;
}

int _forest_scale(struct scale *scale, const struct view *v, size_t s,
		  enum row_choice choice)
{
	_cleanup_free_ double *ratio = calloc(3 * v->c->rows + 2, sizeof(*ratio));
	double margin = v->c->options->margin;
	size_t n = 2;

	if (!ratio)
		return -ENOMEM;
	ratio[0] = 1 + 1.5 * margin;
	ratio[1] = 1 / (1 + 1.5 * margin);
	for (size_t i = 0; i < v->c->rows; i++) {
		const struct compare_row *row = &v->c->row[i];

		if ((s == 0 || row->set == s) && is_chosen(v->c, row, row->set, choice) &&
		    _is_asked(v, row->metric))
			n += add_ratios(ratio + n, &row->d->change);
	}
	*scale = scale_of(ratio, n, true, FOREST_EDGE, FOREST_WIDTH - FOREST_EDGE);
	return 0;
}

static void put_stroke(FILE *out, double from, double to, double width, double opacity,
		       const char *more)
{
	fprintf(out, "<path d=\"M%.1f 10H%.1f\" stroke-width=\"%.0f\"", from, to, width);
	if (opacity < 1)
		fprintf(out, " opacity=\"%.2g\"", opacity);
	fprintf(out, "%s/>", more);
}

void _forest_cell(FILE *out, const struct scale *scale, const struct compare_row *row)
{
	const struct interval *change = &row->d->change;
	const char *colour = palette_verdict(row->d->verdict);
	bool known = isfinite(change->high) && change->low > -1, judged = row->d->primary;

	html_open_cell(out);
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
		if (known)
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

void _forest_foot(FILE *out, const struct scale *scale, size_t before, size_t after)
{
	static const struct svg_pen mark = { "currentColor", 1, 0.5, false };
	struct tick tick[TICKS_MAX];
	size_t n = scale_change_ticks(scale, tick, 5);
	double last = -FOREST_WIDTH;

	html_row(out);
	fprintf(out, "<td colspan=\"%zu\">", before);
	html_open_cell(out);
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
	fprintf(out, "</svg><td colspan=\"%zu\">", after);
}
