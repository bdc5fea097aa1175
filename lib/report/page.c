// SPDX-License-Identifier: MIT
/* The page: its head, what the document of the comparison says and is drawn in it, its source. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render/html.h"
#include "render/render.h"
#include "report/chart.h"
#include "report/index.h"
#include "report/page.h"
#include "report/svg.h"
#include "report/view.h"
#include "stats/estimate.h"
#include "say/attribution.h"
#include "say/say.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* A change with its interval beside the band of the margin, drawn within the cell of a table. */
#define FOREST_WIDTH  210
#define FOREST_HEIGHT 20
/* Room for the text of a tick at the ends. */
#define FOREST_EDGE 18
/* Ticks are so far apart. */
#define FOREST_TICK 52

/* Adds what of the change of @row is known, as ratios. */
static size_t add_ratios(double *ratio, const struct compare_row *row)
{
	const struct interval *i = row_interval(row);
	const double value[] = { row->d->change.estimate, i->low, i->high };
	size_t n = 0;

	for (size_t k = 0; k < (row_bounded(row) ? 3 : 1); k++) {
		double x = row_ratio(row, value[k]);

		if (x > 0 && isfinite(x))
			ratio[n++] = x;
	}
	return n;
}

static struct scale forest_scale(const struct view *v, enum row_choice choice)
{
	CLEANUP_FREE double *ratio = xcalloc(3 * v->c->rows + 2, sizeof(*ratio));
	double margin = view_margin(v);
	size_t n = 2;

	ratio[0] = 1 + 1.5 * margin;
	ratio[1] = 1 / (1 + 1.5 * margin);
	for (size_t i = 0; i < v->c->rows; i++) {
		const struct compare_row *row = &v->c->row[i];

		if (is_chosen(v->c, row, choice))
			n += add_ratios(ratio + n, row);
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

/* Where @ratio is; at the end of @scale where it fell to nothing. */
static double place_of(const struct scale *scale, double ratio)
{
	return ratio > 0 ? fmax(scale_at(scale, ratio), scale->from) : scale->from;
}

static void forest_cell(FILE *out, const struct scale *scale,
			const struct compare_row *row)
{
	const struct interval *i = row_interval(row);
	double change = row_ratio(row, row->d->change.estimate);
	const char *colour = palette_verdict(row->d->verdict);
	bool judged = row->d->primary;

	svg_begin_plain(out, FOREST_WIDTH, FOREST_HEIGHT, " stroke=\"currentColor\"");
	put_stroke(out, scale_at(scale, 1 / (1 + row->d->margin)),
		   scale_at(scale, 1 + row->d->margin), FOREST_HEIGHT, 0.09, "");
	fprintf(out, "<path d=\"M%.1f 0v%d\" opacity=\".5\"/>", scale_at(scale, 1),
		FOREST_HEIGHT);
	if (change > 0 && isfinite(change)) {
		fprintf(out, "<g stroke=\"%s\" fill=\"%s\">", colour,
			judged ? colour : "none");
		if (row_bounded(row))
			put_stroke(out, place_of(scale, row_ratio(row, i->low)),
				   place_of(scale, row_ratio(row, i->high)), 2,
				   judged ? 1 : 0.6, "");
		else
			put_stroke(out, scale->from, scale->to, 1, 0.4,
				   " stroke-dasharray=\"4 3\"");
		fprintf(out, "<circle cx=\"%.1f\" cy=\"10\" r=\"4\"/></g>",
			scale_at(scale, change));
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

static void forest_axis(FILE *out, const struct scale *scale)
{
	static const struct svg_pen mark = { "currentColor", 1, 0.5, false };
	struct tick tick[TICKS_MAX];
	size_t n = scale_change_ticks(scale, tick, 5);
	double last = -FOREST_WIDTH;

	svg_begin_plain(
		out, FOREST_WIDTH, FOREST_HEIGHT,
		" fill=\"currentColor\" font-size=\"10\" font-family=\"system-ui,sans-serif\"");
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

#define BAR_WIDTH  160
#define BAR_HEIGHT 12

/* Says nothing that the words beside it do not say. */
static void put_bar(FILE *out, const struct cell *cell)
{
	struct compare_attribution a;
	double at = 0, scale;

	compare_attribution(cell, &a);
	scale = BAR_WIDTH / (double)a.slow.total_ns;
	svg_begin_plain(out, BAR_WIDTH, BAR_HEIGHT, "");
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
		fputs("<li>", out);
		svg_swatch(out, palette_cause(i), 1);
		fprintf(out, "%s</li>\n",
			i < CAUSES ? attribution_words(i) : "unexplained");
	}
	fputs("</ul>\n", out);
}

static void draw(void *data, enum figure figure, enum doc_subject about,
		 const void *drawn, size_t set)
{
	const struct view *v = data;

	switch (figure) {
	case FIGURE_IN_CELL:
		if (about == ABOUT_ATTRIBUTION)
			put_bar(v->out, drawn);
		else
			forest_cell(v->out, &v->forest, drawn);
		break;
	case FIGURE_AXIS:
		forest_axis(v->out, &v->forest);
		break;
	case FIGURE_ALONE:
		put_causes(v->out);
		break;
	case FIGURE_SET:
		view_swatch(v, set);
		break;
	}
}

static void put_said(struct view *v, enum doc_subject about, const char *id)
{
	const struct page_hooks hooks = { v, draw, view_set_begin, view_set_end };

	if (about == ABOUT_JUDGED || about == ABOUT_OTHER)
		v->forest = forest_scale(v, about == ABOUT_JUDGED ? ROWS_JUDGED
								  : ROWS_OTHER_QUANTILES);
	render_html(v->out, &v->document, about, id, &hooks);
}

static void put_command(FILE *out, const char *name, const char *command)
{
	fprintf(out, "<h3>%s</h3>\n<pre><bdi>", name);
	html_text(out, command);
	fputs("</bdi></pre>\n", out);
}

/* Adds an option, unless its value is no plain word: what is on a page is pasted into shells. */
static void add_option(FILE *out, const char *option, const char *value)
{
	static const char plain[] = TEXT_ALNUM "-_.:/%";

	if (*value && !value[strspn(value, plain)])
		fprintf(out, " --%s %s", option, value);
}

static void add_size(FILE *out, const char *option, uint64_t bytes)
{
	char text[32];

	if (bytes > 0)
		add_option(out, option, format_size(bytes, text, sizeof(text)));
}

/* The cell whose set-up says most: that of the highest load. */
static const struct cell *find_cell(const struct view *v)
{
	const struct cell *best = NULL;

	for (size_t i = 0; i < v->groups; i++) {
		const struct cell *cell = v->group[i].cell[0];

		if (cell && (!best || (*cell->config.engine && !*best->config.engine)))
			best = cell;
	}
	return best;
}

/* How to measure what the base was measured by. */
static void put_run(const struct view *v)
{
	const struct cell *cell = find_cell(v);
	CLEANUP_FREE char *command = NULL;
	struct memstream m;
	char duration[32];
	FILE *out;

	if (!cell || cell->config.duration_ns == 0)
		return;
	out = memstream_open(&m);
	fputs("pinlat run --label LABEL -o FOLDER", out);
	add_option(out, "engine", cell->config.engine);
	add_option(out, "arena", cell->config.arena);
	add_option(out, "duration",
		   format_duration(cell->config.duration_ns, duration, sizeof(duration)));
	add_size(out, "fill", cell->config.fill_bytes);
	add_size(out, "object-size", cell->config.object_size);
	add_option(out, "backing", cell->config.backing);
	add_option(out, "walker", cell->config.walker);
	command = memstream_close(&m);
	put_command(v->out, "Measure the same way", command);
}

/* Where the page comes from, and how to make it again. */
static void put_source(struct view *v)
{
	html_paragraph(
		v->out, NULL,
		"The records hold every histogram in full. The same records, command and version make the same page.");
	put_command(v->out, "This page", v->page->command);
	put_run(v);
}

/* "worse: patched against base", or the name of the one set. */
static char *title_of(const struct document *d)
{
	const struct doc_block *b = d->block;

	while (b->kind != BLOCK_TITLE)
		b++;
	return b->lead ? xasprintf("%s: %s", b->lead, b->name) : xstrdup(b->name);
}

static void say_all(struct view *v)
{
	const struct saying saying = {
		.c = v->c,
		.compared = v->page->compared,
		.subtests = v->groups,
		.link = v->page->link,
	};

	say(&v->document, &saying);
}

static bool is_compared(const struct view *v)
{
	return v->page->compared;
}

static bool is_said(const struct view *v, enum doc_subject about)
{
	CLEANUP_FREE const struct doc_block **list =
		doc_select(&v->document, about, FOR_PAGE);

	return *list;
}

static bool has_attribution(const struct view *v)
{
	return is_said(v, ABOUT_ATTRIBUTION);
}

static bool has_other(const struct view *v)
{
	return is_said(v, ABOUT_OTHER);
}

/*
 * The parts of the page after its answer, in their order. All are folded but the history and, where
 * nothing is compared, the subtests. Of one set whose loads are compared some are of that comparison.
 */
static const struct part {
	const char *id, *title;
	bool (*is_there)(const struct view *v); /* NULL: always */
	void (*write)(struct view *v);		/* NULL: the document says it: */
	enum doc_subject about;
	bool of_all; /* of all sets and subtests, whatever is compared */
} parts[] = {
	{ "history", "History", part_has_history, part_history, .of_all = true },
	{ "changes", "The judged numbers, with intervals and p", is_compared,
	  .about = ABOUT_JUDGED },
	{ "subtests", "Each subtest: every run, tails, p50, p90 and p99 as scheduled",
	  .write = part_subtests, .of_all = true },
	{ "attribution", "Where the time of the slow samples went", has_attribution,
	  .about = ABOUT_ATTRIBUTION, .of_all = true },
	{ "explain", "The worst samples, event by event", part_has_worst, part_worst,
	  .of_all = true },
	{ "other", "Numbers that are not judged", has_other, .about = ABOUT_OTHER },
	{ "counters", "What may explain it: counters of the load and of the kernel",
	  is_compared, .about = ABOUT_COUNTERS },
	{ "power", "What these runs could have shown", is_compared,
	  .about = ABOUT_POWER },
	{ "runs", "Runs: which counted, which were refused, and why", .write = part_runs,
	  .of_all = true },
	{ "environment", "Environment", .about = ABOUT_ENVIRONMENT, .of_all = true },
	{ "sets", "Kernels, times and records", .about = ABOUT_SETS, .of_all = true },
	{ "source", "How to repeat it", .write = put_source, .of_all = true },
};

#define PARTS (sizeof(parts) / sizeof(*parts))

/* What is seen without a click: the answer, how far to trust it, and what a reader has to know. */
static void put_answer(struct view *v)
{
	fputs("<header>\n<p class=\"kicker\">pinlat: how long other tasks wait when a device has pinned memory</p>\n",
	      v->out);
	put_said(v, ABOUT_VERDICT, "verdict");
	fputs("<div class=\"answer\">\n<div>\n", v->out);
	put_said(v, ABOUT_KERNELS, "kernels");
	fputs("</div>\n<div>\n", v->out);
	draw_answer(v);
	fputs("</div>\n</div>\n", v->out);
	put_said(v, ABOUT_WARNINGS, "warnings");
	fputs("</header>\n", v->out);
}

static void put_part(struct view *v, const struct part *part, bool compared)
{
	bool open = part->write == part_history ||
		    (part->write == part_subtests && !compared);

	html_section(v->out, part->id, part->title, !open);
	if (part->write)
		part->write(v);
	else
		put_said(v, part->about, part->id);
	html_section_end(v->out, !open);
}

/* Begins @v, of @page; @ids: what its ids begin with. */
static void begin(struct view *v, const struct page *page, const char *ids)
{
	*v = (struct view){ .page = page, .c = page->c, .out = page->out, .ids = ids };
	view_begin(v);
	say_all(v);
}

static void end(struct view *v)
{
	doc_free(&v->document);
	view_end(v);
}

void page_write(const struct page *page)
{
	struct page inner = *page;
	struct view all, within, *answer = &all;
	CLEANUP_FREE char *title = NULL;

	begin(&all, page, "");
	if (page->within) {
		inner.c = page->within;
		inner.compared = true;
		answer = &within;
		begin(answer, &inner, "w");
	}
	title = title_of(&all.document);
	html_head(page->out, title);
	index_put_facts(page);
	html_body(page->out);
	put_answer(answer);
	for (size_t i = 0; i < PARTS; i++) {
		struct view *v = parts[i].of_all ? &all : answer;

		if (!parts[i].is_there || parts[i].is_there(v))
			put_part(v, &parts[i], answer->page->compared);
	}
	html_end(page->out);
	if (page->within)
		end(&within);
	end(&all);
}
