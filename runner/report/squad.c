// SPDX-License-Identifier: MIT
#include <math.h>

#include "cases.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

/*
 * SQUAD's metrics.json (squad/core/data.py of SQUAD 1.89): {"suite/metric": {"value": [a number a
 * run], "unit": …}}. SQUAD shows the mean of a list, so the median stands beside it as a metric of
 * its own. A suite's name tells apart what must not be compared: where and by what it was measured.
 */

/* Adds "pinlat/[SET/]PLACE/SUBTEST/METRIC", of the @n values that are known. */
static void put_metric(struct json_out *json, const struct report *r,
		       const struct report_subtest *t, const struct metric *m,
		       const char *more, const double *value, size_t n, const char *unit)
{
	bool many = r->c->sets > 1;
	CLEANUP_FREE char *key =
		xasprintf("pinlat/%s%s%s/%s/%s%s", many ? t->set->slug : "",
			  many ? "/" : "", t->place_slug, t->slug, m->name, more);
	json_object *o = json_put_object(json, json->root, key);
	json_object *values = json_put_array(json, o, "value");

	for (size_t i = 0; i < n; i++)
		if (isfinite(value[i]))
			json_put_number(json, values, NULL, value[i]);
	json_put_text(json, o, "unit", unit);
}

/* The runs of @t, metric by metric; what nobody tells is left out: SQUAD refuses []. */
static void put_runs(struct json_out *json, const struct report *r,
		     const struct report_subtest *t)
{
	const struct metrics *metrics = &r->c->options->metrics;
	CLEANUP_FREE double *value = xcalloc(t->cell->runs, sizeof(*value));

	for (size_t i = 0; i < metrics->n; i++) {
		const struct metric *m = &metrics->metric[i];
		const char *unit = metric_unit_name(m->unit);

		if (!report_is_shown(m) || !report_is_told(&t->value[i]))
			continue;
		for (size_t k = 0; k < t->cell->runs; k++)
			value[k] = t->cell->run[k].value[i];
		put_metric(json, r, t, m, "", value, t->cell->runs, unit);
		put_metric(json, r, t, m, "-median", &t->value[i].median, 1, unit);
	}
}

/* The change of a row that was judged, if it is known. */
static void put_change(struct json_out *json, const struct report *r,
		       const struct report_case *c)
{
	enum metric_unit unit;
	double change;

	if (!c->row)
		return;
	change = row_change(r->c, c->row, &unit);
	if (isfinite(change))
		put_metric(json, r, c->subtest, compare_metric(r->c, c->row), "-change",
			   &change, 1, metric_unit_name(unit));
}

static void print(const struct report *r, FILE *out)
{
	CLEANUP(json_release) json_object *root = NULL;
	struct json_out json;

	json_begin(&json);
	for (size_t s = 0; s < r->c->sets; s++)
		for (size_t i = 0; i < r->set[s].subtests; i++)
			put_runs(&json, r, &r->set[s].subtest[i]);
	for (size_t s = 0; s < r->c->sets; s++)
		for (size_t i = 0; i < r->set[s].cases; i++)
			put_change(&json, r, &r->set[s].item[i]);
	root = xjson_end(&json);
	if (json_print(out, root) < 0)
		alloc_failed();
}

const struct report_format report_squad = { "squad", print, false };
