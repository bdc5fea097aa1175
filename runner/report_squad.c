// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "sets/tree.h"
#include "system/json.h"
#include "report_model.h"
#include "system/cleanup.h"

/*
 * SQUAD's metrics.json (squad/core/data.py of SQUAD 1.89): {"suite/metric": {"value": [a number a
 * run], "unit": …}}. SQUAD shows the mean of a list, so the median stands beside it as a metric of
 * its own. A suite's name tells apart what must not be compared: where and by what it was measured.
 */

/* "pinlat/[SET/]PLACE/SUBTEST/METRIC", malloc()ed, or NULL: out of memory. */
static char *key_of(const struct report_view *v, const struct report_subtest *t, size_t m,
		    const char *more)
{
	char *key = NULL;
	size_t size;
	FILE *out = open_memstream(&key, &size);

	if (!out)
		return NULL;
	fputs("pinlat/", out);
	if (v->c->sets > 1)
		fprintf(out, "%s/", v->set_slug[t->set]);
	report_place_slug(v, t, out);
	fprintf(out, "/%s/%s%s", t->slug, v->c->options->metrics.metric[m].name, more);
	if (fclose(out) == 0)
		return key;
	free(key);
	return NULL;
}

/* Adds @value, which it takes over, in @unit. */
static int put_metric(const struct report_view *v, json_object *root,
		      const struct report_subtest *t, size_t m, const char *more,
		      json_object *value, const char *unit)
{
	_cleanup_free_ char *key = key_of(v, t, m, more);
	json_object *o = json_object_new_object();
	int ret = tree_put(o, "value", value);

	ret = ret ? ret : tree_put_text(o, "unit", unit);
	if (ret == 0 && key)
		return tree_put(root, key, o);
	json_object_put(o);
	return -ENOMEM;
}

/* One number with its unit: median or change. */
static int put_number(const struct report_view *v, json_object *root,
		      const struct report_subtest *t, size_t m, const char *more,
		      double x, const char *unit)
{
	json_object *array = json_object_new_array();
	int ret = tree_append_number(array, x);

	if (ret == 0)
		return put_metric(v, root, t, m, more, array, unit);
	json_object_put(array);
	return ret;
}

/* The runs of @t that tell metric @m; what nobody tells is left out: SQUAD refuses []. */
static int put_runs(const struct report_view *v, json_object *root,
		    const struct report_subtest *t, size_t m)
{
	const char *unit = metric_unit_name(v->c->options->metrics.metric[m].unit);
	const struct cell *cell = t->cell;
	struct report_value value;
	json_object *runs;
	int ret = report_median(cell, m, &value);

	if (ret < 0 || value.n == 0)
		return ret;
	runs = json_object_new_array();
	for (size_t i = 0; i < cell->runs && ret == 0; i++)
		if (!isnan(cell->run[i].value[m]))
			ret = tree_append_number(runs, cell->run[i].value[m]);
	if (ret < 0) {
		json_object_put(runs);
		return ret;
	}
	ret = put_metric(v, root, t, m, "", runs, unit);
	return ret ? ret : put_number(v, root, t, m, "-median", value.median, unit);
}

/* The change of a row that was judged, if it is known. */
static int put_change(const struct report_view *v, const struct report_case *c,
		      void *data)
{
	if (!c->row || !isfinite(c->row->d->change.estimate))
		return 0;
	return put_number(v, data, c->subtest, c->row->metric, "-change",
			  100 * c->row->d->change.estimate, "%");
}

int report_print_squad(const struct report_view *v)
{
	json_object *root = json_object_new_object();
	int ret = root ? 0 : -ENOMEM;

	for (size_t i = 0; i < v->subtests && ret == 0; i++)
		for (size_t m = 0; m < v->c->options->metrics.n && ret == 0; m++)
			if (report_is_shown(v, m))
				ret = put_runs(v, root, &v->subtest[i], m);
	for (size_t s = 0; s < v->c->sets && ret == 0; s++)
		ret = report_each_case(v, s, put_change, root);
	ret = ret ? ret : json_print(v->out, root);
	json_object_put(root);
	return ret;
}
