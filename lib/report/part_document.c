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

static void put_blocks(const struct view *v, enum doc_subject about, const char *id)
{
	struct drawing d = { .v = v };
	const struct page_hooks hooks = { &d, draw, begin_set, end_set };

	if (about == ABOUT_JUDGED || about == ABOUT_OTHER)
		d.scale = forest_scale(v, about == ABOUT_JUDGED ? ROWS_JUDGED
								: ROWS_OTHER_QUANTILES);
	render_html(v->out, &v->document, about, id, &hooks);
}

static const struct {
	const char *id, *title;
	bool compared; /* is there only then */
} parts[] = {
	[ABOUT_SETS] = { "sets", "Sets", false },
	[ABOUT_JUDGED] = { "changes", "Changes", true },
	[ABOUT_OTHER] = { "other", "Not judged", true },
	[ABOUT_ATTRIBUTION] = { "attribution", "Where the time of the slow samples went",
				false },
	[ABOUT_COUNTERS] = { "counters", "What may explain it", true },
	[ABOUT_POWER] = { "power", "What these runs could have shown", true },
	[ABOUT_ENVIRONMENT] = { "environment", "Environment", false },
};

static bool has_attribution(const struct view *v)
{
	return doc_has(&v->document, ABOUT_ATTRIBUTION, FOR_PAGE);
}

void part_said(const struct view *v, enum doc_subject about)
{
	if ((parts[about].compared && !v->page->compared) ||
	    (about == ABOUT_ATTRIBUTION && !has_attribution(v)))
		return;
	page_section(v->out, parts[about].id, parts[about].title);
	put_blocks(v, about, parts[about].id);
	page_section_end(v->out);
}

static void put_links(const struct view *v)
{
	static const struct {
		const char *id, *title;
		bool compared;				/* is there only then */
		bool (*is_there)(const struct view *v); /* NULL: always */
	} part[] = {
		{ "history", "History", true, part_has_history },
		{ "sets", "Sets", false, NULL },
		{ "changes", "Changes", true, NULL },
		{ "subtests", "Subtests", false, NULL },
		{ "other", "Not judged", true, NULL },
		{ "attribution", "Where the time went", false, has_attribution },
		{ "explain", "The worst samples", false, part_has_traced },
		{ "counters", "What may explain it", true, NULL },
		{ "power", "Power", true, NULL },
		{ "runs", "Runs", false, NULL },
		{ "environment", "Environment", false, NULL },
		{ "source", "Source", false, NULL },
	};

	fputs("<nav aria-label=\"Parts of this page\"><ul>\n", v->out);
	for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
		if ((v->page->compared || !part[i].compared) &&
		    (!part[i].is_there || part[i].is_there(v)))
			fprintf(v->out, "<li><a href=\"#%s\">%s</a></li>\n", part[i].id,
				part[i].title);
	fputs("</ul></nav>\n", v->out);
}

void part_header(const struct view *v)
{
	fputs("<header>\n<p class=\"kicker\">pinlat: what memory pinned for DMA costs everybody else</p>\n",
	      v->out);
	put_blocks(v, ABOUT_VERDICT, "verdict");
	put_blocks(v, ABOUT_WARNINGS, "warnings");
	put_links(v);
	fputs("</header>\n", v->out);
}
