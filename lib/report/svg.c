// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "render/html.h"
#include "report/svg.h"
#include "stats/attribution.h"

/* So much of a long text is shown on hover. */
#define TITLE_MAX 1000

/* A picture is mostly whole numbers. */
static void put_whole(FILE *out, long value)
{
	char digits[24], *at = digits + sizeof(digits);
	unsigned long rest = value < 0 ? -(unsigned long)value : (unsigned long)value;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		*--at = '-';
	fwrite(at, 1, (size_t)(digits + sizeof(digits) - at), out);
}

/* @value to a tenth, without a fraction that says nothing. */
static void put_number(FILE *out, double value)
{
	long tenths = lround(10 * value);

	if (tenths < 0) {
		fputc('-', out);
		tenths = -tenths;
	}
	put_whole(out, tenths / 10);
	if (tenths % 10 > 0) {
		fputc('.', out);
		put_whole(out, tenths % 10);
	}
}

/* "M12 34", "l-5-6": a minus parts numbers as well as a blank. */
static void put_step(FILE *out, char kind, long x, long y)
{
	fputc(kind, out);
	put_whole(out, x);
	if (y >= 0)
		fputc(' ', out);
	put_whole(out, y);
}

static void put_attribute(FILE *out, const char *name, double value)
{
	fprintf(out, " %s=\"", name);
	put_number(out, value);
	fputs("\"", out);
}

static void put_title(FILE *out, const char *title)
{
	fputs("<title>", out);
	html_text_cut(out, title, TITLE_MAX);
	fputs("</title>", out);
}

static void put_opacity(FILE *out, double opacity)
{
	if (opacity < 1)
		fprintf(out, " opacity=\"%.2g\"", opacity);
}

void svg_begin(FILE *out, double width, double height, const char *labelled_by)
{
	fputs("<svg", out);
	put_attribute(out, "width", width);
	put_attribute(out, "height", height);
	fputs(" viewBox=\"0 0 ", out);
	put_number(out, width);
	fputs(" ", out);
	put_number(out, height);
	fprintf(out,
		"\" role=\"img\" aria-labelledby=\"%s\" fill=\"currentColor\" font-size=\"%d\" font-family=\"system-ui,sans-serif\">\n",
		labelled_by, SVG_TEXT);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

static void put_pen(FILE *out, const struct svg_pen *pen, double times)
{
	fprintf(out, " stroke=\"%s\"", pen->colour);
	put_attribute(out, "stroke-width", times * pen->width);
	if (pen->dashed)
		fprintf(out, " stroke-dasharray=\"%.0f %.0f\"", 4 * times, 3 * times);
	/* Of each line: the opacity of a group would be that of a picture of its own. */
	if (pen->opacity < 1)
		fprintf(out, " stroke-opacity=\"%.2g\"", pen->opacity);
}

void svg_line(FILE *out, double x1, double y1, double x2, double y2,
	      const struct svg_pen *pen)
{
	fputs("<line", out);
	put_attribute(out, "x1", x1);
	put_attribute(out, "y1", y1);
	put_attribute(out, "x2", x2);
	put_attribute(out, "y2", y2);
	put_pen(out, pen, 1);
	fputs("/>", out);
}

void svg_rect(FILE *out, double x, double y, double width, double height,
	      const char *colour, double opacity)
{
	fputs("<rect", out);
	put_attribute(out, "x", x);
	put_attribute(out, "y", y);
	put_attribute(out, "width", fmax(width, 0));
	put_attribute(out, "height", fmax(height, 0));
	fprintf(out, " fill=\"%s\"", colour);
	put_opacity(out, opacity);
	fputs("/>", out);
}

static void open_text(FILE *out, double x, double y, enum svg_anchor anchor)
{
	static const char *const name[] = {
		[SVG_START] = "",
		[SVG_MIDDLE] = " text-anchor=\"middle\"",
		[SVG_END] = " text-anchor=\"end\"",
	};

	fputs("<text", out);
	put_attribute(out, "x", x);
	put_attribute(out, "y", y);
	fputs(name[anchor], out);
}

void svg_text(FILE *out, double x, double y, enum svg_anchor anchor, const char *text)
{
	open_text(out, x, y, anchor);
	fputs(">", out);
	html_text(out, text);
	fputs("</text>", out);
}

void svg_label(FILE *out, double x, double y, enum svg_anchor anchor, const char *text,
	       size_t most, const char *title)
{
	open_text(out, x, y, anchor);
	/* Else a name in Arabic or Hebrew would be anchored at its other end. */
	fputs(" direction=\"ltr\" unicode-bidi=\"isolate-override\">", out);
	put_title(out, title);
	html_text_cut(out, text, most);
	fputs("</text>", out);
}

void svg_dot(FILE *out, double x, double y, double radius, const char *colour,
	     bool hollow, const char *title)
{
	fputs("<circle", out);
	put_attribute(out, "cx", x);
	put_attribute(out, "cy", y);
	put_attribute(out, "r", radius);
	if (hollow)
		fprintf(out, " fill=\"transparent\" stroke=\"%s\" stroke-width=\"1.5\"",
			colour);
	else
		fprintf(out, " fill=\"%s\" fill-opacity=\".75\"", colour);
	if (!title) {
		fputs("/>", out);
		return;
	}
	fputs(">", out);
	put_title(out, title);
	fputs("</circle>", out);
}

/* Ten times as large inside, so that tenths are whole numbers. */
void svg_paths_begin(FILE *out, const struct svg_pen *pen)
{
	fputs("<g transform=\"scale(.1)\"", out);
	if (pen->width > 0) {
		fputs(" fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\"",
		      out);
		put_pen(out, pen, 10);
	} else {
		fprintf(out, " fill=\"%s\"", pen->colour);
		put_opacity(out, pen->opacity);
	}
	fputs(">\n", out);
}

void svg_paths_end(FILE *out)
{
	fputs("</g>\n", out);
}

void svg_path_begin(struct svg_path *p, FILE *out, const char *colour)
{
	*p = (struct svg_path){ .out = out };
	if (colour)
		fprintf(out, "<path stroke=\"%s\" d=\"", colour);
	else
		fputs("<path d=\"", out);
}

void svg_path_to(struct svg_path *p, double x, double y)
{
	long to_x = lround(10 * x), to_y = lround(10 * y);
	long dx = to_x - p->x, dy = to_y - p->y;

	if (!p->down) {
		put_step(p->out, 'M', to_x, to_y);
	} else if (dx == 0 && dy == 0) {
		return;
	} else if (dy == 0) {
		fputc('h', p->out);
		put_whole(p->out, dx);
	} else if (dx == 0) {
		fputc('v', p->out);
		put_whole(p->out, dy);
	} else {
		put_step(p->out, 'l', dx, dy);
	}
	p->x = to_x;
	p->y = to_y;
	p->down = true;
}

void svg_path_lift(struct svg_path *p)
{
	p->down = false;
}

void svg_path_dot(struct svg_path *p, double x, double y)
{
	svg_path_lift(p);
	svg_path_to(p, x, y);
	fputs("h0", p->out);
	svg_path_lift(p);
}

void svg_path_end(struct svg_path *p, const char *title)
{
	if (!title) {
		fputs("\"/>\n", p->out);
		return;
	}
	fputs("\">", p->out);
	put_title(p->out, title);
	fputs("</path>\n", p->out);
}

/* After Okabe and Ito, and Tol's "bright", moved to a lightness that suits both grounds. */
static const char *const distinct[PALETTE_DISTINCT] = {
	"#3a7fc1", /* blue: the base */
	"#d4690f", /* orange */
	"#1f9477", /* green */
	"#b9579b", /* purple */
	"#8a8420", /* olive */
	"#2793b5", /* cyan */
	"#7d7d85", /* grey */
};

/* From violet to orange, by lightness too. */
static const char *const ramp[] = {
	"#7e63b8", "#7c67c0", "#6f70c6", "#5b7cc6", "#4787c0", "#3490b4",
	"#2a97a3", "#2b9a8e", "#3c9b76", "#589a5c", "#779645", "#949033",
	"#b0872a", "#c67b2a", "#d56f33", "#dc6440",
};

const char *palette_set(size_t i, size_t n)
{
	size_t steps = sizeof(ramp) / sizeof(*ramp);

	if (n <= PALETTE_DISTINCT)
		return distinct[i % PALETTE_DISTINCT];
	return ramp[i * (steps - 1) / (n - 1)];
}

const char *palette_cause(int cause)
{
	static const int of[CAUSES + 1] = {
		[CAUSE_DIRECT_RECLAIM] = 1,
		[CAUSE_COMPACTION] = 3,
		[CAUSE_SWAPIN] = 4,
		[CAUSE_THRASHING] = 5,
		[CAUSE_RUN_QUEUE] = 0,
		[CAUSE_ON_CPU] = 2,
		[CAUSES] = 6,
	};

	return distinct[of[cause]];
}

const char *palette_verdict(enum verdict v)
{
	switch (v) {
	case VERDICT_WORSE:
		return "#d4483b";
	case VERDICT_BETTER:
		return "#1f9477";
	case VERDICT_NONE:
	case VERDICT_SAME:
	case VERDICT_UNCLEAR:
		break;
	}
	return "currentColor";
}
