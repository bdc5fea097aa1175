// SPDX-License-Identifier: MIT
#include "options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "pinlat.h"

static const struct {
	const char *name;
	int (*print)(const struct compare_view *v);
	bool may_colour;
} formats[] = {
	{ "text", compare_print_text, true },
	{ "mail", compare_print_mail, false },
	{ "json", compare_print_json, false },
	{ "csv", compare_print_csv, false },
	{ "markdown", compare_print_markdown, false },
	{ "ministat", compare_print_ministat, false },
	{ "benchstat", compare_print_benchstat, false },
};

static int set_format(void *settings, const char *name)
{
	struct compare_command *o = settings;

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (strcmp(name, formats[i].name) != 0)
			continue;
		o->print = formats[i].print;
		o->may_colour = formats[i].may_colour;
	}
	return 0;
}

static const struct option_row rows[] = {
	{ .name = "format",
	  .argument = "FORMAT",
	  .standard = "text",
	  .words = "text,mail,json,csv,markdown,ministat,benchstat",
	  .help = "text, mail (to paste under a patch), markdown, csv, json, ministat (dots), benchstat (input for the Go tool)",
	  .more = "mail has 72 columns; json is by compare.schema.json.",
	  .set = set_format },
	{ .name = "output",
	  .letter = 'o',
	  .argument = "FILE",
	  .flags = OPTION_FILE,
	  .help = "write there instead of to standard output",
	  .more = "It is replaced whole or not at all.",
	  .wanted = "a file",
	  .field = offsetof(struct compare_command, output) },
	{ .name = "calibrate",
	  .help = "compare halves of one set: the machine's noise, and the smallest change that it can show",
	  .more = "Prints text alone and judges nothing.",
	  .field = offsetof(struct compare_command, calibrate) },
	{ 0 },
};

const struct option_page compare_page = {
	.name = "compare",
	.main = pinlat_compare,
	.what = "say whether one set is worse than another, better or the same",
	.usage = "pinlat compare [OPTION]... BASE NEW...\n"
		 "       pinlat compare --calibrate [OPTION]... SET",
	.about = "Says whether NEW is worse than BASE, better, the same, or whether these runs\n"
		 "cannot tell. A set is a directory of records, a file of JSON lines (also .gz) or\n"
		 "igt_runner's results.json; each label in it makes a set.\n",
	.notes = "worse, better   p, after Holm's correction for all judged rows, is at most alpha\n"
		 "same            the change's interval (at 1 - 2 alpha) lies within the margin\n"
		 "unclear         neither: too few runs, or too much noise\n\n"
		 "Exit status: 0 compared, 1 --fail-on, 2 bad input, usage or refused, 3 nothing\n"
		 "could be compared.\n",
	.operands = true,
	.table = {
		{ .rows = rows },
		{ .rows = judging_rows,
		  .settings = offsetof(struct compare_command, judging) },
	},
};

/* What --calibrate cannot be combined with. */
static void check_calibrate(const struct compare_command *o, int paths)
{
	if (o->print != compare_print_text || o->output ||
	    o->judging.fail_on != VERDICT_NONE)
		usage_error(
			"compare: --calibrate prints text and judges nothing; leave out --format, --output and --fail-on");
	if (paths != 1)
		usage_error("compare: --calibrate splits one set into halves, not %d",
			    paths);
}

void compare_command_parse(struct compare_command *o, int argc, char **argv)
{
	*o = (struct compare_command){ 0 };
	judging_init(&o->judging, "compare");
	set_format(o, "text");
	o->line = typed_line(argc, argv);
	parse_options(&compare_page, o, argc, argv);
	if (optind == argc)
		usage_error("compare: what with what? See `pinlat compare --help`");
	if (o->calibrate)
		check_calibrate(o, argc - optind);
	o->path = argv + optind;
}

void compare_command_free(struct compare_command *o)
{
	judging_free(&o->judging);
	free(o->line);
}
