// SPDX-License-Identifier: MIT
#include "judging.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "pinlat.h"
#include "options/table.h"
#include "system/units.h"

static int take_margin(struct judging *j, const char *text)
{
	if (parse_percent(text, &j->options.margin) == 0)
		return -1;
	complain("%s: --margin must be a percentage up to 100%% (5%%), not \"%s\"",
		 j->command, text);
	return PINLAT_USAGE;
}

/* Digits and a point alone: strtod() takes "nan", "0x1p-4" and the locale's comma too. */
static int take_alpha(struct judging *j, const char *text)
{
	char *end;
	double alpha = strtod(text, &end);

	if (!text[strspn(text, "0123456789.")] && end != text && !*end && alpha > 0 &&
	    alpha < 0.5) {
		j->options.decide.alpha = alpha;
		return -1;
	}
	complain("%s: --alpha must be above 0 and below 0.5 (.05), not \"%s\"",
		 j->command, text);
	return PINLAT_USAGE;
}

static int take_blocks(struct judging *j, const char *text)
{
	static const char *const name[] = {
		[BLOCKS_AUTO] = "auto", [BLOCKS_ROUNDS] = "rounds", [BLOCKS_NONE] = "none"
	};

	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		if (strcmp(text, name[i]) == 0) {
			j->options.decide.blocks = (enum decide_blocks)i;
			return -1;
		}
	}
	complain("%s: --blocks knows auto, rounds and none, not \"%s\"", j->command,
		 text);
	return PINLAT_USAGE;
}

static int take_fail_on(struct judging *j, const char *text)
{
	if (strcmp(text, "worse") == 0)
		j->fail_on = VERDICT_WORSE;
	else if (strcmp(text, "unclear") == 0)
		j->fail_on = VERDICT_UNCLEAR;
	else {
		complain("%s: --fail-on knows worse and unclear, not \"%s\"", j->command,
			 text);
		return PINLAT_USAGE;
	}
	return -1;
}

static int add_quantile(struct judging *j, const char *option, const char *name)
{
	int ret = metrics_add(&j->options.metrics, name);

	if (ret == 0)
		return -1;
	if (ret == -E2BIG)
		complain("%s: --%s: at most %d quantiles", j->command, option,
			 QUANTILES_MAX);
	else
		complain(
			"%s: --%s knows quantiles above p0 and below p100, as in p99.9, not \"%s\"",
			j->command, option, name);
	return PINLAT_USAGE;
}

static int take_quantiles(struct judging *j, const char *list)
{
	char item[64];
	size_t at = 0;
	int code = -1;

	while (code < 0 && next_item(list, &at, item, sizeof(item)))
		code = add_quantile(j, "quantiles", item);
	return code;
}

/* "SUBTEST:p99.9" needs that quantile, also where it is not among those shown. */
static int take_primary(struct judging *j, const char *list)
{
	char item[128];
	size_t at = 0;
	int code = -1;

	while (code < 0 && next_item(list, &at, item, sizeof(item))) {
		const char *quantile = strchr(item, ':');

		if (!*item || quantile == item) {
			complain("%s: --primary wants SUBTEST[:QUANTILE],..., not \"%s\"",
				 j->command, list);
			return PINLAT_USAGE;
		}
		if (quantile)
			code = add_quantile(j, "primary", quantile + 1);
	}
	j->options.primary = list;
	return code;
}

static int take_allow(struct judging *j, const char *list)
{
	char item[64];
	size_t at = 0;

	while (next_item(list, &at, item, sizeof(item))) {
		int k = 0;

		while (k < REFUSAL_KINDS && strcmp(item, refusal_name(k)) != 0)
			k++;
		if (k == REFUSAL_KINDS) {
			complain(
				"%s: --allow knows config, engine, device, memory, virtual, subtest and invalid, not \"%s\"",
				j->command, item);
			return PINLAT_USAGE;
		}
		j->options.allow[k] = true;
	}
	return -1;
}

static int take_thresholds(struct judging *j, const char *path)
{
	char why[512];

	threshold_list_free(&j->thresholds);
	if (threshold_list_read(&j->thresholds, path, why, sizeof(why)) < 0) {
		complain("%s", why);
		return PINLAT_USAGE;
	}
	j->options.thresholds = &j->thresholds;
	return -1;
}

void judging_init(struct judging *j, const char *command)
{
	*j = (struct judging){ .command = command, .options = compare_defaults() };
}

int judging_option(struct judging *j, int c, const char *value)
{
	switch (c) {
	case 'm':
		return take_margin(j, value);
	case 'a':
		return take_alpha(j, value);
	case 'p':
		return take_primary(j, value);
	case 'q':
		return take_quantiles(j, value);
	case 'b':
		return take_blocks(j, value);
	case 't':
		return take_thresholds(j, value);
	case 'F':
		return take_fail_on(j, value);
	case 'A':
		return take_allow(j, value);
	default:
		j->options.woken = true;
		return -1;
	}
}

int judging_parse(const struct judging *j, int argc, char **argv,
		  const struct option *options, int (*take)(void *command, int c),
		  void *command)
{
	int c, code = -1;

	while (code < 0 && (c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		if (c == ':' || c == '?') {
			complain_option(j->command, c, argv);
			return PINLAT_USAGE;
		}
		code = take(command, c);
	}
	return code;
}

void judging_free(struct judging *j)
{
	threshold_list_free(&j->thresholds);
}
