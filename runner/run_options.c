// SPDX-License-Identifier: MIT
#include "run_options.h"

#include <stdio.h>
#include <string.h>

#include "message.h"
#include "pinlat.h"

static int help(void)
{
	printf("Usage: pinlat run --label NAME -o DIR [OPTION]... [-- TESTOPTION...]\n\n"
	       "Runs every chosen subtest RUNS times, in blocks that are shuffled by the seed,\n"
	       "and leaves one record a run in DIR.\n\n"
	       "  --label NAME        what is measured, e.g. the kernel's name\n"
	       "  -o, --output DIR    where the plan and the records go\n"
	       "  --probes LIST       timer,thp (both)\n"
	       "  --loads LIST        idle,base,locked,pinned,busy (all)\n"
	       "  --runs N            runs of each subtest (5; 10 with --calibrate)\n"
	       "  --until P%%          runs as many as it takes: until p50, p90 and p99 of each probe\n"
	       "                      under its highest load are known to within P%% (95 %% interval);\n"
	       "                      --runs is the most there may be then (100)\n"
	       "  --max-time TIME     with --until: begin no block that would end later\n"
	       "  --calibrate         compare the kernel with itself: this machine's noise, and the\n"
	       "                      smallest change that it can show\n"
	       "  --duration TIME     measuring window of a run (20s)\n"
	       "  --engine NAME       auto, uring or i915 (auto)\n"
	       "  --arena WHERE       auto, machine or cgroup:SIZE (auto: a cgroup of at most 2G)\n"
	       "  --fill F            how much memory objects take, of the arena (80%%)\n"
	       "  --object-size SIZE  of one pinned object (64M)\n"
	       "  --backing PAGES     of objects: 4k or thp (4k)\n"
	       "  --swap WHICH        auto, none or SIZE (auto: made for the run where there is none)\n"
	       "  --walker WHAT       sparse[:SIZE], tree:DIR or none\n"
	       "  --seed N            of the order and the schedules (random, kept in the plan)\n"
	       "  --explain           trace where the worst samples' time went; costs a little of it\n"
	       "  --keep-trace        with --explain: keep each trace beside its record, for Perfetto\n"
	       "  --stop-at TIME      stop at the first sample that is longer (50ms)\n"
	       "  --resume            go on with the plan in DIR; its options hold\n"
	       "  -v, --verbose       show the test's output\n\n"
	       "What follows -- goes to the test as it is. PINLAT_TEST names another test binary.\n"
	       "Exit status: 0 all done, 2 bad usage, 3 stopped or nothing valid,\n"
	       "4 stopped by --stop-at, 77 all skipped.\n");
	return finish_output(PINLAT_OK);
}

/* Puts option @c aside; false: it is none of run's. */
static bool take_option(struct run_options *o, int c)
{
	if (c >= 256 && c < 256 + TEST_OPTIONS) {
		o->test[c - 256] = optarg ? optarg : "on";
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
	case 'u':
		o->until = optarg;
		return true;
	case 't':
		o->max_time = optarg;
		return true;
	case 'c':
		o->calibrate = true;
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
		{ "until", required_argument, NULL, 'u' },
		{ "max-time", required_argument, NULL, 't' },
		{ "calibrate", no_argument, NULL, 'c' },
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
		{ "explain", optional_argument, NULL, 256 + OPTION_EXPLAIN },
		{ "keep-trace", optional_argument, NULL, 256 + OPTION_KEEP_TRACE },
		{ "stop-at", required_argument, NULL, 256 + OPTION_STOP_AT },
		{ NULL, 0, NULL, 0 },
	};
	int c, end = find_separator(argc, argv);

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
	return _run_options_check(o);
}
