// SPDX-License-Identifier: MIT
/* From JSON tree to record. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/internal.h"
#include "stats/histogram.h"
#include "system/json.h"

#define SCHEMA_NAME  "pinlat.record/"
#define SCHEMA_MAJOR 1
#define SCHEMA_MINOR 4

struct reader {
	struct json_in in;
	const struct lifted *lifted; /* lists that are not in the tree; NULL: all are */
	size_t used;		     /* of them */
};

static void read_field(const struct json_at *o, const struct field *f, void *base)
{
	char *at = (char *)base + f->offset;
	json_object *value;

	switch (f->kind) {
	case FIELD_TEXT:
		json_get_text(o, f->name, at, f->size);
		break;
	case FIELD_I32:
		json_get_i32(o, f->name, (int32_t *)(void *)at);
		break;
	case FIELD_U64:
		json_get_u64(o, f->name, (uint64_t *)(void *)at);
		break;
	case FIELD_REAL:
		if (json_find(o, f->name, &value))
			json_need_real(o, f->name, (double *)(void *)at);
		break;
	}
}

/* Reads object @key of @parent into @base by the table @f; absent is no error. */
static void read_fields(const struct json_at *parent, const char *key,
			const struct field *f, void *base)
{
	struct json_at o;

	if (json_open(parent, key, json_type_object, &o))
		for (; f->name; f++)
			read_field(&o, f, base);
}

/* Element @i of @array, or of what it stands for. */
static struct json_at element(const struct json_at *array, size_t i)
{
	return (struct json_at){ .in = array->in, .parent = array, .index = i };
}

/* Whether the buckets are those that a histogram has, and stand where they must. */
static void check_buckets(const struct json_at *array, const struct distribution *d)
{
	for (size_t i = 0; i < d->buckets; i++) {
		const struct distribution_bucket *b = &d->bucket[i];
		const struct json_at at = element(array, i);

		if (b->lower != histogram_lower(histogram_index(b->lower)))
			json_refuse(&at, NULL, "no bucket begins at %" PRIu64, b->lower);
		else if (b->count == 0)
			json_refuse(&at, NULL, "an empty bucket");
		else if (i > 0 && b->lower <= b[-1].lower)
			json_refuse(&at, NULL, "not ascending");
	}
}

/* What the buckets say must be what the totals say. */
static void check_totals(const struct json_at *o, const struct distribution *d)
{
	uint64_t count = 0, first, last;

	for (size_t i = 0; i < d->buckets; i++) {
		if (__builtin_add_overflow(count, d->bucket[i].count, &count)) {
			json_refuse(o, NULL, "bucket counts add up to more than 64 bits");
			return;
		}
	}
	if (count != d->count) {
		json_refuse(o, NULL,
			    "count is %" PRIu64 ", but the buckets hold %" PRIu64,
			    d->count, count);
		return;
	}
	if (count == 0) {
		if (d->min || d->max || d->sum)
			json_refuse(o, NULL, "no samples, but min, max or sum is not 0");
		return;
	}
	first = d->bucket[0].lower;
	last = d->bucket[d->buckets - 1].lower;
	if (d->min < first || d->min > histogram_upper(first))
		json_refuse(o, NULL, "min %" PRIu64 " is not in the first bucket",
			    d->min);
	else if (d->max < last || d->max > histogram_upper(last))
		json_refuse(o, NULL, "max %" PRIu64 " is not in the last bucket", d->max);
	else if (d->max < d->min)
		json_refuse(o, NULL, "max is below min");
}

static bool make_room(const struct json_at *array, struct distribution *d, size_t n)
{
	d->bucket = calloc(n, sizeof(*d->bucket));
	if (d->bucket)
		d->buckets = n;
	else
		json_no_memory(array);
	return d->bucket;
}

/* The buckets out of json-c's tree, each a pair [lower, count]. */
static void read_array(const struct json_at *array, struct distribution *d)
{
	size_t n = json_length(array);

	if (n == 0 || !make_room(array, d, n))
		return;
	for (size_t i = 0; i < n; i++) {
		json_object *pair = json_object_array_get_idx(array->value, i);
		struct json_at at = element(array, i);

		if (json_object_get_type(pair) != json_type_array ||
		    json_object_array_length(pair) != 2) {
			json_refuse(&at, NULL, "a pair [lower, count] expected");
			return;
		}
		at.value = json_object_array_get_idx(pair, 0);
		d->bucket[i].lower = json_u64(&at);
		at.value = json_object_array_get_idx(pair, 1);
		d->bucket[i].count = json_u64(&at);
	}
}

/* The buckets of the list that @value is the number of, if it is one. */
static bool read_lifted(struct reader *rd, const struct json_at *o, json_object *value,
			struct distribution *d)
{
	const struct lifted_list *list;
	uint64_t i = json_object_get_uint64(value);

	if (!rd->lifted || json_object_get_type(value) != json_type_int ||
	    i >= rd->lifted->n)
		return false;
	list = &rd->lifted->list[i];
	if (make_room(o, d, list->n))
		memcpy(d->bucket, &rd->lifted->bucket[list->first],
		       list->n * sizeof(*d->bucket));
	rd->used++;
	return true;
}

/* Reads histogram @key of @parent; whether it is there. */
static bool read_distribution(struct reader *rd, const struct json_at *parent,
			      const char *key, struct distribution *d)
{
	struct json_at o, quantiles, array;
	json_object *value;

	if (!json_open(parent, key, json_type_object, &o))
		return false;
	json_need_u64(&o, "count", &d->count);
	json_need_u64(&o, "min", &d->min);
	json_need_u64(&o, "max", &d->max);
	json_need_u64(&o, "sum", &d->sum);
	/* Quantiles are for other readers: ours come from the buckets. */
	json_open(&o, "quantiles", json_type_object, &quantiles);
	json_find(&o, "buckets", &value);
	if (!read_lifted(rd, &o, value, d) &&
	    json_need(&o, "buckets", json_type_array, &array))
		read_array(&array, d);
	array = (struct json_at){ .in = o.in, .parent = &o, .key = "buckets" };
	check_buckets(&array, d);
	check_totals(&o, d);
	return true;
}

static void read_per_cpu(struct reader *rd, const struct json_at *latency,
			 struct record *r)
{
	struct json_at array, o;
	json_object *number;
	size_t n;

	if (!json_open(latency, "per_cpu", json_type_array, &array))
		return;
	n = json_length(&array);
	if (n == 0)
		return;
	r->cpu = calloc(n, sizeof(*r->cpu));
	if (!r->cpu) {
		json_no_memory(&array);
		return;
	}
	r->cpus = n;
	for (size_t i = 0; i < n && json_item(&array, i, json_type_object, &o); i++) {
		if (!json_find(&o, "cpu", &number))
			json_refuse(&o, "cpu", "missing");
		json_get_i32(&o, "cpu", &r->cpu[i].cpu);
		read_distribution(rd, &o, "scheduled", &r->cpu[i].scheduled);
		read_fields(&o, "rusage", record_rusage_fields, &r->cpu[i]);
	}
}

static void read_latency(struct reader *rd, const struct json_at *root, struct record *r)
{
	struct json_at latency, thp;
	char unit[16] = "ns";
	bool any = false;

	if (json_open(root, "latency", json_type_object, &latency)) {
		any = read_distribution(rd, &latency, "scheduled", &r->scheduled);
		any |= read_distribution(rd, &latency, "woken", &r->woken);
		json_get_text(&latency, "unit", unit, sizeof(unit));
		if (strcmp(unit, "ns") != 0)
			json_refuse(&latency, "unit", "\"%s\" is not \"ns\"", unit);
		read_per_cpu(rd, &latency, r);
	}
	if (json_open(root, "thp", json_type_object, &thp)) {
		any |= read_distribution(rd, &thp, "huge", &r->huge);
		any |= read_distribution(rd, &thp, "fallback", &r->fallback);
		json_get_u64(&thp, "after_window_ns", &r->after_window_ns);
	}
	if (!any)
		json_refuse(root, NULL,
			    "no histogram: neither latency.scheduled nor any other");
}

static void read_pageout(struct reader *rd, const struct json_at *root, struct record *r)
{
	struct json_at array, o;
	size_t n;

	if (!json_open(root, "pageout", json_type_array, &array))
		return;
	n = json_length(&array);
	if (n == 0)
		return;
	r->pageout.row = calloc(n, sizeof(*r->pageout.row));
	if (!r->pageout.row) {
		json_no_memory(&array);
		return;
	}
	r->pageout.rows = n;
	for (size_t i = 0; i < n && json_item(&array, i, json_type_object, &o); i++) {
		struct record_pageout_row *row = &r->pageout.row[i];

		for (const struct field *f = record_pageout_fields; f->name; f++)
			read_field(&o, f, row);
		read_distribution(rd, &o, "time", &row->time);
	}
}

static void read_texts(const struct json_at *validity, const char *key, struct record *r,
		       int (*add)(struct record *, const char *, ...))
{
	struct json_at array, text;

	if (!json_open(validity, key, json_type_array, &array))
		return;
	for (size_t i = 0; i < json_length(&array); i++) {
		const char *s = json_item(&array, i, json_type_string, &text)
					? json_text(&text)
					: "";

		if (text.in->error == 0 && add(r, "%s", s) < 0)
			json_no_memory(&text);
	}
}

static void read_validity(const struct json_at *root, struct record *r)
{
	struct json_at validity;
	bool valid = false;

	if (!json_need(root, "validity", json_type_object, &validity))
		return;
	json_need_bool(&validity, "valid", &valid);
	read_texts(&validity, "reasons", r, record_invalidate);
	read_texts(&validity, "notes", r, record_note);
	if (valid && r->reasons > 0)
		json_refuse(&validity, NULL, "valid, but with reasons why it is not");
	r->valid = valid;
}

/* Keeps @key of @o, an object or array, as it is. */
static void keep_tree(const struct json_at *o, const char *key, json_type type,
		      json_object **kept)
{
	struct json_at at;

	if (json_open(o, key, type, &at))
		*kept = json_object_get(at.value);
}

static void read_timeline(const struct json_at *root, struct record *r)
{
	struct json_at array, o;

	if (!json_open(root, "timeline", json_type_array, &array))
		return;
	for (size_t i = 0; i < json_length(&array); i++)
		json_item(&array, i, json_type_object, &o);
	r->timeline = json_object_get(array.value);
}

/* Before 1.4 the loop was called sparse, after its file of holes. */
static void name_loop(struct record *r)
{
	char *walker = r->config.walker;
	size_t was = strlen("sparse"), is = strlen("loop");

	if (strncmp(walker, "sparse:", was + 1) == 0) {
		memcpy(walker, "loop", is);
		memmove(walker + is, walker + was, strlen(walker + was) + 1);
	}
	if (strcmp(r->load.walker, "sparse") == 0)
		snprintf(r->load.walker, sizeof(r->load.walker), "loop");
}

static void read_load(const struct json_at *root, struct record *r)
{
	struct json_at load;

	read_fields(root, "load", record_load_fields, &r->load);
	if (json_open(root, "load", json_type_object, &load))
		read_fields(&load, "walker", record_walker_fields, &r->load);
}

static void read_split(const struct json_at *attribution, const char *key,
		       struct attribution_split *split, unsigned int *seen)
{
	json_object *cause;
	struct json_at o;

	if (!json_need(attribution, key, json_type_object, &o))
		return;
	read_fields(attribution, key, record_split_sums, split);
	read_fields(attribution, key, record_split_causes, split);
	for (int i = 0; i < CAUSES; i++)
		if (json_find(&o, record_split_causes[i].name, &cause))
			*seen |= 1u << i;
}

static void read_attribution(const struct json_at *root, struct record_attribution *a)
{
	struct json_at o;

	if (!json_open(root, "attribution", json_type_object, &o))
		return;
	a->present = true;
	json_get_u64(&o, "slow_from_ns", &a->slow_from_ns);
	read_split(&o, "all", &a->all, &a->seen);
	read_split(&o, "slow", &a->slow, &a->seen);
	keep_tree(&o, "sources", json_type_object, &a->sources);
}

/* The minor version. */
static unsigned int read_schema(const struct json_at *root)
{
	unsigned int major = 0, minor = 0;
	json_object *value;
	struct json_at schema;
	const char *text;
	int end = 0;

	if (!json_find(root, "schema", &value))
		json_refuse(root, "schema", "missing, so this is no pinlat record");
	if (!json_open(root, "schema", json_type_string, &schema))
		return 0;
	text = json_text(&schema);
	if (root->in->error < 0)
		return 0;
	if (sscanf(text, SCHEMA_NAME "%4u.%4u%n", &major, &minor, &end) != 2 || text[end])
		json_refuse(root, "schema", "\"%.60s\" is not " SCHEMA_NAME "%d.x", text,
			    SCHEMA_MAJOR);
	else if (major != SCHEMA_MAJOR)
		json_refuse(root, "schema", "version %u.%u, this pinlat reads %d.x",
			    major, minor, SCHEMA_MAJOR);
	if (root->in->error < 0)
		root->in->error = -EPROTONOSUPPORT;
	return minor;
}

/* Says in @r->ignored which fields of @root a newer minor version has added. */
static void name_ignored(const struct json_at *root, struct record *r)
{
	static const char known[] =
		"schema subtest label boot_id seq seed start config environment validity latency thp pageout periods load counters timeline attribution explain stopped";

	json_object_object_foreach(root->value, key, value) {
		char *longer;

		(void)value;
		if (text_has_word(known, " ", key))
			continue;
		if (asprintf(&longer, "%s%s%s", r->ignored ? r->ignored : "",
			     r->ignored ? ", " : "", key) < 0) {
			json_no_memory(root);
			return;
		}
		free(r->ignored);
		r->ignored = longer;
	}
}

static void read_identity(const struct json_at *root, struct record *r)
{
	json_object *boot;

	json_need_copy(root, "subtest", &r->subtest);
	json_need_copy(root, "label", &r->label);
	if (json_find(root, "boot_id", &boot))
		json_need_copy(root, "boot_id", &r->boot_id);
	json_get_u64(root, "seq", &r->seq);
	json_get_u64(root, "seed", &r->seed);
	json_get_text(root, "start", r->start, sizeof(r->start));
	if (!r->boot_id)
		r->boot_id = strdup("");
	if (!r->boot_id)
		json_no_memory(root);
}

int record_from_json(struct record *r, json_object *tree, const struct lifted *lifted,
		     char *why, size_t size)
{
	struct reader rd = { .in = { .why = why, .size = size }, .lifted = lifted };
	struct json_at root;
	unsigned int minor;

	*why = '\0';
	root = json_at(&rd.in, tree);
	minor = read_schema(&root);
	record_init(r);
	read_identity(&root, r);
	read_fields(&root, "config", record_config_fields, &r->config);
	keep_tree(&root, "environment", json_type_object, &r->environment);
	read_validity(&root, r);
	read_latency(&rd, &root, r);
	read_pageout(&rd, &root, r);
	read_fields(&root, "periods", record_periods_fields, r);
	read_attribution(&root, &r->attribution);
	read_load(&root, r);
	name_loop(r);
	keep_tree(&root, "counters", json_type_object, &r->counters);
	read_timeline(&root, r);
	keep_tree(&root, "explain", json_type_object, &r->explain);
	keep_tree(&root, "stopped", json_type_object, &r->stopped);
	if (minor > SCHEMA_MINOR)
		name_ignored(&root, r);
	/* A list that is in none of the histograms is missing elsewhere. */
	if (rd.in.error == 0 && lifted && rd.used != lifted->n)
		json_refuse(&root, NULL, "a list of buckets stands elsewhere");
	if (rd.in.error < 0)
		record_free(r);
	return rd.in.error;
}
