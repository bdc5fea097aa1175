// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "report/chart.h"
#include "render/html.h"
#include "report/svg.h"
#include "summary/words.h"
#include "system/units.h"

/* Room at both ends, as a share of the whole. */
#define ROOM 0.04
/* From this ratio of its ends on, a logarithmic axis names powers of ten. */
#define DECADES_FROM 12

static bool is_usable(double value, bool log)
{
	return isfinite(value) && (!log || value > 0);
}

struct scale scale_of(const double *value, size_t n, bool log, double from, double to)
{
	struct scale s = { INFINITY, -INFINITY, from, to, log };
	double room;

	for (size_t i = 0; i < n; i++) {
		if (!is_usable(value[i], log))
			continue;
		s.low = fmin(s.low, value[i]);
		s.high = fmax(s.high, value[i]);
	}
	if (s.low > s.high)
		s.low = s.high = 1;
	/* Not narrower than two parts in a hundred: noise is not to fill the picture. */
	if (log) {
		room = MAX(ROOM * log1p(s.high / s.low - 1), 0.01);
		s.low *= exp(-room);
		s.high *= exp(room);
	} else {
		room = MAX(ROOM * (s.high - s.low), 0.01 * fabs(s.high));
		room = room > 0 ? room : 1;
		s.low -= room;
		s.high += room;
	}
	return s;
}

double scale_at(const struct scale *s, double value)
{
	double share;

	if (!is_usable(value, s->log))
		share = value == INFINITY ? 1 : 0;
	else if (s->log)
		share = log(value / s->low) / log(s->high / s->low);
	else
		share = (value - s->low) / (s->high - s->low);
	return s->from + (s->to - s->from) * MIN(MAX(share, 0), 1);
}

static void name_tick(struct tick *t, double value)
{
	struct time_unit of = unit_for(whole_ns(value * 1.0000001));

	t->value = value;
	snprintf(t->text, sizeof(t->text), "%.5g%s", value / of.ns,
		 value == 0 ? "" : of.name);
}

/* 1, 2 or 5 times a power of ten: the least that is @least or more. */
static double round_step(double least)
{
	double power = pow(10, floor(log10(least)));

	for (int i = 0; i < 3; i++) {
		double step = power * (double[]){ 1, 2, 5 }[i];

		if (step >= least * 0.999999)
			return step;
	}
	return 10 * power;
}

static size_t linear_ticks(const struct scale *s, struct tick *tick, size_t most)
{
	double step = round_step((s->high - s->low) / (double)most);
	double first = ceil(s->low / step);
	size_t n = 0;

	while (n < most && (first + (double)n) * step <= s->high) {
		name_tick(&tick[n], (first + (double)n) * step);
		n++;
	}
	return n;
}

/* Those @steps of each power of ten that lie on @s; how many, of which the first @most are named. */
static size_t name_steps(const struct scale *s, struct tick *tick, size_t most,
			 const double *steps)
{
	size_t n = 0;
	int last = (int)floor(log10(s->high) + 1e-9);

	for (int power = (int)floor(log10(s->low)); power <= last; power++) {
		for (const double *step = steps; *step > 0; step++) {
			double value = *step * pow(10, power);

			if (value < s->low * 0.999999 || value > s->high * 1.000001)
				continue;
			if (n < most)
				name_tick(&tick[n], value);
			n++;
		}
	}
	return n;
}

/* Every power of ten, and steps between them, or every second, third, … as there is room. */
static size_t decade_ticks(const struct scale *s, struct tick *tick, size_t most)
{
	static const double steps[][4] = { { 1, 2, 5 }, { 1, 3 }, { 1 } };
	double first = ceil(log10(s->low) - 1e-9), last = floor(log10(s->high) + 1e-9);
	double every = ceil((last - first + 1) / (double)most);
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		n = name_steps(s, tick, most, steps[i]);
		if (n <= most)
			return n;
	}
	n = 0;
	while (n < most && first + (double)n * every <= last) {
		name_tick(&tick[n], pow(10, first + (double)n * every));
		n++;
	}
	return n;
}

size_t scale_ticks(const struct scale *s, struct tick *tick, size_t most)
{
	most = MIN(MAX(most, 1), TICKS_MAX);
	if (s->log && s->high / s->low >= DECADES_FROM)
		return decade_ticks(s, tick, most);
	return linear_ticks(s, tick, most);
}

static void name_change(struct tick *t, double ratio)
{
	t->value = ratio;
	if (ratio == 1)
		snprintf(t->text, sizeof(t->text), "0");
	else if (ratio >= 10)
		snprintf(t->text, sizeof(t->text), "x%.0f", ratio);
	else
		snprintf(t->text, sizeof(t->text), "%+.3g%%", 100 * (ratio - 1));
}

/* Whether @n ticks have the room between them that @most evenly spaced ones would nearly have. */
static bool are_apart(const struct scale *s, const struct tick *tick, size_t n,
		      size_t most)
{
	double room = 0.6 * fabs(s->to - s->from) / (double)most;

	for (size_t i = 1; i < n; i++)
		if (fabs(scale_at(s, tick[i].value) - scale_at(s, tick[i - 1].value)) <
		    room)
			return false;
	return true;
}

size_t scale_change_ticks(const struct scale *s, struct tick *tick, size_t most)
{
	/* Ladders of round changes, from the finest. */
	static const double ladder[][13] = {
		{ 0.97, 0.98, 0.99, 1, 1.01, 1.02, 1.03 },
		{ 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2, 1.3 },
		{ 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.6 },
		{ 0.2, 0.5, 0.8, 1, 1.2, 1.5, 2, 3 },
		{ 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50 },
		{ 0.001, 0.01, 0.1, 1, 10, 100, 1000, 1e4 },
		{ 0.0001, 0.01, 1, 100, 1e4, 1e6 },
		{ 1e-9, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9 },
	};
	const size_t ladders = sizeof(ladder) / sizeof(*ladder);
	size_t n = 0;

	most = MIN(MAX(most, 1), TICKS_MAX);
	for (size_t i = 0; i < ladders; i++) {
		const double *rung = ladder[i];
		double last = 1;

		n = 0;
		for (size_t j = 0; j < 13 && rung[j] > 0; j++) {
			last = rung[j];
			if (rung[j] < s->low || rung[j] > s->high)
				continue;
			if (n < most)
				name_change(&tick[n], rung[j]);
			n++;
		}
		/* The first ladder that goes most of the way, both ways, and fits. */
		if (n <= most && log(last) > 0.6 * log(s->high) &&
		    log(rung[0]) < 0.6 * log(s->low) && are_apart(s, tick, n, most))
			break;
	}
	return MIN(n, most);
}

/* Below the plot: the ticks' text. */
#define FOOT	     18.0
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

static void begin_chart(struct chart *c, FILE *out, const char *id, const char *caption,
			double width, double height, double left, int text)
{
	*c = (struct chart){
		.out = out,
		.width = width,
		.height = height,
		.left = left,
		.right = width - MARGIN_RIGHT,
		.top = MARGIN_TOP + 0.9 * (text - SVG_TEXT),
		.bottom = height - FOOT * text / SVG_TEXT,
		.text = text,
	};
	c->x.from = c->left;
	c->x.to = c->right;
	c->y.from = c->bottom;
	c->y.to = c->top;
	fprintf(out, "<figure><figcaption id=\"%s\">", id);
	html_text(out, caption);
	fputs("</figcaption>\n", out);
	svg_begin(out, c->width, c->height, text, id);
}

void chart_begin(struct chart *c, FILE *out, const char *id, const char *caption,
		 double height, double left)
{
	begin_chart(c, out, id, caption, CHART_WIDTH, height, left, SVG_TEXT);
}

void chart_begin_large(struct chart *c, FILE *out, const char *id, const char *caption,
		       double height, double left)
{
	begin_chart(c, out, id, caption, LARGE_WIDTH, height, left, LARGE_TEXT);
}

size_t chart_room_y(const struct chart *c)
{
	return (size_t)((c->bottom - c->top) / (2.5 * c->text));
}

void chart_axis_x(const struct chart *c, const struct tick *tick, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double x = scale_at(&c->x, tick[i].value);
		double half = (double)strlen(tick[i].text) * 0.3 * c->text;
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
		svg_text(c->out, at, c->bottom + 4 + c->text, anchor, tick[i].text);
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
	if (note)
		html_paragraph(c->out, "note", "%s", note);
	fputs("</figure>\n", c->out);
}
