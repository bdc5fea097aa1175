// SPDX-License-Identifier: MIT
#include "say/say.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sets/cell.h"
#include "say/attribution.h"
#include "say/machines.h"
#include "sets/provenance.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

/* A tree that is being written, and what of. */
struct writer {
	struct json_out out;
	const struct comparison *c;
};

/* An interval times @scale; null where it has no end. */
static void put_scaled(struct writer *w, json_object *to, const char *key, double low,
		       double high, double scale)
{
	json_object *range;

	if (!isfinite(low) || !isfinite(high)) {
		json_put_null(&w->out, to, key);
		return;
	}
	range = json_put_array(&w->out, to, key);
	json_put_number(&w->out, range, NULL, scale * low);
	json_put_number(&w->out, range, NULL, scale * high);
}

/* The interval of a ratio in percent; null where it has no end. */
static void put_range(struct writer *w, json_object *to, const char *key, double low,
		      double high)
{
	bool bounded = interval_bounded(low, high);

	put_scaled(w, to, key, bounded ? low : NAN, high, 100);
}

/* The same of @row: of a difference in the unit of the values. */
static void put_interval(struct writer *w, json_object *to, const char *key,
			 const struct compare_row *row, const struct interval *i)
{
	if (row->d->difference)
		put_scaled(w, to, key, i->low, i->high, 1);
	else
		put_range(w, to, key, i->low, i->high);
}

static void put_counts(struct writer *w, json_object *to, const char *key,
		       const size_t n[DECIDE_SIDES])
{
	json_object *array = json_put_array(&w->out, to, key);

	for (int side = 0; side < DECIDE_SIDES; side++)
		json_put_u64(&w->out, array, NULL, n[side]);
}

static void put_values(struct writer *w, json_object *to, const char *key,
		       const struct decide_side *side)
{
	json_object *array = json_put_array(&w->out, to, key);

	for (size_t i = 0; i < side->n; i++)
		json_put_number(&w->out, array, NULL, side->value[i]);
}

static void put_options(struct writer *w, json_object *root)
{
	static const char *const blocks[] = {
		[BLOCKS_AUTO] = "auto", [BLOCKS_ROUNDS] = "rounds", [BLOCKS_NONE] = "none"
	};
	const struct compare_options *options = w->c->options;
	const struct decide_options *d = &options->decide;
	json_object *o = json_put_object(&w->out, root, "options"), *allow;

	json_put_number(&w->out, o, "alpha", d->alpha);
	json_put_number(&w->out, o, "margin_percent",
			options->margin > 0 ? 100 * options->margin : NAN);
	json_put_number(&w->out, o, "level", d->level);
	json_put_number(&w->out, o, "power", d->power);
	json_put_text(&w->out, o, "blocks", blocks[d->blocks]);
	json_put_text(&w->out, o, "samples", options->woken ? "woken" : "scheduled");
	allow = json_put_array(&w->out, o, "allow");
	for (int k = 0; k < REFUSAL_KINDS; k++)
		if (options->allow[k])
			json_put_text(&w->out, allow, NULL, refusal_name(k));
}

static void put_set(struct writer *w, json_object *array, size_t s)
{
	const struct compare_result *result = &w->c->result[s];
	const struct set *set = w->c->set[s];
	CLEANUP_FREE char *where = provenance_of_sets(&set, 1);
	json_object *o = json_put_object(&w->out, array, NULL), *facts;

	json_put_text(&w->out, o, "name", set->name);
	json_put_text(&w->out, o, "label", set->label);
	json_put_text(&w->out, o, "path", set->shown_path);
	json_put_text(&w->out, o, "measured_on", where);
	json_put_u64(&w->out, o, "records", set->records);
	json_put_u64(&w->out, o, "duplicates", set->duplicates);
	json_put_u64(&w->out, o, "boots", set->boot.n);
	json_put_list(&w->out, o, "invalid", &set->invalid);
	facts = json_put_object(&w->out, o, "environment");
	for (size_t i = 0; i < set->facts.n; i++)
		json_put_text(&w->out, facts, set->facts.fact[i].path,
			      set->facts.fact[i].text);
	if (s == 0)
		return;
	json_put_text(&w->out, o, "verdict", overall_text(result->verdict));
	json_put_text(&w->out, o, "sentence", result->sentence);
	json_put_text(&w->out, o, "environment_differs", result->environment);
	json_put_text(&w->out, o, "advice", result->advice);
}

static void put_spread(struct writer *w, json_object *row,
		       const struct variance_levels *v)
{
	json_object *o = json_put_object(&w->out, row, "spread_percent");

	json_put_number(&w->out, o, "boots", 100 * expm1(sqrt(v->boot)));
	json_put_number(&w->out, o, "runs", 100 * expm1(sqrt(v->run)));
	json_put_null(&w->out, o, "within");
}

static void put_drift(struct writer *w, json_object *row, const struct decide_row *d)
{
	static const char *const side[] = { "base", "new" };
	json_object *o = json_put_object(&w->out, row, "drift");

	for (int i = 0; i < DECIDE_SIDES; i++) {
		json_object *of_side = json_put_object(&w->out, o, side[i]);

		json_put_number(&w->out, of_side, "tau", d->tau[i]);
		json_put_number(&w->out, of_side, "p", d->drift[i]);
	}
}

/* What only a row that is judged has. */
static void put_judgement(struct writer *w, json_object *o, const struct compare_row *row)
{
	const struct decide_row *d = row->d;
	double of = d->difference ? d->median[DECIDE_BASE] : 1;

	json_put_bool(&w->out, o, "work", d->work);
	json_put_text(&w->out, o, "reason", decide_reason_name(d->reason));
	json_put_number(&w->out, o, "p", d->p);
	json_put_number(&w->out, o, "p_adjusted", d->p_adjusted);
	json_put_text(&w->out, o, "verdict", verdict_name(d->verdict));
	json_put_number(&w->out, o, "margin_percent", 100 * d->margin);
	json_put_number(&w->out, o, "margin_least", d->difference ? d->absolute : NAN);
	put_range(w, o, "ci_same", d->equal_low / of, d->equal_high / of);
	put_interval(w, o, d->difference ? "difference_ci_holm" : "ci_holm", row,
		     &d->family);
	json_put_number(&w->out, o, "ci_holm_level", d->family_level);
	json_put_bool(&w->out, o, "in_rounds", d->in_rounds);
	put_counts(w, o, "bad_units", d->bad);
	json_put_number(&w->out, o, "bad_percent_excluded", 100 * d->bad_share);
	json_put_number(&w->out, o, "p_floor", d->floor);
	json_put_bool(&w->out, o, "p_exact", d->exact);
	json_put_bool(&w->out, o, "can_be_significant", !d->hopeless);
	json_put_u64(&w->out, o, "least_units", d->least);
	json_put_u64(&w->out, o, "rounds", d->rounds);
	json_put_number(&w->out, o,
			d->difference ? "detectable_difference" : "detectable_percent",
			d->difference ? d->detectable : 100 * d->detectable);
	json_put_u64(&w->out, o, "needed_units", d->needed);
	put_spread(w, o, &row->spread);
	put_drift(w, o, d);
	put_machines(&w->out, o, w->c, row);
}

/* A ratio in percent, or a difference in the unit of the values. */
static void put_change(struct writer *w, json_object *o, const struct compare_row *row)
{
	const struct interval *i = &row->d->change;

	json_put_number(&w->out, o, "change_percent",
			row->d->difference ? NAN : 100 * i->estimate);
	if (!row->d->difference) {
		put_interval(w, o, "ci", row, i);
		return;
	}
	json_put_null(&w->out, o, "ci");
	json_put_number(&w->out, o, "difference", i->estimate);
	put_interval(w, o, "difference_ci", row, i);
}

static void put_row(struct writer *w, json_object *array, const struct compare_row *row)
{
	const struct metric *m = compare_metric(w->c, row);
	const struct record_config *config = &row->cell[DECIDE_NEW]->config;
	const struct decide_row *d = row->d;
	CLEANUP_FREE char *name = compare_cell_name(w->c, row->cell[DECIDE_BASE]);
	json_object *o = json_put_object(&w->out, array, NULL);

	json_put_text(&w->out, o, "subtest", name);
	json_put_text(&w->out, o, "metric", m->name);
	json_put_text(&w->out, o, "set", w->c->set[row->set]->name);
	json_put_text(&w->out, o, "unit", metric_unit_name(m->unit));
	json_put_bool(&w->out, o, "judged", d->primary);
	json_put_number(&w->out, o, "base", d->median[DECIDE_BASE]);
	json_put_number(&w->out, o, "new", d->median[DECIDE_NEW]);
	put_change(w, o, row);
	put_counts(w, o, "n", (const size_t[]){ d->side[0].n, d->side[1].n });
	json_put_text(&w->out, o, "n_of", row->boots ? "boots" : "runs");
	put_counts(w, o, "too_few_samples", row->few);
	put_counts(w, o, "stalled", row->stalled);
	put_values(w, o, "base_values", &d->side[DECIDE_BASE]);
	put_values(w, o, "new_values", &d->side[DECIDE_NEW]);
	json_put_u64(&w->out, o, "interval_ns", record_pace_ns(config));
	if (d->primary) {
		put_judgement(w, o, row);
		return;
	}
	json_put_null(&w->out, o, "p");
	json_put_null(&w->out, o, "p_adjusted");
	json_put_null(&w->out, o, "verdict");
}

static void put_difference(struct writer *w, json_object *array,
			   const struct difference *d)
{
	json_object *o = json_put_object(&w->out, array, NULL);

	json_put_text(&w->out, o, "set", w->c->set[d->set]->name);
	json_put_text(&w->out, o, "what", d->path);
	json_put_text(&w->out, o, "base", d->base);
	json_put_text(&w->out, o, "new", d->other);
}

static void put_split(struct writer *w, json_object *to, const char *key,
		      const struct attribution_split *split, unsigned int seen)
{
	json_object *o = json_put_object(&w->out, to, key);

	json_put_u64(&w->out, o, "count", split->count);
	json_put_u64(&w->out, o, "total_ns", split->total_ns);
	for (int i = 0; i < CAUSES; i++) {
		char name[40];

		snprintf(name, sizeof(name), "%s_ns", attribution_name(i));
		if (seen & 1u << i)
			json_put_u64(&w->out, o, name, split->cause_ns[i]);
	}
	json_put_u64(&w->out, o, "unexplained_ns", split->unexplained_ns);
}

static void put_attribution(struct writer *w, json_object *array, const struct set *set,
			    const struct cell *cell)
{
	CLEANUP_FREE char *name = NULL;
	struct compare_attribution a;
	json_object *o;

	if (compare_attribution(cell, &a) == 0)
		return;
	name = set_cell_name(set, cell);
	o = json_put_object(&w->out, array, NULL);
	json_put_text(&w->out, o, "subtest", name);
	json_put_text(&w->out, o, "set", set->name);
	json_put_u64(&w->out, o, "runs", a.runs);
	put_split(w, o, "all", &a.all, a.seen);
	put_split(w, o, "slow", &a.slow, a.seen);
}

json_object *compare_to_json(const struct comparison *c)
{
	CLEANUP_FREE char *where = provenance_of_sets(c->set, c->sets);
	struct writer w = { .c = c };
	json_object *root, *array;

	json_begin(&w.out);
	root = w.out.root;
	json_put_text(&w.out, root, "schema", COMPARE_SCHEMA);
	json_put_text(&w.out, root, "measured_on", where);
	json_put_text(&w.out, root, "base", c->set[0]->name);
	if (c->base_by)
		json_put_text(&w.out, root, "base_by", c->base_by);
	json_put_text(&w.out, root, "verdict", overall_text(c->verdict));
	json_put_text(&w.out, root, "sentence", c->sentence);
	json_put_u64(&w.out, root, "judged", c->primary);
	put_options(&w, root);
	array = json_put_array(&w.out, root, "sets");
	for (size_t s = 0; s < c->sets; s++)
		put_set(&w, array, s);
	array = json_put_array(&w.out, root, "rows");
	for (size_t i = 0; i < c->rows; i++)
		put_row(&w, array, &c->row[i]);
	array = json_put_array(&w.out, root, "differences");
	for (size_t i = 0; i < c->differences; i++)
		put_difference(&w, array, &c->difference[i]);
	array = json_put_array(&w.out, root, "attribution");
	for (size_t s = 0; s < c->sets; s++)
		for (size_t i = 0; i < c->set[s]->cells; i++)
			put_attribution(&w, array, c->set[s], &c->set[s]->cell[i]);
	json_put_list(&w.out, root, "warnings", &c->warnings);
	return xjson_end(&w.out);
}
