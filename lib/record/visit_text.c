// SPDX-License-Identifier: MIT
#include "record/visit-private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/json_text-private.h"
#include "system/cleanup.h"

int _visit_report(struct visit *v, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		return -ENOMEM;
	}
	v->ended = v->visitor->problem(text, v->visitor->data);
	return v->ended;
}

/* Most records of a set come from one machine: they share one tree. */
static void share_environment(struct visit *v, struct record *r)
{
	if (!r->environment)
		return;
	if (json_object_equal(v->environment, r->environment)) {
		json_object_put(r->environment);
		r->environment = json_object_get(v->environment);
		return;
	}
	_json_shrink(r->environment);
	json_object_put(v->environment);
	v->environment = json_object_get(r->environment);
}

/* Hands @r over and frees what is left. @where is "line" or "line: test …". */
static int hand_over(struct visit *v, struct record *r, const char *where)
{
	int ret = -ENOMEM;

	if (asprintf(&r->source, "%s:%s", v->path, where) < 0) {
		r->source = NULL;
	} else {
		share_environment(v, r);
		v->records++;
		ret = v->ended = v->visitor->record(r, v->visitor->data);
	}
	record_free(r);
	return ret;
}

/* One line of the "out" of a test in igt_runner's results. */
static int read_output_line(struct visit *v, const char *where, const char *line)
{
	const size_t prefix = strlen(RECORD_LINE_PREFIX);
	struct record r;
	char why[256];
	int ret;

	if (strncmp(line, RECORD_LINE_PREFIX, prefix) != 0)
		return 0;
	line += prefix;
	ret = record_from_line(&r, line, strcspn(line, "\n"), why, sizeof(why));
	if (ret == 0)
		return hand_over(v, &r, where);
	return ret == -ENOMEM ? ret : _visit_report(v, "%s:%s: %s", v->path, where, why);
}

static int read_output(struct visit *v, const char *test, json_object *out)
{
	const char *line = json_object_get_string(out);
	_cleanup_free_ char *where = NULL;
	int ret = 0;

	if (asprintf(&where, "%zu: test %s", v->stream.line, test) < 0) {
		where = NULL;
		return -ENOMEM;
	}
	while (line && ret == 0) {
		ret = read_output_line(v, where, line);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return ret;
}

/* igt_runner's results.json: {"tests": {NAME: {"out": …}}}. Most tests hold no record. */
static int read_results(struct visit *v, json_object *tests)
{
	json_object_object_foreach(tests, name, test) {
		json_object *out;
		int ret = 0;

		if (json_object_get_type(test) == json_type_object &&
		    json_object_object_get_ex(test, "out", &out) &&
		    json_object_get_type(out) == json_type_string)
			ret = read_output(v, name, out);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* The tests where @root is igt_runner's results.json, else NULL. */
static json_object *tests_of(json_object *root)
{
	json_object *tests;

	return json_object_get_type(root) == json_type_object &&
			       !json_object_object_get_ex(root, "schema", NULL) &&
			       json_object_object_get_ex(root, "tests", &tests) &&
			       json_object_get_type(tests) == json_type_object
		       ? tests
		       : NULL;
}

static int read_root(struct visit *v, json_object *root, const char *where)
{
	json_object *tests = tests_of(root);
	struct record r;
	char why[256];
	int ret;

	if (tests)
		return read_results(v, tests);
	ret = record_from_json(&r, root, why, sizeof(why));
	if (ret == 0)
		return hand_over(v, &r, where);
	return ret == -ENOMEM ? ret : _visit_report(v, "%s:%s: %s", v->path, where, why);
}

/*
 * Tests print what they like, and igt_runner puts it into its JSON as it is: where text is
 * not UTF-8, that may be excused. Returns 1 if @text was such a result, 0 if not, -errno.
 */
static int read_odd_results(struct visit *v, const char *text, size_t length)
{
	_cleanup_(_json_release) json_object *root = NULL;
	json_object *tests;
	const char *why;
	size_t at;
	int ret = 0;

	switch (_json_parse(text, length, 0, &root, &at, &why)) {
	case PARSED:
		tests = tests_of(root);
		if (tests)
			ret = read_results(v, tests);
		return ret < 0 ? ret : tests != NULL;
	case PARSED_NO_MEMORY:
		return -ENOMEM;
	default:
		return 0;
	}
}

int _visit_text(struct visit *v, const char *text, size_t length, enum parsed *parsed,
		size_t *at, const char **why)
{
	_cleanup_(_json_release) json_object *root = NULL;
	struct record r;
	char where[24];
	int ret = _record_from_text(&r, text, length);

	*parsed = PARSED;
	snprintf(where, sizeof(where), "%zu", v->stream.line);
	if (ret == 0)
		return hand_over(v, &r, where);
	if (ret == -ENOMEM)
		return ret;
	*parsed = _json_parse(text, length, JSON_TOKENER_VALIDATE_UTF8, &root, at, why);
	switch (*parsed) {
	case PARSED:
		return read_root(v, root, where);
	case PARSED_NOT_UTF8:
		ret = read_odd_results(v, text, length);
		if (ret > 0)
			*parsed = PARSED;
		return ret < 0 ? ret : 0;
	case PARSED_NO_MEMORY:
		return -ENOMEM;
	default:
		return 0;
	}
}
