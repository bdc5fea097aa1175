// SPDX-License-Identifier: MIT
/* What was measured: the sets, their kernels, and the machine. */
#include "report/internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/html.h"
#include "system/cleanup.h"

static void put_item(FILE *out, const char *name, const char *text)
{
	fprintf(out, "<dt>%s</dt><dd>", name);
	html_isolated(out, text, 400);
	fputs("</dd>\n", out);
}

/* When the first and the last run of @set began. */
static void find_times(const struct set *set, double *first, double *last)
{
	*first = *last = NAN;
	for (size_t i = 0; i < set->cells; i++) {
		for (size_t j = 0; j < set->cell[i].runs; j++) {
			*first = fmin(*first, set->cell[i].run[j].start);
			*last = fmax(*last, set->cell[i].run[j].start);
		}
	}
}

static void put_records(const struct view *v, size_t s)
{
	const char *link = v->page->link ? v->page->link[s] : NULL;

	html_open_cell(v->out);
	if (link) {
		fputs("<a href=\"", v->out);
		html_text(v->out, link);
		fputs("\">", v->out);
	}
	fputs("<bdi>", v->out);
	html_text_cut(v->out, v->c->set[s]->shown_path, TEXT_SHOWN);
	fputs(link ? "</bdi></a>" : "</bdi>", v->out);
}

static void put_set(const struct view *v, size_t s)
{
	const struct set *set = v->c->set[s];
	size_t runs = set->records - set->duplicates;
	char count[64], first_text[40], last_text[40];
	double first, last;

	html_row(v->out);
	fputs("<th scope=\"row\" align=\"left\">", v->out);
	view_swatch(v, s);
	/* The label as it is: the name of a set is cut, and a question mark where it is not plain. */
	html_isolated(v->out,
		      strcmp(set->name, set->label) == 0 || strlen(set->label) > 40
			      ? set->label
			      : set->name,
		      40);
	html_text_cell(v->out, set_fact(set, "kernel.release"), 40);
	html_text_cell(v->out, set_fact(set, "kernel.preempt"), 20);
	if (set->invalid.n > 0)
		snprintf(count, sizeof(count), "%zu of %zu", runs - set->invalid.n, runs);
	else
		snprintf(count, sizeof(count), "%zu", runs);
	html_cell(v->out, count);
	snprintf(count, sizeof(count), "%zu", set->boot.n);
	html_cell(v->out, count);
	find_times(set, &first, &last);
	time_text(first, first_text, sizeof(first_text));
	time_text(last, last_text, sizeof(last_text));
	html_open_cell(v->out);
	html_text(v->out, first_text);
	if (strcmp(first_text, last_text) != 0)
		fprintf(v->out, " to %s",
			strncmp(first_text, last_text, 11) == 0 ? last_text + 11
								: last_text);
	put_records(v, s);
}

static const struct html_column columns[] = {
	{ "set", "the label that the runs were given" },
	{ HTML_WORDS "kernel", NULL },
	{ HTML_WORDS "preempt", "its preemption model" },
	{ "valid runs", NULL },
	{ "boots", NULL },
	{ HTML_WORDS "measured (UTC)", NULL },
	{ HTML_WORDS "records", NULL },
};

int part_sets(struct view *v)
{
	const struct comparison *c = v->c;
	bool folded = c->sets > SETS_IN_ROWS;
	char id[ID_SIZE], buf[LINE_SIZE];

	page_section(v->out, "sets", "Sets");
	if (folded)
		fprintf(v->out, "<details><summary>All %zu sets</summary>\n", c->sets);
	html_table_begin(
		v->out, view_table_id(v, id),
		c->sets > 1 && v->page->compared
			? "The first is the base; the others are compared with it."
			: "What was measured.",
		columns, sizeof(columns) / sizeof(*columns));
	for (size_t s = 0; s < c->sets; s++)
		put_set(v, s);
	html_table_end(v->out);
	if (folded)
		fputs("</details>\n", v->out);
	fputs("<dl>\n", v->out);
	if (c->sets > 0)
		put_item(v->out, "machine", machine_text(c->set[0], buf, sizeof(buf)));
	if (v->page->compared)
		put_item(v->out, "setup", setup_text(c, buf, sizeof(buf)));
	put_item(
		v->out, "samples",
		c->options->woken
			? "as woken: wake-ups that happened, as cyclictest counts them"
			: "as scheduled: every planned instant, also those that fell into a stall");
	fputs("</dl>\n", v->out);
	page_section_end(v->out);
	return 0;
}
