// SPDX-License-Identifier: MIT
/*
 * Records out of files: their lines, plain or compressed, and what those hold. The command alone
 * reads: where memory is short it ends.
 */
#include "record/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "record/internal.h"
#include "record/parse.h"
#include "record/stream.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

struct visit {
	const struct record_visitor *visitor;
	int ended; /* what the visitor ended it with */
	int records;
	json_object *environment; /* of the last record that had one */

	const char *path; /* of the file that is read */
	struct stream stream;
};

/* Tells the visitor of a problem. Returns 0 or -errno. */
__attribute__((format(printf, 2, 3))) static int report(struct visit *v,
							const char *format, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
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
	json_object_put(v->environment);
	v->environment = json_object_get(r->environment);
}

/* Hands @r over and frees what is left. @where is "line" or "line: test …". */
static int hand_over(struct visit *v, struct record *r, const char *where)
{
	r->source = xasprintf("%s:%s", v->path, where);
	share_environment(v, r);
	v->records++;
	v->ended = v->visitor->record(r, v->visitor->data);
	record_free(r);
	return v->ended;
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
	return ret == -ENOMEM ? ret : report(v, "%s:%s: %s", v->path, where, why);
}

static int read_output(struct visit *v, const char *test, json_object *out)
{
	const char *line = json_object_get_string(out);
	CLEANUP_FREE char *where = xasprintf("%zu: test %s", v->stream.line, test);
	int ret = 0;

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
	ret = record_from_json(&r, root, NULL, why, sizeof(why));
	if (ret == 0)
		return hand_over(v, &r, where);
	return ret == -ENOMEM ? ret : report(v, "%s:%s: %s", v->path, where, why);
}

/*
 * Tests print what they like, and igt_runner puts it into its JSON as it is: where text is
 * not UTF-8, that may be excused. Returns 1 if @text was such a result, 0 if not, -errno.
 */
static int read_odd_results(struct visit *v, const char *text, size_t length)
{
	CLEANUP(json_release) json_object *root = NULL;
	json_object *tests;
	const char *why;
	size_t at;
	int ret = 0;

	switch (record_parse(text, length, 0, &root, &at, &why)) {
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

/*
 * A record or igt_runner's results in @text, which begins on the current line. What is wrong
 * with the JSON itself is left to the caller to report, in *@parsed, @at and @why as from
 * record_parse(); all else is reported. Returns 0 or -errno.
 */
static int visit_text(struct visit *v, const char *text, size_t length,
		      enum parsed *parsed, size_t *at, const char **why)
{
	CLEANUP(json_release) json_object *root = NULL;
	struct record r;
	char where[24];
	int ret = record_from_lifted(&r, text, length);

	*parsed = PARSED;
	snprintf(where, sizeof(where), "%zu", v->stream.line);
	if (ret == 0)
		return hand_over(v, &r, where);
	if (ret == -ENOMEM)
		return ret;
	*parsed = record_parse(text, length, JSON_TOKENER_VALIDATE_UTF8, &root, at, why);
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

static size_t count_lines(const char *text, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++)
		n += text[i] == '\n';
	return n;
}

/*
 * A file may also be one document over many lines. It is taken for that where its
 * first line is a beginning and the next one does not begin a record of its own.
 * Returns 1 if so (and then it is dealt with), 0 if not, -errno.
 */
static int read_document(struct visit *v)
{
	struct stream *s = &v->stream;
	const char *text, *next, *why;
	enum parsed parsed;
	size_t at;
	int ret = stream_read_all(s);

	if (ret < 0)
		return ret;
	text = s->text + s->start;
	next = text + s->length;
	next += strspn(next, " \t\r\n");
	if (!*next || (*next == '{' && next[-1] == '\n'))
		return 0;
	if (!stream_join(s))
		return 1;
	ret = visit_text(v, text, s->length, &parsed, &at, &why);
	if (ret == 0 && parsed == PARSED_CUT)
		ret = report(v, "%s:%zu: cut short, the rest is missing", v->path,
			     s->line + count_lines(text, s->length));
	else if (ret == 0 && parsed != PARSED)
		ret = report(v, "%s:%zu: %s", v->path, s->line + count_lines(text, at),
			     why);
	return ret < 0 ? ret : 1;
}

/* The current line. Returns 0 or -errno. */
static int read_line(struct visit *v, bool first)
{
	struct stream *s = &v->stream;
	const char *line = s->text + s->start, *why;
	bool last = s->ended && s->next == s->end;
	enum parsed parsed;
	size_t at;
	int ret;

	if (memchr(line, '\0', s->length))
		return report(v, "%s:%zu: holds a NUL byte", v->path, s->line);
	if (line[strspn(line, " \t")] != '{')
		return report(v, "%s:%zu: no record: it does not begin with '{'", v->path,
			      s->line);
	ret = visit_text(v, line, s->length, &parsed, &at, &why);
	if (ret < 0 || parsed == PARSED)
		return ret;
	if (parsed != PARSED_CUT)
		return report(v, "%s:%zu: %s (at byte %zu)", v->path, s->line, why,
			      at + 1);
	ret = first ? read_document(v) : 0;
	if (ret != 0)
		return ret < 0 ? ret : 0;
	return report(v, "%s:%zu: cut short, the rest of %s line is missing", v->path,
		      s->line, last ? "the last" : "this");
}

/* Says what was wrong with the stream, once. Returns 0, or -errno: so wrong that nothing counts. */
static int report_stream(struct visit *v)
{
	struct stream *s = &v->stream;
	int ret;

	if (!*s->wrong)
		return 0;
	ret = report(v, "%s:%zu: %s", v->path, s->line, s->wrong);
	*s->wrong = '\0';
	return ret == 0 && s->file.behind > 0 ? -EBADMSG : ret;
}

static int read_lines(struct visit *v)
{
	struct stream *s = &v->stream;
	bool first = true;
	int more, ret;

	do {
		more = stream_next(s);
		ret = more < 0 ? more : report_stream(v);
		if (ret < 0)
			return ret;
		if (more == 0 || strspn(s->text + s->start, " \t\r") >= s->length)
			continue;
		ret = read_line(v, first);
		if (ret == 0)
			ret = report_stream(v);
		first = false;
	} while (more > 0 && ret == 0);
	return ret;
}

static int visit_file(struct visit *v, const char *path)
{
	int ret = stream_open(&v->stream, path);

	v->path = path;
	if (ret == 0)
		ret = read_lines(v);
	stream_close(&v->stream);
	return ret;
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static bool is_record_name(const char *name)
{
	return *name != '.' && strcmp(name, "plan.json") != 0 &&
	       (ends_with(name, ".json") || ends_with(name, ".jsonl") ||
		ends_with(name, ".jsonl.gz"));
}

static int is_record_file(const struct dirent *entry)
{
	return is_record_name(entry->d_name);
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

bool records_include(const char *path, const char *file)
{
	CLEANUP_FREE char *target = realpath(file, NULL);
	char *slash = target ? strrchr(target, '/') : NULL;

	if (!slash || is_same_file(path, file))
		return slash;
	if (!is_record_name(slash + 1))
		return false;
	*slash = '\0';
	return is_same_file(path, *target ? target : "/");
}

/* By bytes: alphasort() would go by the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* One file of a directory: that it cannot be read is a problem, not the end. */
static int visit_member(struct visit *v, const char *dir, const char *name)
{
	CLEANUP_FREE char *path = NULL;
	size_t length = strlen(dir);
	struct stat st;
	int ret;

	while (length > 1 && dir[length - 1] == '/')
		length--;
	path = xasprintf("%.*s/%s", (int)length, dir, name);
	if (stat(path, &st) < 0)
		return report(v, "%s:1: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return 0;
	if (st.st_size == 0)
		return report(v, "%s:1: is empty: a record was to be there", path);
	ret = visit_file(v, path);
	if (ret < 0 && ret != -ENOMEM && ret != -EBADMSG && v->ended == 0)
		return report(v, "%s:1: %s", path, strerror(-ret));
	return ret;
}

static int visit_directory(struct visit *v, const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, is_record_file, by_name);
	int ret = 0;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (ret == 0)
			ret = visit_member(v, path, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	return ret;
}

int records_visit(const char *path, const struct record_visitor *visitor)
{
	struct visit v = { .visitor = visitor };
	struct stat st;
	int ret;

	if (stat(path, &st) < 0)
		return -errno;
	ret = S_ISDIR(st.st_mode) ? visit_directory(&v, path) : visit_file(&v, path);
	json_object_put(v.environment);
	if (ret == -ENOMEM)
		alloc_failed();
	return ret < 0 ? ret : v.records;
}
