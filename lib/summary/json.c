// SPDX-License-Identifier: MIT
#include "summary/comparison.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "summary/attribution.h"
#include "sets/tree.h"

/* [a, b], or null where one of them has no end. */
static int put_range(json_object *o, const char *key, double low, double high)
{
	json_object *array;
	int ret;

	/* ln(-inf) comes back as -100 %. */
	if (!isfinite(high) || !(low > -100))
		return tree_put_number(o, key, NAN);
	array = json_object_new_array();
	ret = tree_append_number(array, low);
	ret = ret ? ret : tree_append_number(array, high);
	if (ret == 0)
		return tree_put(o, key, array);
	json_object_put(array);
	return ret;
}

static int put_counts(json_object *o, const char *key, size_t a, size_t b)
{
	json_object *array = json_object_new_array();
	int ret = tree_append(array, json_object_new_uint64(a));

	ret = ret ? ret : tree_append(array, json_object_new_uint64(b));
	if (ret == 0)
		return tree_put(o, key, array);
	json_object_put(array);
	return ret;
}

static int put_values(json_object *o, const char *key, const double *value, size_t n)
{
	json_object *array = json_object_new_array();
	int ret = tree_put(o, key, array);

	for (size_t i = 0; i < n && ret == 0; i++)
		ret = tree_append_number(array, value[i]);
	return ret;
}

static int put_options(json_object *root, const struct compare_options *options)
{
	static const char *const blocks[] = {
		[BLOCKS_AUTO] = "auto", [BLOCKS_ROUNDS] = "rounds", [BLOCKS_NONE] = "none"
	};
	const struct decide_options *d = &options->decide;
	json_object *o = json_object_new_object(), *allow = json_object_new_array();
	int ret = tree_put(root, "options", o);

	ret = ret ? ret : tree_put_number(o, "alpha", d->alpha);
	ret = ret ? ret : tree_put_number(o, "margin_percent", 100 * options->margin);
	ret = ret ? ret : tree_put_number(o, "level", d->level);
	ret = ret ? ret : tree_put_number(o, "power", d->power);
	ret = ret ? ret : tree_put_text(o, "blocks", blocks[d->blocks]);
	ret = ret ? ret
		  : tree_put_text(o, "samples", options->woken ? "woken" : "scheduled");
	if (ret < 0) {
		json_object_put(allow);
		return ret;
	}
	ret = tree_put(o, "allow", allow);
	for (int k = 0; k < REFUSAL_KINDS && ret == 0; k++)
		if (options->allow[k])
			ret = tree_append(allow, json_object_new_string(refusal_name(k)));
	return ret;
}

static int put_facts(json_object *o, const struct fact_list *facts)
{
	json_object *all = json_object_new_object();
	int ret = tree_put(o, "environment", all);

	for (size_t i = 0; i < facts->n && ret == 0; i++)
		ret = tree_put_text(all, facts->fact[i].path, facts->fact[i].text);
	return ret;
}

static const char *overall_name(enum verdict v)
{
	return verdict_name(v == VERDICT_NONE ? VERDICT_UNCLEAR : v);
}

static int put_set(json_object *array, const struct set *set,
		   const struct compare_result *result, bool base)
{
	json_object *o = json_object_new_object();
	int ret = tree_append(array, o);

	ret = ret ? ret : tree_put_text(o, "name", set->name);
	ret = ret ? ret : tree_put_text(o, "label", set->label);
	ret = ret ? ret : tree_put_text(o, "path", set->shown_path);
	ret = ret ? ret : tree_put_count(o, "records", set->records);
	ret = ret ? ret : tree_put_count(o, "duplicates", set->duplicates);
	ret = ret ? ret : tree_put_count(o, "boots", set->boot.n);
	ret = ret ? ret : tree_put_list(o, "invalid", &set->invalid);
	ret = ret ? ret : put_facts(o, &set->facts);
	if (base || ret < 0)
		return ret;
	ret = tree_put_text(o, "verdict", overall_name(result->verdict));
	ret = ret ? ret : tree_put_text(o, "sentence", result->sentence);
	ret = ret ? ret : tree_put_text(o, "environment_differs", result->environment);
	return ret ? ret : tree_put_text(o, "advice", result->advice);
}

static int put_spread(json_object *row, const struct variance_levels *v)
{
	json_object *o = json_object_new_object();
	int ret = tree_put(row, "spread_percent", o);

	ret = ret ? ret : tree_put_number(o, "boots", 100 * expm1(sqrt(v->boot)));
	ret = ret ? ret : tree_put_number(o, "runs", 100 * expm1(sqrt(v->run)));
	return ret ? ret : tree_put_number(o, "within", 100 * expm1(sqrt(v->within)));
}

static int put_drift(json_object *row, const struct decide_row *d)
{
	static const char *const side[] = { "base", "new" };
	json_object *o = json_object_new_object();
	int ret = tree_put(row, "drift", o);

	for (int i = 0; i < DECIDE_SIDES && ret == 0; i++) {
		json_object *of_side = json_object_new_object();

		ret = tree_put(o, side[i], of_side);
		ret = ret ? ret : tree_put_number(of_side, "tau", d->tau[i]);
		ret = ret ? ret : tree_put_number(of_side, "p", d->drift[i]);
	}
	return ret;
}

/* What only a row that is judged has. */
static int put_judgement(json_object *o, const struct compare_row *row)
{
	const struct decide_row *d = row->d;
	int ret = tree_put_number(o, "p", d->p);

	ret = ret ? ret : tree_put_number(o, "p_adjusted", d->p_adjusted);
	ret = ret ? ret : tree_put_text(o, "verdict", verdict_name(d->verdict));
	ret = ret ? ret : tree_put_number(o, "margin_percent", 100 * d->margin);
	ret = ret ? ret
		  : put_range(o, "ci_same", 100 * d->equal_low, 100 * d->equal_high);
	ret = ret ? ret : tree_put_number(o, "p_floor", d->floor);
	ret = ret ? ret : tree_put_bool(o, "p_exact", d->exact);
	ret = ret ? ret : tree_put_bool(o, "can_be_significant", !d->hopeless);
	ret = ret ? ret : tree_put_count(o, "least_units", d->least);
	ret = ret ? ret : tree_put_count(o, "rounds", d->rounds);
	ret = ret ? ret : tree_put_number(o, "detectable_percent", 100 * d->detectable);
	ret = ret ? ret : tree_put_count(o, "needed_units", d->needed);
	ret = ret ? ret : put_spread(o, &row->spread);
	return ret ? ret : put_drift(o, d);
}

static int put_no_judgement(json_object *o)
{
	int ret = tree_put_number(o, "p", NAN);

	ret = ret ? ret : tree_put_number(o, "p_adjusted", NAN);
	return ret ? ret : tree_put_number(o, "verdict", NAN);
}

static int put_row(json_object *array, const struct comparison *c,
		   const struct compare_row *row)
{
	const struct metric *m = &c->options->metrics.metric[row->metric];
	const struct decide_row *d = row->d;
	char *name = compare_cell_name(c, row->cell[DECIDE_BASE]);
	json_object *o = json_object_new_object();
	int ret = tree_append(array, o);

	ret = ret ? ret
		  : tree_put(o, "subtest", name ? json_object_new_string(name) : NULL);
	free(name);
	ret = ret ? ret : tree_put_text(o, "metric", m->name);
	ret = ret ? ret : tree_put_text(o, "set", c->set[row->set]->name);
	ret = ret ? ret : tree_put_text(o, "unit", metric_unit_name(m->unit));
	ret = ret ? ret : tree_put_bool(o, "judged", d->primary);
	ret = ret ? ret : tree_put_number(o, "base", d->median[DECIDE_BASE]);
	ret = ret ? ret : tree_put_number(o, "new", d->median[DECIDE_NEW]);
	ret = ret ? ret : tree_put_number(o, "change_percent", 100 * d->change.estimate);
	ret = ret ? ret : put_range(o, "ci", 100 * d->change.low, 100 * d->change.high);
	ret = ret ? ret : put_counts(o, "n", d->side[0].n, d->side[1].n);
	ret = ret ? ret : tree_put_text(o, "n_of", row->boots ? "boots" : "runs");
	ret = ret ? ret : put_counts(o, "too_few_samples", row->few[0], row->few[1]);
	ret = ret ? ret : put_values(o, "base_values", row->value[0], d->side[0].n);
	ret = ret ? ret : put_values(o, "new_values", row->value[1], d->side[1].n);
	if (ret < 0)
		return ret;
	return d->primary ? put_judgement(o, row) : put_no_judgement(o);
}

static int put_differences(json_object *root, const struct comparison *c)
{
	json_object *array = json_object_new_array();
	int ret = tree_put(root, "differences", array);

	for (size_t i = 0; i < c->differences && ret == 0; i++) {
		const struct difference *d = &c->difference[i];
		json_object *o = json_object_new_object();

		ret = tree_append(array, o);
		ret = ret ? ret : tree_put_text(o, "set", c->set[d->set]->name);
		ret = ret ? ret : tree_put_text(o, "what", d->path);
		ret = ret ? ret : tree_put_text(o, "base", d->base);
		ret = ret ? ret : tree_put_text(o, "new", d->other);
	}
	return ret;
}

json_object *compare_to_json(const struct comparison *c)
{
	json_object *root = json_object_new_object(), *sets, *rows;
	int ret = tree_put_text(root, "schema", COMPARE_SCHEMA);

	ret = ret ? ret : tree_put_text(root, "verdict", overall_name(c->verdict));
	ret = ret ? ret : tree_put_text(root, "sentence", c->sentence);
	ret = ret ? ret : tree_put_count(root, "judged", c->primary);
	ret = ret ? ret : put_options(root, c->options);
	sets = json_object_new_array();
	ret = tree_put(ret ? NULL : root, "sets", sets);
	for (size_t s = 0; s < c->sets && ret == 0; s++)
		ret = put_set(sets, c->set[s], &c->result[s], s == 0);
	rows = ret ? NULL : json_object_new_array();
	ret = tree_put(root, "rows", rows);
	for (size_t i = 0; i < c->rows && ret == 0; i++)
		ret = put_row(rows, c, &c->row[i]);
	ret = ret ? ret : put_differences(root, c);
	ret = ret ? ret : compare_put_attribution(root, c);
	ret = ret ? ret : tree_put_list(root, "warnings", &c->warnings);
	if (ret == 0)
		return root;
	json_object_put(root);
	return NULL;
}
