// SPDX-License-Identifier: MIT
#include "record/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/fields-private.h"
#include "record/json_read-private.h"
#include "stats/histogram.h"

#define SCHEMA_NAME  "pinlat.record/"
#define SCHEMA_MAJOR 1
#define SCHEMA_MINOR 2

struct reader {
	char *why; /* where to say what is wrong */
	size_t size;
	const struct lifted *lifted; /* lists that are not in the tree; NULL: all are */
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct reader *rd,
							const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(rd->why, rd->size, format, args);
	va_end(args);
	return -EINVAL;
}

static int refuse_type(const struct reader *rd, const char *where, const char *key,
		       const char *wanted, json_object *found)
{
	return refuse(rd, "%s%s%s: %s expected, %s found", where, *where ? "." : "", key,
		      wanted, json_type_to_name(json_object_get_type(found)));
}

/* Finds @key of @object; returns whether it is there. JSON's null is there. */
static bool find(json_object *object, const char *key, json_object **value)
{
	return json_object_object_get_ex(object, key, value);
}

/* The object or array @key of @object: 1 there, 0 absent, -EINVAL. */
static int find_tree(const struct reader *rd, json_object *object, const char *where,
		     const char *key, json_type type, json_object **tree)
{
	if (!find(object, key, tree))
		return 0;
	if (json_object_get_type(*tree) != type)
		return refuse_type(rd, where, key, json_type_to_name(type), *tree);
	return 1;
}

static int u64_of(const struct reader *rd, const char *where, const char *key,
		  json_object *value, uint64_t *number)
{
	if (json_object_get_type(value) != json_type_int)
		return refuse_type(rd, where, key, "whole number", value);
	if (json_object_get_int64(value) < 0)
		return refuse(rd, "%s%s%s: %" PRId64 " is negative", where,
			      *where ? "." : "", key, json_object_get_int64(value));
	*number = json_object_get_uint64(value);
	return 0;
}

/* A number that may be absent, which leaves @value as it is. */
static int optional_u64(const struct reader *rd, json_object *object, const char *where,
			const char *key, uint64_t *value)
{
	json_object *o;

	return find(object, key, &o) ? u64_of(rd, where, key, o, value) : 0;
}

static int required_u64(const struct reader *rd, json_object *object, const char *where,
			const char *key, uint64_t *value)
{
	json_object *o;

	if (!find(object, key, &o))
		return refuse(rd, "%s.%s: missing", where, key);
	return u64_of(rd, where, key, o, value);
}

/* The text in @value, which stays JSON's; none of ours may hold a NUL. */
static int text_of(const struct reader *rd, const char *where, const char *key,
		   json_object *value, const char **text)
{
	if (json_object_get_type(value) != json_type_string)
		return refuse_type(rd, where, key, "string", value);
	*text = json_object_get_string(value);
	if (strlen(*text) != (size_t)json_object_get_string_len(value))
		return refuse(rd, "%s%s%s: holds a NUL character", where,
			      *where ? "." : "", key);
	return 0;
}

/* A text that is there and not empty, as a copy that the caller owns. */
static int required_text(const struct reader *rd, json_object *root, const char *key,
			 char **copy)
{
	json_object *o;
	const char *text = "";
	int ret;

	if (!find(root, key, &o))
		return refuse(rd, "%s: missing", key);
	ret = text_of(rd, "", key, o, &text);
	if (ret < 0)
		return ret;
	if (!*text)
		return refuse(rd, "%s: empty", key);
	*copy = strdup(text);
	return *copy ? 0 : -ENOMEM;
}

/* A text that fits @size bytes; absent leaves @buf as it is. */
static int optional_text(const struct reader *rd, json_object *object, const char *where,
			 const char *key, char *buf, size_t size)
{
	json_object *o;
	const char *text = "";
	int ret;

	if (!find(object, key, &o))
		return 0;
	ret = text_of(rd, where, key, o, &text);
	if (ret < 0)
		return ret;
	if (strlen(text) >= size)
		return refuse(rd, "%s%s%s: longer than %zu bytes", where,
			      *where ? "." : "", key, size - 1);
	memcpy(buf, text, strlen(text) + 1);
	return 0;
}

static int optional_i32(const struct reader *rd, json_object *object, const char *where,
			const char *key, int32_t *value)
{
	uint64_t u;
	json_object *o;
	int ret;

	if (!find(object, key, &o))
		return 0;
	ret = u64_of(rd, where, key, o, &u);
	if (ret < 0)
		return ret;
	if (u > INT32_MAX)
		return refuse(rd, "%s.%s: %" PRIu64 " is too large", where, key, u);
	*value = (int32_t)u;
	return 0;
}

static int read_field(const struct reader *rd, json_object *from, const char *where,
		      const struct field *f, void *base)
{
	char *at = (char *)base + f->offset;

	switch (f->kind) {
	case FIELD_TEXT:
		return optional_text(rd, from, where, f->name, at, f->size);
	case FIELD_I32:
		return optional_i32(rd, from, where, f->name, (int32_t *)(void *)at);
	case FIELD_U64:
		break;
	}
	return optional_u64(rd, from, where, f->name, (uint64_t *)(void *)at);
}

/* Reads object @key of @parent into @base by the table @f; absent is no error. */
static int read_fields(const struct reader *rd, json_object *parent, const char *where,
		       const char *key, const struct field *f, void *base)
{
	json_object *o;
	char path[96];
	int ret = find_tree(rd, parent, where, key, json_type_object, &o);

	if (ret <= 0)
		return ret;
	snprintf(path, sizeof(path), "%s%s%s", where, *where ? "." : "", key);
	for (ret = 0; f->name && ret == 0; f++)
		ret = read_field(rd, o, path, f, base);
	return ret;
}

/* The pair [lower, count] as bucket @b. */
static int read_bucket(const struct reader *rd, json_object *pair, const char *where,
		       size_t i, struct distribution_bucket *b)
{
	char key[40];
	int ret;

	snprintf(key, sizeof(key), "buckets[%zu]", i);
	if (json_object_get_type(pair) != json_type_array ||
	    json_object_array_length(pair) != 2)
		return refuse(rd, "%s.%s: a pair [lower, count] expected", where, key);
	ret = u64_of(rd, where, key, json_object_array_get_idx(pair, 0), &b->lower);
	if (ret < 0)
		return ret;
	return u64_of(rd, where, key, json_object_array_get_idx(pair, 1), &b->count);
}

/* Whether bucket @i is one that a histogram has, and stands where it must. */
static int check_bucket(const struct reader *rd, const char *where,
			const struct distribution *d, size_t i)
{
	const struct distribution_bucket *b = &d->bucket[i];

	if (b->lower != histogram_lower(histogram_index(b->lower)))
		return refuse(rd, "%s.buckets[%zu]: no bucket begins at %" PRIu64, where,
			      i, b->lower);
	if (b->count == 0)
		return refuse(rd, "%s.buckets[%zu]: an empty bucket", where, i);
	if (i > 0 && b->lower <= d->bucket[i - 1].lower)
		return refuse(rd, "%s.buckets[%zu]: not ascending", where, i);
	return 0;
}

/* What the buckets say must be what the totals say. */
static int check_totals(const struct reader *rd, const char *where,
			const struct distribution *d)
{
	const struct distribution_bucket *last;
	uint64_t count = 0;

	for (size_t i = 0; i < d->buckets; i++)
		if (__builtin_add_overflow(count, d->bucket[i].count, &count))
			return refuse(rd, "%s: bucket counts add up to more than 64 bits",
				      where);
	if (count != d->count)
		return refuse(rd,
			      "%s: count is %" PRIu64 ", but the buckets hold %" PRIu64,
			      where, d->count, count);
	if (count == 0) {
		if (d->min || d->max || d->sum)
			return refuse(rd, "%s: no samples, but min, max or sum is not 0",
				      where);
		return 0;
	}
	last = &d->bucket[d->buckets - 1];
	if (d->min < d->bucket[0].lower || d->min > histogram_upper(d->bucket[0].lower))
		return refuse(rd, "%s: min %" PRIu64 " is not in the first bucket", where,
			      d->min);
	if (d->max < last->lower || d->max > histogram_upper(last->lower))
		return refuse(rd, "%s: max %" PRIu64 " is not in the last bucket", where,
			      d->max);
	if (d->max < d->min)
		return refuse(rd, "%s: max is below min", where);
	return 0;
}

/* The buckets of histogram @o out of json-c's tree. */
static int read_array(const struct reader *rd, json_object *o, const char *where,
		      struct distribution *d)
{
	json_object *array;
	int ret = find_tree(rd, o, where, "buckets", json_type_array, &array);

	if (ret == 0)
		return refuse(rd, "%s.buckets: missing", where);
	if (ret < 0 || json_object_array_length(array) == 0)
		return ret < 0 ? ret : 0;
	d->bucket = calloc(json_object_array_length(array), sizeof(*d->bucket));
	if (!d->bucket)
		return -ENOMEM;
	d->buckets = json_object_array_length(array);
	for (size_t i = 0; i < d->buckets; i++) {
		ret = read_bucket(rd, json_object_array_get_idx(array, i), where, i,
				  &d->bucket[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int read_buckets(const struct reader *rd, json_object *o, const char *where,
			struct distribution *d)
{
	json_object *value;
	int ret = 0;

	if (rd->lifted && find(o, "buckets", &value))
		ret = _lifted_buckets(rd->lifted, value, d);
	if (ret == 0)
		ret = read_array(rd, o, where, d);
	for (size_t i = 0; i < d->buckets && ret >= 0; i++)
		ret = check_bucket(rd, where, d, i);
	return ret < 0 ? ret : check_totals(rd, where, d);
}

/* Reads histogram @key of @parent: 1 there, 0 absent, -errno. */
static int read_distribution(const struct reader *rd, json_object *parent,
			     const char *where, const char *key, struct distribution *d)
{
	json_object *o, *quantiles;
	char path[96];
	int ret = find_tree(rd, parent, where, key, json_type_object, &o);

	if (ret <= 0)
		return ret;
	snprintf(path, sizeof(path), "%s.%s", where, key);
	ret = required_u64(rd, o, path, "count", &d->count);
	if (ret == 0)
		ret = required_u64(rd, o, path, "min", &d->min);
	if (ret == 0)
		ret = required_u64(rd, o, path, "max", &d->max);
	if (ret == 0)
		ret = required_u64(rd, o, path, "sum", &d->sum);
	/* Quantiles are for other readers: ours come from the buckets. */
	if (ret == 0)
		ret = find_tree(rd, o, path, "quantiles", json_type_object, &quantiles);
	if (ret < 0)
		return ret;
	ret = read_buckets(rd, o, path, d);
	return ret < 0 ? ret : 1;
}

static int read_cpu(const struct reader *rd, json_object *o, size_t i,
		    struct record_cpu *cpu)
{
	json_object *number;
	char where[48];
	int ret;

	snprintf(where, sizeof(where), "latency.per_cpu[%zu]", i);
	if (json_object_get_type(o) != json_type_object)
		return refuse(rd, "%s: object expected, %s found", where,
			      json_type_to_name(json_object_get_type(o)));
	if (!find(o, "cpu", &number))
		return refuse(rd, "%s.cpu: missing", where);
	ret = optional_i32(rd, o, where, "cpu", &cpu->cpu);
	if (ret == 0)
		ret = read_distribution(rd, o, where, "scheduled", &cpu->scheduled);
	if (ret < 0)
		return ret;
	return read_fields(rd, o, where, "rusage", _record_rusage_fields, cpu);
}

static int read_per_cpu(const struct reader *rd, json_object *latency, struct record *r)
{
	json_object *array;
	int ret = find_tree(rd, latency, "latency", "per_cpu", json_type_array, &array);

	if (ret <= 0 || json_object_array_length(array) == 0)
		return ret < 0 ? ret : 0;
	r->cpu = calloc(json_object_array_length(array), sizeof(*r->cpu));
	if (!r->cpu)
		return -ENOMEM;
	r->cpus = json_object_array_length(array);
	for (size_t i = 0; i < r->cpus; i++) {
		ret = read_cpu(rd, json_object_array_get_idx(array, i), i, &r->cpu[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Reads the histograms of object @key; returns how many there were, or -errno. */
static int read_pair(const struct reader *rd, json_object *root, const char *key,
		     const char *first, struct distribution *a, const char *second,
		     struct distribution *b)
{
	json_object *o;
	int n, ret = find_tree(rd, root, "", key, json_type_object, &o);

	if (ret <= 0)
		return ret;
	n = read_distribution(rd, o, key, first, a);
	if (n < 0)
		return n;
	ret = read_distribution(rd, o, key, second, b);
	return ret < 0 ? ret : n + ret;
}

static int read_latency(const struct reader *rd, json_object *root, struct record *r)
{
	json_object *latency;
	char unit[16] = "ns";
	int n, thp, ret;

	n = read_pair(rd, root, "latency", "scheduled", &r->scheduled, "woken",
		      &r->woken);
	if (n < 0)
		return n;
	thp = read_pair(rd, root, "thp", "huge", &r->huge, "fallback", &r->fallback);
	if (thp < 0)
		return thp;
	if (n + thp == 0)
		return refuse(rd,
			      "no histogram: neither latency.scheduled nor any other");
	if (!find(root, "latency", &latency))
		return 0;
	ret = optional_text(rd, latency, "latency", "unit", unit, sizeof(unit));
	if (ret < 0)
		return ret;
	if (strcmp(unit, "ns") != 0)
		return refuse(rd, "latency.unit: \"%s\" is not \"ns\"", unit);
	return read_per_cpu(rd, latency, r);
}

static int read_texts(const struct reader *rd, json_object *validity, const char *key,
		      struct record *r, int (*add)(struct record *, const char *, ...))
{
	json_object *array;
	const char *text = "";
	int ret = find_tree(rd, validity, "validity", key, json_type_array, &array);

	if (ret <= 0)
		return ret;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		char where[40];

		snprintf(where, sizeof(where), "%s[%zu]", key, i);
		ret = text_of(rd, "validity", where, json_object_array_get_idx(array, i),
			      &text);
		if (ret == 0)
			ret = add(r, "%s", text);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int read_validity(const struct reader *rd, json_object *root, struct record *r)
{
	json_object *validity, *valid;
	int ret = find_tree(rd, root, "", "validity", json_type_object, &validity);

	if (ret == 0)
		return refuse(rd, "validity: missing");
	if (ret < 0)
		return ret;
	if (!find(validity, "valid", &valid))
		return refuse(rd, "validity.valid: missing");
	if (json_object_get_type(valid) != json_type_boolean)
		return refuse_type(rd, "validity", "valid", "true or false", valid);
	ret = read_texts(rd, validity, "reasons", r, record_invalidate);
	if (ret == 0)
		ret = read_texts(rd, validity, "notes", r, record_note);
	if (ret < 0)
		return ret;
	if (json_object_get_boolean(valid) && r->reasons > 0)
		return refuse(rd, "validity: valid, but with reasons why it is not");
	r->valid = json_object_get_boolean(valid);
	return 0;
}

/* Keeps @key of @root, an object or array, as it is. */
static int keep_tree(const struct reader *rd, json_object *root, const char *key,
		     json_type type, json_object **kept)
{
	json_object *tree;
	int ret = find_tree(rd, root, "", key, type, &tree);

	if (ret <= 0)
		return ret;
	if (rd->lifted && _lifted_from(tree))
		return refuse(rd, "%s: holds the buckets of a histogram", key);
	*kept = json_object_get(tree);
	return 0;
}

static int read_timeline(const struct reader *rd, json_object *root, struct record *r)
{
	int ret = keep_tree(rd, root, "timeline", json_type_array, &r->timeline);

	if (ret < 0 || !r->timeline)
		return ret;
	for (size_t i = 0; i < json_object_array_length(r->timeline); i++) {
		json_object *o = json_object_array_get_idx(r->timeline, i);

		if (json_object_get_type(o) != json_type_object)
			return refuse(rd, "timeline[%zu]: object expected, %s found", i,
				      json_type_to_name(json_object_get_type(o)));
	}
	return 0;
}

static int read_load(const struct reader *rd, json_object *root, struct record *r)
{
	json_object *load;
	int ret = read_fields(rd, root, "", "load", _record_load_fields, &r->load);

	if (ret < 0 || !find(root, "load", &load))
		return ret;
	return read_fields(rd, load, "load", "walker", _record_walker_fields, &r->load);
}

static int read_split(const struct reader *rd, json_object *attribution, const char *key,
		      struct attribution_split *split, unsigned int *seen)
{
	json_object *o, *cause;
	int ret = find_tree(rd, attribution, "attribution", key, json_type_object, &o);

	if (ret == 0)
		return refuse(rd, "attribution.%s: missing", key);
	if (ret > 0)
		ret = read_fields(rd, attribution, "attribution", key, _record_split_sums,
				  split);
	if (ret == 0)
		ret = read_fields(rd, attribution, "attribution", key,
				  _record_split_causes, split);
	for (int i = 0; i < CAUSES && ret == 0; i++) {
		if (find(o, _record_split_causes[i].name, &cause))
			*seen |= 1u << i;
	}
	return ret;
}

static int read_attribution(const struct reader *rd, json_object *root,
			    struct record_attribution *a)
{
	json_object *o;
	int ret = find_tree(rd, root, "", "attribution", json_type_object, &o);

	if (ret <= 0)
		return ret;
	a->present = true;
	ret = optional_u64(rd, o, "attribution", "slow_from_ns", &a->slow_from_ns);
	if (ret == 0)
		ret = read_split(rd, o, "all", &a->all, &a->seen);
	if (ret == 0)
		ret = read_split(rd, o, "slow", &a->slow, &a->seen);
	return ret == 0 ? keep_tree(rd, o, "sources", json_type_object, &a->sources)
			: ret;
}

/* Returns the minor version, or -errno. */
static int read_schema(const struct reader *rd, json_object *root)
{
	unsigned int major, minor;
	json_object *o;
	const char *text = "";
	int ret, end = 0;

	if (!find(root, "schema", &o))
		return refuse(rd, "schema: missing, so this is no pinlat record");
	ret = text_of(rd, "", "schema", o, &text);
	if (ret < 0)
		return ret;
	if (sscanf(text, SCHEMA_NAME "%4u.%4u%n", &major, &minor, &end) != 2 ||
	    text[end]) {
		refuse(rd, "schema: \"%.60s\" is not " SCHEMA_NAME "%d.x", text,
		       SCHEMA_MAJOR);
		return -EPROTONOSUPPORT;
	}
	if (major != SCHEMA_MAJOR) {
		refuse(rd, "schema: version %u.%u, this pinlat reads %d.x", major, minor,
		       SCHEMA_MAJOR);
		return -EPROTONOSUPPORT;
	}
	return (int)minor;
}

/* Says in @r->ignored which fields of @root a newer minor version has added. */
static int name_ignored(json_object *root, struct record *r)
{
	static const char *const known[] = {
		"schema",   "subtest",	   "label",   "boot_id",     "seq",
		"seed",	    "start",	   "config",  "environment", "validity",
		"latency",  "thp",	   "periods", "load",	     "counters",
		"timeline", "attribution", "explain", "stopped",
	};

	json_object_object_foreach(root, key, value) {
		char *longer;
		size_t i = 0;

		(void)value;
		while (i < sizeof(known) / sizeof(*known) && strcmp(key, known[i]) != 0)
			i++;
		if (i < sizeof(known) / sizeof(*known))
			continue;
		if (asprintf(&longer, "%s%s%s", r->ignored ? r->ignored : "",
			     r->ignored ? ", " : "", key) < 0)
			return -ENOMEM;
		free(r->ignored);
		r->ignored = longer;
	}
	return 0;
}

static int read_identity(const struct reader *rd, json_object *root, struct record *r)
{
	json_object *o;
	int ret = required_text(rd, root, "subtest", &r->subtest);

	if (ret == 0)
		ret = required_text(rd, root, "label", &r->label);
	if (ret == 0 && find(root, "boot_id", &o))
		ret = required_text(rd, root, "boot_id", &r->boot_id);
	if (ret == 0)
		ret = optional_u64(rd, root, "", "seq", &r->seq);
	if (ret == 0)
		ret = optional_u64(rd, root, "", "seed", &r->seed);
	if (ret == 0)
		ret = optional_text(rd, root, "", "start", r->start, sizeof(r->start));
	if (ret == 0 && !r->boot_id) {
		r->boot_id = strdup("");
		ret = r->boot_id ? 0 : -ENOMEM;
	}
	return ret;
}

static int read_all(const struct reader *rd, json_object *root, struct record *r)
{
	int minor, ret;

	if (json_object_get_type(root) != json_type_object)
		return refuse(rd, "a JSON object expected, %s found",
			      json_type_to_name(json_object_get_type(root)));
	minor = read_schema(rd, root);
	ret = minor < 0 ? minor : read_identity(rd, root, r);
	if (ret == 0)
		ret = read_fields(rd, root, "", "config", _record_config_fields,
				  &r->config);
	if (ret == 0)
		ret = keep_tree(rd, root, "environment", json_type_object,
				&r->environment);
	if (ret == 0)
		ret = read_validity(rd, root, r);
	if (ret == 0)
		ret = read_latency(rd, root, r);
	if (ret == 0)
		ret = read_fields(rd, root, "", "periods", _record_periods_fields, r);
	if (ret == 0)
		ret = read_attribution(rd, root, &r->attribution);
	if (ret == 0)
		ret = read_load(rd, root, r);
	if (ret == 0)
		ret = keep_tree(rd, root, "counters", json_type_object, &r->counters);
	if (ret == 0)
		ret = read_timeline(rd, root, r);
	if (ret == 0)
		ret = keep_tree(rd, root, "explain", json_type_object, &r->explain);
	if (ret == 0)
		ret = keep_tree(rd, root, "stopped", json_type_object, &r->stopped);
	if (ret == 0 && minor > SCHEMA_MINOR)
		ret = name_ignored(root, r);
	return ret;
}

static int read_record(const struct reader *rd, json_object *root, struct record *r)
{
	int ret;

	record_init(r);
	snprintf(rd->why, rd->size, "out of memory");
	ret = read_all(rd, root, r);
	if (ret < 0)
		record_free(r);
	return ret;
}

int record_from_json(struct record *r, json_object *root, char *why, size_t size)
{
	const struct reader rd = { .why = why, .size = size };
	int ret = read_record(&rd, root, r);

	if (ret == 0)
		*why = '\0';
	return ret;
}

int _record_from_rest(struct record *r, json_object *root, const struct lifted *lifted)
{
	char why[256];
	const struct reader rd = { why, sizeof(why), lifted };

	return read_record(&rd, root, r);
}
