// SPDX-License-Identifier: MIT
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

/*
 * JUnit XML as Jenkins' xunit plugin defines it (junit-10.xsd): a <testsuite> a set with its
 * environment as properties, a <testcase> a case; elements in the order that the schema wants.
 */

/* A fact may be as long as a kernel's command line; nothing honest is longer. */
#define FACT_MAX 4096

/* @text as text or within an attribute. What XML cannot hold at all was made plain before. */
static void print_escaped(FILE *out, const char *text)
{
	static const char special[] = "\"<>&";
	static const char *const entity[] = { "quot", "lt", "gt", "amp" };

	for (; *text; text++) {
		const char *found = strchr(special, *text);

		if (found)
			fprintf(out, "&%s;", entity[found - special]);
		else
			fputc(*text, out);
	}
}

static void print_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	print_escaped(out, value);
	fputs("\"", out);
}

static void print_property(FILE *out, const char *name, const char *value)
{
	fputs("      <property", out);
	print_attribute(out, "name", name);
	print_attribute(out, "value", value);
	fputs("/>\n", out);
}

static double seconds_of(const struct report_case *c)
{
	double seconds = (double)c->subtest->cell->config.duration_ns / 1e9;

	return c->row ? 0 : c->run ? seconds : seconds * (double)c->subtest->cell->runs;
}

/* How many cases there are. */
struct counts {
	size_t of[REPORT_STATUSES], all;
	double seconds;
};

static void count(struct counts *n, const struct report_set *set)
{
	for (size_t i = 0; i < set->cases; i++) {
		n->of[set->item[i].status]++;
		n->seconds += seconds_of(&set->item[i]);
	}
	n->all += set->cases;
}

static void print_counts(FILE *out, const struct counts *n)
{
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\"",
		n->all, n->of[REPORT_FAIL], n->of[REPORT_NOTHING], n->seconds);
}

/* The result of @c, and its reason. */
static void print_outcome(FILE *out, const struct report_case *c)
{
	static const struct {
		const char *element, *type;
	} outcomes[REPORT_STATUSES] = {
		[REPORT_FAIL] = { "failure", "worse" },
		[REPORT_UNCLEAR] = { "skipped", NULL },
		[REPORT_INVALID] = { "skipped", NULL },
		[REPORT_NOTHING] = { "error", "invalid" },
	};
	const char *type = outcomes[c->status].type;

	if (!outcomes[c->status].element)
		return;
	if (c->row && type)
		type = verdict_name(c->row->d->verdict);
	fprintf(out, "      <%s", outcomes[c->status].element);
	if (type)
		print_attribute(out, "type", type);
	print_attribute(out, "message", c->text);
	fputs("/>\n", out);
}

/*
 * A name that no other case of the file has: GitLab takes two of one name for one. That of the first new set
 * is the same each night, whatever its label; @taken as report_unique() wants it.
 */
static char *name_of(const struct report *r, const struct report_set *set,
		     const struct report_case *c, void **taken)
{
	size_t s = (size_t)(set - r->set);
	const char *other = !r->compared ? (s > 0 ? set->name : NULL)
			    : s == 0	 ? "base"
			    : s == 1	 ? NULL
					 : set->name;

	return report_unique(
		taken, other ? xasprintf("%s (%s)", c->name, other) : xstrdup(c->name),
		" #");
}

static void print_run(FILE *out, const struct report_case *c)
{
	char start[32];

	fprintf(out, "\nrun %04llu, begun %s", (unsigned long long)c->run->seq,
		*time_stamp(c->run->start, start, sizeof(start)) ? start : "unknown");
	if (report_case_host(c)) {
		fputs(", on ", out);
		print_escaped(out, report_case_host(c));
	}
	if (c->run->notes) {
		fputs("\nnote: ", out);
		print_escaped(out, c->run->notes);
	}
}

static void print_case(FILE *out, const struct report_case *c, const char *name)
{

	fputs("    <testcase classname=\"pinlat.", out);
	report_slug(out, c->subtest->cell->subtest);
	fputs("\"", out);
	print_attribute(out, "name", name);
	fprintf(out, " time=\"%.3f\">\n", seconds_of(c));
	print_outcome(out, c);
	fputs("      <system-out>", out);
	print_escaped(out, c->text);
	if (c->run)
		print_run(out, c);
	fputs("\n", out);
	print_escaped(out, c->subtest->place);
	fputs("</system-out>\n    </testcase>\n", out);
}

/* Medians with their number, in the base unit of the metric: "446169090 ns (5 runs)". */
static void print_medians(FILE *out, const struct metrics *metrics,
			  const struct report_subtest *t)
{
	for (size_t i = 0; i < metrics->n; i++) {
		const struct metric *m = &metrics->metric[i];
		const struct cell_value *value = &t->value[i];
		CLEANUP_FREE char *name = xasprintf("%s %s", t->name, m->name);
		char text[64];

		if (!report_is_shown(m) || !report_is_told(value))
			continue;
		snprintf(text, sizeof(text), "%.*g %s (median of %zu run%s)",
			 report_digits(m->unit), value->median, metric_unit_name(m->unit),
			 value->n, PLURAL(value->n));
		print_property(out, name, text);
	}
}

static void print_properties(const struct report *r, const struct report_set *set,
			     FILE *out)
{
	const struct fact_list *facts = &set->set->facts;

	fputs("    <properties>\n", out);
	print_property(out, "measured_on", set->where);
	print_property(out, "set", set->name);
	print_property(out, "records", set->set->shown_path);
	print_property(out, "command", r->o->line);
	if (r->compared && set > r->set) {
		CLEANUP_FREE char *base = compare_base_text(r->c);

		print_property(out, "base", base);
		print_property(out, "verdict", r->c->result[set - r->set].sentence);
	}
	for (size_t i = 0; i < facts->n; i++) {
		CLEANUP_FREE char *path = text_plain(facts->fact[i].path, FACT_MAX);
		CLEANUP_FREE char *text = text_plain(facts->fact[i].text, FACT_MAX);

		print_property(out, path, text);
	}
	for (size_t i = 0; i < set->subtests; i++)
		print_medians(out, &r->c->options->metrics, &set->subtest[i]);
	fputs("    </properties>\n", out);
}

static void print_set(const struct report *r, const struct report_set *set, FILE *out,
		      void **taken)
{
	struct counts n = { 0 };
	char start[32];

	count(&n, set);
	fputs("  <testsuite name=\"pinlat ", out);
	print_escaped(out, set->name);
	fputc('"', out);
	if (set->host)
		print_attribute(out, "hostname", set->host);
	print_counts(out, &n);
	fprintf(out, " skipped=\"%zu\"", n.of[REPORT_UNCLEAR] + n.of[REPORT_INVALID]);
	if (*time_stamp(set_times(set->set).first, start, sizeof(start)))
		fprintf(out, " timestamp=\"%.19s\"", start); /* the schema knows no Z */
	fputs(">\n", out);
	print_properties(r, set, out);
	for (size_t i = 0; i < set->cases; i++) {
		CLEANUP_FREE char *name = name_of(r, set, &set->item[i], taken);

		print_case(out, &set->item[i], name);
	}
	fputs("  </testsuite>\n", out);
}

static void print(const struct report *r, FILE *out)
{
	struct counts n = { 0 };
	void *taken = NULL;

	for (size_t s = 0; s < r->c->sets; s++)
		count(&n, &r->set[s]);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pinlat\"",
	      out);
	print_counts(out, &n);
	fputs(">\n", out);
	for (size_t s = 0; s < r->c->sets; s++)
		print_set(r, &r->set[s], out, &taken);
	fputs("</testsuites>\n", out);
	tdestroy(taken, free);
}

const struct report_format report_junit = { "junit", print, false };
