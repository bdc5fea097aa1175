// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sets/tree.h"
#include "system/json.h"
#include "report_model.h"
#include "system/cleanup.h"

/*
 * KCIDB I/O data, schema 4.4, the first whose tests have a number (kcidb_io/schema/v04_04.py of
 * kernelci/kcidb-io); newer readers take it as well. A set is a build (and a checkout, of which
 * records know no commit), a metric a test with status DONE, a judged row one with PASS or FAIL.
 */
#define KCIDB_MAJOR 4
#define KCIDB_MINOR 4

/* The longest log_excerpt. */
#define EXCERPT_MAX 16384

/* The arrays that tests go to, and what the tests of one set share. */
struct submission {
	json_object *checkouts, *builds, *tests; /* not owned */
	size_t set;
	char *build_id; /* owned */
	char *test_id;	/* owned; what test IDs begin with */
};

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

/* "pinlat-5f3c…", and "-2" where an earlier set has the same runs; malloc()ed or NULL. */
static char *local_id(const struct report_view *v, size_t s)
{
	uint64_t id = identity(v->c->set[s]);
	size_t number = 1;
	char *text;

	for (size_t i = 0; i < s; i++)
		number += identity(v->c->set[i]) == id;
	if (number == 1 ? asprintf(&text, "pinlat-%016" PRIx64, id) < 0
			: asprintf(&text, "pinlat-%016" PRIx64 "-%zu", id, number) < 0)
		return NULL;
	return text;
}

/* A part of a path, within which '.' would begin another. */
static int put_path(json_object *test, const char *slug, const char *metric,
		    const char *more)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "pinlat|%s%s%s%s", slug, *metric ? "|" : "", metric, more) <
	    0) {
		path = NULL;
		return -ENOMEM;
	}
	for (char *c = path; *c; c++)
		*c = *c == '.' ? '_' : *c == '|' ? '.' : *c;
	return tree_put_text(test, "path", path);
}

/* {"value", "unit", "prefix"}: times in seconds, for the reader to scale. */
static int put_value(json_object *test, double x, enum metric_unit unit)
{
	json_object *number = json_object_new_object();
	int ret = tree_put(test, "number", number);

	ret = ret ? ret : tree_put_number(number, "value", unit == UNIT_NS ? x / 1e9 : x);
	ret = ret ? ret : tree_put_text(number, "unit", unit == UNIT_NS ? "s" : "%");
	if (unit == UNIT_NS)
		ret = ret ? ret : tree_put_text(number, "prefix", "metric");
	return ret;
}

static int put_facts(json_object *o, const struct set *set)
{
	json_object *facts = json_object_new_object();
	int ret = tree_put(o, "misc", facts);

	for (size_t i = 0; i < set->facts.n && ret == 0; i++) {
		_cleanup_free_ char *path = text_plain(set->facts.fact[i].path, 300);
		_cleanup_free_ char *text = text_plain(set->facts.fact[i].text, 4096);

		ret = path && text ? tree_put_text(facts, path, text) : -ENOMEM;
	}
	return ret;
}

static int put_environment(const struct report_view *v, json_object *test,
			   const struct report_subtest *t)
{
	_cleanup_free_ char *place = report_place(v, t);
	json_object *o = json_object_new_object();
	int ret = tree_put(test, "environment", o);

	ret = ret ? ret : place ? tree_put_text(o, "comment", place) : -ENOMEM;
	return ret ? ret : put_facts(o, v->c->set[t->set]);
}

static int put_time(json_object *o, double start)
{
	char text[32];

	if (!*report_time(start, text, sizeof(text)))
		return 0;
	return tree_put_text(o, "start_time", text);
}

static double first_start(const struct cell *cell)
{
	double first = NAN;

	for (size_t i = 0; i < cell->runs; i++)
		first = fmin(first, cell->run[i].start);
	return first;
}

/* A new test of @t in @u, named after @metric and @more; NULL: out of memory. */
static json_object *add_test(const struct report_view *v, const struct submission *u,
			     const struct report_subtest *t, const char *metric,
			     const char *more, const char *status, const char *comment)
{
	json_object *test = json_object_new_object();
	_cleanup_free_ char *id = NULL;
	int ret = tree_append(u->tests, test);

	if (asprintf(&id, "%s-%s%s%s%s", u->test_id, t->slug, *metric ? "-" : "", metric,
		     more) < 0) {
		id = NULL;
		return NULL;
	}
	ret = ret ? ret : tree_put_text(test, "id", id);
	ret = ret ? ret : tree_put_text(test, "build_id", u->build_id);
	ret = ret ? ret : tree_put_text(test, "origin", v->origin);
	ret = ret ? ret : put_path(test, t->slug, metric, more);
	ret = ret ? ret : tree_put_text(test, "status", status);
	ret = ret ? ret : tree_put_text(test, "comment", comment);
	ret = ret ? ret : put_environment(v, test, t);
	return ret < 0 ? NULL : test;
}

/* How many runs a median is of, and what each of them gave, in the metric's own unit. */
static int put_runs(const struct report_view *v, json_object *test,
		    const struct report_subtest *t, size_t m, size_t n)
{
	const struct metric *metric = &v->c->options->metrics.metric[m];
	json_object *misc = json_object_new_object(), *values = json_object_new_array();
	int ret = tree_put(test, "misc", misc);

	ret = tree_put(ret ? NULL : misc, "values", values);
	ret = ret ? ret : tree_put_text(misc, "set", v->set_name[t->set]);
	ret = ret ? ret : tree_put_text(misc, "statistic", "median");
	ret = ret ? ret : tree_put_count(misc, "runs", n);
	ret = ret ? ret : tree_put_count(misc, "runs_invalid", t->cell->invalid);
	ret = ret ? ret
		  : tree_put_text(misc, "values_unit", metric_unit_name(metric->unit));
	for (size_t i = 0; i < t->cell->runs && ret == 0; i++)
		ret = tree_append_number(values, t->cell->run[i].value[m]);
	return ret;
}

static int add_medians(const struct report_view *v, const struct submission *u,
		       const struct report_subtest *t)
{
	const struct metrics *metrics = &v->c->options->metrics;

	for (size_t m = 0; m < metrics->n; m++) {
		const struct metric *metric = &metrics->metric[m];
		struct report_value value;
		json_object *test;
		char comment[80];
		int ret = report_median(t->cell, m, &value);

		if (ret < 0)
			return ret;
		if (!report_is_shown(v, m) || value.n == 0)
			continue;
		snprintf(comment, sizeof(comment), "%s, median of %zu run%s",
			 metric->name, value.n, value.n == 1 ? "" : "s");
		test = add_test(v, u, t, metric->name, "", "DONE", comment);
		ret = test ? put_value(test, value.median, metric->unit) : -ENOMEM;
		ret = ret ? ret : put_time(test, first_start(t->cell));
		ret = ret ? ret
			  : tree_put_number(test, "duration",
					    (double)value.n / 1e9 *
						    (double)t->cell->config.duration_ns);
		ret = ret ? ret : put_runs(v, test, t, m, value.n);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int add_row(const struct report_view *v, const struct submission *u,
		   const struct report_case *c, const char *text)
{
	static const char *const status[REPORT_STATUSES] = {
		[REPORT_PASS] = "PASS",
		[REPORT_FAIL] = "FAIL",
		[REPORT_UNCLEAR] = "DONE", /* not reported whether the code is faulty */
	};
	const struct metric *metric = &v->c->options->metrics.metric[c->row->metric];
	double change = 100 * c->row->d->change.estimate;
	json_object *test = add_test(v, u, c->subtest, metric->name, "-change",
				     status[c->status], text);
	json_object *misc = json_object_new_object();
	int ret = tree_put(test, "misc", misc);

	ret = ret ? ret : tree_put_text(misc, "set", v->set_name[u->set]);
	ret = ret ? ret : tree_put_text(misc, "base", v->set_name[0]);
	ret = ret ? ret
		  : tree_put_text(misc, "verdict", verdict_name(c->row->d->verdict));
	ret = ret ? ret : tree_put_text(misc, "command", v->command);
	if (ret == 0 && isfinite(change))
		ret = put_value(test, change, UNIT_PERCENT);
	return ret;
}

/* Judged rows, and what has no numbers. */
static int add_case(const struct report_view *v, const struct report_case *c, void *data)
{
	_cleanup_free_ char *text = report_case_text(v, c);
	const struct submission *u = data;
	char number[32] = "";
	json_object *test;
	int ret;

	if (c->status == REPORT_MEASURED)
		return 0; /* the medians tell of it */
	if (!text)
		return -ENOMEM;
	if (c->row)
		return add_row(v, u, c, text);
	if (c->run)
		snprintf(number, sizeof(number), "invalid-run-%zu", c->number);
	test = add_test(v, u, c->subtest, number, "", c->run ? "SKIP" : "ERROR", text);
	ret = test ? tree_put_text(test, "log_excerpt", text) : -ENOMEM;
	if (c->run)
		ret = ret ? ret : put_time(test, c->run->start);
	if (ret == 0 && c->run && c->run->notes) {
		json_object *misc = json_object_new_object();

		ret = tree_put(test, "misc", misc);
		ret = ret ? ret : tree_put_text(misc, "notes", c->run->notes);
	}
	return ret;
}

/* Kernel @set as a build, and as the checkout that it was made of. */
static int add_build(const struct report_view *v, const struct submission *u)
{
	const struct set *set = v->c->set[u->set];
	_cleanup_free_ char *release = text_plain(set_fact(set, "kernel.release"), 300);
	_cleanup_free_ char *version = text_plain(set_fact(set, "kernel.version"), 300);
	_cleanup_free_ char *machine = text_plain(set_fact(set, "kernel.machine"), 64);
	_cleanup_free_ char *comment = NULL;
	json_object *checkout, *build, *misc;
	int ret;

	if (!release || !version || !machine ||
	    asprintf(&comment, "%s: %s %s", v->set_name[u->set], release, version) < 0)
		return -ENOMEM;
	checkout = json_object_new_object();
	ret = tree_append(u->checkouts, checkout);
	ret = ret ? ret : tree_put_text(checkout, "id", u->build_id);
	ret = ret ? ret : tree_put_text(checkout, "origin", v->origin);
	ret = ret ? ret : tree_put_text(checkout, "comment", comment);
	ret = ret ? ret : tree_put_bool(checkout, "valid", true); /* it has booted */
	build = json_object_new_object();
	ret = tree_append(ret ? NULL : u->builds, build);
	ret = ret ? ret : tree_put_text(build, "id", u->build_id);
	ret = ret ? ret : tree_put_text(build, "checkout_id", u->build_id);
	ret = ret ? ret : tree_put_text(build, "origin", v->origin);
	ret = ret ? ret : tree_put_text(build, "comment", comment);
	if (*machine)
		ret = ret ? ret : tree_put_text(build, "architecture", machine);
	ret = ret ? ret : tree_put_bool(build, "valid", true);
	misc = json_object_new_object();
	ret = tree_put(ret ? NULL : build, "misc", misc);
	ret = ret ? ret : tree_put_text(misc, "records", set->shown_path);
	return ret ? ret : tree_put_text(misc, "command", v->command);
}

static int add_set(const struct report_view *v, struct submission *u)
{
	_cleanup_free_ char *local = local_id(v, u->set);
	int ret;

	if (!local || asprintf(&u->test_id, "%s:%s", v->origin, local) < 0) {
		u->test_id = NULL;
		return -ENOMEM;
	}
	u->build_id = strdup(v->build ? v->build : u->test_id);
	ret = u->build_id ? 0 : -ENOMEM;
	if (!v->build)
		ret = ret ? ret : add_build(v, u);
	for (size_t i = 0; i < v->subtests && ret == 0; i++)
		if (v->subtest[i].set == u->set)
			ret = add_medians(v, u, &v->subtest[i]);
	return ret ? ret : report_each_case(v, u->set, add_case, u);
}

static int put_array(json_object *root, const char *key, json_object **array)
{
	*array = json_object_new_array();
	return tree_put(root, key, *array);
}

int report_print_kcidb(const struct report_view *v)
{
	json_object *root = json_object_new_object(), *version;
	struct submission u = { 0 };
	int ret;

	version = json_object_new_object();
	ret = tree_put(root, "version", version);
	ret = ret ? ret : tree_put_count(version, "major", KCIDB_MAJOR);
	ret = ret ? ret : tree_put_count(version, "minor", KCIDB_MINOR);
	if (!v->build) {
		ret = ret ? ret : put_array(root, "checkouts", &u.checkouts);
		ret = ret ? ret : put_array(root, "builds", &u.builds);
	}
	ret = ret ? ret : put_array(root, "tests", &u.tests);
	/* of a base and a build that was told apart from it, the base is no news */
	for (u.set = v->build ? v->c->sets - 1 : 0; u.set < v->c->sets && ret == 0;
	     u.set++) {
		ret = add_set(v, &u);
		free(u.build_id);
		free(u.test_id);
		u.build_id = u.test_id = NULL;
	}
	ret = ret ? ret : json_print(v->out, root);
	json_object_put(root);
	return ret;
}
