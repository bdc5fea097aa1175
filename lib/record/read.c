// SPDX-License-Identifier: MIT
/*
 * Records out of files: their lines, plain or compressed, and what those hold. The command alone
 * reads: where memory is short it ends.
 */
#include "record/read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/internal.h"
#include "record/parse.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

/* So many packs that are not whole are told one by one. */
#define PACKS_NAMED 8

int visit_report(struct visit *v, const char *format, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	v->ended = v->visitor->problem(text, v->visitor->data);
	return v->ended;
}

/* Keeps a problem until the file has ended. */
__attribute__((format(printf, 2, 3))) static void keep_problem(struct visit *v,
							       const char *format, ...)
{
	va_list args;

	if (v->log && !v->of_record)
		return;
	v->problem = xgrow(v->problem, v->problems, sizeof(*v->problem));
	va_start(args, format);
	v->problem[v->problems++] =
		(struct visit_problem){ xvasprintf(format, args), v->of_record };
	va_end(args);
}

/* Tells what was kept, unless @nothing; of a log, what is wrong with records alone. */
static int tell_problems(struct visit *v, bool nothing)
{
	int ret = 0;

	for (size_t i = 0; i < v->problems; i++) {
		const struct visit_problem *p = &v->problem[i];

		if (ret == 0 && !nothing && (p->always || !v->log))
			ret = visit_report(v, "%s", p->text);
		free(p->text);
	}
	free(v->problem);
	v->problem = NULL;
	v->problems = 0;
	return ret;
}

/* Whether @text looks like a record of ours, or a part of one. */
static bool looks_like_record(const char *text, size_t length)
{
	static const char schema[] = "\"pinlat.record/";

	return memmem(text, length, schema, sizeof(schema) - 1);
}

/* "12", or "12: pack base, record 3": where what is read now stands. */
static const char *place_of(const struct visit *v, char *buf, size_t size)
{
	if (v->pack)
		snprintf(buf, size, "%zu: pack %s, record %zu", v->pack->line,
			 v->pack->name, v->pack_record);
	else
		snprintf(buf, size, "%zu", v->stream.line);
	return buf;
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

/* Hands @r over, read from @text, and frees what is left. @where is "line" or "line: test …". */
static int hand_over(struct visit *v, struct record *r, const char *where,
		     const char *text, size_t length)
{
	r->source = xasprintf("%s:%s", v->path, where);
	r->json = text;
	r->json_length = length;
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
	size_t length;
	int ret;

	if (strncmp(line, RECORD_LINE_PREFIX, prefix) != 0)
		return 0;
	line += prefix;
	length = strcspn(line, "\n");
	v->of_record = looks_like_record(line, length);
	ret = record_from_line(&r, line, length, why, sizeof(why));
	if (ret == 0)
		return hand_over(v, &r, where, line, length);
	if (ret != -ENOMEM)
		keep_problem(v, "%s:%s: %s", v->path, where, why);
	return ret == -ENOMEM ? ret : 0;
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

static int read_root(struct visit *v, json_object *root, const char *where,
		     const char *text, size_t length)
{
	json_object *tests = tests_of(root);
	struct record r;
	char why[256];
	int ret;

	if (tests)
		return read_results(v, tests);
	ret = record_from_json(&r, root, NULL, why, sizeof(why));
	if (ret == 0)
		return hand_over(v, &r, where, text, length);
	if (ret != -ENOMEM)
		keep_problem(v, "%s:%s: %s", v->path, where, why);
	return ret == -ENOMEM ? ret : 0;
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
	char where[PACK_NAME_MAX + 64];
	int ret = record_from_lifted(&r, text, length);

	*parsed = PARSED;
	place_of(v, where, sizeof(where));
	if (ret == 0)
		return hand_over(v, &r, where, text, length);
	if (ret == -ENOMEM)
		return ret;
	*parsed = record_parse(text, length, JSON_TOKENER_VALIDATE_UTF8, &root, at, why);
	switch (*parsed) {
	case PARSED:
		return read_root(v, root, where, text, length);
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

/* Packs that begin in @text, which begins on the current line, are noted. */
static void look_for_packs(struct visit *v, const char *text, size_t length)
{
	packs_look(&v->packs, text, length, v->stream.line);
	v->log |= v->packs.n > 0 || v->packs.damaged > 0;
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
	look_for_packs(v, text, s->length);
	v->of_record = looks_like_record(text, s->length);
	ret = visit_text(v, text, s->length, &parsed, &at, &why);
	if (ret == 0 && parsed == PARSED_CUT)
		keep_problem(v, "%s:%zu: cut short, the rest is missing", v->path,
			     s->line + count_lines(text, s->length));
	else if (ret == 0 && parsed != PARSED)
		keep_problem(v, "%s:%zu: %s", v->path, s->line + count_lines(text, at),
			     why);
	return ret < 0 ? ret : 1;
}

/* A line that may be a record, @text of the current one. Returns 0 or -errno. */
static int read_text(struct visit *v, const char *text, size_t length, bool first)
{
	const struct stream *s = &v->stream;
	bool last = s->ended && s->next == s->end;
	enum parsed parsed;
	const char *why;
	size_t at;
	int ret = visit_text(v, text, length, &parsed, &at, &why);

	if (ret < 0 || parsed == PARSED)
		return ret;
	if (parsed != PARSED_CUT) {
		keep_problem(v, "%s:%zu: %s (at byte %zu)", v->path, s->line, why,
			     at + 1);
		return 0;
	}
	ret = first ? read_document(v) : 0;
	if (ret == 0)
		keep_problem(v, "%s:%zu: cut short, the rest of %s line is missing",
			     v->path, s->line, last ? "the last" : "this");
	return ret < 0 ? ret : 0;
}

/* The current line. Returns 0 or -errno. */
static int read_line(struct visit *v, bool first)
{
	const struct stream *s = &v->stream;
	const char *line = s->text + s->start;
	const size_t prefix = strlen(RECORD_LINE_PREFIX);

	look_for_packs(v, line, s->length);
	v->of_record = looks_like_record(line, s->length);
	if (memchr(line, '\0', s->length)) {
		keep_problem(v, "%s:%zu: holds a NUL byte", v->path, s->line);
		return 0;
	}
	if (s->length > prefix && strncmp(line, RECORD_LINE_PREFIX, prefix) == 0) {
		v->log = true; /* what the test prints */
		return read_text(v, line + prefix, s->length - prefix, false);
	}
	if (line[strspn(line, " \t")] == '{')
		return read_text(v, line, s->length, first);
	keep_problem(v, "%s:%zu: no record: it does not begin with '{'", v->path,
		     s->line);
	return 0;
}

/* Says what was wrong with the stream, once. Returns 0, or -errno: so wrong that nothing counts. */
static int report_stream(struct visit *v)
{
	struct stream *s = &v->stream;
	int ret;

	if (!*s->wrong)
		return 0;
	ret = tell_problems(v, false);
	if (ret == 0)
		ret = visit_report(v, "%s:%zu: %s", v->path, s->line, s->wrong);
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

/* The records of a pack that was put together. Returns 0 or -errno. */
static int read_pack(struct visit *v, const char *text, size_t length)
{
	const char *end = text + length, *why, *newline;
	char where[PACK_NAME_MAX + 64];
	enum parsed parsed;
	size_t at;
	int ret = 0;

	if (v->visitor->pack)
		return v->visitor->pack(v->pack->name, text, length, v->visitor->data);
	v->of_record = true;
	for (; text < end && ret == 0; text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		newline = newline ? newline : end;
		v->pack_record++;
		ret = visit_text(v, text, (size_t)(newline - text), &parsed, &at, &why);
		if (ret == 0 && parsed != PARSED)
			keep_problem(v, "%s:%s: %s", v->path,
				     place_of(v, where, sizeof(where)),
				     parsed == PARSED_CUT ? "cut short" : why);
	}
	return ret;
}

/*
 * One pack. Returns 0 or -errno: -EBADMSG where it is not whole, which is told unless it is @silent.
 */
static int visit_pack(struct visit *v, struct pack *pack, bool silent)
{
	CLEANUP_FREE char *text = NULL;
	char why[300], name[PACK_NAME_MAX + 2];
	size_t length;
	int ret = pack_open(pack, &text, &length, why, sizeof(why));

	if (ret < 0 && silent)
		return -EBADMSG;
	if (ret < 0) {
		ret = visit_report(v, "%s:%zu: pack %s: %s", v->path, pack->line,
				   pack->headed
					   ? printable(pack->name, name, sizeof(name))
					   : "(its name is lost)",
				   why);
		return ret < 0 ? ret : -EBADMSG;
	}
	v->pack = pack;
	v->pack_record = 0;
	ret = read_pack(v, text, length);
	v->pack = NULL;
	return ret;
}

/* What is wrong with the packs of the file as such. Returns 0 or -errno: -EBADMSG if something is. */
static int check_packs(struct visit *v)
{
	const struct packs *p = &v->packs;
	int ret;

	if (p->too_many)
		ret = visit_report(v, "%s:1: more than %d packs: the rest is not read",
				   v->path, PACKS_MAX);
	else if (p->n == 0 && p->damaged > 0)
		ret = visit_report(v, "%s:1: all %zu line%s of its packs are damaged",
				   v->path, p->damaged, PLURAL(p->damaged));
	else
		return 0;
	return ret < 0 ? ret : -EBADMSG;
}

/* All packs of the file, each once. Returns 0 or -errno. */
static int visit_packs(struct visit *v)
{
	int ret = check_packs(v), one, told = 0;
	size_t broken = 0;

	for (size_t i = 0; i < v->packs.n && (ret == 0 || ret == -EBADMSG); i++) {
		one = visit_pack(v, &v->packs.pack[i], broken >= PACKS_NAMED);
		broken += one == -EBADMSG;
		ret = one < 0 ? one : ret;
	}
	if (broken > PACKS_NAMED)
		told = visit_report(v, "%s:1: %zu more packs are not whole", v->path,
				    broken - PACKS_NAMED);
	return told < 0 ? told : ret;
}

int visit_file(struct visit *v, const char *path, bool only_log)
{
	int ret = stream_open(&v->stream, path), told;

	v->path = path;
	v->log = false;
	if (ret == 0)
		ret = read_lines(v);
	if (ret == 0)
		ret = visit_packs(v);
	stream_close(&v->stream);
	told = tell_problems(v, (ret < 0 && ret != -EBADMSG) || (only_log && !v->log));
	packs_free(&v->packs);
	return ret < 0 ? ret : told;
}
