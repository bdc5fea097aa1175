// SPDX-License-Identifier: MIT
#include "judging.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "pinlat.h"
#include "record/file.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* Characters of a command that are shown. */
#define LINE_MAX_SHOWN 2000

static int set_margin(void *settings, const char *text)
{
	struct judging *j = settings;

	return parse_percent(text, &j->options.margin);
}

int judging_alpha(const char *text, double *alpha)
{
	char *end;
	double value = strtod(text, &end);

	/* Digits and a point alone: strtod() takes "nan", "0x1p-4" and the locale's comma too. */
	if (text[strspn(text, "0123456789.")] || end == text || *end ||
	    !(value > 0 && value < 0.5))
		return -EINVAL;
	*alpha = value;
	return 0;
}

static int set_alpha(void *settings, const char *text)
{
	struct judging *j = settings;

	return judging_alpha(text, &j->options.decide.alpha);
}

static int set_blocks(void *settings, const char *text)
{
	struct judging *j = settings;

	j->options.decide.blocks = strcmp(text, "auto") == 0   ? BLOCKS_AUTO
				   : strcmp(text, "none") == 0 ? BLOCKS_NONE
							       : BLOCKS_ROUNDS;
	return 0;
}

static int set_fail_on(void *settings, const char *text)
{
	struct judging *j = settings;

	j->fail_on = strcmp(text, "worse") == 0 ? VERDICT_WORSE : VERDICT_UNCLEAR;
	return 0;
}

static void add_quantile(struct judging *j, const char *option, const char *name)
{
	int ret = metrics_add(&j->options.metrics, name);

	if (ret == -E2BIG)
		usage_error("%s: --%s: at most %d percentiles", j->command, option,
			    QUANTILES_MAX);
	if (ret < 0)
		usage_error(
			"%s: --%s knows percentiles above p0 and below p100, as in p99.9, not \"%s\"",
			j->command, option, name);
}

static int set_quantiles(void *settings, const char *list)
{
	char item[64];
	size_t at = 0;

	while (next_item(list, &at, item, sizeof(item)))
		add_quantile(settings, "quantiles", item);
	return 0;
}

/* "SUBTEST:p99.9" needs that percentile, also where it is not among those shown. */
static int set_primary(void *settings, const char *list)
{
	struct judging *j = settings;
	const struct metrics *metrics = &j->options.metrics;
	char item[128];
	size_t at = 0;

	while (next_item(list, &at, item, sizeof(item))) {
		const char *colon = strchr(item, ':');

		if (!*item || colon == item)
			usage_error(
				"%s: --primary wants SUBTEST[:NUMBER],..., not \"%s\"",
				j->command, list);
		if (colon && metrics_find(metrics, colon + 1) == metrics->n)
			add_quantile(j, "primary", colon + 1);
	}
	j->options.primary = list;
	return 0;
}

static int set_allow(void *settings, const char *list)
{
	struct judging *j = settings;

	for (int k = 0; k < REFUSAL_KINDS; k++)
		j->options.allow[k] |= list_has(list, refusal_name(k));
	return 0;
}

static int set_base(void *settings, const char *label)
{
	struct judging *j = settings;

	j->options.base = label;
	j->options.base_by = "as --base says";
	return *label ? 0 : -EINVAL;
}

static int set_thresholds(void *settings, const char *path)
{
	struct judging *j = settings;
	char why[512];

	threshold_list_free(&j->thresholds);
	if (threshold_list_read(&j->thresholds, path, why, sizeof(why)) < 0)
		usage_error("%s", why);
	j->options.thresholds = &j->thresholds;
	return 0;
}

/* clang-format off */
const struct option_row judging_rows[] = {
	{ .name = "base", .argument = "LABEL", .usual = "the first given",
	  .help = "what the others are compared with, wherever it stands",
	  .more = "Where records of one label are of several kernels or files, its whole name: \"base (6.1.0)\".",
	  .wanted = "the label of records that are given", .set = set_base },
	{ .name = "margin", .argument = "PERCENT",
	  .help = "a change below this does not matter, whatever the number; without it each has its own",
	  .wanted = "a percentage up to 100% (5%)", .set = set_margin },
	{ .name = "alpha", .argument = "A", .standard = ".05",
	  .help = "chance of any false worse or better, above 0 and below 0.5",
	  .wanted = "above 0 and below 0.5 (.05)", .set = set_alpha },
	{ .name = "primary", .argument = "LIST", .standard = "timer-busy,thp-busy",
	  .words = "timer-idle,timer-base,timer-locked,timer-pinned,timer-busy,thp-idle,thp-base,thp-locked,thp-pinned,thp-busy,pageout-base,pageout-pinned,pageout-busy",
	  .flags = OPTION_LIST, .help = "what is judged, SUBTEST[:NUMBER],...",
	  .more = "A number is a percentile (p99), fault_p99, fault_mean, stalls_10ms, fault_time, huge, requests or walker. Without one: those that are judged of its probe.",
	  .wanted = "SUBTEST[:NUMBER],...", .set = set_primary },
	{ .name = "quantiles", .argument = "LIST", .standard = "p50,p90,p99",
	  .words = "p95,p99.9", .flags = OPTION_LIST,
	  .help = "more percentiles to show: p95,p99.9", .wanted = "percentiles",
	  .set = set_quantiles },
	{ .name = "woken", .help = "only wake-ups that happened, as cyclictest counts",
	  .more = "Otherwise all planned instants count.",
	  .field = offsetof(struct judging, options.woken) },
	{ .name = "blocks", .argument = "HOW", .standard = "auto",
	  .words = "auto,rounds,none",
	  .help = "compare runs within rounds: auto, rounds, none",
	  .more = "auto: rounds that are joined to three units a side, where p can be small enough then.",
	  .set = set_blocks },
	{ .name = "thresholds", .argument = "FILE", .flags = OPTION_FILE,
	  .help = "margins, a rule a line: SUBTEST NUMBER MARGIN, as in thp-* fault_p99 20%; the last one that matches holds",
	  .wanted = "a file", .set = set_thresholds },
	{ .name = "fail-on", .argument = "VERDICT", .words = "worse,unclear",
	  .help = "exit with 1 if a judged number is worse, work included; with \"unclear\", also if one is unclear",
	  .more = "So a comparison that is mixed fails for what is worse in it.",
	  .set = set_fail_on },
	{ .name = "allow", .argument = "LIST",
	  .words = "config,walker,engine,device,mock,memory,machine,virtual,cmdline,subtest,invalid,one-boot,order",
	  .flags = OPTION_LIST,
	  .help = "compare although these differ: config, walker, engine, device, mock (a mock GPU and a real one), memory, machine, virtual, cmdline (of the kernel), subtest; invalid: use invalid runs too; one-boot, order: judge one boot of each kernel, and runs that did not take turns",
	  .set = set_allow },
	{ 0 },
};
/* clang-format on */

void judging_init(struct judging *j, const char *command)
{
	*j = (struct judging){ .command = command, .options = compare_defaults() };
}

void judging_free(struct judging *j)
{
	threshold_list_free(&j->thresholds);
}

void judging_load(struct sets *sets, char **path, const char *output)
{
	size_t n = 0, at;
	int ret;

	for (; path[n]; n++)
		if (output && records_include(path[n], output))
			usage_error(
				"%s is among the records that are read (%s): give --output another name",
				output, path[n]);
	ret = sets_load_all(sets, path, n, &at);
	if (ret == 0)
		return;
	for (size_t i = 0; i < sets->problems.n; i++)
		complain("%s", sets->problems.text[i]);
	if (ret != -ENODATA)
		usage_error("%s: cannot be read: %s", path[at], unread_text(ret));
	usage_error("%s: holds no record that can be read", path[at]);
}

/* No set is called as --base says: which there are, and which may have been meant. */
static int refuse_base(const struct judging *j, const struct sets *sets)
{
	CLEANUP_FREE const char **names = xcalloc(sets->n, sizeof(*names));
	CLEANUP_FREE char *asked = text_plain(j->options.base, NAME_MAX_SHOWN);
	CLEANUP_FREE char *joined = NULL;
	struct text_list list = { sets->n, (char **)names };
	const char *meant;

	for (size_t s = 0; s < sets->n; s++)
		names[s] = sets->set[s].name;
	joined = text_list_join(&list, ", ");
	meant = text_nearest(asked, names, sets->n);
	complain("%s: --base %s: no records have this label; there are: %s%s%s%s",
		 j->command, asked, joined, meant ? " (did you mean " : "",
		 meant ? meant : "", meant ? "?)" : "");
	return PINLAT_USAGE;
}

/* The set that --base names: by its whole name, else by its label. Several of one label: @more. */
static size_t find_base(const struct judging *j, const struct sets *sets,
			struct text_list *more)
{
	size_t found = sets->n;

	for (size_t s = 0; s < sets->n; s++)
		if (strcmp(sets->set[s].name, j->options.base) == 0)
			return s;
	for (size_t s = sets->n; s-- > 0;) {
		if (strcmp(sets->set[s].label, j->options.base) != 0)
			continue;
		text_list_add(more, "\"%s\"", sets->set[s].name);
		found = s;
	}
	return found;
}

int judging_choose_base(const struct judging *j, struct sets *sets)
{
	CLEANUP(text_list_free) struct text_list more = { 0 };
	CLEANUP_FREE char *joined = NULL;
	struct set base;
	size_t s;

	if (!j->options.base)
		return PINLAT_OK;
	s = find_base(j, sets, &more);
	if (s == sets->n)
		return refuse_base(j, sets);
	if (more.n > 1) {
		joined = text_list_join(&more, ", ");
		complain(
			"%s: --base names %zu kernels or files of one label; name one of them: %s",
			j->command, more.n, joined);
		return PINLAT_USAGE;
	}
	base = sets->set[s];
	memmove(&sets->set[1], &sets->set[0], s * sizeof(base));
	sets->set[0] = base;
	return PINLAT_OK;
}

int judging_refuse(const struct judging *j, const struct comparison *c, int error)
{
	for (size_t i = 0; c->problems && i < c->problems->n; i++)
		complain("%s", c->problems->text[i]);
	for (size_t i = 0; i < c->refusals.n; i++)
		complain("%s: %s", j->command, c->refusals.text[i]);
	return error == -ENODATA ? PINLAT_FAILED : PINLAT_USAGE;
}

bool judging_fails(enum verdict gate, enum verdict v)
{
	return gate != VERDICT_NONE &&
	       (v == VERDICT_WORSE || (v == VERDICT_UNCLEAR && gate == VERDICT_UNCLEAR));
}

int judging_gate(const struct judging *j, const struct comparison *c)
{
	int code = PINLAT_OK;

	for (size_t i = 0; i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];
		enum verdict v = row->d->verdict;
		char words[40];

		if (!judging_fails(j->fail_on, v))
			continue;
		complain("gate: %s %s of %s: %s", row->cell[0]->subtest,
			 metric_words(compare_metric(c, row), words, sizeof(words)),
			 c->set[row->set]->name, verdict_name(v));
		code = PINLAT_GATE;
	}
	for (size_t s = 1; j->fail_on != VERDICT_NONE && s < c->sets; s++) {
		CLEANUP_FREE char *why = compare_hindrance(c, s);

		if (!why)
			continue;
		complain("gate: %s", why);
		code = code == PINLAT_OK ? PINLAT_FAILED : code;
	}
	return code;
}

char *typed_line(int argc, char **argv)
{
	struct text_list words = { 0 };
	CLEANUP_FREE char *line = NULL;

	text_list_add(&words, "pinlat");
	for (int i = 0; i < argc; i++) {
		CLEANUP_FREE char *word = text_quoted(argv[i]);

		text_list_add(&words, "%s", word);
	}
	line = text_list_join(&words, " ");
	text_list_free(&words);
	return text_plain(line, LINE_MAX_SHOWN);
}

int write_output(const char *path, void (*print)(FILE *out, void *data), void *data)
{
	CLEANUP_FREE char *text = NULL;
	struct memstream m;
	int ret;

	if (!path) {
		print(stdout, data);
		return finish_output(PINLAT_OK);
	}
	print(memstream_open(&m), data);
	text = memstream_close(&m);
	ret = file_replace(path, text, m.size);
	if (ret == 0)
		return PINLAT_OK;
	complain("%s: cannot be written: %s", path, strerror(-ret));
	return PINLAT_FAILED;
}
