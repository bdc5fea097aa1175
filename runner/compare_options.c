// SPDX-License-Identifier: MIT
#include "compare_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "pinlat.h"
#include "run_options.h"
#include "system/cleanup.h"
#include "system/units.h"

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
	complain("compare: --format knows text, mail, json, csv, markdown, ministat and "
		 "benchstat, not \"%s\"",
		 name);
	return PINLAT_USAGE;
}

static int take_margin(struct compare_command *o, const char *text)
{
	if (parse_percent(text, &o->options.margin) == 0)
		return -1;
	complain("compare: --margin must be a percentage up to 100%% (5%%), not \"%s\"",
		 text);
	return PINLAT_USAGE;
}

/* Digits and a point alone: strtod() takes "nan", "0x1p-4" and the locale's comma too. */
static int take_alpha(struct compare_command *o, const char *text)
{
	char *end;
	double alpha = strtod(text, &end);

	if (!text[strspn(text, "0123456789.")] && end != text && !*end && alpha > 0 &&
	    alpha < 0.5) {
		o->options.decide.alpha = alpha;
		return -1;
	}
	complain("compare: --alpha must be above 0 and below 0.5 (.05), not \"%s\"",
		 text);
	return PINLAT_USAGE;
}

static int take_blocks(struct compare_command *o, const char *text)
{
	static const char *const name[] = {
		[BLOCKS_AUTO] = "auto", [BLOCKS_ROUNDS] = "rounds", [BLOCKS_NONE] = "none"
	};

	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		if (strcmp(text, name[i]) == 0) {
			o->options.decide.blocks = (enum decide_blocks)i;
			return -1;
		}
	}
	complain("compare: --blocks knows auto, rounds and none, not \"%s\"", text);
	return PINLAT_USAGE;
}

static int take_fail_on(struct compare_command *o, const char *text)
{
	if (strcmp(text, "worse") == 0)
		o->fail_on = VERDICT_WORSE;
	else if (strcmp(text, "unclear") == 0)
		o->fail_on = VERDICT_UNCLEAR;
	else {
		complain("compare: --fail-on knows worse and unclear, not \"%s\"", text);
		return PINLAT_USAGE;
	}
	return -1;
}

static int add_quantile(struct compare_command *o, const char *option, const char *name)
{
	int ret = metrics_add(&o->options.metrics, name);

	if (ret == 0)
		return -1;
	if (ret == -E2BIG)
		complain("compare: --%s: at most %d quantiles", option, QUANTILES_MAX);
	else
		complain("compare: --%s knows quantiles above p0 and below p100, as in "
			 "p99.9, not \"%s\"",
			 option, name);
	return PINLAT_USAGE;
}

static int take_quantiles(struct compare_command *o, const char *list)
{
	char item[64];
	size_t at = 0;
	int code = -1;

	while (code < 0 && next_item(list, &at, item, sizeof(item)))
		code = add_quantile(o, "quantiles", item);
	return code;
}

/* "SUBTEST:p99.9" needs that quantile, also where it is not among those shown. */
static int take_primary(struct compare_command *o, const char *list)
{
	char item[128];
	size_t at = 0;
	int code = -1;

	while (code < 0 && next_item(list, &at, item, sizeof(item))) {
		const char *quantile = strchr(item, ':');

		if (!*item || quantile == item) {
			complain("compare: --primary wants SUBTEST[:QUANTILE],..., not "
				 "\"%s\"",
				 list);
			return PINLAT_USAGE;
		}
		if (quantile)
			code = add_quantile(o, "primary", quantile + 1);
	}
	o->options.primary = list;
	return code;
}

static int take_allow(struct compare_command *o, const char *list)
{
	char item[64];
	size_t at = 0;

	while (next_item(list, &at, item, sizeof(item))) {
		int k = 0;

		while (k < REFUSAL_KINDS && strcmp(item, refusal_name(k)) != 0)
			k++;
		if (k == REFUSAL_KINDS) {
			complain("compare: --allow knows config, engine, device, memory, "
				 "virtual, subtest and invalid, not \"%s\"",
				 item);
			return PINLAT_USAGE;
		}
		o->options.allow[k] = true;
	}
	return -1;
}

static int take_thresholds(struct compare_command *o, const char *path)
{
	char why[512];

	threshold_list_free(&o->thresholds);
	if (threshold_list_read(&o->thresholds, path, why, sizeof(why)) < 0) {
		complain("%s", why);
		return PINLAT_USAGE;
	}
	o->options.thresholds = &o->thresholds;
	return -1;
}

static int take_option(struct compare_command *o, int c)
{
	switch (c) {
	case 'f':
		return take_format(o, optarg);
	case 'm':
		return take_margin(o, optarg);
	case 'a':
		return take_alpha(o, optarg);
	case 'p':
		return take_primary(o, optarg);
	case 'q':
		return take_quantiles(o, optarg);
	case 'b':
		return take_blocks(o, optarg);
	case 't':
		return take_thresholds(o, optarg);
	case 'F':
		return take_fail_on(o, optarg);
	case 'A':
		return take_allow(o, optarg);
	case 'c':
		o->calibrate = true;
		return -1;
	case 'w':
		o->options.woken = true;
		return -1;
	case 'o':
		o->output = optarg;
		return -1;
	default:
		return compare_help();
	}
}

/* What --calibrate cannot be combined with. */
static int check_calibrate(const struct compare_command *o, int paths)
{
	if (!o->calibrate)
		return -1;
	if (o->print != compare_print_text || o->output || o->fail_on != VERDICT_NONE) {
		complain("compare: --calibrate prints text and judges nothing; leave out "
			 "--format, --output and --fail-on");
		return PINLAT_USAGE;
	}
	if (paths == 1)
		return -1;
	complain("compare: --calibrate splits one set into halves, not %d", paths);
	return PINLAT_USAGE;
}

/* The words of @argv as a shell would need them. */
static char *command_line(int argc, char **argv)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789%+,-./:=@_";
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		return NULL;
	fputs("pinlat", out);
	for (int i = 0; i < argc; i++) {
		bool quote = !*argv[i] || argv[i][strspn(argv[i], plain)];

		fputs(quote ? " '" : " ", out);
		for (const char *c = argv[i]; *c; c++)
			if (*c == '\'')
				fputs("'\\''", out);
			else
				fputc(*c, out);
		fputs(quote ? "'" : "", out);
	}
	if (fclose(out) == 0)
		return line;
	free(line);
	return NULL;
}

int compare_command_parse(struct compare_command *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "output", required_argument, NULL, 'o' },
		{ "margin", required_argument, NULL, 'm' },
		{ "alpha", required_argument, NULL, 'a' },
		{ "primary", required_argument, NULL, 'p' },
		{ "quantiles", required_argument, NULL, 'q' },
		{ "woken", no_argument, NULL, 'w' },
		{ "blocks", required_argument, NULL, 'b' },
		{ "thresholds", required_argument, NULL, 't' },
		{ "fail-on", required_argument, NULL, 'F' },
		{ "allow", required_argument, NULL, 'A' },
		{ "calibrate", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	_cleanup_free_ char *typed = command_line(argc, argv);
	int c, code;

	*o = (struct compare_command){ .options = compare_defaults() };
	take_format(o, "text");
	while ((c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		if (c == ':' || c == '?') {
			complain_option("compare", c, argv);
			return PINLAT_USAGE;
		}
		code = take_option(o, c);
		if (code >= 0)
			return code;
	}
	if (optind == argc) {
		complain("compare: what with what? See `pinlat compare --help`");
		return PINLAT_USAGE;
	}
	code = check_calibrate(o, argc - optind);
	if (code >= 0)
		return code;
	o->path = argv + optind;
	o->line = typed ? text_plain(typed, 2000) : NULL;
	if (o->line)
		return -1;
	complain("memory is short");
	return PINLAT_FAILED;
}

void compare_command_free(struct compare_command *o)
{
	threshold_list_free(&o->thresholds);
	free(o->line);
}
