// SPDX-License-Identifier: MIT
#include "record/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "record/visit-private.h"
#include "system/cleanup.h"

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
	int ret = _stream_read_all(s);

	if (ret < 0)
		return ret;
	text = s->text + s->start;
	next = text + s->length;
	next += strspn(next, " \t\r\n");
	if (!*next || (*next == '{' && next[-1] == '\n'))
		return 0;
	if (!_stream_join(s))
		return 1;
	ret = _visit_text(v, text, s->length, &parsed, &at, &why);
	if (ret == 0 && parsed == PARSED_CUT)
		ret = _visit_report(v, "%s:%zu: cut short, the rest is missing", v->path,
				    s->line + count_lines(text, s->length));
	else if (ret == 0 && parsed != PARSED)
		ret = _visit_report(v, "%s:%zu: %s", v->path,
				    s->line + count_lines(text, at), why);
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
		return _visit_report(v, "%s:%zu: holds a NUL byte", v->path, s->line);
	if (line[strspn(line, " \t")] != '{')
		return _visit_report(v, "%s:%zu: no record: it does not begin with '{'",
				     v->path, s->line);
	ret = _visit_text(v, line, s->length, &parsed, &at, &why);
	if (ret < 0 || parsed == PARSED)
		return ret;
	if (parsed != PARSED_CUT)
		return _visit_report(v, "%s:%zu: %s (at byte %zu)", v->path, s->line, why,
				     at + 1);
	ret = first ? read_document(v) : 0;
	if (ret != 0)
		return ret < 0 ? ret : 0;
	return _visit_report(v, "%s:%zu: cut short, the rest of %s line is missing",
			     v->path, s->line, last ? "the last" : "this");
}

/* Says what was wrong with the stream, once. */
static int report_stream(struct visit *v)
{
	struct stream *s = &v->stream;
	int ret = *s->wrong ? _visit_report(v, "%s:%zu: %s", v->path, s->line, s->wrong)
			    : 0;

	*s->wrong = '\0';
	return ret;
}

static int read_lines(struct visit *v)
{
	struct stream *s = &v->stream;
	bool first = true;
	int more, ret;

	do {
		more = _stream_next(s);
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
	int ret = _stream_open(&v->stream, path);

	v->path = path;
	if (ret == 0)
		ret = read_lines(v);
	_stream_close(&v->stream);
	return ret;
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static int is_record_file(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return *name != '.' && strcmp(name, "plan.json") != 0 &&
	       (ends_with(name, ".json") || ends_with(name, ".jsonl") ||
		ends_with(name, ".jsonl.gz"));
}

/* By bytes: alphasort() would go by the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* One file of a directory: that it cannot be read is a problem, not the end. */
static int visit_member(struct visit *v, const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;
	size_t length = strlen(dir);
	struct stat st;
	int ret;

	while (length > 1 && dir[length - 1] == '/')
		length--;
	if (asprintf(&path, "%.*s/%s", (int)length, dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (stat(path, &st) < 0)
		return _visit_report(v, "%s:1: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return 0;
	ret = visit_file(v, path);
	if (ret < 0 && ret != -ENOMEM && v->ended == 0)
		return _visit_report(v, "%s:1: %s", path, strerror(-ret));
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
	return ret < 0 ? ret : v.records;
}
