// SPDX-License-Identifier: MIT
#include "options.h"

#include <getopt.h>
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

static int take_format(struct compare_command *o, const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (strcmp(name, formats[i].name) != 0)
			continue;
		o->print = formats[i].print;
		o->may_colour = formats[i].may_colour;
		return -1;
	}
	complain(
		"compare: --format knows text, mail, json, csv, markdown, ministat and benchstat, not \"%s\"",
		name);
	return PINLAT_USAGE;
}

static int take_option(void *command, int c)
{
	struct compare_command *o = command;

	switch (c) {
	case 'f':
		return take_format(o, optarg);
	case 'c':
		o->calibrate = true;
		return -1;
	case 'o':
		o->output = optarg;
		return -1;
	case 'h':
		return compare_help();
	default:
		return judging_option(&o->judging, c, optarg);
	}
}

/* What --calibrate cannot be combined with. */
static int check_calibrate(const struct compare_command *o, int paths)
{
	if (!o->calibrate)
		return -1;
	if (o->print != compare_print_text || o->output ||
	    o->judging.fail_on != VERDICT_NONE) {
		complain(
			"compare: --calibrate prints text and judges nothing; leave out --format, --output and --fail-on");
		return PINLAT_USAGE;
	}
	if (paths == 1)
		return -1;
	complain("compare: --calibrate splits one set into halves, not %d", paths);
	return PINLAT_USAGE;
}

int compare_command_parse(struct compare_command *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "output", required_argument, NULL, 'o' },
		JUDGING_OPTIONS,
		{ "calibrate", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int code;

	*o = (struct compare_command){ 0 };
	judging_init(&o->judging, "compare");
	take_format(o, "text");
	code = typed_line(&o->line, argc, argv);
	if (code < 0)
		code = judging_parse(&o->judging, argc, argv, options, take_option, o);
	if (code >= 0)
		return code;
	if (optind == argc) {
		complain("compare: what with what? See `pinlat compare --help`");
		return PINLAT_USAGE;
	}
	code = check_calibrate(o, argc - optind);
	if (code >= 0)
		return code;
	o->path = argv + optind;
	return -1;
}

void compare_command_free(struct compare_command *o)
{
	judging_free(&o->judging);
	free(o->line);
}
