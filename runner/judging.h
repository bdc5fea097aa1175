/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_JUDGING_H
#define PINLAT_RUNNER_JUDGING_H

/*
 * What `pinlat compare` and `pinlat report` have in common: how sets are judged, read and
 * refused, and the gate. Both take the same options for it and mean the same by them.
 */

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "summary/comparison.h"

struct judging {
	const char *command; /* for messages: "compare" */
	struct compare_options options;
	struct threshold_list thresholds;
	enum verdict fail_on; /* VERDICT_NONE, VERDICT_WORSE, or VERDICT_UNCLEAR: both */
};

/** The options that judging_option() takes, for getopt_long(). */
#define JUDGING_OPTIONS                                                                  \
	{ "margin", required_argument, NULL, 'm' },                                      \
		{ "alpha", required_argument, NULL, 'a' },                               \
		{ "primary", required_argument, NULL, 'p' },                             \
		{ "quantiles", required_argument, NULL, 'q' },                           \
		{ "woken", no_argument, NULL, 'w' },                                     \
		{ "blocks", required_argument, NULL, 'b' },                              \
		{ "thresholds", required_argument, NULL, 't' },                          \
		{ "fail-on", required_argument, NULL, 'F' },                             \
	{                                                                                \
		"allow", required_argument, NULL, 'A'                                    \
	}

/** What --help says about them. */
#define JUDGING_HELP                                                                      \
	"  --margin PERCENT    a change below this does not matter (5%)\n"                \
	"  --alpha A           chance of any false worse or better (.05)\n"               \
	"  --primary LIST      what is judged, SUBTEST[:QUANTILE],...\n"                  \
	"                      (timer-busy,thp-busy)\n"                                   \
	"  --quantiles LIST    more quantiles to show: p95,p99.9 (p50,p90,p99)\n"         \
	"  --woken             only wake-ups that happened, as cyclictest counts\n"       \
	"  --blocks HOW        compare runs within rounds: auto, rounds, none (auto)\n"   \
	"  --thresholds FILE   margins, a rule a line: SUBTEST QUANTILE MARGIN, as in\n"  \
	"                      thp-* p99 20%; the last one that matches holds\n"          \
	"  --fail-on VERDICT   exit with 1 if a judged row is worse; with \"unclear\",\n" \
	"                      also if one is unclear\n"                                  \
	"  --allow LIST        compare although these differ: config, engine, device,\n"  \
	"                      memory, virtual, subtest; invalid: use invalid runs too\n"

/** The defaults, for @command. Release with judging_free(). */
void judging_init(struct judging *j, const char *command);

/**
 * Takes option @c of JUDGING_OPTIONS. Returns -1 to go on, or PINLAT_USAGE: it complained.
 * @value must live as long as @j.
 */
int judging_option(struct judging *j, int c, const char *value);

/** Reads the sets at @path, ended by NULL. Returns -1 to go on, else the exit code: it complained. */
int judging_load(struct sets *sets, char **path);

/** Says why compare() returned @error. Returns the exit code. */
int judging_refuse(const struct judging *j, const struct comparison *c, int error);

/** Whether --fail-on @gate is about verdict @v. */
bool judging_fails(enum verdict gate, enum verdict v);

/** Names each row that --fail-on is about. Returns PINLAT_GATE if there is one, else PINLAT_OK. */
int judging_gate(const struct judging *j, const struct comparison *c);

/** Frees what @j owns. */
void judging_free(struct judging *j);

/**
 * Gives each option of @argv to @take, which returns -1 to go on or the exit code, and leaves optind
 * behind them. Returns -1 to go on, else the exit code: it complained of what no option is.
 */
int judging_parse(const struct judging *j, int argc, char **argv,
		  const struct option *options, int (*take)(void *command, int c),
		  void *command);

/**
 * Makes @line of the command as it was typed, before options are put in order: plain, quoted for a
 * shell, cut where it is very long; the caller frees it. Returns -1 to go on, else the exit
 * code: it complained.
 */
int typed_line(char **line, int argc, char **argv);

/**
 * Calls @print, which returns 0 or -ENOMEM, and writes what it prints to @path (NULL: standard
 * output), which is whole or what it was. Complains of errors. Returns the exit code.
 */
int write_output(const char *path, int (*print)(FILE *out, void *data), void *data);

#endif
