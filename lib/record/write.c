// SPDX-License-Identifier: MIT
/* From record to JSON. */
#include <stdlib.h>
#include <string.h>

#include "record/internal.h"
#include "system/cleanup.h"
#include "system/json.h"

/* Quantiles that every histogram states, with the names that readers look for. */
static const struct {
	const char *name;
	double p;
} stated_quantiles[] = {
	{ "p50", 0.5 },	 { "p90", 0.9 },     { "p95", 0.95 },
	{ "p99", 0.99 }, { "p99.9", 0.999 },
};

static void put_field(struct json_out *out, json_object *to, const struct field *f,
		      const void *base)
{
	const void *at = (const char *)base + f->offset;

	switch (f->kind) {
	case FIELD_TEXT:
		json_put_text(out, to, f->name, at);
		break;
	case FIELD_I32:
		json_put_i64(out, to, f->name, *(const int32_t *)at);
		break;
	case FIELD_U64:
		json_put_u64(out, to, f->name, *(const uint64_t *)at);
		break;
	}
}

/* The fields of @f as object @key; returns that. */
static json_object *put_fields(struct json_out *out, json_object *to, const char *key,
			       const struct field *f, const void *base)
{
	json_object *o = json_put_object(out, to, key);

	for (; f->name; f++)
		put_field(out, o, f, base);
	return o;
}

static void put_distribution(struct json_out *out, json_object *to, const char *key,
			     const struct distribution *d)
{
	json_object *o = json_put_object(out, to, key), *quantiles, *buckets, *pair;

	json_put_u64(out, o, "count", d->count);
	json_put_u64(out, o, "min", d->min);
	json_put_u64(out, o, "max", d->max);
	json_put_u64(out, o, "sum", d->sum);
	quantiles = json_put_object(out, o, "quantiles");
	for (size_t i = 0; i < sizeof(stated_quantiles) / sizeof(*stated_quantiles);
	     i++) {
		const char *name = stated_quantiles[i].name;
		double p = stated_quantiles[i].p;

		if (distribution_supports(d, p))
			json_put_u64(out, quantiles, name, distribution_quantile(d, p));
		else
			json_put_null(out, quantiles, name);
	}
	buckets = json_put_array(out, o, "buckets");
	for (size_t i = 0; i < d->buckets; i++) {
		pair = json_put_array(out, buckets, NULL);
		json_put_u64(out, pair, NULL, d->bucket[i].lower);
		json_put_u64(out, pair, NULL, d->bucket[i].count);
	}
}

static void put_validity(struct json_out *out, const struct record *r)
{
	json_object *o = json_put_object(out, out->root, "validity");

	json_put_bool(out, o, "valid", r->valid);
	json_put_texts(out, o, "reasons", (const char *const *)r->reason, r->reasons);
	json_put_texts(out, o, "notes", (const char *const *)r->note, r->notes);
}

static void put_latency(struct json_out *out, const struct record *r)
{
	json_object *o = json_put_object(out, out->root, "latency"), *array;

	json_put_text(out, o, "unit", "ns");
	put_distribution(out, o, "scheduled", &r->scheduled);
	put_distribution(out, o, "woken", &r->woken);
	array = json_put_array(out, o, "per_cpu");
	for (size_t i = 0; i < r->cpus; i++) {
		json_object *cpu = json_put_object(out, array, NULL);

		json_put_i64(out, cpu, "cpu", r->cpu[i].cpu);
		put_distribution(out, cpu, "scheduled", &r->cpu[i].scheduled);
		put_fields(out, cpu, "rusage", record_rusage_fields, &r->cpu[i]);
	}
}

static void put_split(struct json_out *out, json_object *to, const char *key,
		      const struct attribution_split *split, unsigned int seen)
{
	json_object *o = put_fields(out, to, key, record_split_sums, split);

	for (int i = 0; i < CAUSES; i++)
		if (seen & 1u << i)
			put_field(out, o, &record_split_causes[i], split);
}

static void put_attribution(struct json_out *out, const struct record_attribution *a)
{
	json_object *o = json_put_object(out, out->root, "attribution");

	json_put_u64(out, o, "slow_from_ns", a->slow_from_ns);
	put_split(out, o, "all", &a->all, a->seen);
	put_split(out, o, "slow", &a->slow, a->seen);
	json_put_kept(out, o, "sources", a->sources);
}

/* Who, where and when. What is not known is left out. */
static void put_identity(struct json_out *out, const struct record *r)
{
	json_put_text(out, out->root, "schema", RECORD_SCHEMA);
	json_put_text(out, out->root, "subtest", r->subtest);
	json_put_text(out, out->root, "label", r->label);
	if (r->boot_id && *r->boot_id)
		json_put_text(out, out->root, "boot_id", r->boot_id);
	json_put_u64(out, out->root, "seq", r->seq);
	json_put_u64(out, out->root, "seed", r->seed);
	if (*r->start)
		json_put_text(out, out->root, "start", r->start);
}

static void put_record(struct json_out *out, const struct record *r)
{
	json_object *root = out->root, *o;

	put_identity(out, r);
	put_fields(out, root, "config", record_config_fields, &r->config);
	json_put_kept(out, root, "environment", r->environment);
	put_validity(out, r);
	put_latency(out, r);
	if (r->subtest && strncmp(r->subtest, "thp-", 4) == 0) {
		o = json_put_object(out, root, "thp");
		put_distribution(out, o, "huge", &r->huge);
		put_distribution(out, o, "fallback", &r->fallback);
	}
	put_fields(out, root, "periods", record_periods_fields, r);
	if (r->attribution.present)
		put_attribution(out, &r->attribution);
	o = put_fields(out, root, "load", record_load_fields, &r->load);
	put_fields(out, o, "walker", record_walker_fields, &r->load);
	json_put_kept(out, root, "counters", r->counters);
	json_put_kept(out, root, "timeline", r->timeline);
	json_put_kept(out, root, "explain", r->explain);
	json_put_kept(out, root, "stopped", r->stopped);
}

char *record_to_line(const struct record *r)
{
	CLEANUP(json_release) json_object *root = NULL;
	struct json_out out;
	const char *text;

	json_begin(&out);
	put_record(&out, r);
	if (json_end(&out, &root) < 0)
		return NULL;
	text = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	return text ? strdup(text) : NULL;
}
