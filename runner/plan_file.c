// SPDX-License-Identifier: MIT
#include "plan.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "record/file.h"
#include "system/cleanup.h"
#include "system/units.h"

#define PLAN_SCHEMA "pinlat.plan/1"
/* ten subtests, a thousand runs */
#define PLAN_RUNS_MAX 10000

static void release_json(json_object **object)
{
	json_object_put(*object);
}

/* An array of @n texts, or of all up to a NULL. */
static json_object *texts(char *const *text, size_t n)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < n && text[i]; i++)
		json_object_array_add(array, json_object_new_string(text[i]));
	return array;
}

static const char *const end_names[PLAN_ENDS] = {
	[PLAN_GOES_ON] = "",
	[PLAN_NARROW] = "narrow",
	[PLAN_ALL_RUNS] = "runs",
	[PLAN_TIME] = "time",
};

static json_object *stopping_to_json(const struct plan *p)
{
	json_object *stopping = json_object_new_object();
	json_object *looks = json_object_new_array();

	for (size_t k = 0; k < p->rule.looks; k++)
		json_object_array_add(looks, json_object_new_uint64(p->rule.look[k]));
	json_object_object_add(stopping, "level", json_object_new_double(p->rule.level));
	json_object_object_add(stopping, "looks", looks);
	json_object_object_add(stopping, "made", json_object_new_uint64(p->made));
	json_object_object_add(stopping, "seconds", json_object_new_double(p->seconds));
	json_object_object_add(stopping, "ended",
			       json_object_new_string(end_names[p->ended]));
	return stopping;
}

/* What --until and --calibrate add. */
static void add_rule(json_object *root, const struct plan *p)
{
	if (p->calibrate)
		json_object_object_add(root, "calibrate", json_object_new_boolean(true));
	if (!p->until)
		return;
	json_object_object_add(root, "until", json_object_new_string(p->until));
	if (p->max_time)
		json_object_object_add(root, "max_time",
				       json_object_new_string(p->max_time));
	json_object_object_add(root, "stopping", stopping_to_json(p));
}

int plan_write(const struct plan *p, const char *path)
{
	_cleanup_(release_json) json_object *root = json_object_new_object();
	json_object *options = json_object_new_object();
	_cleanup_free_ char *text = NULL;

	json_object_object_add(root, "schema", json_object_new_string(PLAN_SCHEMA));
	json_object_object_add(root, "pinlat", json_object_new_string(PINLAT_VERSION));
	json_object_object_add(root, "label", json_object_new_string(p->label));
	json_object_object_add(root, "seed", json_object_new_uint64(p->seed));
	json_object_object_add(root, "runs", json_object_new_uint64(p->runs));
	add_rule(root, p);
	json_object_object_add(root, "probes", json_object_new_string(p->probes));
	json_object_object_add(root, "loads", json_object_new_string(p->loads));
	for (enum test_option i = 0; i < TEST_OPTIONS; i++)
		if (p->test[i])
			json_object_object_add(options, test_option_name(i),
					       json_object_new_string(p->test[i]));
	json_object_object_add(root, "options", options);
	json_object_object_add(root, "passed", texts(p->passed, SIZE_MAX));
	json_object_object_add(root, "order", texts(p->order, p->n));
	if (asprintf(&text, "%s\n",
		     json_object_to_json_string_ext(
			     root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					   JSON_C_TO_STRING_NOSLASHESCAPE)) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return file_replace(path, text, strlen(text));
}

static const char *text_of(json_object *root, const char *key)
{
	json_object *o;

	if (!json_object_object_get_ex(root, key, &o) ||
	    json_object_get_type(o) != json_type_string)
		return NULL;
	return json_object_get_string(o);
}

/* File names are made of it: it must not lead elsewhere. */
static bool is_subtest(const char *name)
{
	return name && *name && strlen(name) < 40 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static int read_order(struct plan *p, json_object *root)
{
	json_object *array;

	if (!json_object_object_get_ex(root, "order", &array) ||
	    json_object_get_type(array) != json_type_array ||
	    json_object_array_length(array) > PLAN_RUNS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		json_object *o = json_object_array_get_idx(array, i);
		const char *name = json_object_get_type(o) == json_type_string
					   ? json_object_get_string(o)
					   : NULL;
		int ret = is_subtest(name) ? _plan_add_name(p, name) : -EINVAL;

		if (ret < 0)
			return ret;
	}
	return p->n > 0 ? 0 : -EINVAL;
}

static int read_passed(struct plan *p, json_object *root)
{
	json_object *array;
	size_t n;

	if (!json_object_object_get_ex(root, "passed", &array) ||
	    json_object_get_type(array) != json_type_array)
		return -EINVAL;
	n = json_object_array_length(array);
	p->passed = calloc(n + 1, sizeof(*p->passed));
	if (!p->passed)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		json_object *o = json_object_array_get_idx(array, i);

		if (json_object_get_type(o) != json_type_string)
			return -EINVAL;
		if (_plan_copy_text(&p->passed[i], json_object_get_string(o)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_number(json_object *root, const char *key, uint64_t *value)
{
	json_object *o;

	if (!json_object_object_get_ex(root, key, &o) ||
	    json_object_get_type(o) != json_type_int || json_object_get_int64(o) < 0)
		return -EINVAL;
	*value = json_object_get_uint64(o);
	return 0;
}

static bool read_real(json_object *root, const char *key, double *value)
{
	json_object *o;

	if (!json_object_object_get_ex(root, key, &o) ||
	    (json_object_get_type(o) != json_type_double &&
	     json_object_get_type(o) != json_type_int))
		return false;
	*value = json_object_get_double(o);
	return isfinite(*value);
}

/* Ascending, and the last one when all runs are made. */
static bool read_looks(struct plan *p, json_object *stopping)
{
	json_object *looks;
	size_t n;

	if (!json_object_object_get_ex(stopping, "looks", &looks) ||
	    json_object_get_type(looks) != json_type_array)
		return false;
	n = json_object_array_length(looks);
	if (n < 1 || n > STOPPING_LOOKS_MAX)
		return false;
	for (size_t k = 0; k < n; k++) {
		uint64_t look =
			json_object_get_uint64(json_object_array_get_idx(looks, k));

		if (look <= (k > 0 ? p->rule.look[k - 1] : 0))
			return false;
		p->rule.look[k] = look;
	}
	p->rule.looks = n;
	return p->rule.look[n - 1] == p->runs;
}

static bool read_end(struct plan *p, json_object *stopping)
{
	const char *ended = text_of(stopping, "ended");

	while (ended && p->ended < PLAN_ENDS && strcmp(ended, end_names[p->ended]) != 0)
		p->ended++;
	return ended && p->ended < PLAN_ENDS;
}

/* The rule as it was when the runs began, not as another version might make it. */
static int read_rule(struct plan *p, json_object *root)
{
	json_object *stopping, *calibrate;
	uint64_t made, ns;
	int ret;

	if (json_object_object_get_ex(root, "calibrate", &calibrate))
		p->calibrate = json_object_get_boolean(calibrate);
	ret = _plan_copy_text(&p->until, text_of(root, "until"));
	ret = ret ? ret : _plan_copy_text(&p->max_time, text_of(root, "max_time"));
	if (ret < 0 || !p->until)
		return ret;
	if (parse_percent(p->until, &p->rule.within) < 0 ||
	    (p->max_time && parse_duration(p->max_time, &ns) < 0) ||
	    !json_object_object_get_ex(root, "stopping", &stopping) ||
	    !read_real(stopping, "level", &p->rule.level) ||
	    !(p->rule.level > 0 && p->rule.level < 1) || !read_looks(p, stopping) ||
	    read_number(stopping, "made", &made) < 0 || made > p->rule.looks ||
	    !read_real(stopping, "seconds", &p->seconds) || p->seconds < 0 ||
	    !read_end(p, stopping))
		return -EINVAL;
	p->made = made;
	return 0;
}

static int read_plan(struct plan *p, json_object *root, char *why, size_t size)
{
	const char *schema = text_of(root, "schema");
	json_object *options;
	int ret;

	if (!schema || strcmp(schema, PLAN_SCHEMA) != 0) {
		snprintf(why, size, "its schema is not " PLAN_SCHEMA);
		return -EINVAL;
	}
	snprintf(why, size, "it is damaged");
	if (!text_of(root, "label") || !text_of(root, "probes") ||
	    !text_of(root, "loads") ||
	    !json_object_object_get_ex(root, "options", &options))
		return -EINVAL;
	ret = _plan_copy_text(&p->label, text_of(root, "label"));
	ret = ret ? ret : _plan_copy_text(&p->probes, text_of(root, "probes"));
	ret = ret ? ret : _plan_copy_text(&p->loads, text_of(root, "loads"));
	for (enum test_option i = 0; i < TEST_OPTIONS && ret == 0; i++)
		ret = _plan_copy_text(&p->test[i], text_of(options, test_option_name(i)));
	ret = ret ? ret : read_number(root, "seed", &p->seed);
	ret = ret ? ret : read_number(root, "runs", &p->runs);
	ret = ret ? ret : read_passed(p, root);
	ret = ret ? ret : read_order(p, root);
	if (ret == 0 && (p->runs < 1 || p->n % p->runs != 0))
		ret = -EINVAL;
	return ret ? ret : read_rule(p, root);
}

int plan_read(struct plan *p, const char *path, char *why, size_t size)
{
	_cleanup_(release_json) json_object *root = NULL;
	int ret;

	*p = (struct plan){ 0 };
	if (access(path, R_OK) < 0)
		return -errno;
	root = json_object_from_file(path);
	snprintf(why, size, "it is no JSON");
	ret = json_object_get_type(root) == json_type_object
		      ? read_plan(p, root, why, size)
		      : -EINVAL;
	if (ret < 0)
		plan_free(p);
	return ret;
}
