// SPDX-License-Identifier: MIT
/* In what the machines differ, and all that is known of them. */
#include "report/internal.h"

#include <errno.h>
#include <stdlib.h>

#include "render/html.h"
#include "system/cleanup.h"

/* So many sets have all their facts on the page. */
#define FACTS_OF 6

static void put_difference(void *data, const char *path, const char *base,
			   const char *other)
{
	FILE *out = data;

	html_row(out);
	html_head_cell(out, path);
	html_text_cell(out, base, TEXT_SHOWN);
	html_text_cell(out, other, TEXT_SHOWN);
}

static bool has_difference(const struct comparison *c, size_t s)
{
	for (size_t i = 0; i < c->differences; i++)
		if (c->difference[i].set == s)
			return true;
	return false;
}

static int put_set(struct view *v, size_t s)
{
	static const struct html_column column[] = { { "what", NULL },
						     { HTML_WORDS "base", NULL },
						     { HTML_WORDS "new", NULL } };
	const struct comparison *c = v->c;
	char id[ID_SIZE];
	int ret;

	view_set_begin(v, s);
	if (v->page->compared)
		page_text(v->out, NULL, c->result[s].environment);
	if (has_difference(c, s)) {
		html_table_begin(v->out, view_table_id(v, id),
				 "What differs; of lists, what only one side has", column,
				 3);
		ret = each_difference(c, s, put_difference, v->out);
		html_table_end(v->out);
		if (ret < 0)
			return ret;
	}
	view_set_end(v);
	return 0;
}

/* All facts of one set: a command line and the mitigations in full. */
static void put_facts(struct view *v, size_t s)
{
	static const struct html_column column[] = { { "fact", NULL },
						     { HTML_WORDS "value", NULL } };
	const struct fact_list *facts = &v->c->set[s]->facts;
	char id[ID_SIZE];

	if (facts->n == 0)
		return;
	fputs("<details><summary>All facts of <bdi>", v->out);
	html_text(v->out, v->c->set[s]->name);
	fputs("</bdi></summary>\n", v->out);
	html_table_begin(v->out, view_table_id(v, id),
			 "As the first record tells that knows", column, 2);
	for (size_t i = 0; i < facts->n; i++) {
		html_row(v->out);
		html_head_cell(v->out, facts->fact[i].path);
		fputs("<td align=\"left\" class=\"wide\">", v->out);
		html_isolated(v->out, facts->fact[i].text, 400);
	}
	html_table_end(v->out);
	fputs("</details>\n", v->out);
}

int part_environment(struct view *v)
{
	int ret = 0;

	page_section(v->out, "environment", "Environment");
	for (size_t s = 1; s < v->c->sets && ret == 0; s++)
		ret = put_set(v, s);
	for (size_t s = 0; s < v->c->sets && v->c->sets <= FACTS_OF; s++)
		put_facts(v, s);
	page_section_end(v->out);
	return ret;
}
