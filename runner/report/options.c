// SPDX-License-Identifier: MIT
#include "report.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "system/text.h"
#include "message.h"
#include "pinlat.h"
#include "system/cleanup.h"

/* The first is the default. */
static const struct report_format formats[] = {
	{ "html", report_print_html, true },
	{ "junit", report_print_junit, false },
	{ "tap", report_print_tap, false },
	{ "kcidb", report_print_kcidb, false },
	{ "squad", report_print_squad, false },
	{ "lava", report_print_lava, false },
	{ "openmetrics", report_print_openmetrics, false },
};

#define FORMATS (sizeof(formats) / sizeof(*formats))

static int set_format(void *settings, const char *name)
{
	struct report_command *o = settings;

	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(name, formats[i].name) == 0)
			o->format = &formats[i];
	return 0;
}

/* KCIDB: [a-z0-9_]+ */
static size_t origin_length(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

static int set_origin(void *settings, const char *name)
{
	struct report_command *o = settings;

	o->origin = name;
	return *name && !name[origin_length(name)] ? 0 : -EINVAL;
}

static int set_build(void *settings, const char *id)
{
	struct report_command *o = settings;
	CLEANUP_FREE char *plain = text_plain(id, 1000);
	size_t length = origin_length(id);

	o->build = id;
	return length > 0 && id[length] == ':' && id[length + 1] && strcmp(plain, id) == 0
		       ? 0
		       : -EINVAL;
}

static int set_order(void *settings, const char *name)
{
	struct report_command *o = settings;

	o->ordered = true;
	for (o->order = 0; strcmp(name, set_order_name(o->order)) != 0;)
		o->order++;
	return 0;
}

/* Standard output is "-" too. */
static int set_output(void *settings, const char *path)
{
	struct report_command *o = settings;

	o->output = strcmp(path, "-") == 0 ? NULL : path;
	return 0;
}

static const struct option_row rows[] = {
	{ .name = "format",
	  .argument = "FORMAT",
	  .standard = "html",
	  .words = "html,junit,tap,kcidb,squad,lava,openmetrics",
	  .help = "html (a page in one file, for people), junit (JUnit XML: Jenkins, GitLab, most others), tap (TAP 13, details as YAML), kcidb (KCIDB 4.4 of kernelci.org, JSON), squad (SQUAD's metrics.json), lava (a script that calls lava-test-case), openmetrics (for Prometheus' textfile collector)",
	  .set = set_format },
	{ .name = "output",
	  .letter = 'o',
	  .argument = "FILE",
	  .flags = OPTION_FILE,
	  .help = "write there instead of to standard output, which - stands for",
	  .more = "It is replaced whole or not at all.",
	  .wanted = "a file",
	  .set = set_output },
	{ .name = "separate",
	  .help = "compare nothing: each set for itself",
	  .more = "That shows also what may not be compared.",
	  .field = offsetof(struct report_command, separate) },
	{ .name = "order",
	  .argument = "ORDER",
	  .standard = "given",
	  .words = "given,date,release,label",
	  .help = "of the sets, the first of which is the base: given, date (of the kernel's build, else of the first run), release, label",
	  .more = "given is as on the command line; date goes by the build as the kernel's version tells it (if not all do: by each set's first run); release puts -rc before what it is a candidate for; label takes numbers in it by value.",
	  .set = set_order },
	{ .name = "history",
	  .help = "html: kernels in order with change points, though sets are few (from 8 on, and with --order or --pairs: always)",
	  .more = "With an --alpha below .05 it takes more than 8: so many a change point needs. history.md among the documentation tells how.",
	  .field = offsetof(struct report_command, history) },
	{ .name = "pairs",
	  .argument = "DIR",
	  .flags = OPTION_FILE,
	  .help = "html: also write a page of each set and the one before it to DIR",
	  .more = "The page links to them. Needs --output.",
	  .wanted = "a directory",
	  .field = offsetof(struct report_command, pairs) },
	{ .name = "index",
	  .argument = "DIR",
	  .flags = OPTION_FILE,
	  .help = "instead of a report: a page that lists those below DIR",
	  .more = "The last measured comes first. It reads the pages alone, and needs no records.",
	  .wanted = "a directory",
	  .field = offsetof(struct report_command, index) },
	{ .name = "origin",
	  .argument = "NAME",
	  .usual = "pinlat",
	  .help = "kcidb: the CI system that submits, by the name that it has there",
	  .wanted = "of a-z, 0-9 and _ (KCIDB's rule)",
	  .set = set_origin },
	{ .name = "build",
	  .argument = "ID",
	  .help = "kcidb: the build that was tested, if KCIDB knows it (ORIGIN:ID)",
	  .more = "No checkout and no build are told of then; of a base and a new set, the new one alone is.",
	  .wanted = "a build's ID in KCIDB (ORIGIN:ID)",
	  .set = set_build },
	{ 0 },
};

const struct option_page report_page = {
	.name = "report",
	.main = pinlat_report,
	.what = "write what sets say as a page, or for CI systems: JUnit, TAP, KCIDB, ...",
	.usage = "pinlat report [OPTION]... SET...",
	.about = "Writes what sets of records say, as a page or for other programs to read. A set is\n"
		 "a directory of records, a file of JSON lines (also .gz) or igt_runner's results.json;\n"
		 "each label in it makes a set. Two sets or more are compared, with the first, as\n"
		 "`pinlat compare` does.\n",
	.notes = "worse is a failure; unclear is none, unless --fail-on unclear. An invalid run is\n"
		 "skipped, with its reason; a subtest without a valid run is an error.\n\n"
		 "Exit status: 0 written, 1 --fail-on, 2 bad input, usage or refused, 3 could not be\n"
		 "written or compared, or a set has no valid run.\n",
	.operands = true,
	.table = {
		{ .rows = rows },
		{ .rows = judging_rows,
		  .settings = offsetof(struct report_command, judging) },
	},
};

static void check(const struct report_command *o, int paths)
{
	if (o->index && paths > 0)
		usage_error(
			"report: --index lists the reports in its folder, and takes no sets");
	if (!o->index && paths == 0)
		usage_error("report: of what? See `pinlat report --help`");
	if (o->separate && o->judging.fail_on != VERDICT_NONE)
		usage_error(
			"report: --separate compares nothing, so --fail-on has nothing to fail on; leave one of them out");
	if (!o->format->page && (o->history || o->pairs || o->index))
		usage_error(
			"report: --history, --pairs and --index are for --format html");
	if (o->pairs && !o->output)
		usage_error(
			"report: --pairs links from one file to others; name it: --output FILE");
	if (o->format->print != report_print_kcidb && (o->build || o->origin))
		usage_error("report: --origin and --build are for --format kcidb");
}

void report_command_parse(struct report_command *o, int argc, char **argv)
{
	*o = (struct report_command){ .format = &formats[0] };
	judging_init(&o->judging, "report");
	o->line = typed_line(argc, argv);
	parse_options(&report_page, o, argc, argv);
	check(o, argc - optind);
	o->path = argv + optind;
}

void report_command_free(struct report_command *o)
{
	judging_free(&o->judging);
	free(o->line);
}
