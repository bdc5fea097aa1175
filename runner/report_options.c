// SPDX-License-Identifier: MIT
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "system/text.h"
#include "message.h"
#include "pinlat.h"
#include "system/cleanup.h"

/* The first is the default. */
static const struct report_format formats[] = {
	{ "html", "a page in one file, for people", report_print_html, true },
	{ "junit", "JUnit XML: Jenkins, GitLab, most others", report_print_junit, false },
	{ "tap", "TAP 13, details as YAML", report_print_tap, false },
	{ "kcidb", "KCIDB 4.4 (kernelci.org), JSON", report_print_kcidb, false },
	{ "squad", "SQUAD's metrics.json", report_print_squad, false },
	{ "lava", "a script that calls lava-test-case", report_print_lava, false },
	{ "openmetrics", "OpenMetrics, for Prometheus' textfile collector",
	  report_print_openmetrics, false },
};

#define FORMATS (sizeof(formats) / sizeof(*formats))

static int help(void)
{
	printf("Usage: pinlat report [OPTION]... SET...\n\n"
	       "Writes what sets of records say, as a page or for other programs to read. A set is\n"
	       "a directory of records, a file of JSON lines (also .gz) or igt_runner's results.json;\n"
	       "each label in it makes a set. Two sets or more are compared, with the first, as\n"
	       "`pinlat compare` does.\n\n");
	for (size_t i = 0; i < FORMATS; i++)
		printf("  %-19s %-11s  %s%s\n", i == 0 ? "--format FORMAT" : "",
		       formats[i].name, formats[i].what, i == 0 ? " (default)" : "");
	printf("  -o, --output FILE   instead of standard output\n"
	       "  --separate          compare nothing: each set for itself\n"
	       "  --order ORDER       of the sets: given, date (of the kernel's build, else of the\n"
	       "                      first run), release, label (given); the first is the base\n"
	       "  --history           html: kernels in order with change points, though sets are few\n"
	       "                      (from 8 on, and with --order or --pairs: always)\n"
	       "  --pairs DIR         html: also a page of each set and the one before it\n"
	       "  --index DIR         instead of a report: a page that lists those in DIR\n"
	       "%s  --origin NAME       kcidb: the CI system that submits (pinlat)\n"
	       "  --build ID          kcidb: the build that was tested, if KCIDB knows it\n\n"
	       "worse is a failure; unclear is none, unless --fail-on unclear. An invalid run is\n"
	       "skipped, with its reason; a subtest without a valid run is an error.\n\n"
	       "Exit status: 0 written, 1 --fail-on, 2 bad input, usage or refused, 3 could not be\n"
	       "written or compared, or a set has no valid run.\n",
	       JUDGING_HELP);
	return finish_output(PINLAT_OK);
}

static int take_format(struct report_command *o, const char *name)
{
	char known[200] = "";

	for (size_t i = 0; i < FORMATS; i++) {
		if (strcmp(name, formats[i].name) == 0) {
			o->format = &formats[i];
			return -1;
		}
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			 i == 0		    ? ""
			 : i == FORMATS - 1 ? " and "
					    : ", ",
			 formats[i].name);
	}
	complain("report: --format knows %s, not \"%s\"", known, name);
	return PINLAT_USAGE;
}

/* KCIDB: [a-z0-9_]+ */
static size_t origin_length(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

static int take_origin(struct report_command *o, const char *name)
{
	o->origin = name;
	if (*name && !name[origin_length(name)])
		return -1;
	complain("report: --origin must be of a-z, 0-9 and _ (KCIDB's rule), not \"%s\"",
		 name);
	return PINLAT_USAGE;
}

static int take_build(struct report_command *o, const char *id)
{
	_cleanup_free_ char *plain = text_plain(id, 1000);
	size_t length = origin_length(id);

	o->build = id;
	if (length > 0 && id[length] == ':' && id[length + 1] && plain &&
	    strcmp(plain, id) == 0)
		return -1;
	complain("report: --build must be a build's ID in KCIDB (ORIGIN:ID), not \"%s\"",
		 id);
	return PINLAT_USAGE;
}

static int take_order(struct report_command *o, const char *name)
{
	for (enum set_order order = 0; order < SET_ORDERS; order++) {
		o->order = order;
		o->ordered = strcmp(name, set_order_name(order)) == 0;
		if (o->ordered)
			return -1;
	}
	complain("report: --order knows given, date, release and label, not \"%s\"",
		 name);
	return PINLAT_USAGE;
}

static int take_option(void *command, int c)
{
	struct report_command *o = command;

	switch (c) {
	case 'f':
		return take_format(o, optarg);
	case 'o':
		o->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
		return -1;
	case 's':
		o->separate = true;
		return -1;
	case 'O':
		return take_origin(o, optarg);
	case 'B':
		return take_build(o, optarg);
	case 'r':
		return take_order(o, optarg);
	case 'H':
		o->history = true;
		return -1;
	case 'P':
		o->pairs = optarg;
		return -1;
	case 'i':
		o->index = optarg;
		return -1;
	case 'h':
		return help();
	default:
		return judging_option(&o->judging, c, optarg);
	}
}

static int check(const struct report_command *o)
{
	if (o->separate && o->judging.fail_on != VERDICT_NONE) {
		complain(
			"report: --separate compares nothing, so --fail-on has nothing to fail on; leave one of them out");
		return PINLAT_USAGE;
	}
	if (!o->format->page && (o->history || o->pairs || o->index)) {
		complain("report: --history, --pairs and --index are for --format html");
		return PINLAT_USAGE;
	}
	if (o->pairs && !o->output) {
		complain(
			"report: --pairs links from one file to others; name it: --output FILE");
		return PINLAT_USAGE;
	}
	if (o->format->print == report_print_kcidb)
		return -1;
	if (!o->build && !o->origin)
		return -1;
	complain("report: --origin and --build are for --format kcidb");
	return PINLAT_USAGE;
}

int report_command_parse(struct report_command *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "output", required_argument, NULL, 'o' },
		{ "separate", no_argument, NULL, 's' },
		{ "origin", required_argument, NULL, 'O' },
		{ "build", required_argument, NULL, 'B' },
		{ "order", required_argument, NULL, 'r' },
		{ "history", no_argument, NULL, 'H' },
		{ "pairs", required_argument, NULL, 'P' },
		{ "index", required_argument, NULL, 'i' },
		JUDGING_OPTIONS,
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int code;

	*o = (struct report_command){ .format = &formats[0] };
	judging_init(&o->judging, "report");
	code = typed_line(&o->line, argc, argv);
	if (code < 0)
		code = judging_parse(&o->judging, argc, argv, options, take_option, o);
	if (code >= 0)
		return code;
	if (o->index && optind < argc) {
		complain(
			"report: --index lists the reports in its folder, and takes no sets");
		return PINLAT_USAGE;
	}
	if (!o->index && optind == argc) {
		complain("report: of what? See `pinlat report --help`");
		return PINLAT_USAGE;
	}
	code = check(o);
	if (code >= 0)
		return code;
	o->path = argv + optind;
	return -1;
}

void report_command_free(struct report_command *o)
{
	judging_free(&o->judging);
	free(o->line);
}
