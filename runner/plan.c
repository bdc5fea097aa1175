// SPDX-License-Identifier: MIT
#include "plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "message.h"
#include "stats/random.h"
#include "system/units.h"

int _plan_add_name(struct plan *p, const char *name)
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
			ret = _plan_add_name(p, name);
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

int _plan_copy_text(char **copy, const char *text)
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
		if (_plan_copy_text(&p->passed[i], passed[i]) < 0)
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

static uint64_t default_runs(const struct run_options *o)
{
	if (o->calibrate)
		return 10; /* 5 against 5, the fewest of which all six quantiles can be told */
	return o->until ? 100 : 5;
}

/* The options were checked: neither text nor number can be wrong. */
static int make_rule(struct plan *p, const struct run_options *o)
{
	double within;
	int ret = _plan_copy_text(&p->until, o->until);

	ret = ret ? ret : _plan_copy_text(&p->max_time, o->max_time);
	if (ret < 0 || !p->until)
		return ret;
	ret = parse_percent(p->until, &within);
	return ret ? ret : stopping_init(&p->rule, within, UNTIL_LEVEL, p->runs);
}

int plan_make(struct plan *p, const struct run_options *o)
{
	int ret;

	*p = (struct plan){
		.seed = o->seed_text ? o->seed : random_seed(),
		.runs = o->runs_text ? o->runs : default_runs(o),
		.calibrate = o->calibrate,
	};
	ret = _plan_copy_text(&p->label, o->label);
	ret = ret ? ret
		  : _plan_copy_text(&p->probes, o->probes ? o->probes : "timer,thp");
	ret = ret ? ret
		  : _plan_copy_text(&p->loads,
				    o->loads ? o->loads : "idle,base,locked,pinned,busy");
	for (enum test_option i = 0; i < TEST_OPTIONS && ret == 0; i++)
		ret = _plan_copy_text(&p->test[i],
				      o->test[i] ? o->test[i] : test_option_default(i));
	ret = ret ? ret : copy_passed(p, o->passed);
	ret = ret ? ret : make_rule(p, o);
	for (uint64_t block = 0; block < p->runs && ret == 0; block++)
		ret = add_block(p, block);
	if (ret < 0)
		plan_free(p);
	return ret;
}

size_t plan_block(const struct plan *p)
{
	return p->n / p->runs;
}

/* Complains unless @given is absent or what the plan says. */
static bool agrees(const char *option, const char *given, const char *planned)
{
	if (!given || (planned && strcmp(given, planned) == 0))
		return true;
	complain(
		"run: the plan says --%s %s, not %s; leave it out, or choose another -o DIR",
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
	complain(
		"run: the plan has %s behind --, not %s; leave it out, or choose another -o DIR",
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
	if (o->calibrate && !p->calibrate) {
		complain(
			"run: the plan was made without --calibrate; leave it out: `pinlat compare --calibrate` does the same with any set");
		return false;
	}
	return agrees("label", o->label, p->label) &&
	       agrees("probes", o->probes, p->probes) &&
	       agrees("loads", o->loads, p->loads) &&
	       agrees("seed", o->seed_text, seed) && agrees("runs", o->runs_text, runs) &&
	       agrees("until", o->until, p->until) &&
	       agrees("max-time", o->max_time, p->max_time) &&
	       passed_agrees(p, o->passed);
}

void plan_free(struct plan *p)
{
	free(p->label);
	free(p->probes);
	free(p->loads);
	free(p->until);
	free(p->max_time);
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
