// SPDX-License-Identifier: MIT
/* `pinlat history`: options, reading, the gate. */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "history/formats.h"
#include "judging.h"
#include "message.h"
#include "pinlat.h"
#include "report/cases.h"
#include "summary/words.h"
#include "system/cleanup.h"
#include "system/text.h"

static int set_order(void *settings, const char *name)
{
	struct history_command *o = settings;

	o->order = set_order_named(name);
	return 0;
}

static int set_alpha(void *settings, const char *text)
{
	struct history_command *o = settings;

	return judging_alpha(text, &o->alpha);
}

static int set_origin(void *settings, const char *name)
{
	struct history_command *o = settings;

	o->origin = name;
	return kcidb_is_origin(name) ? 0 : -EINVAL;
}

static int set_build(void *settings, const char *id)
{
	struct history_command *o = settings;

	o->build = id;
	return kcidb_is_build(id) ? 0 : -EINVAL;
}

/* "changed", "worse:7" */
static int set_fail_on(void *settings, const char *text)
{
	struct history_command *o = settings;
	size_t word = strcspn(text, ":");
	char *end = NULL;

	o->gate = true;
	o->worse = strncmp(text, "worse", word) == 0 && word == 5;
	if (!o->worse && (strncmp(text, "changed", word) != 0 || word != 7))
		return -EINVAL;
	o->recent = UINT64_MAX;
	if (text[word])
		o->recent = strtoull(text + word + 1, &end, 10);
	return (end && *end) || o->recent == 0 ? -EINVAL : 0;
}

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "order", .argument = "ORDER", .standard = "date",
	  .words = "given,date,release,label",
	  .help = "of the kernels: given, date (of the build, else of the first run), release, label",
	  .more = "release puts -rc before what it is a candidate for; label takes numbers in it by value.",
	  .set = set_order },
	{ .name = "alpha", .argument = "A", .standard = ".002",
	  .help = "chance that something is found where nothing changed, in all series of all machines together",
	  .more = "It is that of one look. With .002 a look each night raises a false alarm in at most 5 % of years: history.md among the documentation has the rates. .05 is for who looks once.",
	  .wanted = "above 0 and below 0.5 (.002)", .set = set_alpha },
	{ .name = "fail-on", .argument = "WHAT", .words = "changed,worse",
	  .help = "exit with 1 if a level changed, with changed:N within the last N kernels of a machine; worse: for the worse",
	  .more = "changed:7 is for a job of each night: a change is told for a week, and then no more. In a fleet of many machines take 14: a change needs some ten kernels to be proven. What may be a drift and no step raises no alarm, and is told.",
	  .wanted = "changed, worse, changed:N or worse:N", .set = set_fail_on },
	{ .name = "format", .argument = "FORMAT", .standard = "text",
	  .words = "text,html,json,junit,kcidb,openmetrics",
	  .help = "text, html (a page with a row a machine), json, junit (a test case a series), kcidb (KCIDB 5.3: tests of the last kernel), openmetrics (the last change of each)",
	  .field = offsetof(struct history_command, format) },
	{ .name = "timestamps",
	  .help = "openmetrics: values have the time of the last measurement, to back-fill Prometheus",
	  .field = offsetof(struct history_command, timestamps) },
	{ .name = "origin", .argument = "NAME", .usual = "pinlat",
	  .help = "kcidb: the CI system that submits, by the name that it has there",
	  .wanted = "of a-z, 0-9 and _ (KCIDB's rule)", .set = set_origin },
	{ .name = "build", .argument = "ID",
	  .help = "kcidb: the build that the last kernel is (ORIGIN:ID)",
	  .more = "Machines that have not measured it yet are left out.",
	  .wanted = "a build's ID in KCIDB (ORIGIN:ID)", .set = set_build },
	{ .name = "output", .letter = 'o', .argument = "FILE", .flags = OPTION_FILE,
	  .help = "write there instead of to standard output",
	  .more = "It is replaced whole or not at all.", .wanted = "a file",
	  .field = offsetof(struct history_command, output) },
	{ 0 },
};
/* clang-format on */

static void print(FILE *out, void *data)
{
	const struct history_saying *s = data;

	static const struct history_format *const of[] = {
		&history_text,	&history_html,	&history_json,
		&history_junit, &history_kcidb, &history_openmetrics,
	};

	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++)
		if (strcmp(s->o->format, of[i]->name) == 0)
			of[i]->print(out, s);
}

/* Says what --fail-on is about. Returns the exit code. */
static int gate(const struct history_saying *s)
{
	int code = PINLAT_OK;

	for (size_t i = 0; i < s->f->changes; i++) {
		const struct fleet_change *c = &s->change[i];
		struct interval change = history_change(c->series, c->change);
		CLEANUP_FREE char *kernel = fleet_kernel(s->f, c->set);
		char buf[CELL_SIZE];

		if (history_withholds(s, c))
			complain("drift, no alarm: %s: %s %s since %s, but %s",
				 c->machine->name, c->series->name,
				 text_change(change.estimate, buf, sizeof(buf)), kernel,
				 history_drift_text(history_drift(c)));
		if (!history_alarms(s, c))
			continue;
		complain("gate: %s: %s %s since %s", c->machine->name, c->series->name,
			 text_change(change.estimate, buf, sizeof(buf)), kernel);
		code = PINLAT_GATE;
	}
	return code;
}

static int write_history(const struct history_command *o, struct sets *sets)
{
	struct history_saying s = { .o = o };
	CLEANUP_FREE struct fleet_change *change = NULL;
	struct fleet f;
	int code;

	sets_order(sets, o->order);
	sets_finish(sets);
	for (size_t i = 0; i < sets->problems.n; i++)
		complain("%s", sets->problems.text[i]);
	fleet_make(&f, sets, o->alpha);
	change = fleet_changes(&f);
	s.f = &f;
	s.change = change;
	code = write_output(o->output, print, &s);
	if (code == PINLAT_OK)
		code = gate(&s);
	fleet_free(&f);
	return code;
}

static int pinlat_history(int argc, char **argv)
{
	struct history_command o = { .order = ORDER_DATE,
				     .alpha = FLEET_ALPHA,
				     .format = "text",
				     .recent = UINT64_MAX };
	struct compare_options options = compare_defaults();
	struct sets sets;
	int code;

	parse_options(&history_page, &o, argc, argv);
	if (optind == argc)
		usage_error("history: of which records? See `pinlat history --help`");
	if (o.timestamps && strcmp(o.format, "openmetrics") != 0)
		usage_error("history: --timestamps is for --format openmetrics");
	if ((o.origin || o.build) && strcmp(o.format, "kcidb") != 0)
		usage_error("history: --origin and --build are for --format kcidb");
	if (!o.build && strcmp(o.format, "kcidb") == 0)
		usage_error(
			"history: --format kcidb needs the last kernel's build: --build ORIGIN:ID");
	sets = compare_sets(&options);
	judging_load(&sets, argv + optind, o.output);
	code = write_history(&o, &sets);
	sets_free(&sets);
	return code;
}

const struct option_page history_page = {
	.name = "history",
	.what = "say since which kernel a level changed, on which machines",
	.usage = "pinlat history [OPTION]... RECORDS...",
	.about =
		"Puts the kernels of each machine in order and finds where the level of a number\n"
		"changed. RECORDS are directories (MACHINE/KERNEL.jsonl.gz), files or logs, of any\n"
		"number of machines: each record names its own. 8 kernels are needed, and more of\n"
		"many machines.\n",
	.notes =
		"Exit status: 0 ok, 1 --fail-on, 2 bad input or usage, 3 it could not be written.\n",
	.operands = true,
	.main = pinlat_history,
	.table = { { .rows = rows } },
};
