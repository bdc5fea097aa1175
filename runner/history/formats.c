// SPDX-License-Identifier: MIT
/* A history for other programs. */
#include <math.h>
#include <string.h>

#include "history/formats.h"
#include "openmetrics.h"
#include "render/html.h"
#include "report/cases.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

#define HISTORY_SCHEMA "pinlat.history/1.0"

bool history_is_worse(const struct history_saying *s, const struct fleet_change *c)
{
	const struct metric *m = &s->f->sets->metrics->metric[c->series->metric];

	return (history_change(c->series, c->change).estimate > 0) != metric_is_work(m);
}

enum changepoint_drift history_drift(const struct fleet_change *c)
{
	return c->series->found.change[c->change].drift;
}

/* "slope", "correlation", or "" for none. */
static const char *drift_name(enum changepoint_drift drift)
{
	static const char *const name[] = { [DRIFT_NONE] = "",
					    [DRIFT_SLOPE] = "slope",
					    [DRIFT_CORRELATION] = "correlation" };

	return name[drift];
}

const char *history_drift_text(enum changepoint_drift drift)
{
	return drift == DRIFT_SLOPE ? "a slope fits as well as a step"
				    : "kernels resemble the ones before them too much";
}

static bool is_asked_for(const struct history_saying *s, const struct fleet_change *c)
{
	return s->o->gate && c->since <= s->o->recent &&
	       (!s->o->worse || history_is_worse(s, c));
}

bool history_alarms(const struct history_saying *s, const struct fleet_change *c)
{
	return is_asked_for(s, c) && history_drift(c) == DRIFT_NONE;
}

bool history_withholds(const struct history_saying *s, const struct fleet_change *c)
{
	return is_asked_for(s, c) && history_drift(c) != DRIFT_NONE;
}

static void put_kernel(struct json_out *out, json_object *to, const char *key,
		       const struct fleet *f, size_t set)
{
	CLEANUP_FREE char *name = fleet_kernel(f, set);

	json_put_text(out, to, key, name);
}

static void put_change(struct json_out *out, json_object *to,
		       const struct history_saying *s, const struct fleet_change *c)
{
	const struct changepoint *at = &c->series->found.change[c->change];
	const size_t *set = c->machine->set, *of = c->series->set;
	struct interval change = history_change(c->series, c->change);
	json_object *o = json_put_object(out, to, NULL), *ci;

	put_kernel(out, o, "since", s->f, c->set);
	put_kernel(out, o, "from", s->f, set[of[at->low]]);
	put_kernel(out, o, "to", s->f, set[of[at->high]]);
	json_put_u64(out, o, "kernels_since", c->since);
	json_put_bool(out, o, "worse", history_is_worse(s, c));
	json_put_bool(out, o, "alarm", history_alarms(s, c));
	json_put_text(out, o, "drift", drift_name(history_drift(c)));
	json_put_number(out, o, "change_percent", 100 * change.estimate);
	ci = json_put_array(out, o, "ci");
	json_put_number(out, ci, NULL, 100 * change.low);
	json_put_number(out, ci, NULL, 100 * change.high);
	json_put_number(out, o, "p", at->p);
}

static void put_series(struct json_out *out, json_object *to,
		       const struct history_saying *s, const struct fleet_machine *m,
		       const struct history_series *series)
{
	const struct metric *metric = &s->f->sets->metrics->metric[series->metric];
	json_object *o = json_put_object(out, to, NULL), *list;

	json_put_text(out, o, "name", series->name);
	json_put_text(out, o, "metric", metric->name);
	json_put_text(out, o, "unit", metric_unit_name(metric->unit));
	list = json_put_array(out, o, "kernels");
	for (size_t i = 0; i < series->n; i++)
		put_kernel(out, list, NULL, s->f, m->set[series->set[i]]);
	list = json_put_array(out, o, "values");
	for (size_t i = 0; i < series->n; i++)
		json_put_number(out, list, NULL, series->median[i]);
	list = json_put_array(out, o, "changes");
	for (size_t i = 0; i < s->f->changes; i++)
		if (s->change[i].series == series)
			put_change(out, list, s, &s->change[i]);
}

static void print_json(FILE *out, const struct history_saying *s)
{
	struct json_out json;
	json_object *machines, *root;

	json_begin(&json);
	json_put_text(&json, json.root, "schema", HISTORY_SCHEMA);
	json_put_number(&json, json.root, "alpha", s->f->alpha);
	json_put_text(&json, json.root, "order", set_order_name(s->o->order));
	json_put_u64(&json, json.root, "changes", s->f->changes);
	machines = json_put_array(&json, json.root, "machines");
	for (size_t i = 0; i < s->f->machines; i++) {
		const struct fleet_machine *m = &s->f->machine[i];
		json_object *o = json_put_object(&json, machines, NULL), *series;

		json_put_text(&json, o, "machine", m->name);
		json_put_u64(&json, o, "kernels", m->kernels);
		json_put_u64(&json, o, "kernels_needed", m->history.least);
		json_put_list(&json, o, "left_out", &m->odd);
		series = json_put_array(&json, o, "series");
		for (size_t j = 0; j < m->history.n; j++)
			put_series(&json, series, s, m, &m->history.series[j]);
	}
	root = xjson_end(&json);
	if (json_print(out, root) < 0)
		alloc_failed();
	json_object_put(root);
}

const struct history_format history_json = { "json", print_json };

static bool is_any(const struct history_saying *s, const struct fleet_change *c)
{
	(void)s;
	(void)c;
	return true;
}

/* The last change of @series that @is so; NULL: there is none. */
static const struct fleet_change *
last_change(const struct history_saying *s, const struct history_series *series,
	    bool (*is)(const struct history_saying *s, const struct fleet_change *c))
{
	for (size_t i = s->f->changes; i-- > 0;)
		if (s->change[i].series == series && is(s, &s->change[i]))
			return &s->change[i];
	return NULL;
}

static void print_failure(FILE *out, const struct history_saying *s,
			  const struct fleet_change *c)
{
	CLEANUP_FREE char *kernel = fleet_kernel(s->f, c->set);
	char buf[CELL_SIZE];

	fprintf(out, "      <failure type=\"%s\" message=\"%s since ",
		history_is_worse(s, c) ? "worse" : "better",
		text_change(history_change(c->series, c->change).estimate, buf,
			    sizeof(buf)));
	html_text(out, kernel);
	fputs("\"/>\n", out);
}

/* A change of which it is not known whether it is one. */
static void print_skipped(FILE *out, const struct history_saying *s,
			  const struct fleet_change *c)
{
	CLEANUP_FREE char *kernel = fleet_kernel(s->f, c->set);

	fputs("      <skipped message=\"drift, no alarm: since ", out);
	html_text(out, kernel);
	fprintf(out, ", but %s\"/>\n", history_drift_text(history_drift(c)));
}

enum { CASE_PASSED, CASE_FAILED, CASE_SKIPPED, CASES };

/* What the case of @series is, and the change that made it so. */
static int case_of(const struct history_saying *s, const struct history_series *series,
		   const struct fleet_change **why)
{
	*why = last_change(s, series, history_alarms);
	if (*why)
		return CASE_FAILED;
	*why = last_change(s, series, history_withholds);
	return *why ? CASE_SKIPPED : CASE_PASSED;
}

static void print_case(FILE *out, const struct history_saying *s,
		       const struct fleet_machine *m, const struct history_series *series)
{
	const struct fleet_change *why;
	int is = case_of(s, series, &why);

	fputs("    <testcase classname=\"pinlat.history.", out);
	html_text(out, m->name);
	fputs("\" name=\"", out);
	html_text(out, series->name);
	fputs("\">\n", out);
	if (is == CASE_FAILED)
		print_failure(out, s, why);
	if (is == CASE_SKIPPED)
		print_skipped(out, s, why);
	fputs("    </testcase>\n", out);
}

static void print_junit(FILE *out, const struct history_saying *s)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pinlat history\">\n",
	      out);
	for (size_t i = 0; i < s->f->machines; i++) {
		const struct fleet_machine *m = &s->f->machine[i];
		const struct fleet_change *why;
		size_t cases[CASES] = { 0 };

		for (size_t j = 0; j < m->history.n; j++)
			cases[case_of(s, &m->history.series[j], &why)]++;
		fputs("  <testsuite name=\"pinlat history ", out);
		html_text(out, m->name);
		fputs("\" hostname=\"", out);
		html_text(out, m->name);
		fprintf(out,
			"\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
			m->history.n, cases[CASE_FAILED], cases[CASE_SKIPPED]);
		for (size_t j = 0; j < m->history.n; j++)
			print_case(out, s, m, &m->history.series[j]);
		fputs("  </testsuite>\n", out);
	}
	fputs("</testsuites>\n", out);
}

const struct history_format history_junit = { "junit", print_junit };

/* "pinlat.history.thp-busy.p99", of a name with blanks; @separator is put for them. */
static char *series_path(const char *before, const struct history_series *series,
			 char separator)
{
	struct memstream m;
	FILE *out = memstream_open(&m);
	char *path;

	fprintf(out, "%s%c", before, separator);
	report_slug(out, series->name);
	path = memstream_close(&m);
	for (char *c = path + strlen(before) + 1; *c; c++)
		*c = *c == '_' ? separator : *c == '.' ? '_' : *c;
	return path;
}

static void put_test_misc(struct json_out *json, json_object *test,
			  const struct history_saying *s,
			  const struct history_series *series,
			  const struct fleet_change *last)
{
	json_object *misc = json_put_object(json, test, "misc");
	struct interval change;

	json_put_u64(json, misc, "kernels", series->n);
	json_put_number(json, misc, "alpha", s->f->alpha);
	if (!last)
		return;
	change = history_change(series, last->change);
	put_kernel(json, misc, "since", s->f, last->set);
	json_put_u64(json, misc, "kernels_since", last->since);
	json_put_number(json, misc, "change_percent", 100 * change.estimate);
	json_put_bool(json, misc, "worse", history_is_worse(s, last));
	json_put_text(json, misc, "drift", drift_name(history_drift(last)));
}

/* What KCIDB's comment says of the last change. */
static char *comment_of(const struct history_saying *s,
			const struct history_series *series,
			const struct fleet_change *last)
{
	CLEANUP_FREE char *kernel = last ? fleet_kernel(s->f, last->set) : NULL;
	char buf[CELL_SIZE];

	if (!last)
		return xasprintf("%s: no level changed in %zu kernels", series->name,
				 series->n);
	return xasprintf("%s: %s since %s, %zu kernel%s ago%s%s", series->name,
			 text_change(history_change(series, last->change).estimate, buf,
				     sizeof(buf)),
			 kernel, last->since - 1, PLURAL(last->since - 1),
			 history_drift(last) != DRIFT_NONE ? "; drift: " : "",
			 history_drift(last) != DRIFT_NONE
				 ? history_drift_text(history_drift(last))
				 : "");
}

/* A test with a status only where --fail-on asks for one; of what may be a drift it is not known. */
static const char *status_of(const struct history_saying *s,
			     const struct history_series *series)
{
	static const char *const status[CASES] = { "PASS", "FAIL", "DONE" };
	const struct fleet_change *why;

	return s->o->gate ? status[case_of(s, series, &why)] : "DONE";
}

static void put_test(struct json_out *json, json_object *tests,
		     const struct history_saying *s, const struct fleet_machine *m,
		     const struct history_series *series)
{
	const struct fleet_change *last = last_change(s, series, is_any);
	CLEANUP_FREE char *path = series_path("pinlat.history", series, '.');
	CLEANUP_FREE char *slug = series_path("history", series, '-');
	CLEANUP_FREE char *comment = comment_of(s, series, last);
	json_object *test = json_put_object(json, tests, NULL), *environment;
	const char *origin = s->o->origin ? s->o->origin : "pinlat";
	char time[40];

	json_put_format(json, test, "id", "%s:pinlat-%s-%s-%s", origin,
			strchr(s->o->build, ':') + 1, m->id, slug);
	json_put_text(json, test, "build_id", s->o->build);
	json_put_text(json, test, "origin", origin);
	json_put_text(json, test, "path", path);
	json_put_text(json, test, "status", status_of(s, series));
	json_put_text(json, test, "comment", comment);
	if (*time_stamp(fleet_measured(s->f, m, m->kernels - 1).first, time,
			sizeof(time)))
		json_put_text(json, test, "start_time", time);
	environment = json_put_object(json, test, "environment");
	json_put_text(json, environment, "comment", m->name);
	json_put_text(json, json_put_object(json, environment, "misc"), "platform",
		      m->name);
	kcidb_put_value(json, test, history_level(series, series->found.n),
			s->f->sets->metrics->metric[series->metric].unit);
	put_test_misc(json, test, s, series, last);
}

static void print_kcidb(FILE *out, const struct history_saying *s)
{
	struct json_out json;
	json_object *tests, *root;

	tests = json_put_array(&json, kcidb_begin(&json), "tests");
	for (size_t i = 0; i < s->f->machines; i++) {
		const struct fleet_machine *m = &s->f->machine[i];

		for (size_t j = 0; j < m->history.n; j++)
			if (m->set[m->kernels - 1] == s->f->sets->n - 1)
				put_test(&json, tests, s, m, &m->history.series[j]);
	}
	root = xjson_end(&json);
	if (json_print(out, root) < 0)
		alloc_failed();
	json_object_put(root);
}

const struct history_format history_kcidb = { "kcidb", print_kcidb };

/* A series of a machine, while a family is made of it. */
struct putting {
	const struct history_saying *s;
	struct openmetrics *om;
	const struct fleet_machine *m;
	const struct history_series *series;
	const struct fleet_change *last; /* NULL: its level never changed */
};

static void begin_series(const struct putting *p)
{
	const char *name = p->series->name;
	CLEANUP_FREE char *subtest = xasprintf("%.*s", (int)strcspn(name, " "), name);

	openmetrics_begin(p->om);
	openmetrics_label(p->om, "host", p->m->name);
	openmetrics_label(p->om, "subtest", subtest);
	openmetrics_label(p->om, "metric",
			  p->s->f->sets->metrics->metric[p->series->metric].name);
}

static void end_series(const struct putting *p, double value)
{
	double time = p->s->o->timestamps
			      ? fleet_measured(p->s->f, p->m, p->m->kernels - 1).last
			      : NAN;

	openmetrics_end(p->om, value, time);
}

static void put_one(const struct putting *p, double value)
{
	begin_series(p);
	end_series(p, value);
}

static void put_kernels(const struct putting *p)
{
	put_one(p, (double)p->series->n);
}

static void put_drift(const struct putting *p)
{
	put_one(p, p->last && history_drift(p->last) != DRIFT_NONE);
}

static void put_alarm(const struct putting *p)
{
	if (p->s->o->gate)
		put_one(p, p->last && history_alarms(p->s, p->last));
}

static void put_since(const struct putting *p)
{
	if (p->last)
		put_one(p, (double)p->last->since);
}

static void put_time(const struct putting *p)
{
	double first;

	if (!p->last)
		return;
	first = fleet_measured(p->s->f, p->m,
			       p->series->set[p->series->n - p->last->since])
			.first;
	if (!isnan(first))
		put_one(p, first);
}

static void put_ratio(const struct putting *p)
{
	if (p->last)
		put_one(p, history_change(p->series, p->last->change).estimate);
}

static void put_info(const struct putting *p)
{
	CLEANUP_FREE char *kernel = NULL;

	if (!p->last)
		return;
	kernel = fleet_kernel(p->s->f, p->last->set);
	begin_series(p);
	openmetrics_label(p->om, "since", kernel);
	openmetrics_label(p->om, "worse",
			  history_is_worse(p->s, p->last) ? "true" : "false");
	end_series(p, 1);
}

/* clang-format off */
static const struct {
	const char *name, *unit, *help;
	void (*put)(const struct putting *p);
} history_families[] = {
	{ "pinlat_history_kernels", NULL, "Kernels in the series.", put_kernels },
	{ "pinlat_history_drift", NULL, "1: the last change may be a drift and no step: no alarm.",
	  put_drift },
	{ "pinlat_history_alarm", NULL, "1: --fail-on is about the last change.", put_alarm },
	{ "pinlat_history_change_kernels", NULL,
	  "Kernels since the level last changed, the first one of the new level among them.", put_since },
	{ "pinlat_history_change_timestamp_seconds", "seconds",
	  "When the first kernel of the last level was measured.", put_time },
	{ "pinlat_history_change_ratio", "ratio", "The last change of the level, 0.05 is 5 % more.",
	  put_ratio },
	{ "pinlat_history_change_info", NULL, "With which kernel the level last changed.", put_info },
};
/* clang-format on */

static void print_openmetrics(FILE *out, const struct history_saying *s)
{
	for (size_t i = 0; i < sizeof(history_families) / sizeof(*history_families);
	     i++) {
		struct openmetrics om = { .name = history_families[i].name };

		for (size_t m = 0; m < s->f->machines; m++) {
			const struct history *h = &s->f->machine[m].history;

			for (size_t j = 0; j < h->n; j++) {
				const struct putting p = {
					s, &om, &s->f->machine[m], &h->series[j],
					last_change(s, &h->series[j], is_any)
				};

				history_families[i].put(&p);
			}
		}
		openmetrics_print(&om, out, NULL, history_families[i].unit,
				  history_families[i].help);
	}
	fputs("# EOF\n", out);
}

const struct history_format history_openmetrics = { "openmetrics", print_openmetrics };
