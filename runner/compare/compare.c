// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/calibrate.h"
#include "compare/formats.h"
#include "judging.h"
#include "message.h"
#include "pinlat.h"

static const struct format {
	const char *name;
	void (*print)(FILE *out, void *view);
	void (*render)(FILE *out, const struct document *d, const struct look *look);
} formats[] = {
	{ "text", compare_print_said, render_text },
	{ "mail", compare_print_said, render_mail },
	{ "json", compare_print_json, NULL },
	{ "csv", compare_print_csv, NULL },
	{ "markdown", compare_print_said, render_markdown },
	{ "mmtests", compare_print_mmtests, NULL },
	{ "line", compare_print_line, NULL },
	{ "values", compare_print_values, NULL },
};

/* What `pinlat compare` was asked to do. */
struct compare_command {
	struct judging judging;
	const struct format *format;
	const char *output; /* NULL: standard output */
	bool calibrate;	    /* one set, with itself */
	char subtest[DECIDE_SIDES]
		    [64]; /* to compare within one set; "": sets are compared */
	char **path;	  /* the sets, ended by NULL */
	char *line;	  /* owned; the command as it was typed, quoted for a shell */
};

static int set_format(void *settings, const char *name)
{
	struct compare_command *o = settings;

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(name, formats[i].name) == 0)
			o->format = &formats[i];
	return 0;
}

/* "BASE,NEW": two subtests of one probe. */
static int set_within(void *settings, const char *list)
{
	struct compare_command *o = settings;
	const char *comma = strchr(list, ',');
	size_t probe = strcspn(list, "-,");

	if (!comma || strchr(comma + 1, ',') || list[probe] != '-' ||
	    strncmp(list, comma + 1, probe + 1) != 0 ||
	    strlen(list) >= sizeof(o->subtest[0]))
		return -EINVAL;
	snprintf(o->subtest[DECIDE_BASE], sizeof(o->subtest[0]), "%.*s",
		 (int)(comma - list), list);
	snprintf(o->subtest[DECIDE_NEW], sizeof(o->subtest[0]), "%s", comma + 1);
	return 0;
}

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "format", .argument = "FORMAT", .standard = "text",
	  .words = "text,mail,mmtests,line,json,csv,markdown,values",
	  .help = "text, mail (to paste under a patch), mmtests (its layout), line (for a commit message), markdown, csv, json, values (a number a line, of one set)",
	  .more = "mail has 72 columns. mmtests has a row for the least, the median, the mean and the greatest value of each judged number, times in microseconds; in percent more is better, and * marks what is proven. json is by compare.schema.json. values is what the --primary number of each valid run was, in its own unit (times: nanoseconds): input for ministat(1).",
	  .set = set_format },
	{ .name = "output", .letter = 'o', .argument = "FILE", .flags = OPTION_FILE,
	  .help = "write there instead of to standard output",
	  .more = "It is replaced whole or not at all.", .wanted = "a file",
	  .field = offsetof(struct compare_command, output) },
	{ .name = "within", .argument = "BASE,NEW",
	  .words = "timer-locked,timer-pinned,thp-locked,thp-pinned",
	  .flags = OPTION_LIST,
	  .help = "compare two subtests of one set: thp-locked,thp-pinned",
	  .more = "Their rows bear the name of their probe, which --primary takes too: thp:p99.",
	  .wanted = "two subtests of one probe (thp-locked,thp-pinned)",
	  .set = set_within },
	{ .name = "calibrate",
	  .help = "compare halves of one set: the machine's noise, and the smallest change that it can show",
	  .more = "Prints text alone and judges nothing.",
	  .field = offsetof(struct compare_command, calibrate) },
	{ 0 },
};
/* clang-format on */

/* What --calibrate cannot be combined with. */
static void check_calibrate(const struct compare_command *o, int paths)
{
	if (o->format->render != render_text || o->output ||
	    o->judging.fail_on != VERDICT_NONE)
		usage_error(
			"compare: --calibrate prints text and judges nothing; leave out --format, --output and --fail-on");
	if (paths != 1)
		usage_error("compare: --calibrate splits one set into halves, not %d",
			    paths);
}

/* One number a line: of what? */
static void check_values(const struct compare_command *o)
{
	const char *primary = o->judging.options.primary;

	if (!primary || strchr(primary, ',') || !strchr(primary, ':') || *o->subtest[0])
		usage_error(
			"compare: --format values prints one number of one subtest; name it, as in --primary thp-busy:p99");
}

/* Whether it is about one set. */
static bool is_of_one(const struct compare_command *o)
{
	return *o->subtest[0] || o->format->print == compare_print_values;
}

static void parse(struct compare_command *o, int argc, char **argv)
{
	*o = (struct compare_command){ 0 };
	judging_init(&o->judging, "compare");
	set_format(o, "text");
	o->line = typed_line(argc, argv);
	parse_options(&compare_page, o, argc, argv);
	if (optind == argc)
		usage_error(
			"compare: give a base and a new kernel: pinlat compare base patched");
	if (o->calibrate)
		check_calibrate(o, argc - optind);
	if (o->format->print == compare_print_values)
		check_values(o);
	if ((is_of_one(o) || o->calibrate) && o->judging.options.base)
		usage_error(
			"compare: --base chooses among kernels; --within, --calibrate and --format values are about one");
	if (is_of_one(o) && argc - optind != 1)
		usage_error(
			"compare: --within and --format values are about one set, not %d",
			argc - optind);
	o->path = argv + optind;
}

static void free_command(struct compare_command *o)
{
	judging_free(&o->judging);
	free(o->line);
}

/* Begins @c with the subtests of --within. Returns the exit code. */
static int begin_within(const struct compare_command *o, struct comparison *c,
			const struct sets *sets)
{
	for (int side = 0; side < DECIDE_SIDES; side++) {
		if (set_runs(&sets->set[0], o->subtest[side]) > 0)
			continue;
		complain("compare: %s has no valid run of %s", sets->set[0].name,
			 o->subtest[side]);
		return PINLAT_FAILED;
	}
	compare_begin_within(c, &o->judging.options, &sets->set[0], o->subtest[0],
			     o->subtest[1]);
	return PINLAT_OK;
}

/* Compares what was read, and prints it. Returns the exit code. */
static int compare_and_print(const struct compare_command *o, struct comparison *c,
			     const struct sets *sets)
{
	struct compare_view v = {
		.c = c,
		.look = { !o->output && use_colour(),
			  o->output ? TEXT_WIDTH : shown_width(TEXT_WIDTH) },
		.command = o->line,
		.render = o->format->render,
	};
	int code = PINLAT_OK, ret;

	if (is_of_one(o) && sets->n > 1) {
		complain(
			"compare: %s holds %zu labels or kernels (%s, %s%s); only one set is asked for",
			o->path[0], sets->n, sets->set[0].name, sets->set[1].name,
			sets->n > 2 ? ", ..." : "");
		return PINLAT_USAGE;
	}
	if (*o->subtest[0])
		code = begin_within(o, c, sets);
	else
		compare_begin(c, &o->judging.options, sets);
	if (code != PINLAT_OK)
		return code;
	if (o->format->print == compare_print_values)
		return write_output(o->output, o->format->print, &v);
	ret = compare(c);
	code = ret < 0 ? judging_refuse(&o->judging, c, ret)
		       : write_output(o->output, o->format->print, &v);
	return code == PINLAT_OK ? judging_gate(&o->judging, c) : code;
}

static int compare_sets_of(const struct compare_command *o)
{
	struct sets sets = compare_sets(&o->judging.options);
	struct comparison c = { 0 };
	int code;

	judging_load(&sets, o->path, o->output);
	sets_finish(&sets);
	code = judging_choose_base(&o->judging, &sets);
	if (code == PINLAT_OK)
		code = compare_and_print(o, &c, &sets);
	compare_free(&c);
	sets_free(&sets);
	return code;
}

static int pinlat_compare(int argc, char **argv)
{
	struct compare_command o;
	int code;

	parse(&o, argc, argv);
	code = o.calibrate ? finish_output(calibrate_set(o.path[0], &o.judging.options))
			   : compare_sets_of(&o);
	free_command(&o);
	return code;
}

const struct option_page compare_page = {
	.name = "compare",
	.main = pinlat_compare,
	.what = "say whether one kernel is worse than another, better or the same",
	.usage = "pinlat compare [OPTION]... BASE NEW...\n"
		 "       pinlat compare --within SUBTEST,SUBTEST [OPTION]... SET\n"
		 "       pinlat compare --calibrate [OPTION]... SET",
	.about = "Says whether NEW is worse than BASE, better or the same, or that neither is\n"
		 "proven. A set is a directory of records, a file of JSON lines (also .gz),\n"
		 "igt_runner's results.json or a log with packs (pinlat pack); each label in it\n"
		 "makes a set, and each kernel of a label.\n",
	.notes = "worse, better  p, after Holm's correction for all judged numbers, is at most\n"
		 "               alpha; less work (huge pages, device requests, walker) is worse\n"
		 "mixed          some numbers are worse and others better\n"
		 "same           the change's interval (at 1 - 2 alpha) lies within the margin,\n"
		 "               and there are enough runs to exclude bad ones\n"
		 "unclear        neither; the first sentence says what to measure\n\n"
		 "Exit status: 0 compared, 1 --fail-on, 2 bad input, usage or refused, 3 nothing\n"
		 "could be compared; with --fail-on also if nothing could be judged, whatever the\n"
		 "values are (too few runs or boots, or kernels that did not take turns).\n",
	.operands = true,
	.table = {
		{ .rows = rows },
		{ .rows = judging_rows,
		  .settings = offsetof(struct compare_command, judging) },
	},
};
