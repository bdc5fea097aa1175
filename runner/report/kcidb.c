// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "history/order.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"
#include "system/text.h"

/*
 * KCIDB I/O data, schema 5.3 (kcidb_io/schema/v05_03.py of kernelci/kcidb-io). A set is a build and a
 * checkout, of which records know no commit; a metric of a machine is a test with status DONE, a
 * judged row one with PASS or FAIL. unit/formats/kcidb-5.3.schema.json says where each field is from.
 */
#define KCIDB_MAJOR 5
#define KCIDB_MINOR 3

/* The arrays that tests go to, and what the tests of one set share. */
struct submission {
	const struct report *r;
	struct json_out json;
	json_object *checkouts, *builds, *tests; /* not owned */
	const struct report_set *set;
	const char *origin;
	const char *build_id;
	const char *test_id; /* what test IDs begin with */
	bool is_new; /* the set is the one that --commit, --log-url and the like are about */
};

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"

/* FNV-1a with 64 bits (isthe.com/chongo/tech/comp/fnv). */
static uint64_t hash(uint64_t h, const void *data, size_t n)
{
	const unsigned char *byte = data;

	while (n-- > 0)
		h = (h ^ *byte++) * 0x100000001b3;
	return h;
}

/* What is the same whenever these runs are reported, and of no others. */
static uint64_t identity(const struct set *set)
{
	uint64_t h = hash(0xcbf29ce484222325, set->label, strlen(set->label) + 1);

	for (size_t i = 0; i < set->cells; i++) {
		const struct cell *cell = &set->cell[i];

		h = hash(h, cell->subtest, strlen(cell->subtest) + 1);
		for (size_t k = 0; k < cell->runs + cell->left_out; k++) {
			const struct run *run = &cell->run[k];
			const char *boot = set->boot.text[run->boot];

			h = hash(h, boot, strlen(boot) + 1);
			h = hash(h, &run->seq, sizeof(run->seq));
			h = hash(h, &run->start, sizeof(run->start));
			h = hash(h, &run->samples, sizeof(run->samples));
			h = hash(h, &run->sum, sizeof(run->sum));
		}
	}
	return h;
}

/* A part of a path, within which '.' would begin another. */
static void put_path(struct json_out *json, json_object *test, const char *slug,
		     const char *metric, const char *more)
{
	CLEANUP_FREE char *path =
		xasprintf("pinlat|%s%s%s%s", slug, *metric ? "|" : "", metric, more);

	for (char *c = path; *c; c++)
		*c = *c == '.' ? '_' : *c == '|' ? '.' : *c;
	json_put_text(json, test, "path", path);
}

/* [a-z0-9_]+ */
static size_t origin_length(const char *text)
{
	return strspn(text, LOWER "_");
}

bool kcidb_is_origin(const char *name)
{
	return *name && !name[origin_length(name)];
}

bool kcidb_is_build(const char *id)
{
	CLEANUP_FREE char *plain = text_plain(id, 1000);
	size_t length = origin_length(id);

	return length > 0 && id[length] == ':' && id[length + 1] &&
	       strcmp(plain, id) == 0;
}

json_object *kcidb_begin(struct json_out *json)
{
	json_object *version;

	json_begin(json);
	version = json_put_object(json, json->root, "version");
	json_put_u64(json, version, "major", KCIDB_MAJOR);
	json_put_u64(json, version, "minor", KCIDB_MINOR);
	return json->root;
}

/* Times in seconds, for the reader to scale. */
void kcidb_put_value(struct json_out *json, json_object *test, double x,
		     enum metric_unit unit)
{
	json_object *number = json_put_object(json, test, "number");
	static const char *const name[] = {
		[UNIT_NS] = "s",
		[UNIT_PERCENT] = "%",
		[UNIT_PER_SECOND] = "1/s",
		[UNIT_BYTES_PER_SECOND] = "B/s",
		[UNIT_PER_MINUTE] = "1/min",
		[UNIT_BYTES] = "B",
		[UNIT_COUNT] = "1",
	};

	json_put_number(json, number, "value", unit == UNIT_NS ? x / 1e9 : x);
	json_put_text(json, number, "unit", name[unit]);
	if (unit == UNIT_NS)
		json_put_text(json, number, "prefix", "metric");
}

/* kernelci.org groups machines by "platform". */
static void put_environment(struct submission *u, json_object *test,
			    const struct report_subtest *t)
{
	const struct fact_list *facts = t->facts;
	const char *platform = u->r->o->kernel.platform;
	struct json_out *json = &u->json;
	json_object *o = json_put_object(json, test, "environment"), *misc;

	json_put_text(json, o, "comment", t->place);
	misc = json_put_object(json, o, "misc");
	if (!platform && strcmp(report_host(t), REPORT_HOST_UNKNOWN) != 0)
		platform = report_host(t);
	if (platform)
		json_put_text(json, misc, "platform", platform);
	for (size_t i = 0; i < facts->n; i++) {
		CLEANUP_FREE char *path = text_plain(facts->fact[i].path, 300);
		CLEANUP_FREE char *text = text_plain(facts->fact[i].text, 4096);

		json_put_text(json, misc, path, text);
	}
}

static void put_time(struct json_out *json, json_object *o, double start)
{
	char text[32];

	if (*time_stamp(start, text, sizeof(text)))
		json_put_text(json, o, "start_time", text);
}

static double first_start(const struct report_subtest *t)
{
	const struct cell *cell = t->cell;
	double first = NAN;

	for (size_t i = 0; i < cell->runs; i++)
		if (run_is_on(&cell->run[i], t->machine))
			first = fmin(first, cell->run[i].start);
	return first;
}

static void put_files(struct submission *u, json_object *test)
{
	const struct report_kernel *kernel = &u->r->o->kernel;
	json_object *files;

	if (kernel->log_url)
		json_put_text(&u->json, test, "log_url", kernel->log_url);
	if (kernel->files.n == 0)
		return;
	files = json_put_array(&u->json, test, "output_files");
	for (size_t i = 0; i < kernel->files.n; i++) {
		const char *url = kernel->files.text[i];
		json_object *file = json_put_object(&u->json, files, NULL);

		json_put_text(&u->json, file, "name", strrchr(url, '/') + 1);
		json_put_text(&u->json, file, "url", url);
	}
}

/* "nuc01-" where the set has several machines, and @t is of one of them. */
static char *host_slug(const struct report_subtest *t)
{
	struct memstream m;
	FILE *out = memstream_open(&m);

	if (t->machine != ALL_MACHINES) {
		report_slug(out, t->set->set->machine[t->machine].name);
		fprintf(out, "-%zu-", t->machine);
	}
	return memstream_close(&m);
}

/* A new test of @t, named after @metric and @more. */
static json_object *add_test(struct submission *u, const struct report_subtest *t,
			     const char *metric, const char *more, const char *status,
			     const char *comment)
{
	struct json_out *json = &u->json;
	json_object *test = json_put_object(json, u->tests, NULL);

	CLEANUP_FREE char *host = host_slug(t);

	json_put_format(json, test, "id", "%s-%s%s%s%s%s", u->test_id, host, t->slug,
			*metric ? "-" : "", metric, more);
	json_put_text(json, test, "build_id", u->build_id);
	json_put_text(json, test, "origin", u->origin);
	put_path(json, test, t->slug, metric, more);
	json_put_text(json, test, "status", status);
	json_put_text(json, test, "comment", comment);
	put_environment(u, test, t);
	if (u->is_new)
		put_files(u, test);
	return test;
}

/* How many runs a median is of, and what each of them gave, in the metric's own unit. */
static void put_runs(struct json_out *json, json_object *test,
		     const struct report_subtest *t, const struct metric *metric,
		     size_t m)
{
	json_object *misc = json_put_object(json, test, "misc");
	json_object *values = json_put_array(json, misc, "values");

	json_put_text(json, misc, "set", t->set->name);
	json_put_text(json, misc, "statistic", "median");
	json_put_u64(json, misc, "runs", t->value[m].n);
	json_put_u64(json, misc, "runs_invalid", report_invalid(t));
	json_put_text(json, misc, "values_unit", metric_unit_name(metric->unit));
	for (size_t i = 0; i < t->cell->runs; i++)
		if (run_is_on(&t->cell->run[i], t->machine))
			json_put_number(json, values, NULL, t->cell->run[i].value[m]);
}

static void add_medians(struct submission *u, const struct report_subtest *t)
{
	const struct metrics *metrics = &u->r->c->options->metrics;

	for (size_t m = 0; m < metrics->n; m++) {
		const struct metric *metric = &metrics->metric[m];
		const struct cell_value *value = &t->value[m];
		json_object *test;
		char comment[80];

		if (!report_is_shown(metric) || !report_is_told(value))
			continue;
		snprintf(comment, sizeof(comment), "%s, median of %zu run%s",
			 metric->name, value->n, PLURAL(value->n));
		test = add_test(u, t, metric->name, "", "DONE", comment);
		kcidb_put_value(&u->json, test, value->median, metric->unit);
		put_time(&u->json, test, first_start(t));
		json_put_number(&u->json, test, "duration",
				(double)value->n / 1e9 *
					(double)t->cell->config.duration_ns);
		put_runs(&u->json, test, t, metric, m);
	}
}

static void add_row(struct submission *u, const struct report_case *c)
{
	static const char *const status[REPORT_STATUSES] = {
		[REPORT_PASS] = "PASS",
		[REPORT_FAIL] = "FAIL",
		[REPORT_UNCLEAR] = "DONE", /* not reported whether the code is faulty */
	};
	const struct metric *metric = &u->r->c->options->metrics.metric[c->row->metric];
	enum metric_unit unit;
	double change = row_change(u->r->c, c->row, &unit);
	struct json_out *json = &u->json;
	json_object *test = add_test(u, c->subtest, metric->name, "-change",
				     status[c->status], c->text);
	json_object *misc = json_put_object(json, test, "misc");

	json_put_text(json, misc, "set", u->set->name);
	json_put_text(json, misc, "base", u->r->set[0].name);
	if (u->r->c->base_by)
		json_put_text(json, misc, "base_by", u->r->c->base_by);
	json_put_text(json, misc, "verdict", verdict_name(c->row->d->verdict));
	json_put_text(json, misc, "command", u->r->o->line);
	if (isfinite(change))
		kcidb_put_value(json, test, change, unit);
}

/* Judged rows, and what has no numbers. */
static void add_case(struct submission *u, const struct report_case *c)
{
	char number[32] = "";
	json_object *test;

	if (c->status == REPORT_MEASURED)
		return; /* the medians tell of it */
	if (c->row) {
		add_row(u, c);
		return;
	}
	if (c->run)
		snprintf(number, sizeof(number), "invalid-run-%zu", c->number);
	test = add_test(u, c->subtest, number, "", c->run ? "SKIP" : "ERROR", c->text);
	json_put_text(&u->json, test, "log_excerpt", c->text);
	if (!c->run)
		return;
	put_time(&u->json, test, c->run->start);
	if (c->run->notes)
		json_put_text(&u->json, json_put_object(&u->json, test, "misc"), "notes",
			      c->run->notes);
}

/* What @array, of checkouts or of builds, holds of this set. */
static json_object *add_part(struct submission *u, json_object *array, const char *link,
			     const char *comment)
{
	struct json_out *json = &u->json;
	json_object *part = json_put_object(json, array, NULL);

	json_put_text(json, part, "id", u->build_id);
	if (link)
		json_put_text(json, part, link, u->build_id);
	json_put_text(json, part, "origin", u->origin);
	json_put_text(json, part, "comment", comment);
	return part;
}

/* Where the kernel is from: what kernelci.org lists it by. */
static void put_source(struct submission *u, json_object *checkout)
{
	const struct report_kernel *kernel = &u->r->o->kernel;
	const struct {
		const char *key, *text;
	} field[] = {
		{ "tree_name", kernel->tree },
		{ "git_repository_url", kernel->git_url },
		{ "git_repository_branch", kernel->branch },
		{ "git_commit_hash", kernel->commit },
	};

	for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++)
		if (field[i].text)
			json_put_text(&u->json, checkout, field[i].key, field[i].text);
}

/* The set's kernel as a build, and as the checkout that it was made of. */
static void add_build(struct submission *u)
{
	const struct set *set = u->set->set;
	double built = set_built(set), start = set_times(set).first;
	CLEANUP_FREE char *release = text_plain(set_fact(set, "kernel.release"), 300);
	CLEANUP_FREE char *version = text_plain(set_fact(set, "kernel.version"), 300);
	CLEANUP_FREE char *machine = text_plain(set_fact(set, "kernel.machine"), 64);
	CLEANUP_FREE char *comment =
		xasprintf("%s: %s %s", u->set->name, release, version);
	struct json_out *json = &u->json;
	json_object *part = add_part(u, u->checkouts, NULL, comment);

	start = isnan(built) ? start : built;
	json_put_bool(json, part, "valid", true); /* it has booted */
	put_time(json, part, start);
	if (u->is_new)
		put_source(u, part);
	part = add_part(u, u->builds, "checkout_id", comment);
	put_time(json, part, start);
	if (*machine && !machine[strspn(machine, LOWER "_")])
		json_put_text(json, part, "architecture", machine);
	json_put_text(json, part, "status", "PASS");
	part = json_put_object(json, part, "misc");
	json_put_text(json, part, "measured_on", u->set->where);
	json_put_text(json, part, "records", set->shown_path);
	json_put_text(json, part, "command", u->r->o->line);
}

/* @local: "pinlat-5f3c…", and "-2" where an earlier set has the same runs. */
static void add_set(struct submission *u, const char *local)
{
	CLEANUP_FREE char *test_id = xasprintf("%s:%s", u->origin, local);
	const char *build = u->r->o->build;

	u->test_id = test_id;
	u->build_id = build ? build : test_id;
	if (!build)
		add_build(u);
	for (size_t i = 0; i < u->set->parts; i++)
		add_medians(u, &u->set->part[i]);
	for (size_t i = 0; i < u->set->cases; i++)
		add_case(u, &u->set->item[i]);
}

static void print(const struct report *r, FILE *out)
{
	const char *build = r->o->build;
	CLEANUP(json_release) json_object *root = NULL;
	struct submission u = { .r = r,
				.origin = r->o->origin ? r->o->origin : "pinlat" };
	void *ids = NULL;

	kcidb_begin(&u.json);
	if (!build) {
		u.checkouts = json_put_array(&u.json, u.json.root, "checkouts");
		u.builds = json_put_array(&u.json, u.json.root, "builds");
	}
	u.tests = json_put_array(&u.json, u.json.root, "tests");
	for (size_t s = 0; s < r->c->sets; s++) {
		CLEANUP_FREE char *local = report_unique(
			&ids, xasprintf("pinlat-%016" PRIx64, identity(r->c->set[s])),
			"-");

		u.set = &r->set[s];
		u.is_new = s + 1 == r->c->sets;
		/* of a base and a build that KCIDB has, the base is no news */
		if (!build || s + 1 == r->c->sets)
			add_set(&u, local);
	}
	tdestroy(ids, free);
	root = xjson_end(&u.json);
	if (json_print(out, root) < 0)
		alloc_failed();
}

const struct report_format report_kcidb = { "kcidb", print, false };
