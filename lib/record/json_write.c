// SPDX-License-Identifier: MIT
#include "record/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/fields-private.h"
#include "record/json_text-private.h"
#include "system/cleanup.h"

/* Quantiles that every histogram states, with the names that readers look for. */
static const struct {
	const char *name;
	double p;
} stated_quantiles[] = {
	{ "p50", 0.5 },	 { "p90", 0.9 },     { "p95", 0.95 },
	{ "p99", 0.99 }, { "p99.9", 0.999 },
};

static json_object *field_value(const struct field *f, const void *base)
{
	const char *at = (const char *)base + f->offset;

	switch (f->kind) {
	case FIELD_TEXT:
		return _json_text(at);
	case FIELD_I32:
		return json_object_new_int(*(const int32_t *)(const void *)at);
	case FIELD_U64:
		break;
	}
	return json_object_new_uint64(*(const uint64_t *)(const void *)at);
}

static int put_fields(json_object *to, const struct field *f, const void *base)
{
	int ret = 0;

	for (; f->name && ret == 0; f++)
		ret = _json_put(to, f->name, field_value(f, base));
	return ret;
}

/* The fields of @f as an object of their own. */
static json_object *fields_object(const struct field *f, const void *base)
{
	json_object *o = json_object_new_object();

	if (o && put_fields(o, f, base) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static json_object *quantiles_object(const struct distribution *d)
{
	json_object *o = json_object_new_object();
	int ret = o ? 0 : -ENOMEM;

	for (size_t i = 0; i < sizeof(stated_quantiles) / sizeof(*stated_quantiles);
	     i++) {
		const char *name = stated_quantiles[i].name;
		double p = stated_quantiles[i].p;

		if (ret < 0)
			break;
		if (distribution_supports(d, p))
			ret = _json_put_u64(o, name, distribution_quantile(d, p));
		else if (json_object_object_add(o, name, NULL) < 0) /* JSON's null */
			ret = -ENOMEM;
	}
	if (ret == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static json_object *bucket_pair(const struct distribution_bucket *b)
{
	json_object *pair = json_object_new_array_ext(2);

	if (_json_append(pair, json_object_new_uint64(b->lower)) == 0 &&
	    _json_append(pair, json_object_new_uint64(b->count)) == 0)
		return pair;
	json_object_put(pair);
	return NULL;
}

static json_object *buckets_array(const struct distribution *d)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < d->buckets; i++) {
		if (_json_append(array, bucket_pair(&d->bucket[i])) < 0) {
			json_object_put(array);
			return NULL;
		}
	}
	return array;
}

static json_object *distribution_object(const struct distribution *d)
{
	json_object *o = json_object_new_object();

	if (_json_put_u64(o, "count", d->count) == 0 &&
	    _json_put_u64(o, "min", d->min) == 0 &&
	    _json_put_u64(o, "max", d->max) == 0 &&
	    _json_put_u64(o, "sum", d->sum) == 0 &&
	    _json_put(o, "quantiles", quantiles_object(d)) == 0 &&
	    _json_put(o, "buckets", buckets_array(d)) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static json_object *cpu_object(const struct record_cpu *cpu)
{
	json_object *o = json_object_new_object();

	if (_json_put(o, "cpu", json_object_new_int(cpu->cpu)) == 0 &&
	    _json_put(o, "scheduled", distribution_object(&cpu->scheduled)) == 0 &&
	    _json_put(o, "rusage", fields_object(_record_rusage_fields, cpu)) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static json_object *per_cpu_array(const struct record *r)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < r->cpus; i++) {
		if (_json_append(array, cpu_object(&r->cpu[i])) < 0) {
			json_object_put(array);
			return NULL;
		}
	}
	return array;
}

static json_object *texts_array(char *const *text, size_t n)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		if (_json_append(array, _json_text(text[i])) < 0) {
			json_object_put(array);
			return NULL;
		}
	}
	return array;
}

static json_object *validity_object(const struct record *r)
{
	json_object *o = json_object_new_object();

	if (_json_put(o, "valid", json_object_new_boolean(r->valid)) == 0 &&
	    _json_put(o, "reasons", texts_array(r->reason, r->reasons)) == 0 &&
	    _json_put(o, "notes", texts_array(r->note, r->notes)) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static json_object *latency_object(const struct record *r)
{
	json_object *o = json_object_new_object();

	if (_json_put_text(o, "unit", "ns") == 0 &&
	    _json_put(o, "scheduled", distribution_object(&r->scheduled)) == 0 &&
	    _json_put(o, "woken", distribution_object(&r->woken)) == 0 &&
	    _json_put(o, "per_cpu", per_cpu_array(r)) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static json_object *thp_object(const struct record *r)
{
	json_object *o = json_object_new_object();

	if (_json_put(o, "huge", distribution_object(&r->huge)) == 0 &&
	    _json_put(o, "fallback", distribution_object(&r->fallback)) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

/* Adds another reference to a tree that the record goes on to own; none is no error. */
static int put_shared(json_object *to, const char *key, json_object *tree)
{
	return tree ? _json_put(to, key, json_object_get(tree)) : 0;
}

static json_object *split_object(const struct attribution_split *split, unsigned int seen)
{
	json_object *o = fields_object(_record_split_sums, split);
	int ret = o ? 0 : -ENOMEM;

	for (int i = 0; i < CAUSES && ret == 0; i++) {
		if (seen & 1u << i)
			ret = _json_put(o, _record_split_causes[i].name,
					field_value(&_record_split_causes[i], split));
	}
	if (ret == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static json_object *attribution_object(const struct record_attribution *a)
{
	json_object *o = json_object_new_object();

	if (_json_put_u64(o, "slow_from_ns", a->slow_from_ns) == 0 &&
	    _json_put(o, "all", split_object(&a->all, a->seen)) == 0 &&
	    _json_put(o, "slow", split_object(&a->slow, a->seen)) == 0 &&
	    put_shared(o, "sources", a->sources) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static json_object *load_object(const struct record *r)
{
	json_object *o = fields_object(_record_load_fields, &r->load);

	if (_json_put(o, "walker", fields_object(_record_walker_fields, &r->load)) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

/* Who, where and when. What is not known is left out. */
static int put_identity(json_object *o, const struct record *r)
{
	int ret = _json_put_text(o, "schema", RECORD_SCHEMA);

	if (ret == 0)
		ret = _json_put_text(o, "subtest", r->subtest);
	if (ret == 0)
		ret = _json_put_text(o, "label", r->label);
	if (ret == 0 && r->boot_id && *r->boot_id)
		ret = _json_put_text(o, "boot_id", r->boot_id);
	if (ret == 0)
		ret = _json_put_u64(o, "seq", r->seq);
	if (ret == 0)
		ret = _json_put_u64(o, "seed", r->seed);
	if (ret == 0 && *r->start)
		ret = _json_put_text(o, "start", r->start);
	return ret;
}

json_object *record_to_json(const struct record *r)
{
	json_object *o = json_object_new_object();
	bool thp = r->subtest && strncmp(r->subtest, "thp-", 4) == 0;

	if (put_identity(o, r) == 0 &&
	    _json_put(o, "config", fields_object(_record_config_fields, &r->config)) ==
		    0 &&
	    put_shared(o, "environment", r->environment) == 0 &&
	    _json_put(o, "validity", validity_object(r)) == 0 &&
	    _json_put(o, "latency", latency_object(r)) == 0 &&
	    (!thp || _json_put(o, "thp", thp_object(r)) == 0) &&
	    _json_put(o, "periods", fields_object(_record_periods_fields, r)) == 0 &&
	    (!r->attribution.present ||
	     _json_put(o, "attribution", attribution_object(&r->attribution)) == 0) &&
	    _json_put(o, "load", load_object(r)) == 0 &&
	    put_shared(o, "counters", r->counters) == 0 &&
	    put_shared(o, "timeline", r->timeline) == 0 &&
	    put_shared(o, "explain", r->explain) == 0 &&
	    put_shared(o, "stopped", r->stopped) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

char *record_to_line(const struct record *r)
{
	_cleanup_(_json_release) json_object *root = record_to_json(r);
	const char *text;

	if (!root)
		return NULL;
	text = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	return text ? strdup(text) : NULL;
}
