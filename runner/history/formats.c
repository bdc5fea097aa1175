// SPDX-License-Identifier: MIT
/* A history for other programs. */
#include <math.h>
#include <string.h>

#include "history/formats.h"
#include "render/html.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

#define HISTORY_SCHEMA "pinlat.history/1.0"

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

/* The last change of @series that alarms, or NULL. */
static const struct fleet_change *last_alarm(const struct history_saying *s,
					     const struct history_series *series)
{
	for (size_t i = s->f->changes; i-- > 0;)
		if (s->change[i].series == series && history_alarms(s, &s->change[i]))
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
