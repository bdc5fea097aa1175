// SPDX-License-Identifier: MIT
#include "report/page-private.h"

#include <errno.h>
#include <stdlib.h>

#include "report/html.h"
#include "report/index.h"
#include "system/cleanup.h"

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
	char *title;
	int n;

	if (c->sets == 1)
		n = asprintf(&title, "%s", c->set[0].name);
	else if (c->sets == 2)
		n = asprintf(&title, "%s: %s against %s",
			     page->compared ? overall_text(c->verdict) : "not compared",
			     c->set[1].name, c->set[0].name);
	else
		n = asprintf(&title, "%s: %zu sets against %s",
			     page->compared ? overall_text(c->verdict) : "not compared",
			     c->sets - 1, c->set[0].name);
	return n < 0 ? NULL : title;
}

static int write_parts(struct view *v)
{
	int ret = _part_verdict(v);

	ret = ret ? ret : _part_history(v);
	ret = ret ? ret : _part_sets(v);
	ret = ret ? ret : _part_changes(v);
	ret = ret ? ret : _part_subtests(v);
	ret = ret ? ret : _part_other(v);
	ret = ret ? ret : _part_attribution(v);
	ret = ret ? ret : _part_explain(v);
	ret = ret ? ret : _part_counters(v);
	ret = ret ? ret : _part_power(v);
	ret = ret ? ret : _part_runs(v);
	ret = ret ? ret : _part_environment(v);
	return ret ? ret : _part_source(v);
}

/* What an index of reports reads of this one. */
static int write_head(const struct page *page, const char *title)
{
	char *fact[INDEX_FACTS] = { NULL };
	int ret = index_facts_of(fact, page);

	if (ret == 0) {
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
	}
	index_facts_free(fact);
	return ret;
}

int page_write(const struct page *page)
{
	struct view v = { .page = page, .c = page->c, .out = page->out };
	_cleanup_free_ char *title = title_of(page);
	int ret = title ? _groups_make(&v) : -ENOMEM;

	if (ret == 0) {
		ret = write_head(page, title);
		ret = ret ? ret : write_parts(&v);
		page_end(page->out);
	}
	_groups_free(&v);
	return ret;
}
