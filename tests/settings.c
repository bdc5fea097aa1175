// SPDX-License-Identifier: MIT
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"

/* No character, so that none of our options has a short form. */
#define FIRST_OPTION 1000
#define LIST_ENGINES (FIRST_OPTION - 1)
#define MAX_OPTIONS  32

struct run_options settings;
static struct option long_options[MAX_OPTIONS];
static char help[4096];

static bool engines_wanted;

/* "uring<TAB>yes<TAB>what it is", or no and why not. */
static void list_engines(void)
{
	struct engine_config config = { .scratch = settings.scratch, .device = igt_device_filter() };
	char why[300];

	for (size_t i = 0; engines[i]; i++) {
		int ret = engines[i]->usable(&config, why, sizeof(why));

		printf("%s\t%s\t%s\n", engines[i]->name, ret == 0 ? "yes" : "no",
		       ret == 0 ? engines[i]->summary : why);
	}
	exit(IGT_EXIT_SUCCESS);
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
	if (val == LIST_ENGINES) {
		engines_wanted = true; /* when the device filter is known, which may come later */
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
	if (engines_wanted)
		list_engines();
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
	return snprintf(help + at, sizeof(help) - (size_t)at, "  %-24s %s\n", option, text);
}

/* Before main(), because the table that getopt_long() reads is made of ours. */
static void __attribute__((constructor)) make_options(void)
{
	size_t n = 0;
	int at = 0;

	run_options_init(&settings);
	for (const struct run_option *o = run_option_table; o->name; o++, n++) {
		long_options[n] = (struct option){ o->name, o->value ? required_argument : optional_argument, NULL,
						   FIRST_OPTION + (int)n };
		at += append_help(at, o->name, o->value, o->help);
	}
	long_options[n] = (struct option){ "list-engines", no_argument, NULL, LIST_ENGINES };
	at += append_help(at, "list-engines", "", "list the engines and whether they work here");
	snprintf(help + at, sizeof(help) - (size_t)at,
		 "Each can also be set as PINLAT_NAME in the environment (PINLAT_OBJECT_SIZE=32M).\n");
}
