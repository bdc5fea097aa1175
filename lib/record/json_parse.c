// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "record/json_read-private.h"
#include "record/json_text-private.h"
#include "system/cleanup.h"

/* Records are about five levels deep, igt_runner's results eight. */
#define DEPTH_MAX 32
/* Of which those are left that are a list of pairs. */
#define LIST_DEPTH 2
/*
 * Above what any record or result of igt_runner holds. 64 MiB of "[{},{},…" would take
 * 15 GiB as json-c's objects; with this limit, half of one.
 */
#define VALUES_MAX 1000000

/* Whether @text has more values than json-c may be given; @at is then where. */
static bool too_many_values(const char *text, size_t length, size_t *at)
{
	bool in_string = false;
	size_t values = 0;

	for (*at = 0; *at < length && values <= VALUES_MAX; ++*at) {
		char c = text[*at];

		if (c == '"')
			in_string = !in_string;
		else if (c == '\\')
			++*at;
		else if (!in_string)
			values += c == ',' || c == '[' || c == '{';
	}
	return values > VALUES_MAX;
}

static enum parsed parse(const char *text, size_t length, int depth, int flags,
			 json_object **root, size_t *at, const char **why)
{
	struct json_tokener *tok;
	enum json_tokener_error error;

	*root = NULL;
	if (too_many_values(text, length, at)) {
		*why = "more than a million values";
		return PARSED_WRONG;
	}
	tok = json_tokener_new_ex(depth);
	if (!tok)
		return PARSED_NO_MEMORY;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | flags);
	*root = json_tokener_parse_ex(tok, text, (int)length);
	error = json_tokener_get_error(tok);
	*at = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	*why = error == json_tokener_error_depth ? "nested too deeply"
						 : json_tokener_error_desc(error);
	if (error == json_tokener_success)
		return PARSED;
	if (error == json_tokener_error_parse_utf8_string)
		return PARSED_NOT_UTF8;
	return error == json_tokener_continue ? PARSED_CUT : PARSED_WRONG;
}

enum parsed _json_parse(const char *text, size_t length, int flags, json_object **root,
			size_t *at, const char **why)
{
	return parse(text, length, DEPTH_MAX, flags, root, at, why);
}

int _record_from_text(struct record *r, const char *text, size_t length)
{
	_cleanup_(_json_release) json_object *root = NULL;
	struct lifted lifted;
	enum parsed parsed;
	const char *why;
	size_t at;
	int ret = _lift(&lifted, text, length);

	if (ret < 0)
		return ret;
	parsed = parse(lifted.rest, lifted.length, DEPTH_MAX - LIST_DEPTH,
		       JSON_TOKENER_VALIDATE_UTF8, &root, &at, &why);
	if (parsed == PARSED)
		ret = _record_from_rest(r, root, &lifted);
	else
		ret = parsed == PARSED_NO_MEMORY ? -ENOMEM : -EINVAL;
	_lifted_free(&lifted);
	return ret;
}

int record_from_line(struct record *r, const char *line, size_t length, char *why,
		     size_t size)
{
	_cleanup_(_json_release) json_object *root = NULL;
	const char *what;
	size_t at;
	int ret = _record_from_text(r, line, length);

	*why = '\0';
	if (ret == 0 || ret == -ENOMEM)
		return ret;
	switch (_json_parse(line, length, JSON_TOKENER_VALIDATE_UTF8, &root, &at,
			    &what)) {
	case PARSED:
		return record_from_json(r, root, why, size);
	case PARSED_CUT:
		snprintf(why, size, "the record is cut short");
		return -EINVAL;
	case PARSED_NO_MEMORY:
		return -ENOMEM;
	default:
		snprintf(why, size, "%s (at byte %zu)", what, at + 1);
		return -EINVAL;
	}
}
