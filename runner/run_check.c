// SPDX-License-Identifier: MIT
#include "run_options.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "pinlat.h"
#include "plan.h"
#include "stats/stopping.h"
#include "system/units.h"

static bool is_engine(const char *text)
{
	return strcmp(text, "auto") == 0 || strcmp(text, "uring") == 0 ||
	       strcmp(text, "i915") == 0;
}

static bool is_positive_size(const char *text)
{
	uint64_t bytes;

	return parse_size(text, &bytes) == 0 && bytes > 0;
}

static bool is_arena(const char *text)
{
	return strcmp(text, "auto") == 0 || strcmp(text, "machine") == 0 ||
	       (strncmp(text, "cgroup:", 7) == 0 && is_positive_size(text + 7));
}

static bool is_duration(const char *text)
{
	uint64_t ns;

	return parse_duration(text, &ns) == 0 && ns >= 100 * NSEC_PER_MSEC;
}

static bool is_fill(const char *text)
{
	double fraction;

	if (parse_percent(text, &fraction) == 0)
		return fraction <= 0.9;
	return is_positive_size(text);
}

static bool is_backing(const char *text)
{
	return strcmp(text, "4k") == 0 || strcmp(text, "thp") == 0;
}

static bool is_swap(const char *text)
{
	return strcmp(text, "auto") == 0 || strcmp(text, "none") == 0 ||
	       is_positive_size(text);
}

static bool is_walker(const char *text)
{
	return strcmp(text, "none") == 0 || strcmp(text, "sparse") == 0 ||
	       (strncmp(text, "sparse:", 7) == 0 && is_positive_size(text + 7)) ||
	       (strncmp(text, "tree:", 5) == 0 && text[5]);
}

static bool is_switch(const char *text)
{
	return strcmp(text, "on") == 0 || strcmp(text, "off") == 0;
}

static bool is_time(const char *text)
{
	uint64_t ns;

	return parse_duration(text, &ns) == 0 && ns > 0;
}

static const struct {
	const char *name, *standard, *wanted;
	bool (*check)(const char *text);
} test_options[TEST_OPTIONS] = {
	[OPTION_ENGINE] = { "engine", "auto", "auto, uring or i915", is_engine },
	[OPTION_ARENA] = { "arena", "auto", "auto, machine or cgroup:SIZE (cgroup:2G)",
			   is_arena },
	[OPTION_DURATION] = { "duration", "20s", "a time of at least 100ms (20s)",
			      is_duration },
	[OPTION_FILL] = { "fill", "80%", "a percentage up to 90% or a size (80%, 512M)",
			  is_fill },
	[OPTION_OBJECT_SIZE] = { "object-size", "64M", "a size (64M)", is_positive_size },
	[OPTION_BACKING] = { "backing", "4k", "4k or thp", is_backing },
	[OPTION_SWAP] = { "swap", "auto", "auto, none or a size (256M)", is_swap },
	[OPTION_WALKER] = { "walker", NULL, "sparse[:SIZE], tree:DIR or none",
			    is_walker },
	[OPTION_EXPLAIN] = { "explain", NULL, "on or off", is_switch },
	[OPTION_KEEP_TRACE] = { "keep-trace", NULL, "on or off", is_switch },
	[OPTION_STOP_AT] = { "stop-at", NULL, "a time (50ms)", is_time },
};

const char *test_option_name(enum test_option o)
{
	return test_options[o].name;
}

const char *test_option_default(enum test_option o)
{
	return test_options[o].standard;
}

bool next_item(const char *list, size_t *at, char *buf, size_t size)
{
	size_t n;

	if (*at > strlen(list))
		return false;
	n = strcspn(list + *at, ",");
	snprintf(buf, size, "%.*s", (int)n, list + *at);
	*at += n + 1;
	return true;
}

/* Every item of @list must be one of @known, and once only. */
static int check_list(const char *option, const char *list, const char *known)
{
	char item[64], other[64];
	size_t at = 0, in;

	while (next_item(list, &at, item, sizeof(item))) {
		bool found = false;

		for (in = 0; next_item(known, &in, other, sizeof(other));)
			found |= strcmp(item, other) == 0;
		if (!found) {
			complain("run: --%s knows %s, not \"%s\"", option, known, item);
			return PINLAT_USAGE;
		}
		for (in = at; next_item(list, &in, other, sizeof(other));) {
			if (strcmp(item, other) == 0) {
				complain("run: --%s names \"%s\" twice", option, item);
				return PINLAT_USAGE;
			}
		}
	}
	return -1;
}

static int check_label(const char *label)
{
	size_t n = strlen(label);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)label[i]) && !strchr("._+-", label[i]))
			n = 0;
	if (n >= 1 && n <= 64)
		return -1;
	complain("run: --label must be 1 to 64 of A-Z a-z 0-9 . _ + -, not \"%s\"",
		 label);
	return PINLAT_USAGE;
}

static int check_number(const char *option, const char *text, uint64_t least,
			uint64_t most, uint64_t *value)
{
	if (parse_u64(text, value) == 0 && *value >= least && *value <= most)
		return -1;
	complain("run: --%s must be a whole number%s, not \"%s\"", option,
		 least > 0 ? " from 1 to 1000" : "", text);
	return PINLAT_USAGE;
}

static int check_values(struct run_options *o)
{
	int code = -1;

	for (enum test_option i = 0; i < TEST_OPTIONS; i++) {
		if (!o->test[i] || test_options[i].check(o->test[i]))
			continue;
		complain("run: --%s must be %s, not \"%s\"", test_options[i].name,
			 test_options[i].wanted, o->test[i]);
		return PINLAT_USAGE;
	}
	if (o->label)
		code = check_label(o->label);
	if (code < 0 && o->probes)
		code = check_list("probes", o->probes, "timer,thp");
	if (code < 0 && o->loads)
		code = check_list("loads", o->loads, "idle,base,locked,pinned,busy");
	if (code < 0 && o->runs_text)
		code = check_number("runs", o->runs_text, 1, 1000, &o->runs);
	if (code < 0 && o->seed_text)
		code = check_number("seed", o->seed_text, 0, UINT64_MAX, &o->seed);
	return code;
}

static int check_until(const struct run_options *o)
{
	double within;
	uint64_t ns;

	if (o->until && parse_percent(o->until, &within) < 0) {
		complain("run: --until must be a percentage (10%%), not \"%s\"",
			 o->until);
		return PINLAT_USAGE;
	}
	if (o->max_time && (parse_duration(o->max_time, &ns) < 0 || ns == 0)) {
		complain("run: --max-time must be a time (30m), not \"%s\"", o->max_time);
		return PINLAT_USAGE;
	}
	if (o->max_time && !o->until && !o->resume) {
		complain(
			"run: --max-time is a limit to --until; add that (--until 10%%), or say how many runs with --runs");
		return PINLAT_USAGE;
	}
	if (o->until && o->runs_text && o->runs < stopping_least(UNTIL_LEVEL)) {
		complain(
			"run: --until needs --runs of at least %zu: fewer runs have no 95 %% interval",
			stopping_least(UNTIL_LEVEL));
		return PINLAT_USAGE;
	}
	return -1;
}

static int check_calibrate(const struct run_options *o)
{
	if (!o->calibrate)
		return -1;
	if (o->until || o->max_time) {
		complain(
			"run: --calibrate needs a number of runs that is fixed in advance; leave out --until, say --runs");
		return PINLAT_USAGE;
	}
	if (o->runs_text && o->runs < CALIBRATE_LEAST) {
		complain(
			"run: --calibrate needs --runs of at least %d: it compares one half with the other",
			CALIBRATE_LEAST);
		return PINLAT_USAGE;
	}
	return -1;
}

static bool is_on(const char *text)
{
	return text && strcmp(text, "on") == 0;
}

static int check_trace(const struct run_options *o)
{
	if (!is_on(o->test[OPTION_KEEP_TRACE]) || is_on(o->test[OPTION_EXPLAIN]) ||
	    o->resume)
		return -1;
	complain("run: --keep-trace: there is no trace without --explain");
	return PINLAT_USAGE;
}

static int check_presence(const struct run_options *o)
{
	if (!o->directory || !*o->directory) {
		complain("run: where should the records go? Add -o DIR");
		return PINLAT_USAGE;
	}
	if (!o->label && !o->resume) {
		complain(
			"run: what is being measured? Add --label NAME, e.g. the kernel's name");
		return PINLAT_USAGE;
	}
	return -1;
}

int _run_options_check(struct run_options *o)
{
	int code = check_values(o);

	if (code < 0)
		code = check_until(o);
	if (code < 0)
		code = check_calibrate(o);
	if (code < 0)
		code = check_trace(o);
	return code < 0 ? check_presence(o) : code;
}
