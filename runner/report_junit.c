// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "report_model.h"
#include "system/cleanup.h"
#include "text.h"

/*
 * JUnit XML as Jenkins' xunit plugin defines it (junit-10.xsd): a <testsuite> a set with its
 * environment as properties, a <testcase> a case; elements in the order that the schema wants.
 */

/* @text as text or within an attribute. What XML cannot hold at all was made plain before. */
static void print_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"')
			fputs("&quot;", out);
		else if (!put_entity(out, *text))
			fputc(*text, out);
	}
}

static void print_property(FILE *out, const char *name, const char *value)
{
	fputs("      <property name=\"", out);
	print_escaped(out, name);
	fputs("\" value=\"", out);
	print_escaped(out, value);
	fputs("\"/>\n", out);
}

/* How many cases of each status there are. */
static int count_case(const struct report_view *v, const struct report_case *c,
		      void *data)
{
	(void)v;
	((size_t *)data)[c->status]++;
	return 0;
}

static double seconds_of(const struct report_case *c)
{
	double seconds = (double)c->subtest->cell->config.duration_ns / 1e9;

	return c->row ? 0 : c->run ? seconds : seconds * (double)c->subtest->cell->runs;
}

static int add_seconds(const struct report_view *v, const struct report_case *c,
		       void *data)
{
	(void)v;
	*(double *)data += seconds_of(c);
	return 0;
}

/* What became of @c, with @text to say why. */
static void print_outcome(FILE *out, const struct report_case *c, const char *text)
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
		fprintf(out, " type=\"%s\"", type);
	fputs(" message=\"", out);
	print_escaped(out, text);
	fputs("\"/>\n", out);
}

static int print_case(const struct report_view *v, const struct report_case *c,
		      void *data)
{
	_cleanup_free_ char *name = report_case_name(v, c);
	_cleanup_free_ char *text = report_case_text(v, c);
	_cleanup_free_ char *place = report_place(v, c->subtest);
	char start[32];
	FILE *out = v->out;

	(void)data;
	if (!name || !text || !place)
		return -ENOMEM;
	fputs("    <testcase classname=\"pinlat.", out);
	report_slug(out, c->subtest->cell->subtest);
	fputs("\" name=\"", out);
	print_escaped(out, name);
	fprintf(out, "\" time=\"%.3f\">\n", seconds_of(c));
	print_outcome(out, c, text);
	fputs("      <system-out>", out);
	print_escaped(out, text);
	if (c->run)
		fprintf(out, "\nrun %04llu, begun %s", (unsigned long long)c->run->seq,
			*report_time(c->run->start, start, sizeof(start)) ? start
									  : "unknown");
	if (c->run && c->run->notes) {
		fputs("\nnote: ", out);
		print_escaped(out, c->run->notes);
	}
	fputs("\n", out);
	print_escaped(out, place);
	fputs("</system-out>\n    </testcase>\n", out);
	return 0;
}

/* Medians with their number, in the base unit of the metric: "446169090 ns (5 runs)". */
static int print_medians(const struct report_view *v, const struct report_subtest *t)
{
	const struct metrics *metrics = &v->c->options->metrics;

	for (size_t m = 0; m < metrics->n; m++) {
		_cleanup_free_ char *name = NULL;
		struct report_value value;
		char text[64];
		int ret = report_median(t->cell, m, &value);

		if (ret < 0)
			return ret;
		if (!report_is_shown(v, m) || isnan(value.median))
			continue;
		if (asprintf(&name, "%s %s", t->name, metrics->metric[m].name) < 0) {
			name = NULL;
			return -ENOMEM;
		}
		snprintf(text, sizeof(text), "%.*g %s (median of %zu run%s)",
			 report_digits(metrics->metric[m].unit), value.median,
			 metric_unit_name(metrics->metric[m].unit), value.n,
			 value.n == 1 ? "" : "s");
		print_property(v->out, name, text);
	}
	return 0;
}

static int print_properties(const struct report_view *v, size_t s)
{
	const struct set *set = v->c->set[s];
	int ret;

	fputs("    <properties>\n", v->out);
	print_property(v->out, "set", v->set_name[s]);
	print_property(v->out, "records", set->shown_path);
	print_property(v->out, "command", v->command);
	if (v->compared && s > 0)
		print_property(v->out, "verdict", v->c->result[s].sentence);
	ret = report_each_fact(v, s, print_property);
	for (size_t i = 0; i < v->subtests && ret == 0; i++)
		if (v->subtest[i].set == s)
			ret = print_medians(v, &v->subtest[i]);
	fputs("    </properties>\n", v->out);
	return ret;
}

static void print_counts(FILE *out, const size_t *n, double seconds)
{
	size_t all = 0;

	for (int i = 0; i < REPORT_STATUSES; i++)
		all += n[i];
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\"", all,
		n[REPORT_FAIL], n[REPORT_NOTHING], seconds);
}

static int print_set(const struct report_view *v, size_t s)
{
	size_t n[REPORT_STATUSES] = { 0 };
	double seconds = 0;
	char start[32];
	int ret;

	report_each_case(v, s, count_case, n);
	report_each_case(v, s, add_seconds, &seconds);
	fputs("  <testsuite name=\"pinlat ", v->out);
	print_escaped(v->out, v->set_name[s]);
	fputc('"', v->out);
	print_counts(v->out, n, seconds);
	fprintf(v->out, " skipped=\"%zu\"", n[REPORT_UNCLEAR] + n[REPORT_INVALID]);
	if (*report_time(report_first_start(v, s), start, sizeof(start)))
		fprintf(v->out, " timestamp=\"%.19s\"",
			start); /* the schema knows no Z */
	fputs(">\n", v->out);
	ret = print_properties(v, s);
	ret = ret ? ret : report_each_case(v, s, print_case, NULL);
	fputs("  </testsuite>\n", v->out);
	return ret;
}

int report_print_junit(const struct report_view *v)
{
	size_t n[REPORT_STATUSES] = { 0 };
	double seconds = 0;
	int ret = 0;

	for (size_t s = 0; s < v->c->sets; s++) {
		report_each_case(v, s, count_case, n);
		report_each_case(v, s, add_seconds, &seconds);
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pinlat\"",
	      v->out);
	print_counts(v->out, n, seconds);
	fputs(">\n", v->out);
	for (size_t s = 0; s < v->c->sets && ret == 0; s++)
		ret = print_set(v, s);
	fputs("</testsuites>\n", v->out);
	return ret;
}
