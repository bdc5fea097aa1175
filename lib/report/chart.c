// SPDX-License-Identifier: MIT
#include "report/chart.h"

#include <string.h>

#include "report/html.h"
#include "report/svg.h"

/* Below the plot: the ticks' text. */
#define FOOT	     18
#define MARGIN_RIGHT 14
#define MARGIN_TOP   8

static const struct svg_pen grid = { "currentColor", 1, 0.15, false };
static const struct svg_pen edge = { "currentColor", 1, 0.5, false };

void charts_begin(FILE *out)
{
	fputs("<div class=\"charts\">\n", out);
}

void charts_end(FILE *out)
{
	fputs("</div>\n", out);
}

void chart_begin(struct chart *c, FILE *out, const char *id, const char *caption,
		 double height, double left)
{
	*c = (struct chart){
		.out = out,
		.width = CHART_WIDTH,
		.height = height,
		.left = left,
		.right = CHART_WIDTH - MARGIN_RIGHT,
		.top = MARGIN_TOP,
		.bottom = height - FOOT,
	};
	c->x.from = c->left;
	c->x.to = c->right;
	c->y.from = c->bottom;
	c->y.to = c->top;
	fprintf(out, "<figure><figcaption id=\"%s\">", id);
	html_text(out, caption);
	fputs("</figcaption>\n", out);
	svg_begin(out, c->width, c->height, id);
}

size_t chart_room_x(const struct chart *c)
{
	return (size_t)((c->right - c->left) / (7 * SVG_CHARACTER));
}

size_t chart_room_y(const struct chart *c)
{
	return (size_t)((c->bottom - c->top) / (2.5 * SVG_TEXT));
}

void chart_axis_x(const struct chart *c, const struct tick *tick, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double x = scale_at(&c->x, tick[i].value);
		double half = (double)strlen(tick[i].text) * SVG_CHARACTER / 2;
		enum svg_anchor anchor = SVG_MIDDLE;
		double at = x;

		svg_line(c->out, x, c->top, x, c->bottom + 3, &grid);
		if (x + half > c->width) {
			anchor = SVG_END;
			at = c->width - 1;
		} else if (x - half < 0) {
			anchor = SVG_START;
			at = 1;
		}
		svg_text(c->out, at, c->bottom + 4 + SVG_TEXT, anchor, tick[i].text);
	}
	svg_line(c->out, c->left, c->bottom, c->right, c->bottom, &edge);
	fputs("\n", c->out);
}

void chart_axis_y(const struct chart *c, const struct tick *tick, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double y = scale_at(&c->y, tick[i].value);

		svg_line(c->out, c->left - 3, y, c->right, y, &grid);
		svg_text(c->out, c->left - 6, y + 4, SVG_END, tick[i].text);
	}
	fputs("\n", c->out);
}

void chart_end(const struct chart *c, const char *note)
{
	svg_end(c->out);
	if (note) {
		fputs("<p class=\"note\">", c->out);
		html_text(c->out, note);
		fputs("</p>\n", c->out);
	}
	fputs("</figure>\n", c->out);
}
