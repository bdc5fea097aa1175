// SPDX-License-Identifier: MIT
#include "compare/compare.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <string.h>

/* Adds @value, which it takes over; NULL stands for an allocation that failed. */
static int put(json_object *o, const char *key, json_object *value)
{
	if (o && value && json_object_object_add(o, key, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

static int append(json_object *array, json_object *value)
{
	if (array && value && json_object_array_add(array, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

static int put_text(json_object *o, const char *key, const char *text)
{
	return put(o, key, json_object_new_string(text));
}

static int put_count(json_object *o, const char *key, size_t n)
{
	return put(o, key, json_object_new_uint64(n));
}

static int put_bool(json_object *o, const char *key, bool b)
{
	return put(o, key, json_object_new_boolean(b));
}

/* Nine digits are more than any of this knows. */
static json_object *number(double x)
{
	static char format[] = "%.9g"; /* json-c wants it without const */
	json_object *o = json_object_new_double(x);

	if (o)
		json_object_set_serializer(o, json_object_double_to_json_string, format,
					   NULL);
	return o;
}

/* JSON has neither NaN nor infinity. */
static int put_number(json_object *o, const char *key, double x)
{
	if (isfinite(x))
		return put(o, key, number(x));
	return o && json_object_object_add(o, key, NULL) == 0 ? 0 : -ENOMEM;
}

static int append_number(json_object *array, double x)
{
	if (isfinite(x))
		return append(array, number(x));
	return array && json_object_array_add(array, NULL) == 0 ? 0 : -ENOMEM;
}

/* [a, b], or null where one of them has no end. */
static int put_range(json_object *o, const char *key, double low, double high)
{
	json_object *array;
	int ret;

	/* ln(-inf) comes back as -100 %. */
	if (!isfinite(high) || !(low > -100))
		return put_number(o, key, NAN);
	array = json_object_new_array();
	ret = append_number(array, low);
	ret = ret ? ret : append_number(array, high);
	if (ret == 0)
		return put(o, key, array);
	json_object_put(array);
	return ret;
}

static int put_counts(json_object *o, const char *key, size_t a, size_t b)
{
	json_object *array = json_object_new_array();
	int ret = append(array, json_object_new_uint64(a));

	ret = ret ? ret : append(array, json_object_new_uint64(b));
	if (ret == 0)
		return put(o, key, array);
	json_object_put(array);
	return ret;
}

static int put_list(json_object *o, const char *key, const struct text_list *list)
{
	json_object *array = json_object_new_array();
	int ret = put(o, key, array);

	for (size_t i = 0; i < list->n && ret == 0; i++)
		ret = append(array, json_object_new_string(list->text[i]));
	return ret;
}

static int put_values(json_object *o, const char *key, const double *value, size_t n)
{
	json_object *array = json_object_new_array();
	int ret = put(o, key, array);

	for (size_t i = 0; i < n && ret == 0; i++)
		ret = append_number(array, value[i]);
	return ret;
}

static int put_options(json_object *root, const struct compare_options *options)
{
	static const char *const blocks[] = {
		[BLOCKS_AUTO] = "auto", [BLOCKS_ROUNDS] = "rounds", [BLOCKS_NONE] = "none"
	};
	const struct decide_options *d = &options->decide;
	json_object *o = json_object_new_object(), *allow = json_object_new_array();
	int ret = put(root, "options", o);

	ret = ret ? ret : put_number(o, "alpha", d->alpha);
	ret = ret ? ret : put_number(o, "margin_percent", 100 * options->margin);
	ret = ret ? ret : put_number(o, "level", d->level);
	ret = ret ? ret : put_number(o, "power", d->power);
	ret = ret ? ret : put_text(o, "blocks", blocks[d->blocks]);
	ret = ret ? ret : put_text(o, "samples", options->woken ? "woken" : "scheduled");
	if (ret < 0) {
		json_object_put(allow);
		return ret;
	}
	ret = put(o, "allow", allow);
	for (int k = 0; k < REFUSAL_KINDS && ret == 0; k++)
		if (options->allow[k])
			ret = append(allow, json_object_new_string(refusal_name(k)));
	return ret;
}

static int put_facts(json_object *o, const struct fact_list *facts)
{
	json_object *all = json_object_new_object();
	int ret = put(o, "environment", all);

	for (size_t i = 0; i < facts->n && ret == 0; i++)
		ret = put_text(all, facts->fact[i].path, facts->fact[i].text);
	return ret;
}

static const char *overall_name(enum verdict v)
{
	return verdict_name(v == VERDICT_NONE ? VERDICT_UNCLEAR : v);
}

static int put_set(json_object *array, const struct compare_set *set, bool base)
{
	json_object *o = json_object_new_object();
	int ret = append(array, o);

	ret = ret ? ret : put_text(o, "name", set->name);
	ret = ret ? ret : put_text(o, "label", set->label);
	ret = ret ? ret : put_text(o, "path", set->shown_path);
	ret = ret ? ret : put_count(o, "records", set->records);
	ret = ret ? ret : put_count(o, "duplicates", set->duplicates);
	ret = ret ? ret : put_count(o, "boots", set->boot.n);
	ret = ret ? ret : put_list(o, "invalid", &set->invalid);
	ret = ret ? ret : put_facts(o, &set->facts);
	if (base || ret < 0)
		return ret;
	ret = put_text(o, "verdict", overall_name(set->verdict));
	ret = ret ? ret : put_text(o, "sentence", set->sentence);
	ret = ret ? ret : put_text(o, "environment_differs", set->environment);
	return ret ? ret : put_text(o, "advice", set->advice);
}

static int put_spread(json_object *row, const struct variance_levels *v)
{
	json_object *o = json_object_new_object();
	int ret = put(row, "spread_percent", o);

	ret = ret ? ret : put_number(o, "boots", 100 * expm1(sqrt(v->boot)));
	ret = ret ? ret : put_number(o, "runs", 100 * expm1(sqrt(v->run)));
	return ret ? ret : put_number(o, "within", 100 * expm1(sqrt(v->within)));
}

static int put_drift(json_object *row, const struct decide_row *d)
{
	static const char *const side[] = { "base", "new" };
	json_object *o = json_object_new_object();
	int ret = put(row, "drift", o);

	for (int i = 0; i < DECIDE_SIDES && ret == 0; i++) {
		json_object *of_side = json_object_new_object();

		ret = put(o, side[i], of_side);
		ret = ret ? ret : put_number(of_side, "tau", d->tau[i]);
		ret = ret ? ret : put_number(of_side, "p", d->drift[i]);
	}
	return ret;
}

/* What only a row that is judged has. */
static int put_judgement(json_object *o, const struct compare_row *row)
{
	const struct decide_row *d = row->d;
	int ret = put_number(o, "p", d->p);

	ret = ret ? ret : put_number(o, "p_adjusted", d->p_adjusted);
	ret = ret ? ret : put_text(o, "verdict", verdict_name(d->verdict));
	ret = ret ? ret : put_number(o, "margin_percent", 100 * d->margin);
	ret = ret ? ret
		  : put_range(o, "ci_same", 100 * d->equal_low, 100 * d->equal_high);
	ret = ret ? ret : put_number(o, "p_floor", d->floor);
	ret = ret ? ret : put_bool(o, "p_exact", d->exact);
	ret = ret ? ret : put_bool(o, "can_be_significant", !d->hopeless);
	ret = ret ? ret : put_count(o, "least_units", d->least);
	ret = ret ? ret : put_count(o, "rounds", d->rounds);
	ret = ret ? ret : put_number(o, "detectable_percent", 100 * d->detectable);
	ret = ret ? ret : put_count(o, "needed_units", d->needed);
	ret = ret ? ret : put_spread(o, &row->spread);
	return ret ? ret : put_drift(o, d);
}

static int put_no_judgement(json_object *o)
{
	int ret = put_number(o, "p", NAN);

	ret = ret ? ret : put_number(o, "p_adjusted", NAN);
	return ret ? ret : put_number(o, "verdict", NAN);
}

static int put_row(json_object *array, const struct comparison *c,
		   const struct compare_row *row)
{
	const struct metric *m = &c->options->metrics.metric[row->metric];
	const struct decide_row *d = row->d;
	char *name = compare_cell_name(c, row->cell[DECIDE_BASE]);
	json_object *o = json_object_new_object();
	int ret = append(array, o);

	ret = ret ? ret : put(o, "subtest", name ? json_object_new_string(name) : NULL);
	free(name);
	ret = ret ? ret : put_text(o, "metric", m->name);
	ret = ret ? ret : put_text(o, "set", c->set[row->set].name);
	ret = ret ? ret : put_text(o, "unit", metric_unit_name(m->unit));
	ret = ret ? ret : put_bool(o, "judged", d->primary);
	ret = ret ? ret : put_number(o, "base", d->median[DECIDE_BASE]);
	ret = ret ? ret : put_number(o, "new", d->median[DECIDE_NEW]);
	ret = ret ? ret : put_number(o, "change_percent", 100 * d->change.estimate);
	ret = ret ? ret : put_range(o, "ci", 100 * d->change.low, 100 * d->change.high);
	ret = ret ? ret : put_counts(o, "n", d->side[0].n, d->side[1].n);
	ret = ret ? ret : put_text(o, "n_of", row->boots ? "boots" : "runs");
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
	int ret = put(root, "differences", array);

	for (size_t i = 0; i < c->differences && ret == 0; i++) {
		const struct difference *d = &c->difference[i];
		json_object *o = json_object_new_object();

		ret = append(array, o);
		ret = ret ? ret : put_text(o, "set", c->set[d->set].name);
		ret = ret ? ret : put_text(o, "what", d->path);
		ret = ret ? ret : put_text(o, "base", d->base);
		ret = ret ? ret : put_text(o, "new", d->other);
	}
	return ret;
}

json_object *compare_to_json(const struct comparison *c)
{
	json_object *root = json_object_new_object(), *sets, *rows;
	int ret = put_text(root, "schema", COMPARE_SCHEMA);

	ret = ret ? ret : put_text(root, "verdict", overall_name(c->verdict));
	ret = ret ? ret : put_text(root, "sentence", c->sentence);
	ret = ret ? ret : put_count(root, "judged", c->primary);
	ret = ret ? ret : put_options(root, c->options);
	sets = json_object_new_array();
	ret = put(ret ? NULL : root, "sets", sets);
	for (size_t s = 0; s < c->sets && ret == 0; s++)
		ret = put_set(sets, &c->set[s], s == 0);
	rows = ret ? NULL : json_object_new_array();
	ret = put(root, "rows", rows);
	for (size_t i = 0; i < c->rows && ret == 0; i++)
		ret = put_row(rows, c, &c->row[i]);
	ret = ret ? ret : put_differences(root, c);
	ret = ret ? ret : put_list(root, "warnings", &c->warnings);
	if (ret == 0)
		return root;
	json_object_put(root);
	return NULL;
}
