// SPDX-License-Identifier: MIT
#include "run_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "pinlat.h"
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
};

const char *test_option_name(enum test_option o)
{
	return test_options[o].name;
}

const char *test_option_default(enum test_option o)
{
	return test_options[o].standard;
}

static int help(void)
{
	printf("Usage: pinlat run --label NAME -o DIR [OPTION]... [-- TESTOPTION...]\n\n"
	       "Runs every chosen subtest RUNS times, in blocks that are shuffled by the "
	       "seed,\n"
	       "and leaves one record a run in DIR.\n\n"
	       "  --label NAME        what is measured, e.g. the kernel's name\n"
	       "  -o, --output DIR    where the plan and the records go\n"
	       "  --probes LIST       timer,thp (both)\n"
	       "  --loads LIST        idle,base,locked,pinned,busy (all)\n"
	       "  --runs N            runs of each subtest (5)\n"
	       "  --duration TIME     measuring window of a run (20s)\n"
	       "  --engine NAME       auto, uring or i915 (auto)\n"
	       "  --arena WHERE       auto, machine or cgroup:SIZE (auto: a cgroup of at "
	       "most 2G)\n"
	       "  --fill F            how much memory objects take, of the arena (80%%)\n"
	       "  --object-size SIZE  of one pinned object (64M)\n"
	       "  --backing PAGES     of objects: 4k or thp (4k)\n"
	       "  --swap WHICH        auto, none or SIZE (auto: made for the run where "
	       "there is none)\n"
	       "  --walker WHAT       sparse[:SIZE], tree:DIR or none\n"
	       "  --seed N            of the order and the schedules (random, kept in "
	       "the plan)\n"
	       "  --resume            go on with the plan in DIR; its options hold\n"
	       "  -v, --verbose       show the test's output\n\n"
	       "What follows -- goes to the test as it is. PINLAT_TEST names another "
	       "test binary.\n"
	       "Exit status: 0 all done, 2 bad usage, 3 stopped or nothing valid, 77 all "
	       "skipped.\n");
	return finish_output(PINLAT_OK);
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

static int check_presence(const struct run_options *o)
{
	if (!o->directory || !*o->directory) {
		complain("run: where should the records go? Add -o DIR");
		return PINLAT_USAGE;
	}
	if (!o->label && !o->resume) {
		complain("run: what is being measured? Add --label NAME, e.g. the "
			 "kernel's name");
		return PINLAT_USAGE;
	}
	return -1;
}

/* Puts option @c aside; false: it is none of run's. */
static bool take_option(struct run_options *o, int c)
{
	if (c >= 256 && c < 256 + TEST_OPTIONS) {
		o->test[c - 256] = optarg;
		return true;
	}
	switch (c) {
	case 'l':
		o->label = optarg;
		return true;
	case 'o':
		o->directory = optarg;
		return true;
	case 'p':
		o->probes = optarg;
		return true;
	case 'L':
		o->loads = optarg;
		return true;
	case 'r':
		o->runs_text = optarg;
		return true;
	case 's':
		o->seed_text = optarg;
		return true;
	case 'R':
		o->resume = true;
		return true;
	case 'v':
		o->verbose = true;
		return true;
	default:
		return false;
	}
}

/* The argument "--", or @argc: getopt_long() would hide where it stood. */
static int find_separator(int argc, char **argv)
{
	int i = 1;

	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	return i;
}

int run_options_parse(struct run_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "label", required_argument, NULL, 'l' },
		{ "output", required_argument, NULL, 'o' },
		{ "probes", required_argument, NULL, 'p' },
		{ "loads", required_argument, NULL, 'L' },
		{ "runs", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "resume", no_argument, NULL, 'R' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "engine", required_argument, NULL, 256 + OPTION_ENGINE },
		{ "arena", required_argument, NULL, 256 + OPTION_ARENA },
		{ "duration", required_argument, NULL, 256 + OPTION_DURATION },
		{ "fill", required_argument, NULL, 256 + OPTION_FILL },
		{ "object-size", required_argument, NULL, 256 + OPTION_OBJECT_SIZE },
		{ "backing", required_argument, NULL, 256 + OPTION_BACKING },
		{ "swap", required_argument, NULL, 256 + OPTION_SWAP },
		{ "walker", required_argument, NULL, 256 + OPTION_WALKER },
		{ NULL, 0, NULL, 0 },
	};
	int c, code, end = find_separator(argc, argv);

	*o = (struct run_options){ .passed = argv + (end < argc ? end + 1 : argc) };
	argv[end] = NULL; /* "--" or what ends argv anyway */
	while ((c = getopt_long(end, argv, ":o:vh", options, NULL)) != -1) {
		if (c == 'h')
			return help();
		if (take_option(o, c))
			continue;
		complain_option("run", c, argv);
		return PINLAT_USAGE;
	}
	if (optind < end) {
		complain("run: takes no \"%s\"; options for the test go behind --",
			 argv[optind]);
		return PINLAT_USAGE;
	}
	code = check_values(o);
	return code >= 0 ? code : check_presence(o);
}
