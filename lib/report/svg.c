// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "render/html.h"
#include "report/svg.h"
#include "stats/attribution.h"

/* So much of a long text is shown on hover. */
#define TITLE_MAX 1000

/* @value to a tenth, which %.9g prints without a fraction that says nothing. */
static double tenth(double value)
{
	return (double)lround(10 * value) / 10;
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

void svg_begin(FILE *out, double width, double height, int text, const char *labelled_by)
{
	fprintf(out,
		"<svg width=\"%.9g\" height=\"%.9g\" viewBox=\"0 0 %.9g %.9g\" role=\"img\" aria-labelledby=\"%s\" fill=\"currentColor\" font-size=\"%d\" font-family=\"system-ui,sans-serif\">\n",
		tenth(width), tenth(height), tenth(width), tenth(height), labelled_by,
		text);
}

void svg_begin_plain(FILE *out, int width, int height, const char *more)
{
	fprintf(out,
		"<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\"%s>",
		width, height, width, height, more);
}

void svg_swatch(FILE *out, const char *colour, double opacity)
{
	svg_begin_plain(out, 10, 10, "");
	svg_rect(out, 0, 0, 10, 10, colour, opacity);
	fputs("</svg> ", out);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

static void put_pen(FILE *out, const struct svg_pen *pen, double times)
{
	fprintf(out, " stroke=\"%s\" stroke-width=\"%.9g\"", pen->colour,
		tenth(times * pen->width));
	if (pen->dashed)
		fprintf(out, " stroke-dasharray=\"%.0f %.0f\"", 4 * times, 3 * times);
	/* Of each line: the opacity of a group would be that of a picture of its own. */
	if (pen->opacity < 1)
		fprintf(out, " stroke-opacity=\"%.2g\"", pen->opacity);
}

void svg_line(FILE *out, double x1, double y1, double x2, double y2,
	      const struct svg_pen *pen)
{
	fprintf(out, "<line x1=\"%.9g\" y1=\"%.9g\" x2=\"%.9g\" y2=\"%.9g\"", tenth(x1),
		tenth(y1), tenth(x2), tenth(y2));
	put_pen(out, pen, 1);
	fputs("/>", out);
}

void svg_rect(FILE *out, double x, double y, double width, double height,
	      const char *colour, double opacity)
{
	fprintf(out,
		"<rect x=\"%.9g\" y=\"%.9g\" width=\"%.9g\" height=\"%.9g\" fill=\"%s\"",
		tenth(x), tenth(y), tenth(fmax(width, 0)), tenth(fmax(height, 0)),
		colour);
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

	fprintf(out, "<text x=\"%.9g\" y=\"%.9g\"%s", tenth(x), tenth(y), name[anchor]);
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
	fprintf(out, "<circle cx=\"%.9g\" cy=\"%.9g\" r=\"%.9g\"", tenth(x), tenth(y),
		tenth(radius));
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

/* "M12 34", "l-5-6": a minus parts numbers as well as a blank. */
static const char *before(long number)
{
	return number < 0 ? "" : " ";
}

void svg_path_to(struct svg_path *p, double x, double y)
{
	long to_x = lround(10 * x), to_y = lround(10 * y);
	long dx = to_x - p->x, dy = to_y - p->y;

	if (!p->down) {
		fprintf(p->out, "M%ld%s%ld", to_x, before(to_y), to_y);
	} else if (dx == 0 && dy == 0) {
		return;
	} else if (dy == 0) {
		fprintf(p->out, "h%ld", dx);
	} else if (dx == 0) {
		fprintf(p->out, "v%ld", dy);
	} else {
		fprintf(p->out, "l%ld%s%ld", dx, before(dy), dy);
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
	case VERDICT_MIXED:
	case VERDICT_UNCLEAR:
		break;
	}
	return "currentColor";
}
