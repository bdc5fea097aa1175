// SPDX-License-Identifier: MIT
/* The head of the page: the verdict, what it was measured on, and what a reader has to know. */
#include "report/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/html.h"
#include "system/cleanup.h"

/* So much of a list is not folded. */
#define LIST_OPEN 8

static void put_verdict_word(FILE *out, enum verdict v)
{
	fprintf(out, "<span class=\"verdict %s\">%s</span>", overall_text(v),
		overall_text(v));
}

static void put_items(FILE *out, const struct text_list *list, size_t from, size_t to)
{
	fputs("<ul class=\"plain\">\n", out);
	for (size_t i = from; i < to; i++) {
		fputs("<li>", out);
		html_isolated(out, list->text[i], 1000);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

/* The first few, and the others folded where there are many. */
static void put_list(FILE *out, const struct text_list *list)
{
	size_t open = list->n > LIST_OPEN + 3 ? LIST_OPEN : list->n;

	put_items(out, list, 0, open);
	if (open == list->n)
		return;
	fprintf(out, "<details><summary>%zu more</summary>\n", list->n - open);
	put_items(out, list, open, list->n);
	fputs("</details>\n", out);
}

static void put_name(FILE *out, const char *name)
{
	fputs("<bdi>", out);
	html_text(out, name);
	fputs("</bdi>", out);
}

/* "patched against base", "3 sets against base". */
static void put_names(const struct view *v)
{
	const struct comparison *c = v->c;

	if (c->sets == 2)
		put_name(v->out, c->set[1]->name);
	else
		fprintf(v->out, "%zu sets", c->sets - 1);
	fputs(" against ", v->out);
	put_name(v->out, c->set[0]->name);
}

static void put_sentences(const struct view *v)
{
	const struct comparison *c = v->c;

	fputs("<h1>", v->out);
	put_verdict_word(v->out, c->verdict);
	fputs(": ", v->out);
	put_names(v);
	fputs("</h1>\n<p class=\"lead\"><bdi>", v->out);
	html_text(v->out, c->sentence);
	fputs("</bdi></p>\n", v->out);
	if (c->sets == 2 || c->sets > SETS_FOLDED)
		return;
	fputs("<ul class=\"plain\">\n", v->out);
	for (size_t s = 1; s < c->sets; s++) {
		fputs("<li>", v->out);
		put_verdict_word(v->out, c->result[s].verdict);
		fputs(": ", v->out);
		put_name(v->out, c->result[s].sentence);
		fputs("</li>\n", v->out);
	}
	fputs("</ul>\n", v->out);
}

static void put_refusals(const struct view *v)
{
	fputs("<h1><span class=\"verdict\">not compared</span>: ", v->out);
	put_names(v);
	fputs("</h1>\n<p class=\"lead\">Nothing is judged; the sets stand side by side:</p>\n",
	      v->out);
	put_list(v->out, &v->c->refusals);
}

static void put_measured(const struct view *v)
{
	const struct comparison *c = v->c;

	fputs("<h1>", v->out);
	if (c->sets == 1)
		put_name(v->out, c->set[0]->name);
	else
		fprintf(v->out, "%zu sets", c->sets);
	fprintf(v->out, ": %zu valid run%s of %zu subtest%s</h1>\n", v->runs,
		v->runs == 1 ? "" : "s", v->groups, v->groups == 1 ? "" : "s");
	page_text(v->out, "lead", "What was measured; nothing is compared.");
}

/* Adds a tag once. */
static int add_tag(struct text_list *tags, const char *text)
{
	return text_list_has(tags, text) ? 0 : text_list_add(tags, "%s", text);
}

static int tag_machine(struct text_list *tags, const struct set *set)
{
	_cleanup_free_ char *hypervisor = text_plain(set_fact(set, "hypervisor"), 40);
	_cleanup_free_ char *device = text_plain(set_fact(set, "device.driver"), 40);
	char tag[200];
	bool emulated;

	if (!hypervisor || !device)
		return -ENOMEM;
	emulated = strncmp(hypervisor, "qemu", 4) == 0;
	if (strcmp(set_fact(set, "virtual"), "true") == 0)
		snprintf(tag, sizeof(tag), "virtual machine%s%s%s%s",
			 *hypervisor ? " (" : "", hypervisor, *hypervisor ? ")" : "",
			 emulated ? ": emulated, trust ratios alone"
				  : ": trust ratios, not microseconds");
	else if (set->facts.n == 0)
		snprintf(tag, sizeof(tag), "machine unknown");
	else
		return 0;
	return add_tag(tags, tag);
}

static int tag_engines(struct text_list *tags, const struct set *set)
{
	int ret = 0;

	for (size_t i = 0; i < set->cells && ret == 0; i++) {
		const char *engine = set->cell[i].config.engine;
		_cleanup_free_ char *plain = text_plain(engine, 20);
		char tag[100];

		if (!plain)
			return -ENOMEM;
		if (!*plain)
			continue;
		snprintf(tag, sizeof(tag), "engine %s%s", plain,
			 strcmp(plain, "uring") == 0 ? ": io_uring, no GPU" : "");
		ret = add_tag(tags, tag);
	}
	return ret;
}

/* What no reader may overlook: numbers of a virtual machine, or without a GPU. */
static int put_tags(const struct view *v)
{
	_cleanup_(text_list_free) struct text_list tags = { 0 };
	int ret = 0;

	for (size_t s = 0; s < v->c->sets && ret == 0; s++) {
		ret = tag_machine(&tags, v->c->set[s]);
		ret = ret ? ret : tag_engines(&tags, v->c->set[s]);
	}
	if (ret < 0 || tags.n == 0)
		return ret;
	fputs("<ul class=\"tags\">\n", v->out);
	for (size_t i = 0; i < tags.n; i++) {
		fputs("<li><bdi>", v->out);
		html_text(v->out, tags.text[i]);
		fputs("</bdi></li>\n", v->out);
	}
	fputs("</ul>\n", v->out);
	return 0;
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
		{ "attribution", "Where the time went", false, part_has_attribution },
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

int part_verdict(struct view *v)
{
	const struct comparison *c = v->c;
	int ret;

	fputs("<header>\n<p class=\"kicker\">pinlat: what memory pinned for DMA costs everybody else</p>\n",
	      v->out);
	if (v->page->compared)
		put_sentences(v);
	else if (c->refusals.n > 0 && c->sets > 1)
		put_refusals(v);
	else
		put_measured(v);
	ret = put_tags(v);
	if (c->warnings.n > 0 || (c->problems && c->problems->n > 0))
		fputs("<h2>What to know</h2>\n", v->out);
	if (c->warnings.n > 0)
		put_list(v->out, &c->warnings);
	if (c->problems && c->problems->n > 0) {
		page_text(v->out, NULL, "Left out, since it could not be read:");
		put_list(v->out, c->problems);
	}
	put_links(v);
	fputs("</header>\n", v->out);
	return ret;
}
