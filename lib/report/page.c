// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render/html.h"
#include "report/index.h"
#include "report/internal.h"
#include "report/page.h"
#include "style.h"
#include "summary/say.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

void page_head(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
	      out);
	html_text_cut(out, title, 100);
	fputs("</title>\n", out);
}

void page_body(FILE *out)
{
	fprintf(out, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", report_style);
}

void page_begin(FILE *out, const char *title)
{
	page_head(out, title);
	page_body(out);
}

void page_section(FILE *out, const char *id, const char *title)
{
	fprintf(out,
		"\n<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">",
		id, id, id);
	html_text(out, title);
	fputs("</h2>\n", out);
}

void page_text(FILE *out, const char *class, const char *text)
{
	if (class)
		fprintf(out, "<p class=\"%s\">", class);
	else
		fputs("<p>", out);
	html_text(out, text);
	fputs("</p>\n", out);
}

void page_section_end(FILE *out)
{
	fputs("</section>\n", out);
}

void page_end(FILE *out)
{
	fputs("\n</main>\n<footer>pinlat " PINLAT_VERSION "</footer>\n</body>\n</html>\n",
	      out);
}

/* Where the page comes from, and how to make it again. */

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
	put_command(v->out, "Measuring alike", command);
}

/* Where the page comes from, and how to make it again. */
static void put_source(struct view *v)
{
	page_text(
		v->out, NULL,
		"The records hold every histogram in full. This page is a pure function of them, of the command and of the version below.");
	put_command(v->out, "This page", v->page->command);
	put_run(v);
}

void page_quantiles(struct metrics *m)
{
	static const char *const name[] = { "p99.9", "p5", "p25", "p75", "p95", "p10" };

	/* -E2BIG: more were asked for by name, which will do. */
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
		metrics_add_bare(m, name[i]);
}

/* "worse: patched against base", or the name of the one set. */
static char *title_of(const struct page *page)
{
	const struct comparison *c = page->c;
	const char *verdict = page->compared ? overall_text(c->verdict) : "not compared";

	if (c->sets == 1)
		return xstrdup(c->set[0]->name);
	if (c->sets == 2)
		return xasprintf("%s: %s against %s", verdict, c->set[1]->name,
				 c->set[0]->name);
	return xasprintf("%s: %zu sets against %s", verdict, c->sets - 1,
			 c->set[0]->name);
}

/* What an index of reports reads of this one. */
static void write_head(const struct page *page, const char *title)
{
	char *fact[INDEX_FACTS];

	index_facts_of(fact, page);
	page_head(page->out, title);
	fprintf(page->out, "<meta name=\"pinlat-%s\" content=\"1\">\n",
		page->part ? "part" : "report");
	for (size_t i = 0; i < INDEX_FACTS; i++) {
		fprintf(page->out, "<meta name=\"pinlat-%s\" content=\"",
			index_fact_name((enum index_fact)i));
		html_text(page->out, fact[i]);
		fputs("\">\n", page->out);
	}
	page_body(page->out);
	index_facts_free(fact);
}

static void say_all(struct view *v)
{
	const struct saying saying = {
		.c = v->c,
		.compared = v->page->compared,
		.subtests = v->groups,
		.asked = &v->page->asked,
		.link = v->page->link,
	};

	say(&v->document, &saying);
}

static bool is_compared(const struct view *v)
{
	return v->page->compared;
}

static bool has_attribution(const struct view *v)
{
	CLEANUP_FREE const struct doc_block **list =
		doc_select(&v->document, ABOUT_ATTRIBUTION, FOR_PAGE);

	return *list;
}

static const struct {
	const char *id, *title;
	const char *link;			/* its title in a list of links */
	bool (*is_there)(const struct view *v); /* NULL: always */
	void (*write)(struct view *v);		/* NULL: the document says it: */
	enum doc_subject about;
} parts[] = {
	{ "history", "History", "History", part_has_history, part_history, 0 },
	{ "sets", "Sets", "Sets", NULL, NULL, ABOUT_SETS },
	{ "changes", "Changes", "Changes", is_compared, NULL, ABOUT_JUDGED },
	{ "subtests", "Subtests", "Subtests", NULL, part_subtests, 0 },
	{ "other", "Not judged", "Not judged", is_compared, NULL, ABOUT_OTHER },
	{ "attribution", "Where the time of the slow samples went", "Where the time went",
	  has_attribution, NULL, ABOUT_ATTRIBUTION },
	{ "explain", "The worst samples", "The worst samples", part_has_traced,
	  part_explain, 0 },
	{ "counters", "What may explain it", "What may explain it", is_compared, NULL,
	  ABOUT_COUNTERS },
	{ "power", "What these runs could have shown", "Power", is_compared, NULL,
	  ABOUT_POWER },
	{ "runs", "Runs", "Runs", NULL, part_runs, 0 },
	{ "environment", "Environment", "Environment", NULL, NULL, ABOUT_ENVIRONMENT },
	{ "source", "Source", "Source", NULL, put_source, 0 },
};

#define PARTS (sizeof(parts) / sizeof(*parts))

static bool is_there(const struct view *v, size_t part)
{
	return !parts[part].is_there || parts[part].is_there(v);
}

/* The answer, what a reader has to know, and links to the parts. */
static void put_header(const struct view *v)
{
	fputs("<header>\n<p class=\"kicker\">pinlat: what memory pinned for DMA costs everybody else</p>\n",
	      v->out);
	part_said(v, ABOUT_VERDICT, "verdict");
	part_said(v, ABOUT_WARNINGS, "warnings");
	fputs("<nav aria-label=\"Parts of this page\"><ul>\n", v->out);
	for (size_t i = 0; i < PARTS; i++)
		if (is_there(v, i))
			fprintf(v->out, "<li><a href=\"#%s\">%s</a></li>\n", parts[i].id,
				parts[i].link);
	fputs("</ul></nav>\n</header>\n", v->out);
}

static void put_part(struct view *v, size_t part)
{
	page_section(v->out, parts[part].id, parts[part].title);
	if (parts[part].write)
		parts[part].write(v);
	else
		part_said(v, parts[part].about, parts[part].id);
	page_section_end(v->out);
}

void page_write(const struct page *page)
{
	struct view v = { .page = page, .c = page->c, .out = page->out };
	CLEANUP_FREE char *title = title_of(page);

	view_begin(&v);
	say_all(&v);
	write_head(page, title);
	put_header(&v);
	for (size_t i = 0; i < PARTS; i++)
		if (is_there(&v, i))
			put_part(&v, i);
	page_end(page->out);
	doc_free(&v.document);
	view_end(&v);
}
