// SPDX-License-Identifier: MIT
/* What a report tells of itself, and the page over many. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/html.h"
#include "report/index.h"
#include "report/view.h"
#include "sets/provenance.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"

#define FORM "1"

static const char *const fact_name[INDEX_FACTS] = { "verdict", "sentence", "sets",
						    "measured", "machine" };

static double last_start(const struct comparison *c)
{
	double last = NAN;

	for (size_t s = 0; s < c->sets; s++)
		last = fmax(last, set_times(c->set[s]).last);
	return last;
}

/* Names of sets, the first and the last few. */
static char *sets(const struct comparison *c)
{
	struct text_list names = { 0 };
	char *joined;

	for (size_t s = 0; s < c->sets; s++) {
		if (c->sets > 6 && s == 2)
			text_list_add(&names, "%zu more", c->sets - 4);
		if (c->sets <= 6 || s < 2 || s + 2 >= c->sets)
			text_list_add(&names, "%s", c->set[s]->name);
	}
	joined = text_list_join(&names, "; ");
	text_list_free(&names);
	return joined;
}

static const char *verdict(const struct page *page)
{
	if (page->compared)
		return overall_text(page->c->verdict);
	return page->c->sets > 1 ? "not compared" : "";
}

static void put_fact(FILE *out, enum index_fact fact, const char *text)
{
	fprintf(out, "<meta name=\"pinlat-%s\" content=\"", fact_name[fact]);
	html_text(out, text);
	fputs("\">\n", out);
}

void index_put_facts(const struct page *page)
{
	const struct comparison *c = page->c;
	CLEANUP_FREE char *names = sets(c);
	CLEANUP_FREE char *where = provenance_of_sets(c->set, c->sets);
	char time[40];

	fprintf(page->out, "<meta name=\"pinlat-%s\" content=\"%s\">\n",
		page->part ? "part" : "report", FORM);
	put_fact(page->out, INDEX_VERDICT, verdict(page));
	put_fact(page->out, INDEX_SENTENCE,
		 page->compared && c->sentence ? c->sentence : "");
	put_fact(page->out, INDEX_SETS, names);
	put_fact(page->out, INDEX_MEASURED,
		 time_stamp(last_start(c), time, sizeof(time)));
	put_fact(page->out, INDEX_MACHINE, where);
}

void index_free(struct index_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->entry[i].file);
		free(list->entry[i].link);
		free(list->entry[i].title);
		for (size_t k = 0; k < INDEX_FACTS; k++)
			free(list->entry[i].fact[k]);
	}
	free(list->entry);
	*list = (struct index_list){ 0 };
}

/* Replaces what html_text() wrote for special characters by these. */
static void unescape(char *text)
{
	static const char *const entity[] = { "&lt;", "&gt;", "&quot;", "&#39;",
					      "&amp;" };
	static const char is[] = "<>\"'&";
	char *to = text;

	while (*text) {
		size_t i = 0;

		while (is[i] && strncmp(text, entity[i], strlen(entity[i])) != 0)
			i++;
		*to++ = is[i] ? is[i] : *text;
		text += is[i] ? strlen(entity[i]) : 1;
	}
	*to = '\0';
}

/* What stands in @head between @before and @after; "": nothing. */
static char *between(const char *head, const char *end, const char *before,
		     const char *after)
{
	const char *from = strstr(head, before), *to;
	char *text;

	if (!from || from >= end)
		return xstrdup("");
	from += strlen(before);
	to = strstr(from, after);
	if (!to || to > end)
		return xstrdup("");
	text = xstrndup(from, (size_t)(to - from));
	unescape(text);
	return text;
}

static char *meta(const char *head, const char *end, const char *name)
{
	char before[100];

	snprintf(before, sizeof(before), "<meta name=\"pinlat-%s\" content=\"", name);
	return between(head, end, before, "\"");
}

void index_add(struct index_list *list, const char *head, const char *file,
	       const char *link)
{
	const char *end = strstr(head, "</head>");
	CLEANUP_FREE char *form = end ? meta(head, end, "report") : NULL;
	struct index_entry *e;

	if (!form || strcmp(form, FORM) != 0)
		return;
	list->entry = xgrow(list->entry, list->n, sizeof(*list->entry));
	e = &list->entry[list->n++];
	e->file = xstrdup(file);
	e->link = link ? xstrdup(link) : NULL;
	e->title = between(head, end, "<title>", "</title>");
	for (size_t i = 0; i < INDEX_FACTS; i++)
		e->fact[i] = meta(head, end, fact_name[i]);
}

/* Last measured first. */
static int by_time(const void *a, const void *b)
{
	const struct index_entry *x = a, *y = b;
	int order = strcmp(y->fact[INDEX_MEASURED], x->fact[INDEX_MEASURED]);

	return order ? order : strcmp(x->file, y->file);
}

/* The classes of a page's style that verdicts have. */
static const char *class_of(const char *verdict)
{
	return text_has_word("worse better same unclear", " ", verdict) ? verdict : "";
}

static void put_entry(FILE *out, const struct index_entry *e)
{
	const char *measured = e->fact[INDEX_MEASURED];
	char minute[20];

	html_row(out);
	html_open_head_cell(out);
	html_name(out, e->file, TEXT_SHOWN, e->link);
	html_open_cell(out);
	fprintf(out, "<span class=\"verdict %s\">", class_of(e->fact[INDEX_VERDICT]));
	html_text_cut(out, e->fact[INDEX_VERDICT], 20);
	fputs("</span>", out);
	/* "2026-01-31T10:00:00Z" to the minute */
	html_open_cell(out);
	snprintf(minute, sizeof(minute), "%.10s %.5s", measured,
		 strlen(measured) == 20 ? measured + 11 : "");
	html_text(out, minute);
	html_text_cell(out, e->fact[INDEX_SETS], 60);
	html_text_cell(out, *e->fact[INDEX_SENTENCE] ? e->fact[INDEX_SENTENCE] : e->title,
		       60);
	html_text_cell(out, e->fact[INDEX_MACHINE], 80);
}

static void put_counts(FILE *out, const struct index_list *list)
{
	static const char *const verdicts[] = { "worse",   "better",	   "same",
						"unclear", "not compared", "" };
	bool first = true;

	fprintf(out, "<p>%zu report%s", list->n, PLURAL(list->n));
	for (size_t v = 0; v < sizeof(verdicts) / sizeof(*verdicts); v++) {
		size_t n = 0;

		for (size_t i = 0; i < list->n; i++)
			n += strcmp(list->entry[i].fact[INDEX_VERDICT], verdicts[v]) == 0;
		if (n == 0)
			continue;
		fprintf(out, "%s<span class=\"verdict %s\">%zu %s</span>",
			first ? ": " : ", ", class_of(verdicts[v]), n,
			*verdicts[v] ? verdicts[v] : "of one set");
		first = false;
	}
	fputs(", the last measured first.</p>\n", out);
}

void index_write(FILE *out, struct index_list *list, const char *title)
{
	static const struct html_column columns[] = {
		{ "report", NULL },
		{ HTML_WORDS "verdict", NULL },
		{ HTML_WORDS "measured (UTC)", "when the last run began" },
		{ HTML_WORDS "sets", "the first is the base" },
		{ HTML_WORDS "what it says", NULL },
		{ HTML_WORDS "measured on", "machine, engine, walker and arena" },
	};

	if (list->n > 0)
		qsort(list->entry, list->n, sizeof(*list->entry), by_time);
	html_head(out, title);
	html_body(out);
	fputs("<header>\n<p class=\"kicker\">pinlat: how long other tasks wait when a device has pinned memory</p>\n<h1><bdi>",
	      out);
	html_text_cut(out, title, 100);
	fputs("</bdi></h1>\n", out);
	put_counts(out, list);
	fputs("</header>\n", out);
	html_section(out, "reports", "Reports", false);
	html_table_begin(out, "t1", "Each page is a link where it stands below this one.",
			 columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < list->n; i++)
		put_entry(out, &list->entry[i]);
	html_table_end(out);
	html_section_end(out, false);
	html_end(out);
}
