// SPDX-License-Identifier: MIT
#include "record/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "record/json_text-private.h"
#include "system/cleanup.h"

/* Records are about five levels deep, igt_runner's results eight. */
#define DEPTH_MAX 32

/* One file while it is read: all of one line is in memory, of a document all of it. */
struct source {
	struct record_list *list;
	const char *path;
	gzFile gz; /* reads plain files too */
	bool ended;
	char *text; /* what is in memory; a NUL is behind it */
	size_t length, room;
	size_t start; /* of the current line in @text */
	size_t line;  /* its number, from 1 */
};

__attribute__((format(printf, 2, 3))) static int add_problem(struct record_list *list,
							     const char *format, ...)
{
	char **longer, *text;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	longer = realloc(list->problem, (list->problems + 1) * sizeof(*longer));
	if (!longer) {
		free(text);
		return -ENOMEM;
	}
	list->problem = longer;
	list->problem[list->problems++] = text;
	return 0;
}

/* Room for one more record at the end of @list. */
static struct record *next_record(struct record_list *list)
{
	/* Grown by doubling: n is a power of two whenever the room is used up. */
	if ((list->n & (list->n - 1)) == 0) {
		size_t room = list->n ? 2 * list->n : 1;
		struct record *longer = realloc(list->record, room * sizeof(*longer));

		if (!longer)
			return NULL;
		list->record = longer;
	}
	return &list->record[list->n];
}

/* Most records of a set come from one machine: they share one tree. */
static void share_environment(const struct record_list *list, struct record *r)
{
	json_object *before = list->n ? list->record[list->n - 1].environment : NULL;

	if (!before || !json_object_equal(before, r->environment))
		return;
	json_object_put(r->environment);
	r->environment = json_object_get(before);
}

/* Appends the record in @root. @where is "line" or "line: test …"; -errno: memory is short. */
static int add_record(struct source *s, json_object *root, const char *where)
{
	struct record *r = next_record(s->list);
	char why[256];
	int ret;

	if (!r)
		return -ENOMEM;
	ret = record_from_json(r, root, why, sizeof(why));
	if (ret == -ENOMEM)
		return ret;
	if (ret < 0)
		return add_problem(s->list, "%s:%s: %s", s->path, where, why);
	if (asprintf(&r->source, "%s:%s", s->path, where) < 0) {
		r->source = NULL;
		record_free(r);
		return -ENOMEM;
	}
	share_environment(s->list, r);
	s->list->n++;
	return 0;
}

enum parsed {
	PARSED,
	PARSED_CUT, /* it is right as far as it goes */
	PARSED_WRONG,
	PARSED_NO_MEMORY,
};

/* Parses @text; @at is where it went wrong and @why, in words, how. */
static enum parsed parse(const char *text, size_t length, json_object **root, size_t *at,
			 const char **why)
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
	enum json_tokener_error error;

	*root = NULL;
	if (!tok)
		return PARSED_NO_MEMORY;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*root = json_tokener_parse_ex(tok, text, (int)length);
	error = json_tokener_get_error(tok);
	*at = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	*why = error == json_tokener_error_depth ? "nested too deeply"
						 : json_tokener_error_desc(error);
	if (error == json_tokener_success)
		return PARSED;
	return error == json_tokener_continue ? PARSED_CUT : PARSED_WRONG;
}

/* The records in the "out" of one test of igt_runner's results. */
static int read_output(struct source *s, const char *test, json_object *out)
{
	const size_t prefix = strlen(RECORD_LINE_PREFIX);
	const char *line = json_object_get_string(out), *why;
	_cleanup_free_ char *where = NULL;
	int ret = 0;

	if (asprintf(&where, "%zu: test %s", s->line, test) < 0)
		return -ENOMEM;
	for (; line && ret == 0;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		_cleanup_(_json_release) json_object *root = NULL;
		enum parsed parsed;
		size_t at;

		if (strncmp(line, RECORD_LINE_PREFIX, prefix) != 0)
			continue;
		parsed = parse(line + prefix, strcspn(line + prefix, "\n"), &root, &at,
			       &why);
		if (parsed == PARSED_NO_MEMORY)
			ret = -ENOMEM;
		else if (parsed == PARSED)
			ret = add_record(s, root, where);
		else
			ret = add_problem(s->list, "%s:%s: %s", s->path, where,
					  parsed == PARSED_CUT ? "the record is cut short"
							       : why);
	}
	return ret;
}

/* igt_runner's results.json: {"tests": {NAME: {"out": …}}}. Most tests hold no record. */
static int read_results(struct source *s, json_object *tests)
{
	json_object_object_foreach(tests, name, test) {
		json_object *out;
		int ret = 0;

		if (json_object_get_type(test) == json_type_object &&
		    json_object_object_get_ex(test, "out", &out) &&
		    json_object_get_type(out) == json_type_string)
			ret = read_output(s, name, out);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int read_root(struct source *s, json_object *root)
{
	json_object *tests;
	char where[24];

	if (json_object_get_type(root) == json_type_object &&
	    !json_object_object_get_ex(root, "schema", NULL) &&
	    json_object_object_get_ex(root, "tests", &tests) &&
	    json_object_get_type(tests) == json_type_object)
		return read_results(s, tests);
	snprintf(where, sizeof(where), "%zu", s->line);
	return add_record(s, root, where);
}

/* Makes room for more text, first by dropping the lines that are done with. */
static int make_room(struct source *s)
{
	size_t larger = s->room ? 2 * s->room : 65536;
	char *text;

	if (s->start > 0) {
		s->length -= s->start;
		memmove(s->text, s->text + s->start, s->length + 1);
		s->start = 0;
	}
	if (s->length + 1 < s->room / 2)
		return 0;
	text = realloc(s->text, larger);
	if (!text)
		return -ENOMEM;
	s->text = text;
	s->room = larger;
	return 0;
}

/* The stream has ended: says so if that was before its time. */
static int end_of_stream(struct source *s)
{
	int error = Z_OK;
	const char *what = gzerror(s->gz, &error);

	s->ended = true;
	if (error == Z_OK || error == Z_STREAM_END)
		return 0;
	if (error == Z_ERRNO)
		return errno ? -errno : -EIO;
	if (error == Z_MEM_ERROR)
		return -ENOMEM;
	if (error == Z_BUF_ERROR)
		return add_problem(s->list, "%s:%zu: the compressed data are cut short",
				   s->path, s->line);
	return add_problem(s->list, "%s:%zu: the compressed data are damaged (%s)",
			   s->path, s->line, what);
}

/* Reads more behind what there is. Returns 0 or -errno. */
static int read_more(struct source *s)
{
	int n, ret = make_room(s);

	if (ret < 0)
		return ret;
	n = gzread(s->gz, s->text + s->length, (unsigned int)(s->room - s->length - 1));
	if (n > 0)
		s->length += (size_t)n;
	s->text[s->length] = '\0';
	return n > 0 ? 0 : end_of_stream(s);
}

/* Whether what is in memory from the current line on is more than any record. */
static bool too_long(const struct source *s)
{
	return s->length - s->start > RECORD_SIZE_MAX;
}

static int refuse_size(struct source *s)
{
	s->ended = true;
	s->start = s->length;
	return add_problem(s->list, "%s:%zu: larger than %d MiB, the rest is not read",
			   s->path, s->line, RECORD_SIZE_MAX >> 20);
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
static int read_document(struct source *s, size_t first_length)
{
	_cleanup_(_json_release) json_object *root = NULL;
	const char *next, *why;
	size_t at;
	int ret = 0;

	while (!s->ended && !too_long(s) && ret == 0)
		ret = read_more(s);
	if (ret < 0)
		return ret;
	next = s->text + s->start + first_length;
	next += strspn(next, " \t\r\n");
	if (!*next || (*next == '{' && next[-1] == '\n'))
		return 0;
	if (too_long(s)) {
		ret = refuse_size(s);
		return ret < 0 ? ret : 1;
	}
	switch (parse(s->text + s->start, s->length - s->start, &root, &at, &why)) {
	case PARSED:
		ret = read_root(s, root);
		break;
	case PARSED_CUT:
		ret = add_problem(
			s->list, "%s:%zu: cut short, the rest is missing", s->path,
			s->line + count_lines(s->text + s->start, s->length - s->start));
		break;
	case PARSED_WRONG:
		ret = add_problem(s->list, "%s:%zu: %s", s->path,
				  s->line + count_lines(s->text + s->start, at), why);
		break;
	default:
		ret = -ENOMEM;
	}
	s->start = s->length;
	return ret < 0 ? ret : 1;
}

/* The current line, which has @length bytes. Returns 0 or -errno. */
static int read_line(struct source *s, size_t length, bool first)
{
	_cleanup_(_json_release) json_object *root = NULL;
	const char *line = s->text + s->start, *why;
	bool last = s->ended && s->start + length == s->length;
	size_t at;
	int ret;

	if (memchr(line, '\0', length))
		return add_problem(s->list, "%s:%zu: holds a NUL byte", s->path, s->line);
	if (line[strspn(line, " \t")] != '{')
		return add_problem(s->list,
				   "%s:%zu: no record: it does not begin with '{'",
				   s->path, s->line);
	switch (parse(line, length, &root, &at, &why)) {
	case PARSED:
		return read_root(s, root);
	case PARSED_CUT:
		ret = first ? read_document(s, length) : 0;
		if (ret != 0)
			return ret < 0 ? ret : 0;
		return add_problem(s->list,
				   "%s:%zu: cut short, the rest of %s line is missing",
				   s->path, s->line, last ? "the last" : "this");
	case PARSED_WRONG:
		return add_problem(s->list, "%s:%zu: %s (at byte %zu)", s->path, s->line,
				   why, at + 1);
	default:
		return -ENOMEM;
	}
}

/* Reads on until the current line is whole. Returns 0 or -errno; its length is in @length. */
static int complete_line(struct source *s, size_t *length)
{
	size_t seen = 0;
	int ret;

	for (;;) {
		const char *line = s->text + s->start;
		const char *newline =
			memchr(line + seen, '\n', s->length - s->start - seen);

		seen = s->length - s->start;
		*length = newline ? (size_t)(newline - line) : seen;
		if (newline || s->ended)
			return 0;
		if (too_long(s)) {
			*length = 0;
			return refuse_size(s);
		}
		ret = read_more(s);
		if (ret < 0)
			return ret;
	}
}

static int read_lines(struct source *s)
{
	bool first = true;
	size_t length;
	int ret = read_more(s);

	while (ret == 0 && (s->start < s->length || !s->ended)) {
		s->line++;
		ret = complete_line(s, &length);
		if (ret == 0 && strspn(s->text + s->start, " \t\r") < length) {
			ret = read_line(s, length, first);
			first = false;
		}
		if (s->start < s->length)
			s->start += length + (s->text[s->start + length] == '\n');
	}
	return ret;
}

static int read_file(struct record_list *list, const char *path)
{
	struct source s = { .list = list, .path = path, .gz = gzopen(path, "rbe") };
	int ret;

	if (!s.gz)
		return errno ? -errno : -ENOMEM;
	errno = 0;
	ret = read_lines(&s);
	gzclose(s.gz);
	free(s.text);
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
static int read_member(struct record_list *list, const char *dir, const char *name)
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
		return add_problem(list, "%s:1: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return 0;
	ret = read_file(list, path);
	if (ret < 0 && ret != -ENOMEM)
		return add_problem(list, "%s:1: %s", path, strerror(-ret));
	return ret;
}

static int read_directory(struct record_list *list, const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, is_record_file, by_name);
	int ret = 0;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (ret == 0)
			ret = read_member(list, path, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	return ret;
}

int record_list_read(struct record_list *list, const char *path)
{
	size_t before = list->n;
	struct stat st;
	int ret;

	if (stat(path, &st) < 0)
		return -errno;
	ret = S_ISDIR(st.st_mode) ? read_directory(list, path) : read_file(list, path);
	return ret < 0 ? ret : (int)(list->n - before);
}

void record_list_free(struct record_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		record_free(&list->record[i]);
	free(list->record);
	for (size_t i = 0; i < list->problems; i++)
		free(list->problem[i]);
	free(list->problem);
	*list = (struct record_list){ 0 };
}
