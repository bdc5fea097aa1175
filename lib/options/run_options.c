// SPDX-License-Identifier: MIT
#include "options/run_options.h"

#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/units.h"

void run_options_init(struct run_options *o)
{
	*o = (struct run_options){
		.walker_rate = WALKER_RATE_AUTO,
		.request_rate = REQUEST_RATE_OWN,
	};
	for (const struct option_row *row = run_option_rows; row->name; row++)
		if (row->standard)
			option_take(row, o, row->standard);
}

/* Gives @value, which comes from @from, to @row. Returns 0, or -EINVAL with a line in @why. */
static int set_from(struct run_options *o, const struct option_row *row, const char *from,
		    const char *value, char *why, size_t size)
{
	if (option_take(row, o, value) == 0)
		return 0;
	snprintf(why, size, "%s: '%s' is not %s", from, value, row->wanted);
	return -EINVAL;
}

int run_options_set(struct run_options *o, const char *name, const char *value, char *why,
		    size_t size)
{
	const struct option_row *row = option_find(run_option_rows, name);
	char from[64];

	if (!row) {
		snprintf(why, size, "there is no option --%s", name);
		return -EINVAL;
	}
	snprintf(from, sizeof(from), "--%s", name);
	return set_from(o, row, from, value, why, size);
}

static void variable_name(const char *option, char *name, size_t size)
{
	size_t n = (size_t)snprintf(name, size, "PINLAT_%s", option);

	for (size_t i = 7; i < n && i < size - 1; i++)
		name[i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
}

/* Whether @variable, NAME=VALUE, is one of an option's, or of the few others that pinlat knows. */
static bool is_known(const char *variable)
{
	static const char *const others[] = { "PINLAT_LOCK_DIR=", "PINLAT_LOCK_FD=",
					      "PINLAT_TEST=" };
	char name[64];

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strncmp(variable, others[i], strlen(others[i])) == 0)
			return true;
	for (const struct option_row *row = run_option_rows; row->name; row++) {
		size_t n;

		variable_name(row->name, name, sizeof(name));
		n = strlen(name);
		if (row->wanted && strncmp(variable, name, n) == 0 && variable[n] == '=')
			return true;
	}
	return false;
}

static int refuse_unknown(char *why, size_t size)
{
	for (char **variable = environ; variable && *variable; variable++) {
		if (strncmp(*variable, "PINLAT_", strlen("PINLAT_")) != 0 ||
		    is_known(*variable))
			continue;
		snprintf(why, size, "%.*s: there is no option of that name (see --help)",
			 (int)strcspn(*variable, "="), *variable);
		return -EINVAL;
	}
	return 0;
}

int run_options_from_environment(struct run_options *o, char *why, size_t size)
{
	char name[64];

	for (const struct option_row *row = run_option_rows; row->name; row++) {
		const char *value;

		if (!row->wanted)
			continue; /* it lists something, and sets nothing */
		variable_name(row->name, name, sizeof(name));
		value = getenv(name);
		if (value && set_from(o, row, name, value, why, size) < 0)
			return -EINVAL;
	}
	return refuse_unknown(why, size);
}

static int check_directory(const char *dir, const char *option, char *why, size_t size)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		snprintf(why, size, "%s: no directory %s: %s", option, dir,
			 strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		snprintf(why, size, "%s: %s is not a directory", option, dir);
	else if (access(dir, W_OK | X_OK) < 0)
		snprintf(why, size, "%s: cannot write to %s: %s", option, dir,
			 strerror(errno));
	else
		return 0;
	return -EINVAL;
}

static int check_file(const char *path, const char *option, char *why, size_t size)
{
	char copy[4096];
	struct stat st;

	if (!path)
		return 0;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		snprintf(why, size, "%s: %s is a directory, a file is wanted", option,
			 path);
		return -EINVAL;
	}
	snprintf(copy, sizeof(copy), "%s", path);
	return check_directory(dirname(copy), option, why, size);
}

int run_options_check(const struct run_options *o, char *why, size_t size)
{
	char arena[32], object[32];

	if (o->arena == ARENA_CGROUP && o->object_size > o->arena_bytes / 2) {
		snprintf(
			why, size,
			"--arena: a cgroup of %s cannot hold an object of %s beside the rest: make it larger or --object-size smaller",
			format_size(o->arena_bytes, arena, sizeof(arena)),
			format_size(o->object_size, object, sizeof(object)));
		return -EINVAL;
	}
	if (o->fill_fraction == 0 && o->fill_bytes < o->object_size) {
		snprintf(why, size, "--fill: less than one object of %s",
			 format_size(o->object_size, object, sizeof(object)));
		return -EINVAL;
	}
	if (o->arena == ARENA_CGROUP && o->fill_fraction == 0 &&
	    (double)o->fill_bytes > (double)o->arena_bytes * RUN_FILL_MAX) {
		snprintf(why, size, "--fill: more than 90%% of the cgroup of %s",
			 format_size(o->arena_bytes, arena, sizeof(arena)));
		return -EINVAL;
	}
	if (o->interval_max_ns * 4 > o->duration_ns) {
		snprintf(why, size, "--interval: longer than a quarter of the window");
		return -EINVAL;
	}
	if (check_directory(o->scratch, "--scratch", why, size) < 0)
		return -EINVAL;
	if (o->walker == WALK_TREE && o->walker_tree &&
	    access(o->walker_tree, R_OK | X_OK) < 0) {
		snprintf(why, size, "--walker: cannot read %s: %s", o->walker_tree,
			 strerror(errno));
		return -EINVAL;
	}
	if (o->keep_trace && !o->explain) {
		snprintf(why, size, "--keep-trace: there is no trace without --explain");
		return -EINVAL;
	}
	if (o->baseline && access(o->baseline, R_OK) < 0) {
		snprintf(why, size, "--baseline: cannot read %s: %s", o->baseline,
			 strerror(errno));
		return -EINVAL;
	}
	if (check_file(o->record, "--record", why, size) < 0)
		return -EINVAL;
	return check_file(o->keep_trace, "--keep-trace", why, size);
}
