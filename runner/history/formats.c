// SPDX-License-Identifier: MIT
/* A history for other programs. */
#include <math.h>
#include <string.h>

#include "history/formats.h"
#include "openmetrics.h"
#include "render/html.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

#define HISTORY_SCHEMA "pinlat.history/1.0"

/* Whether the level falls or rises in the direction that nobody wants. */
static bool is_worse(const struct history_saying *s, const struct fleet_change *c)
{
	const struct metric *m = &s->f->sets->metrics->metric[c->series->metric];

	return (history_change(c->series, c->change).estimate > 0) != metric_is_work(m);
}

bool history_drifts(const struct fleet_machine *m, const struct history_series *series)
{
	return series->found.drift <= m->history.alpha;
}

bool history_alarms(const struct history_saying *s, const struct fleet_change *c)
{
	return s->o->gate && c->since <= s->o->recent &&
	       (!s->o->worse || is_worse(s, c)) && !history_drifts(c->machine, c->series);
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
	json_put_bool(out, o, "worse", is_worse(s, c));
	json_put_bool(out, o, "alarm", history_alarms(s, c));
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
	json_put_bool(out, o, "drift", history_drifts(m, series));
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

void history_print_json(FILE *out, const struct history_saying *s)
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

/* The last change of @series, or the last one that alarms; NULL: there is none. */
static const struct fleet_change *last_change(const struct history_saying *s,
					      const struct history_series *series,
					      bool alarming)
{
	for (size_t i = s->f->changes; i-- > 0;)
		if (s->change[i].series == series &&
		    (!alarming || history_alarms(s, &s->change[i])))
			return &s->change[i];
	return NULL;
}

static const struct fleet_change *last_alarm(const struct history_saying *s,
					     const struct history_series *series)
{
	return last_change(s, series, true);
}

static void print_failure(FILE *out, const struct history_saying *s,
			  const struct fleet_change *c)
{
	CLEANUP_FREE char *kernel = fleet_kernel(s->f, c->set);
	char buf[CELL_SIZE];

	fprintf(out, "      <failure type=\"%s\" message=\"%s since ",
		is_worse(s, c) ? "worse" : "better",
		text_change(history_change(c->series, c->change).estimate, buf,
			    sizeof(buf)));
	html_text(out, kernel);
	fputs("\"/>\n", out);
}

static size_t count_failures(const struct history_saying *s,
			     const struct fleet_machine *m)
{
	size_t n = 0;

	for (size_t j = 0; j < m->history.n; j++)
		n += last_alarm(s, &m->history.series[j]) != NULL;
	return n;
}

static void print_case(FILE *out, const struct history_saying *s,
		       const struct fleet_machine *m, const struct history_series *series)
{
	const struct fleet_change *alarm = last_alarm(s, series);

	fputs("    <testcase classname=\"pinlat.history.", out);
	html_text(out, m->name);
	fputs("\" name=\"", out);
	html_text(out, series->name);
	fputs("\">\n", out);
	if (alarm)
		print_failure(out, s, alarm);
	fputs("    </testcase>\n", out);
}

void history_print_junit(FILE *out, const struct history_saying *s)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pinlat history\">\n",
	      out);
	for (size_t i = 0; i < s->f->machines; i++) {
		const struct fleet_machine *m = &s->f->machine[i];

		fputs("  <testsuite name=\"pinlat history ", out);
		html_text(out, m->name);
		fputs("\" hostname=\"", out);
		html_text(out, m->name);
		fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
			m->history.n, count_failures(s, m));
		for (size_t j = 0; j < m->history.n; j++)
			print_case(out, s, m, &m->history.series[j]);
		fputs("  </testsuite>\n", out);
	}
	fputs("</testsuites>\n", out);
}

/* A series of a machine, while a family is made of it. */
struct putting {
	const struct history_saying *s;
	struct openmetrics *om;
	const struct fleet_machine *m;
	const struct history_series *series;
	const struct fleet_change *last; /* NULL: its level never changed */
};

static const struct set *set_at(const struct putting *p, size_t position)
{
	return &p->s->f->sets->set[p->m->set[position]];
}

/* Which machine of the set at @position it is. */
static struct set_times times_at(const struct putting *p, size_t position)
{
	const struct set *set = set_at(p, position);
	size_t i = 0;

	while (i + 1 < set->machines && strcmp(set->machine[i].id, p->m->id) != 0)
		i++;
	return set_times_on(set, i);
}

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
	double time = p->s->o->timestamps ? times_at(p, p->m->kernels - 1).last : NAN;

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
	put_one(p, history_drifts(p->m, p->series));
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
	first = times_at(p, p->series->set[p->series->n - p->last->since]).first;
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
	openmetrics_label(p->om, "worse", is_worse(p->s, p->last) ? "true" : "false");
	end_series(p, 1);
}

/* clang-format off */
static const struct {
	const char *name, *unit, *help;
	void (*put)(const struct putting *p);
} history_families[] = {
	{ "pinlat_history_kernels", NULL, "Kernels in the series.", put_kernels },
	{ "pinlat_history_drift", NULL, "1: values drift within a level, so that a step may be none.",
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

void history_print_openmetrics(FILE *out, const struct history_saying *s)
{
	for (size_t i = 0; i < sizeof(history_families) / sizeof(*history_families);
	     i++) {
		struct openmetrics om = { .name = history_families[i].name };

		for (size_t m = 0; m < s->f->machines; m++) {
			const struct history *h = &s->f->machine[m].history;

			for (size_t j = 0; j < h->n; j++) {
				const struct putting p = {
					s, &om, &s->f->machine[m], &h->series[j],
					last_change(s, &h->series[j], false)
				};

				history_families[i].put(&p);
			}
		}
		openmetrics_print(&om, out, NULL, history_families[i].unit,
				  history_families[i].help);
	}
	fputs("# EOF\n", out);
}
