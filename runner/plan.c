// SPDX-License-Identifier: MIT
#include "plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <json-c/json.h>

#include "message.h"
#include "record/file.h"
#include "stats/random.h"
#include "system/cleanup.h"

#define PLAN_SCHEMA "pinlat.plan/1"
/* ten subtests, a thousand runs */
#define PLAN_RUNS_MAX 10000

static void release_json(json_object **object)
{
	json_object_put(*object);
}

static int add_name(struct plan *p, const char *name)
{
	char **longer = realloc(p->order, (p->n + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	p->order = longer;
	longer[p->n] = strdup(name);
	return longer[p->n++] ? 0 : -ENOMEM;
}

/* Adds one block: every load of every probe, shuffled (Fisher and Yates, from the end). */
static int add_block(struct plan *p, uint64_t block)
{
	struct random_state random = random_stream(p->seed, block);
	char probe[16], load[16], name[40];
	size_t first = p->n, in = 0;
	int ret = 0;

	while (next_item(p->probes, &in, probe, sizeof(probe))) {
		for (size_t at = 0;
		     next_item(p->loads, &at, load, sizeof(load)) && ret == 0;) {
			snprintf(name, sizeof(name), "%s-%s", probe, load);
			ret = add_name(p, name);
		}
	}
	for (size_t left = p->n - first; left > 1 && ret == 0; left--) {
		size_t other = first + random_below(&random, left);
		char *last = p->order[first + left - 1];

		p->order[first + left - 1] = p->order[other];
		p->order[other] = last;
	}
	return ret;
}

static int copy_text(char **copy, const char *text)
{
	*copy = text ? strdup(text) : NULL;
	return text && !*copy ? -ENOMEM : 0;
}

static int copy_passed(struct plan *p, char *const *passed)
{
	size_t n = 0;

	while (passed[n])
		n++;
	p->passed = calloc(n + 1, sizeof(*p->passed));
	if (!p->passed)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (copy_text(&p->passed[i], passed[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* A seed of 32 bits: short enough to be typed. */
static uint64_t random_seed(void)
{
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint32_t)getpid();
	return seed;
}

int plan_make(struct plan *p, const struct run_options *o)
{
	int ret;

	*p = (struct plan){
		.seed = o->seed_text ? o->seed : random_seed(),
		.runs = o->runs_text ? o->runs : 5,
	};
	ret = copy_text(&p->label, o->label);
	ret = ret ? ret : copy_text(&p->probes, o->probes ? o->probes : "timer,thp");
	ret = ret ? ret
		  : copy_text(&p->loads,
			      o->loads ? o->loads : "idle,base,locked,pinned,busy");
	for (enum test_option i = 0; i < TEST_OPTIONS && ret == 0; i++)
		ret = copy_text(&p->test[i],
				o->test[i] ? o->test[i] : test_option_default(i));
	ret = ret ? ret : copy_passed(p, o->passed);
	for (uint64_t block = 0; block < p->runs && ret == 0; block++)
		ret = add_block(p, block);
	if (ret < 0)
		plan_free(p);
	return ret;
}

/* An array of @n texts, or of all up to a NULL. */
static json_object *texts(char *const *text, size_t n)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < n && text[i]; i++)
		json_object_array_add(array, json_object_new_string(text[i]));
	return array;
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
		int ret = is_subtest(name) ? add_name(p, name) : -EINVAL;

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
		if (copy_text(&p->passed[i], json_object_get_string(o)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_number(json_object *root, const char *key, uint64_t *value)
{
	json_object *o;

	if (!json_object_object_get_ex(root, key, &o) ||
	    json_object_get_type(o) != json_type_int)
		return -EINVAL;
	*value = json_object_get_uint64(o);
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
	ret = copy_text(&p->label, text_of(root, "label"));
	ret = ret ? ret : copy_text(&p->probes, text_of(root, "probes"));
	ret = ret ? ret : copy_text(&p->loads, text_of(root, "loads"));
	for (enum test_option i = 0; i < TEST_OPTIONS && ret == 0; i++)
		ret = copy_text(&p->test[i], text_of(options, test_option_name(i)));
	ret = ret ? ret : read_number(root, "seed", &p->seed);
	ret = ret ? ret : read_number(root, "runs", &p->runs);
	ret = ret ? ret : read_passed(p, root);
	return ret ? ret : read_order(p, root);
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

/* Complains unless @given is absent or what the plan says. */
static bool agrees(const char *option, const char *given, const char *planned)
{
	if (!given || (planned && strcmp(given, planned) == 0))
		return true;
	complain("run: the plan says --%s %s, not %s; leave it out, or choose another -o "
		 "DIR",
		 option, planned ? planned : "nothing", given);
	return false;
}

static bool passed_agrees(const struct plan *p, char *const *passed)
{
	size_t i = 0;

	while (passed[i] && p->passed[i] && strcmp(passed[i], p->passed[i]) == 0)
		i++;
	if (!passed[i] && (i == 0 || !p->passed[i]))
		return true;
	complain("run: the plan has %s behind --, not %s; leave it out, or choose "
		 "another -o DIR",
		 p->passed[i] ? p->passed[i] : "nothing more",
		 passed[i] ? passed[i] : "nothing more");
	return false;
}

bool plan_agrees(const struct plan *p, const struct run_options *o)
{
	char seed[24], runs[24];

	snprintf(seed, sizeof(seed), "%" PRIu64, p->seed);
	snprintf(runs, sizeof(runs), "%" PRIu64, p->runs);
	for (enum test_option i = 0; i < TEST_OPTIONS; i++)
		if (!agrees(test_option_name(i), o->test[i], p->test[i]))
			return false;
	return agrees("label", o->label, p->label) &&
	       agrees("probes", o->probes, p->probes) &&
	       agrees("loads", o->loads, p->loads) &&
	       agrees("seed", o->seed_text, seed) && agrees("runs", o->runs_text, runs) &&
	       passed_agrees(p, o->passed);
}

void plan_free(struct plan *p)
{
	free(p->label);
	free(p->probes);
	free(p->loads);
	for (enum test_option i = 0; i < TEST_OPTIONS; i++)
		free(p->test[i]);
	for (char **text = p->passed; text && *text; text++)
		free(*text);
	free(p->passed);
	for (size_t i = 0; i < p->n; i++)
		free(p->order[i]);
	free(p->order);
	*p = (struct plan){ 0 };
}
