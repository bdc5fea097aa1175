// SPDX-License-Identifier: MIT
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claim/lock.h"
#include "engines/engines.h"
#include "run/run.h"
#include "trace/trace.h"

/* No character, so that none of our options has a short form. */
#define FIRST_OPTION 1000

struct run_options settings;
static struct option long_options[RUN_OPTIONS_MAX + 1];
static char help[8192];
static bool any_options; /* of ours, on the command line */
char settings_complaint[400];

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

/* "fill<TAB>1638M": what a run would take for what it is not told. Returns the exit code. */
static int list_sizes(void)
{
	struct run_automatic sizes;
	const char *const list[][2] = {
		{ "arena", sizes.arena },   { "fill", sizes.fill },
		{ "swap", sizes.swap },	    { "pageout-swap", sizes.pageout_swap },
		{ "walker", sizes.walker }, { "walker-rate", sizes.walker_rate },
	};
	char why[400];

	/* As before a run; who does not hold the lock leaves all as it is. */
	if (lock_inherited() > 0)
		run_clear(settings.scratch);
	if (run_work_out(&settings, &sizes, why, sizeof(why)) < 0) {
		fprintf(stderr, "%s\n", why);
		return IGT_EXIT_SKIP;
	}
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (*list[i][1])
			printf("%s\t%s\n", list[i][0], list[i][1]);
	return IGT_EXIT_SUCCESS;
}

/* Once, before the first option: so the command line overrides the environment. */
static void read_environment(void)
{
	static bool done;

	if (!done)
		(void)run_options_from_environment(&settings, settings_complaint,
						   sizeof(settings_complaint));
	done = true;
}

/* As in IGT; a driver that no engine is for has no engine. */
static void heed_forced_driver(void)
{
	const char *driver = getenv("IGT_FORCE_DRIVER");

	if (driver && *driver && strcmp(settings.engine, "auto") == 0)
		settings.engine = driver;
}

static int handle(int val, const char *name, const char *value, void *data)
{
	char why[400];

	(void)val;
	(void)data;
	read_environment();
	any_options = true;
	/* Only a flag can come without. */
	if (run_options_set(&settings, name, value ? value : "on", why, sizeof(why)) < 0)
		return igt_bad_option("%s", why);
	return 0;
}

static int check(void *data)
{
	char why[400] = "";

	(void)data;
	read_environment();
	heed_forced_driver();
	/* Now, not when the option is met: the device filter may come after it. */
	if (settings.list_engines)
		list_engines();
	if (settings.list_tracing)
		list_tracing();
	if (settings.list_engines || settings.list_tracing)
		return IGT_EXIT_SUCCESS + 1;
	if (!*settings_complaint && run_options_check(&settings, why, sizeof(why)) < 0 &&
	    any_options)
		return igt_bad_option("%s", why);
	if (!*settings_complaint)
		memcpy(settings_complaint, why, sizeof(why));
	return settings.list_sizes ? list_sizes() + 1 : 0;
}

const struct igt_extra_options settings_options = {
	.long_options = long_options,
	.help = help,
	.handler = handle,
	.check = check,
};

/* Before main(), because the table that getopt_long() reads is made of ours. */
static void __attribute__((constructor)) make_options(void)
{
	const struct option_table table = { .rows = run_option_rows };
	FILE *out = fmemopen(help, sizeof(help), "w");
	size_t n = 0;

	run_options_init(&settings);
	for (const struct option_row *row = run_option_rows; row->name; row++, n++)
		long_options[n] = (struct option){ row->name, option_takes(row), NULL,
						   FIRST_OPTION + (int)n };
	if (!out)
		return;
	option_print_rows(out, &table);
	fputs("Each can also be set as PINLAT_NAME in the environment (PINLAT_OBJECT_SIZE=32M).\n",
	      out);
	fclose(out);
}
