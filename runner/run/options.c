// SPDX-License-Identifier: MIT
#include "run/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "message.h"
#include "pinlat.h"
#include "record/record.h"
#include "run/plan.h"
#include "run/run.h"
#include "stats/stopping.h"
#include "system/text.h"
#include "system/units.h"

/* What the test takes by the same name, though it is said in other words. */
static int take_as_test(struct run_arguments *a, const char *name, const char *value)
{
	return option_take(option_find(run_option_rows, name), &a->test, value);
}

static int set_label(void *settings, const char *value)
{
	return take_as_test(settings, "label", value);
}

static int set_seed(void *settings, const char *value)
{
	return take_as_test(settings, "seed", value);
}

static int set_wait(void *settings, const char *value)
{
	return take_as_test(settings, "wait", value);
}

static int set_resume(void *settings, const char *value)
{
	struct run_arguments *a = settings;

	a->resume = true;
	a->new_boot = strcmp(value, "new-boot") == 0;
	return a->new_boot || strcmp(value, "on") == 0 ? 0 : -EINVAL;
}

static int set_until(void *settings, const char *value)
{
	struct run_arguments *a = settings;
	double within;

	a->until = value;
	return parse_percent(value, &within);
}

static int set_max_time(void *settings, const char *value)
{
	struct run_arguments *a = settings;
	uint64_t ns;

	a->max_time = value;
	return parse_duration(value, &ns) < 0 || ns == 0 ? -EINVAL : 0;
}

/* In the plan it is an option of the test; the file is named when a run starts. */
static const char **keep_trace_of(struct run_arguments *a)
{
	return &a->given[option_find(run_option_rows, "keep-trace") - run_option_rows];
}

static int set_keep_trace(void *settings, const char *value)
{
	*keep_trace_of(settings) = value;
	return strcmp(value, "on") == 0 || strcmp(value, "off") == 0 ? 0 : -EINVAL;
}

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "label", .argument = "NAME", .usual = "the kernel's release",
	  .help = "what is measured, e.g. the kernel's name; compare takes the runs of one label together",
	  .wanted = "1 to 64 of A-Z a-z 0-9 . _ + -",
	  .more = "1 to 64 of A-Z a-z 0-9 . _ + -.", .set = set_label },
	{ .name = "output", .letter = 'o', .argument = "DIR", .flags = OPTION_DIRECTORY,
	  .usual = "records/LABEL-DATE",
	  .help = "where the plan and the records go",
	  .more = "It is made if need be, and must hold no records unless --resume is given.",
	  .wanted = "a directory", .field = offsetof(struct run_arguments, directory) },
	{ .name = "probes", .argument = "LIST", .usual = "all",
	  .words = LADDER_PROBE_LIST, .flags = OPTION_LIST,
	  .help = "a comma list of timer, thp and pageout",
	  .more = "pageout has no subtest for the loads idle and locked: they are left out.",
	  .field = offsetof(struct run_arguments, probes) },
	{ .name = "loads", .argument = "LIST", .usual = "all", .words = LADDER_LOAD_LIST,
	  .flags = OPTION_LIST,
	  .help = "a comma list of idle, base, locked, pinned and busy",
	  .field = offsetof(struct run_arguments, loads) },
	{ .name = "runs", .argument = "N",
	  .usual = "6; 12 with --calibrate, at most 100 with --until",
	  .help = "runs of each subtest, 1 to 1000",
	  .more = "A comparison of nine numbers needs six of each side.",
	  .wanted = "a whole number from 1 to 1000",
	  .field = offsetof(struct run_arguments, runs), .parse = parse_u64, .least = 1,
	  .most = 1000 },
	{ .name = "until", .argument = "P%",
	  .help = "as many runs as it takes, until p50, p90 and p99 of each probe under its highest load are known to within P%, by a 95 % interval; --runs is the most there may be then",
	  .more = "It is looked at after numbers of runs that are fixed in advance, and the interval allows for the looking.",
	  .wanted = "a percentage (10%)", .set = set_until },
	{ .name = "max-time", .argument = "TIME",
	  .help = "with --until: begin no block that would end later",
	  .wanted = "a time (30m)", .set = set_max_time },
	{ .name = "calibrate",
	  .help = "compare the kernel with itself: at the end, this machine's noise and the smallest change that it can show are printed",
	  .more = "pinlat compare --calibrate prints them of any set.",
	  .field = offsetof(struct run_arguments, calibrate) },
	{ .name = "seed", .argument = "N",
	  .usual = "random; kept in the plan and in each record",
	  .help = "seed of the order of runs and of each run's own seed: of its schedules, of the choice of objects and of when its window opens",
	  .more = "Two plans with the same seed give the same run (subtest and block) the same seed of its own, so that two kernels meet the same load.",
	  .wanted = "a whole number", .set = set_seed },
	{ .name = "resume", .words = "on,new-boot", .wanted = "on or new-boot", .set = set_resume,
	  .help = "go on with the plan in DIR, whose options hold",
	  .more = "Other options may be left out, and must agree with the plan if they are given. Interrupted runs are made anew. A plan of another kernel, machine or processor is refused, and one of an earlier boot too unless new-boot is asked for: what is left is made as runs of this boot then.",
	  },
	{ .name = "wait",
	  .help = "wait while another pinlat is at work on this machine",
	  .more = "Without it the command ends with 77 then, and says who is at work.",
	  .set = set_wait },
	{ .name = "keep-trace", .words = "on,off",
	  .help = "with --explain: keep the trace of each run beside its record, for Perfetto",
	  .more = "It is the kernel's text with marks by which Perfetto (ui.perfetto.dev) shows reclaim, compaction and interrupts.",
	  .wanted = "on or off", .set = set_keep_trace },
	{ .name = "verbose", .letter = 'v', .help = "show the test's output",
	  .field = offsetof(struct run_arguments, verbose) },
	{ 0 },
};
/* clang-format on */

const struct option_page run_page = {
	.name = "run",
	.main = pinlat_run,
	.what = "measure: run the subtests in blocks, one record a run",
	.usage = "pinlat run [--label NAME] [-o DIR] [OPTION]... [-- TESTOPTION...]",
	.about = "Runs every chosen subtest RUNS times, in blocks that are shuffled by the seed,\n"
		 "and leaves one record a run in DIR.\n",
	.notes = "What follows -- goes to the test as it is. PINLAT_TEST names another test binary.\n"
		 "Exit status: 0 all done, 2 bad usage, 3 stopped or nothing valid,\n"
		 "4 stopped by --stop-at, 77 all skipped.\n",
	.table = {
		{ .rows = rows },
		{ .rows = run_option_rows,
		  .settings = offsetof(struct run_arguments, test),
		  .given = offsetof(struct run_arguments, given),
		  .less = OPTION_OF_THE_TEST },
	},
};

static void refuse_twice(const char *option, const char *list)
{
	char item[64];
	size_t at = 0;

	while (list && next_item(list, &at, item, sizeof(item)))
		if (at <= strlen(list) && list_has(list + at, item))
			usage_error("run: --%s names \"%s\" twice", option, item);
}

/* Lists whose every pair does not exist would make an empty plan. */
static void check_pairs(const struct run_arguments *a)
{
	const char *probes = a->probes ? a->probes : LADDER_PROBE_LIST;
	const char *loads = a->loads ? a->loads : LADDER_LOAD_LIST;
	char probe[16], load[16];
	size_t in = 0;

	while (next_item(probes, &in, probe, sizeof(probe)))
		for (size_t at = 0; next_item(loads, &at, load, sizeof(load));)
			if (ladder_has(probe, load))
				return;
	usage_error(
		"run: --probes %s has no subtest for --loads %s: it needs memory that may be paged out; take base, pinned or busy",
		probes, loads);
}

static void check_until(const struct run_arguments *a)
{
	if (a->max_time && !a->until && !a->resume)
		usage_error(
			"run: --max-time is a limit to --until; add that (--until 10%%), or say how many runs with --runs");
	if (a->until && a->runs > 0 && a->runs < stopping_least(UNTIL_LEVEL))
		usage_error(
			"run: --until needs --runs of at least %zu: fewer runs have no 95 %% interval",
			stopping_least(UNTIL_LEVEL));
	if (!a->calibrate)
		return;
	if (a->until || a->max_time)
		usage_error(
			"run: --calibrate needs a number of runs that is fixed in advance; leave out --until, say --runs");
	if (a->runs > 0 && a->runs < CALIBRATE_LEAST)
		usage_error(
			"run: --calibrate needs --runs of at least %d: it compares one half with the other",
			CALIBRATE_LEAST);
}

static const char *kernel_label(void)
{
	static char label[RUN_LABEL_SIZE];
	struct utsname name;

	uname(&name);
	return run_options_label(name.release, label);
}

/* A directory of its own for each time somebody measures. */
static const char *new_directory(const char *label)
{
	static char directory[128];
	time_t now = time(NULL);
	char date[32];
	struct tm tm;

	strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	snprintf(directory, sizeof(directory), "records/%s-%s", label, date);
	return directory;
}

/* What was not said: the kernel is measured, and its records go to records/. */
static void choose_names(struct run_arguments *a)
{
	if (a->directory && !*a->directory)
		usage_error("run: -o needs the name of a directory");
	if (a->resume && !a->directory)
		usage_error("run: --resume: which plan is to go on? Add -o DIR");
	if (!a->resume && !a->test.label)
		a->test.label = kernel_label();
	if (!a->directory)
		a->directory = new_directory(a->test.label);
}

static void check(struct run_arguments *a)
{
	const char *keep_trace = *keep_trace_of(a);
	char why[400];

	refuse_twice("probes", a->probes);
	refuse_twice("loads", a->loads);
	check_pairs(a);
	check_until(a);
	if (keep_trace && strcmp(keep_trace, "on") == 0 && !a->test.explain && !a->resume)
		usage_error("run: --keep-trace: there is no trace without --explain");
	choose_names(a);
	/* What goes to the test unread may change what else is right. */
	if (!a->resume && !*a->passed &&
	    run_options_check(&a->test, why, sizeof(why)) < 0)
		usage_error("run: %s", why);
}

/* What the test will start from: the environment, less what the plan always says. */
static void set_defaults(struct run_arguments *a)
{
	char why[400];

	run_options_init(&a->test);
	if (run_options_from_environment(&a->test, why, sizeof(why)) < 0)
		usage_error("run: %s", why);
	for (const struct option_row *row = run_option_rows; row->name; row++)
		if (row->standard && !(row->flags & OPTION_OF_THE_TEST))
			option_take(row, &a->test, row->standard);
	a->test.record = a->test.label = NULL;
	a->test.seed_given = false;
}

/* The argument "--", or @argc: getopt_long() would hide where it stood. */
static int find_separator(int argc, char **argv)
{
	int i = 1;

	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	return i;
}

void run_arguments_parse(struct run_arguments *a, int argc, char **argv)
{
	int end = find_separator(argc, argv);

	*a = (struct run_arguments){ .passed = argv + (end < argc ? end + 1 : argc) };
	set_defaults(a);
	argv[end] = NULL; /* "--" or what ends argv anyway */
	parse_options(&run_page, a, end, argv);
	check(a);
}
