// SPDX-License-Identifier: MIT
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "trace/trace.h"

/* No character, so that none of our options has a short form. */
#define FIRST_OPTION 1000
#define LIST_ENGINES (FIRST_OPTION - 1)
#define LIST_TRACING (FIRST_OPTION - 2)
#define MAX_OPTIONS  32

struct run_options settings;
static struct option long_options[MAX_OPTIONS];
static char help[4096];

/* What is to be listed instead of a test; when the device filter is known, which may come later. */
static void (*wanted_list)(void);

/* "uring<TAB>yes<TAB>what it is", or no and why not. */
static void list_engines(void)
{
	struct engine_config config = { .scratch = settings.scratch,
					.device = igt_device_filter() };
	char why[300];

	for (size_t i = 0; engines[i]; i++) {
		int ret = engines[i]->usable(&config, why, sizeof(why));

		printf("%s\t%s\t%s\n", engines[i]->name, ret == 0 ? "yes" : "no",
		       ret == 0 ? engines[i]->summary : why);
	}
}

/* What --explain can do here, in the same form. */
static void list_tracing(void)
{
	static const struct {
		const char *name, *summary;
		int (*possible)(char *why, size_t size);
	} parts[] = {
		{ "events", "the worst samples are traced", trace_possible },
		{ "pinned pages", "those that reclaim examines are counted",
		  pinned_possible },
	};
	char why[300];

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		int ret = parts[i].possible(why, sizeof(why));

		printf("%s\t%s\t%s\n", parts[i].name, ret == 0 ? "yes" : "no",
		       ret == 0 ? parts[i].summary : why);
	}
}

/* Once, before the first option: so the command line overrides the environment. */
static int read_environment(void)
{
	static bool done;
	char why[400];

	if (done)
		return 0;
	done = true;
	if (run_options_from_environment(&settings, why, sizeof(why)) < 0)
		return igt_bad_option("%s", why);
	return 0;
}

static int handle(int val, const char *name, const char *value, void *data)
{
	char why[400];

	(void)data;
	if (read_environment() < 0)
		return -EINVAL;
	if (val == LIST_ENGINES || val == LIST_TRACING) {
		wanted_list = val == LIST_ENGINES ? list_engines : list_tracing;
		return 0;
	}
	/* Only a flag can come without. */
	if (run_options_set(&settings, name, value ? value : "on", why, sizeof(why)) < 0)
		return igt_bad_option("%s", why);
	return 0;
}

static int check(void *data)
{
	char why[400] = "";

	(void)data;
	if (read_environment() < 0)
		return -EINVAL;
	if (wanted_list) {
		wanted_list();
		exit(IGT_EXIT_SUCCESS);
	}
	if (run_options_check(&settings, why, sizeof(why)) < 0)
		return igt_bad_option("%s", why);
	return 0;
}

const struct igt_extra_options settings_options = {
	.long_options = long_options,
	.help = help,
	.handler = handle,
	.check = check,
};

static int append_help(int at, const char *name, const char *value, const char *text)
{
	char option[40];

	snprintf(option, sizeof(option), "--%s %s", name, value ? value : "");
	return snprintf(help + at, sizeof(help) - (size_t)at, "  %-24s %s\n", option,
			text);
}

/* Before main(), because the table that getopt_long() reads is made of ours. */
static void __attribute__((constructor)) make_options(void)
{
	size_t n = 0;
	int at = 0;

	run_options_init(&settings);
	for (const struct run_option *o = run_option_table; o->name; o++, n++) {
		long_options[n] =
			(struct option){ o->name,
					 o->value ? required_argument : optional_argument,
					 NULL, FIRST_OPTION + (int)n };
		at += append_help(at, o->name, o->value, o->help);
	}
	long_options[n++] =
		(struct option){ "list-engines", no_argument, NULL, LIST_ENGINES };
	at += append_help(at, "list-engines", "",
			  "list the engines and whether they work here");
	long_options[n] =
		(struct option){ "list-tracing", no_argument, NULL, LIST_TRACING };
	at += append_help(at, "list-tracing", "", "list what --explain can do here");
	snprintf(
		help + at, sizeof(help) - (size_t)at,
		"Each can also be set as PINLAT_NAME in the environment (PINLAT_OBJECT_SIZE=32M).\n");
}
