// SPDX-License-Identifier: MIT
#include "run/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "message.h"
#include "record/file.h"
#include "record/record.h"
#include "stats/random.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/facts.h"
#include "system/json.h"
#include "system/units.h"
#include "test_binary.h"

#define PLAN_SCHEMA "pinlat.plan/1"
/* thirteen subtests, a thousand runs */
#define PLAN_RUNS_MAX 13000

/* Adds one block: every load that there is of every probe, shuffled (Fisher and Yates, from the end). */
static void add_block(struct plan *p, uint64_t block)
{
	struct random_state random = random_stream(p->seed, block);
	char probe[16], load[16];
	size_t first = p->order.n, in = 0;

	while (next_item(p->probes, &in, probe, sizeof(probe))) {
		for (size_t at = 0; next_item(p->loads, &at, load, sizeof(load));)
			if (ladder_has(probe, load))
				text_list_add(&p->order, "%s-%s", probe, load);
	}
	for (size_t left = p->order.n - first; left > 1; left--) {
		char **name = &p->order.text[first];
		size_t other = random_below(&random, left);
		char *last = name[left - 1];

		name[left - 1] = name[other];
		name[other] = last;
	}
}

static char *copy_text(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* A seed of 32 bits: short enough to be typed. */
static uint64_t random_seed(void)
{
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint32_t)getpid();
	return seed;
}

static uint64_t default_runs(const struct run_arguments *a)
{
	if (a->calibrate)
		return 12; /* 6 against 6, the fewest that can tell nine numbers */
	return a->until ? 100 : 6;
}

/* The options were checked: neither text nor number can be wrong. */
static void make_rule(struct plan *p, const struct run_arguments *a)
{
	double within;

	p->until = copy_text(a->until);
	p->max_time = copy_text(a->max_time);
	if (p->until && parse_percent(p->until, &within) == 0)
		stopping_init(&p->rule, within, UNTIL_LEVEL, p->runs);
}

/* What runs made here belong to. */
static void take_place(struct plan *p)
{
	CLEANUP_FREE struct facts *f = xcalloc(1, sizeof(*f));

	facts_collect(f);
	p->kernel = xasprintf("%s %s", f->release, f->version);
	p->boot_id = xstrdup(f->boot_id);
	p->machine_id = *f->machine_id ? xstrdup(f->machine_id) : NULL;
	p->processor = xstrdup(f->cpu_model);
}

/* Nothing, unless the plan says something else of @what than what is found @here (NULL: nothing). */
static void must_be_here(const char *what, const char *planned, const char *here)
{
	if (planned && here && strcmp(planned, here) != 0)
		usage_error(
			"run: the plan was made on another %s (%s; here it is %s): its runs are not continued here; choose another -o DIR",
			what, planned, here);
}

void plan_must_be_of_here(struct plan *p, bool new_boot)
{
	struct plan here = { 0 };

	take_place(&here);
	must_be_here("kernel", p->kernel, here.kernel);
	/* Copies of one installation share the id, and machines alike the processor. */
	must_be_here("machine", p->machine_id, here.machine_id);
	must_be_here("processor", p->processor, here.processor);
	if (!new_boot && p->boot_id && strcmp(p->boot_id, here.boot_id) != 0)
		usage_error(
			"run: the machine was booted anew since the plan was made; --resume=new-boot makes what is left as runs of this boot");
	plan_free(&here);
}

void plan_make(struct plan *p, const struct run_arguments *a)
{
	*p = (struct plan){
		.label = xstrdup(a->test.label),
		.probes = xstrdup(a->probes ? a->probes : LADDER_PROBE_LIST),
		.loads = xstrdup(a->loads ? a->loads : LADDER_LOAD_LIST),
		.seed = a->test.seed_given ? a->test.seed : random_seed(),
		.runs = a->runs ? a->runs : default_runs(a),
		.calibrate = a->calibrate,
	};
	take_place(p);
	for (size_t i = 0; run_option_rows[i].name; i++) {
		const struct option_row *row = &run_option_rows[i];
		bool ours = !(row->flags & OPTION_OF_THE_TEST);

		p->test[i] = copy_text(a->given[i] ? a->given[i]
				       : ours	   ? row->standard
						   : NULL);
	}
	for (char **word = a->passed; *word; word++)
		text_list_add(&p->passed, "%s", *word);
	make_rule(p, a);
	for (uint64_t block = 0; block < p->runs; block++)
		add_block(p, block);
}

#define PAGEOUT "pageout-"

/* Options of the test; one of them has another value for its pageout probe. */
static const char *const size_names[PLAN_SIZES] = {
	"arena", "fill", "swap", "pageout-swap", "walker", "walker-rate",
};

/* Takes "NAME<TAB>VALUE", @length bytes; anything else is none of ours. */
static void take_size(struct plan *p, const char *line, size_t length)
{
	for (size_t i = 0; i < PLAN_SIZES; i++) {
		size_t n = strlen(size_names[i]);

		if (length <= n + 1 || strncmp(line, size_names[i], n) != 0 ||
		    line[n] != '\t')
			continue;
		free(p->size[i]);
		p->size[i] = xstrndup(line + n + 1, length - n - 1);
	}
}

void plan_ask_sizes(struct plan *p, const struct text_list *argv, int lock)
{
	CLEANUP_FREE char *text = NULL;

	if (test_binary_ask_as(argv, lock, &text) != 0)
		return;
	for (const char *line = text; line && *line; line += *line == '\n') {
		size_t length = strcspn(line, "\n");

		take_size(p, line, length);
		line += length;
	}
}

const char *plan_option_of(const struct plan *p, const char *name, const char *subtest)
{
	const char *value = NULL;

	for (size_t i = 0; i < PLAN_SIZES; i++) {
		const char *own = size_names[i];

		/* It comes after the one for all, and wins. */
		if (strncmp(own, PAGEOUT, strlen(PAGEOUT)) == 0 &&
		    strncmp(subtest, PAGEOUT, strlen(PAGEOUT)) == 0)
			own += strlen(PAGEOUT);
		if (p->size[i] && strcmp(own, name) == 0)
			value = p->size[i];
	}
	return value ? value : plan_option(p, name);
}

size_t plan_block(const struct plan *p)
{
	return p->order.n / p->runs;
}

uint64_t plan_run_seed(const struct plan *p, size_t seq)
{
	struct random_state random = random_stream(p->seed, seq / plan_block(p));

	for (const char *name = p->order.text[seq]; *name; name++)
		random.x = random_next(&random) ^ (unsigned char)*name;
	return random_next(&random) >> 32; /* short enough to be typed */
}

const char *plan_option(const struct plan *p, const char *name)
{
	return p->test[option_find(run_option_rows, name) - run_option_rows];
}

/* Nothing, unless @given is there and not what the plan says. */
static void must_agree(const char *option, const char *given, const char *planned)
{
	if (given && !(planned && strcmp(given, planned) == 0))
		usage_error(
			"run: the plan says --%s %s, not %s; leave it out, or choose another -o DIR",
			option, planned ? planned : "nothing", given);
}

static void passed_must_agree(const struct plan *p, char *const *passed)
{
	const struct text_list *plan = &p->passed;
	size_t i = 0;

	while (passed[i] && i < plan->n && strcmp(passed[i], plan->text[i]) == 0)
		i++;
	if (passed[i] || (i > 0 && i < plan->n))
		usage_error(
			"run: the plan has %s behind --, not %s; leave it out, or choose another -o DIR",
			i < plan->n ? plan->text[i] : "nothing more",
			passed[i] ? passed[i] : "nothing more");
}

static void number_must_agree(const char *option, bool given, uint64_t value,
			      uint64_t planned)
{
	char text[24], plan[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	snprintf(plan, sizeof(plan), "%" PRIu64, planned);
	must_agree(option, given ? text : NULL, plan);
}

void plan_must_agree(const struct plan *p, const struct run_arguments *a)
{
	for (size_t i = 0; run_option_rows[i].name; i++)
		must_agree(run_option_rows[i].name, a->given[i], p->test[i]);
	if (a->calibrate && !p->calibrate)
		usage_error(
			"run: the plan was made without --calibrate; leave it out: `pinlat compare --calibrate` does the same with any set");
	must_agree("label", a->test.label, p->label);
	must_agree("probes", a->probes, p->probes);
	must_agree("loads", a->loads, p->loads);
	number_must_agree("seed", a->test.seed_given, a->test.seed, p->seed);
	number_must_agree("runs", a->runs > 0, a->runs, p->runs);
	must_agree("until", a->until, p->until);
	must_agree("max-time", a->max_time, p->max_time);
	passed_must_agree(p, a->passed);
}

static const char *const end_names[PLAN_ENDS] = {
	[PLAN_GOES_ON] = "",
	[PLAN_NARROW] = "narrow",
	[PLAN_ALL_RUNS] = "runs",
	[PLAN_TIME] = "time",
};

/* What --until and --calibrate add. */
static void put_rule(struct json_out *out, const struct plan *p)
{
	json_object *stopping, *looks;

	if (p->calibrate)
		json_put_bool(out, out->root, "calibrate", true);
	if (!p->until)
		return;
	json_put_text(out, out->root, "until", p->until);
	if (p->max_time)
		json_put_text(out, out->root, "max_time", p->max_time);
	stopping = json_put_object(out, out->root, "stopping");
	json_put_real(out, stopping, "level", p->rule.level);
	looks = json_put_array(out, stopping, "looks");
	for (size_t k = 0; k < p->rule.looks; k++)
		json_put_u64(out, looks, NULL, p->rule.look[k]);
	json_put_u64(out, stopping, "made", p->made);
	json_put_real(out, stopping, "seconds", p->seconds);
	json_put_text(out, stopping, "ended", end_names[p->ended]);
}

static void put_sizes(struct json_out *out, const struct plan *p)
{
	json_object *sizes = NULL;

	for (size_t i = 0; i < PLAN_SIZES; i++) {
		if (!p->size[i])
			continue;
		if (!sizes)
			sizes = json_put_object(out, out->root, "sizes");
		json_put_text(out, sizes, size_names[i], p->size[i]);
	}
}

int plan_write(const struct plan *p, const char *path)
{
	CLEANUP(json_release) json_object *root = NULL;
	CLEANUP_FREE char *text = NULL;
	struct json_out out;
	json_object *options;

	json_begin(&out);
	json_put_text(&out, out.root, "schema", PLAN_SCHEMA);
	json_put_text(&out, out.root, "pinlat", PINLAT_VERSION);
	json_put_text(&out, out.root, "label", p->label);
	if (p->kernel)
		json_put_text(&out, out.root, "kernel", p->kernel);
	if (p->boot_id)
		json_put_text(&out, out.root, "boot_id", p->boot_id);
	if (p->machine_id)
		json_put_text(&out, out.root, "machine_id", p->machine_id);
	if (p->processor)
		json_put_text(&out, out.root, "processor", p->processor);
	json_put_u64(&out, out.root, "seed", p->seed);
	json_put_u64(&out, out.root, "runs", p->runs);
	put_rule(&out, p);
	json_put_text(&out, out.root, "probes", p->probes);
	json_put_text(&out, out.root, "loads", p->loads);
	options = json_put_object(&out, out.root, "options");
	for (size_t i = 0; run_option_rows[i].name; i++)
		if (p->test[i])
			json_put_text(&out, options, run_option_rows[i].name, p->test[i]);
	put_sizes(&out, p);
	json_put_list(&out, out.root, "passed", &p->passed);
	json_put_list(&out, out.root, "order", &p->order);
	root = xjson_end(&out);
	text = xasprintf("%s\n",
			 (const char *)xcheck((void *)json_object_to_json_string_ext(
				 root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					       JSON_C_TO_STRING_NOSLASHESCAPE)));
	return file_replace(path, text, strlen(text));
}

/* File names are made of it: it must not lead elsewhere. */
static bool is_subtest(const char *name)
{
	return *name && strlen(name) < 40 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static void read_order(struct plan *p, const struct json_at *root)
{
	struct json_at order, item;

	if (!json_need(root, "order", json_type_array, &order))
		return;
	for (size_t i = 0; i < json_length(&order); i++) {
		if (!json_item(&order, i, json_type_string, &item))
			return;
		if (!is_subtest(json_text(&item)) || i == PLAN_RUNS_MAX)
			json_refuse(&item, NULL, "no name of a subtest");
		else
			text_list_add(&p->order, "%s", json_text(&item));
	}
	if (p->runs < 1 || p->order.n == 0 || p->order.n % p->runs != 0)
		json_refuse(&order, NULL, "not as many as there are runs");
}

static void read_passed(struct plan *p, const struct json_at *root)
{
	struct json_at passed, item;

	if (!json_need(root, "passed", json_type_array, &passed))
		return;
	for (size_t i = 0; i < json_length(&passed); i++)
		if (json_item(&passed, i, json_type_string, &item))
			text_list_add(&p->passed, "%s", json_text(&item));
}

/* Ascending, and the last one when all runs are made. */
static void read_looks(struct plan *p, const struct json_at *stopping)
{
	struct json_at looks, item;
	size_t n;

	if (!json_need(stopping, "looks", json_type_array, &looks))
		return;
	n = json_length(&looks);
	if (n < 1 || n > STOPPING_LOOKS_MAX) {
		json_refuse(&looks, NULL, "too many or too few");
		return;
	}
	for (size_t k = 0; k < n && json_item(&looks, k, json_type_int, &item); k++) {
		p->rule.look[k] = json_u64(&item);
		if (p->rule.look[k] <= (k > 0 ? p->rule.look[k - 1] : 0))
			json_refuse(&item, NULL, "not in order");
	}
	p->rule.looks = n;
	if (p->rule.look[n - 1] != p->runs)
		json_refuse(&looks, NULL, "the last one is not after all runs");
}

static void read_end(struct plan *p, const struct json_at *stopping)
{
	CLEANUP_FREE char *ended = NULL;

	json_get_copy(stopping, "ended", &ended);
	while (ended && p->ended < PLAN_ENDS && strcmp(ended, end_names[p->ended]) != 0)
		p->ended++;
	if (!ended || p->ended == PLAN_ENDS)
		json_refuse(stopping, "ended", "no end that is known");
}

/* The rule as it was when the runs began, not as another version might make it. */
static void read_rule(struct plan *p, const struct json_at *root)
{
	struct json_at stopping;
	uint64_t ns;

	json_get_bool(root, "calibrate", &p->calibrate);
	json_get_copy(root, "until", &p->until);
	json_get_copy(root, "max_time", &p->max_time);
	if (!p->until || !json_need(root, "stopping", json_type_object, &stopping))
		return;
	if (parse_percent(p->until, &p->rule.within) < 0)
		json_refuse(root, "until", "no percentage");
	if (p->max_time && parse_duration(p->max_time, &ns) < 0)
		json_refuse(root, "max_time", "no time");
	json_need_real(&stopping, "level", &p->rule.level);
	if (!(p->rule.level > 0 && p->rule.level < 1))
		json_refuse(&stopping, "level", "not between 0 and 1");
	read_looks(p, &stopping);
	json_need_u64(&stopping, "made", &p->made);
	if (p->made > p->rule.looks)
		json_refuse(&stopping, "made", "more than there are");
	json_need_real(&stopping, "seconds", &p->seconds);
	if (!(p->seconds >= 0))
		json_refuse(&stopping, "seconds", "less than none");
	read_end(p, &stopping);
}

static void read_plan(struct plan *p, const struct json_at *root)
{
	struct json_at options, sizes;

	json_need_copy(root, "label", &p->label);
	json_get_copy(root, "kernel", &p->kernel);
	json_get_copy(root, "boot_id", &p->boot_id);
	json_get_copy(root, "machine_id", &p->machine_id);
	json_get_copy(root, "processor", &p->processor);
	json_need_copy(root, "probes", &p->probes);
	json_need_copy(root, "loads", &p->loads);
	if (json_need(root, "options", json_type_object, &options))
		for (size_t i = 0; run_option_rows[i].name; i++)
			json_get_copy(&options, run_option_rows[i].name, &p->test[i]);
	if (json_open(root, "sizes", json_type_object, &sizes))
		for (size_t i = 0; i < PLAN_SIZES; i++)
			json_get_copy(&sizes, size_names[i], &p->size[i]);
	json_need_u64(root, "seed", &p->seed);
	json_need_u64(root, "runs", &p->runs);
	read_passed(p, root);
	read_order(p, root);
	read_rule(p, root);
}

int plan_read(struct plan *p, const char *path, char *why, size_t size)
{
	CLEANUP(json_release) json_object *tree = NULL;
	CLEANUP_FREE char *schema = NULL;
	char what[200] = "";
	struct json_in in = { .why = what, .size = sizeof(what) };
	struct json_at root;

	*p = (struct plan){ 0 };
	if (access(path, R_OK) < 0)
		return -errno;
	tree = json_object_from_file(path);
	root = json_at(&in, tree);
	if (in.error) {
		snprintf(why, size, "it is no JSON");
		return -EINVAL;
	}
	json_get_copy(&root, "schema", &schema);
	if (!schema || strcmp(schema, PLAN_SCHEMA) != 0) {
		snprintf(why, size, "its schema is not " PLAN_SCHEMA);
		return -EINVAL;
	}
	read_plan(p, &root);
	if (in.error == 0)
		return 0;
	if (in.error == -ENOMEM)
		alloc_failed();
	snprintf(why, size, "it is damaged (%s)", what);
	plan_free(p);
	return -EINVAL;
}

void plan_free(struct plan *p)
{
	free(p->label);
	free(p->kernel);
	free(p->boot_id);
	free(p->machine_id);
	free(p->processor);
	free(p->probes);
	free(p->loads);
	free(p->until);
	free(p->max_time);
	for (size_t i = 0; i < RUN_OPTIONS_MAX; i++)
		free(p->test[i]);
	for (size_t i = 0; i < PLAN_SIZES; i++)
		free(p->size[i]);
	text_list_free(&p->passed);
	text_list_free(&p->order);
	*p = (struct plan){ 0 };
}
