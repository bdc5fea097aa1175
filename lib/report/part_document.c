// SPDX-License-Identifier: MIT
/* The parts of the page that the document of the comparison says, and what is drawn in them. */
#include "render/html.h"
#include "render/render.h"
#include "report/internal.h"
#include "report/svg.h"
#include "summary/attribution.h"

#define BAR_WIDTH  160
#define BAR_HEIGHT 12

/* What draws. */
struct drawing {
	const struct view *v;
	struct scale scale; /* of all changes that one part draws */
};

/* Says nothing that the words beside it do not say. */
static void put_bar(FILE *out, const struct cell *cell)
{
	struct compare_attribution a;
	double at = 0, scale;

	compare_attribution(cell, &a);
	scale = BAR_WIDTH / (double)a.slow.total_ns;
	fprintf(out,
		"<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\">",
		BAR_WIDTH, BAR_HEIGHT, BAR_WIDTH, BAR_HEIGHT);
	for (int i = 0; i <= CAUSES; i++) {
		uint64_t ns = i < CAUSES ? a.slow.cause_ns[i] : a.slow.unexplained_ns;
		double width = scale * (double)ns;

		if (width >= 0.1)
			svg_rect(out, at, 0, width, BAR_HEIGHT, palette_cause(i), 1);
		at += width;
	}
	fputs("</svg>", out);
}

static void put_causes(FILE *out)
{
	fputs("<ul class=\"key\">\n", out);
	for (int i = 0; i <= CAUSES; i++) {
		fputs("<li><svg width=\"10\" height=\"10\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">",
		      out);
		svg_rect(out, 0, 0, 10, 10, palette_cause(i), 1);
		fprintf(out, "</svg> %s</li>\n",
			i < CAUSES ? attribution_words(i) : "unexplained");
	}
	fputs("</ul>\n", out);
}

static void draw(void *data, enum figure figure, enum doc_subject about,
		 const void *drawn, size_t set)
{
	const struct drawing *d = data;

	switch (figure) {
	case FIGURE_IN_CELL:
		if (about == ABOUT_ATTRIBUTION)
			put_bar(d->v->out, drawn);
		else
			forest_cell(d->v->out, &d->scale, drawn);
		break;
	case FIGURE_AXIS:
		forest_axis(d->v->out, &d->scale);
		break;
	case FIGURE_ALONE:
		put_causes(d->v->out);
		break;
	case FIGURE_SET:
		view_swatch(d->v, set);
		break;
	}
}

static void begin_set(void *data, size_t set)
{
	const struct drawing *d = data;

	view_set_begin(d->v, set);
}

static void end_set(void *data, size_t set)
{
	const struct drawing *d = data;

	(void)set;
	view_set_end(d->v);
}

void part_said(const struct view *v, enum doc_subject about, const char *id)
{
	struct drawing d = { .v = v };
	const struct page_hooks hooks = { &d, draw, begin_set, end_set };

	if (about == ABOUT_JUDGED || about == ABOUT_OTHER)
		d.scale = forest_scale(v, about == ABOUT_JUDGED ? ROWS_JUDGED
								: ROWS_OTHER_QUANTILES);
	render_html(v->out, &v->document, about, id, &hooks);
}
