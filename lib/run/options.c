// SPDX-License-Identifier: MIT
#include "run/options.h"

#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/engine.h"
#include "system/pages.h"
#include "system/units.h"

#define DURATION_MIN (100 * NSEC_PER_MSEC)
#define DURATION_MAX (24 * 3600 * NSEC_PER_SEC)
#define INTERVAL_MIN (20 * NSEC_PER_USEC)
/* Above it the machine stalls for seconds, or the OOM killer comes. */
#define FILL_MAX 0.9

static int set_text(char *to, size_t size, const char *value)
{
	return (size_t)snprintf(to, size, "%s", value) < size && *value ? 0 : -EINVAL;
}

static int set_engine(struct run_options *o, const char *value)
{
	if (strcmp(value, "auto") && !engine_find(value))
		return -EINVAL;
	return set_text(o->engine, sizeof(o->engine), value);
}

static int set_arena(struct run_options *o, const char *value)
{
	if (!strcmp(value, "auto"))
		o->arena = ARENA_AUTO;
	else if (!strcmp(value, "machine"))
		o->arena = ARENA_MACHINE;
	else if (!strncmp(value, "cgroup:", 7) &&
		 parse_size(value + 7, &o->arena_bytes) == 0 &&
		 o->arena_bytes >= 32 * MIB)
		o->arena = ARENA_CGROUP;
	else
		return -EINVAL;
	return 0;
}

static int set_duration(struct run_options *o, const char *value)
{
	int ret = parse_duration(value, &o->duration_ns);

	return ret < 0 || o->duration_ns < DURATION_MIN || o->duration_ns > DURATION_MAX
		       ? -EINVAL
		       : 0;
}

static int set_fill(struct run_options *o, const char *value)
{
	o->fill_fraction = 0;
	if (parse_percent(value, &o->fill_fraction) == 0)
		return o->fill_fraction <= FILL_MAX ? 0 : -EINVAL;
	return parse_size(value, &o->fill_bytes) < 0 || o->fill_bytes == 0 ? -EINVAL : 0;
}

static int set_object_size(struct run_options *o, const char *value)
{
	int ret = parse_size(value, &o->object_size);

	return ret < 0 || o->object_size < MIB || o->object_size % page_size() ? -EINVAL
									       : 0;
}

static int set_backing(struct run_options *o, const char *value)
{
	o->huge_backing = !strcmp(value, "thp");
	return o->huge_backing || !strcmp(value, "4k") ? 0 : -EINVAL;
}

static int set_swap(struct run_options *o, const char *value)
{
	if (!strcmp(value, "auto"))
		o->swap = SWAP_AUTO;
	else if (!strcmp(value, "none"))
		o->swap = SWAP_NONE;
	else if (parse_size(value, &o->swap_bytes) == 0 && o->swap_bytes >= MIB)
		o->swap = SWAP_FILE;
	else
		return -EINVAL;
	return 0;
}

static int set_walker(struct run_options *o, const char *value)
{
	o->walker = WALKER_SPARSE;
	o->walker_size = 0;
	if (!strcmp(value, "sparse"))
		return 0;
	if (!strncmp(value, "sparse:", 7))
		return parse_size(value + 7, &o->walker_size) < 0 || o->walker_size < MIB
			       ? -EINVAL
			       : 0;
	o->walker = WALKER_TREE;
	if (!strncmp(value, "tree:", 5))
		return set_text(o->walker_tree, sizeof(o->walker_tree), value + 5);
	o->walker = WALKER_NONE;
	return strcmp(value, "none") ? -EINVAL : 0;
}

static int set_walker_rate(struct run_options *o, const char *value)
{
	return parse_size(value, &o->walker_rate);
}

static int set_scratch(struct run_options *o, const char *value)
{
	return set_text(o->scratch, sizeof(o->scratch), value);
}

static int set_interval(struct run_options *o, const char *value)
{
	char min[32];
	const char *dots = strstr(value, "..");

	if (!dots) {
		if (parse_duration(value, &o->interval_min_ns) < 0)
			return -EINVAL;
		o->interval_max_ns = o->interval_min_ns;
	} else {
		if ((size_t)(dots - value) >= sizeof(min))
			return -EINVAL;
		memcpy(min, value, (size_t)(dots - value));
		min[dots - value] = '\0';
		if (parse_duration(min, &o->interval_min_ns) < 0 ||
		    parse_duration(dots + 2, &o->interval_max_ns) < 0)
			return -EINVAL;
	}
	return o->interval_min_ns < INTERVAL_MIN ||
			       o->interval_max_ns < o->interval_min_ns
		       ? -EINVAL
		       : 0;
}

static int set_priority(struct run_options *o, const char *value)
{
	uint64_t priority;

	if (parse_u64(value, &priority) < 0 || priority < 1 || priority > 99)
		return -EINVAL;
	o->priority = (int)priority;
	return 0;
}

static int set_rate(struct run_options *o, const char *value)
{
	return parse_u64(value, &o->request_rate) < 0 || o->request_rate > 10000000
		       ? -EINVAL
		       : 0;
}

static int set_block(struct run_options *o, const char *value)
{
	int ret = parse_size(value, &o->request_size);

	return ret < 0 || o->request_size == 0 || o->request_size % page_size() ? -EINVAL
										: 0;
}

static int set_depth(struct run_options *o, const char *value)
{
	return parse_u64(value, &o->queue_depth) < 0 || o->queue_depth < 1 ||
			       o->queue_depth > 4096
		       ? -EINVAL
		       : 0;
}

static int set_seed(struct run_options *o, const char *value)
{
	o->seed_given = true;
	return parse_u64(value, &o->seed);
}

static int set_label(struct run_options *o, const char *value)
{
	for (const char *c = value; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("._+-", *c))
			return -EINVAL;
	}
	return set_text(o->label, sizeof(o->label), value);
}

static int set_seq(struct run_options *o, const char *value)
{
	return parse_u64(value, &o->seq);
}

static int set_attribution(struct run_options *o, const char *value)
{
	o->attribution = !strcmp(value, "on");
	return o->attribution || !strcmp(value, "off") ? 0 : -EINVAL;
}

static int set_record(struct run_options *o, const char *value)
{
	return set_text(o->record, sizeof(o->record), value);
}

static int set_explain(struct run_options *o, const char *value)
{
	o->explain = !strcmp(value, "on");
	return o->explain || !strcmp(value, "off") ? 0 : -EINVAL;
}

static int set_keep_trace(struct run_options *o, const char *value)
{
	return set_text(o->keep_trace, sizeof(o->keep_trace), value);
}

static int set_stop_at(struct run_options *o, const char *value)
{
	return parse_duration(value, &o->stop_at_ns) < 0 || o->stop_at_ns == 0 ? -EINVAL
									       : 0;
}

const struct run_option run_option_table[] = {
	{ "engine", "NAME", "who pins memory: auto, i915, uring", set_engine,
	  "an engine (see --list-engines)" },
	{ "arena", "WHERE", "where the pressure is: auto, machine, cgroup:SIZE",
	  set_arena, "an arena (auto, machine, cgroup:SIZE of 32M or more)" },
	{ "duration", "TIME", "length of the measuring window (20s)", set_duration,
	  "a time of 100ms to 24h (20s, 500ms)" },
	{ "fill", "AMOUNT", "memory to fill, of the arena or in bytes (80%)", set_fill,
	  "a share of up to 90% or a size (80%, 320M)" },
	{ "object-size", "SIZE", "size of one object (64M)", set_object_size,
	  "a size of 1M or more in whole pages (64M)" },
	{ "backing", "KIND", "pages behind the objects: 4k or thp (4k)", set_backing,
	  "4k or thp" },
	{ "swap", "WHAT", "auto, none, or the size of a file for the run", set_swap,
	  "auto, none or a size of 1M or more" },
	{ "walker", "WHAT", "page-cache walk: sparse[:SIZE], tree:DIR, none", set_walker,
	  "a walk (sparse, sparse:SIZE, tree:DIR, none)" },
	{ "walker-rate", "SIZE",
	  "bytes it reads a second, 0: all it can (256M; machine: 1G)", set_walker_rate,
	  "a size (256M; 0 for no limit)" },
	{ "scratch", "DIR", "directory for swap and scratch files (/var/tmp)",
	  set_scratch, "a directory" },
	{ "interval", "TIME", "distance of the probe's instants, TIME or MIN..MAX",
	  set_interval, "a time of 20us or more, or a range (1ms, 100us..1100us)" },
	{ "priority", "N", "SCHED_FIFO priority of the timer probe (99)", set_priority,
	  "a priority of 1 to 99" },
	{ "rate", "N", "requests a second, 0: all it can (uring: 1000, i915: 0)",
	  set_rate, "a number up to 10000000" },
	{ "block", "SIZE", "bytes of one request of uring's (128k)", set_block,
	  "a size in whole pages (128k)" },
	{ "depth", "N", "requests in flight (uring: 8, i915: 4 a CPU)", set_depth,
	  "a number of 1 to 4096" },
	{ "seed", "N", "seed of schedules and choices", set_seed, "a whole number" },
	{ "label", "NAME", "label that the record carries (the kernel's release)",
	  set_label, "a label (up to 64 of A-Z a-z 0-9 . _ + -)" },
	{ "seq", "N", "place of this run in its plan", set_seq, "a whole number" },
	{ "attribution", "WHETHER",
	  "asks around each sample what it waited for: on, off (on)", set_attribution,
	  "on or off" },
	{ "record", "FILE", "file for the records, one line of JSON each", set_record,
	  "a file name" },
	{ "explain", NULL, "trace where the worst samples' time went", set_explain,
	  "on or off" },
	{ "keep-trace", "FILE", "with --explain: keep the trace, as text for Perfetto",
	  set_keep_trace, "a file name" },
	{ "stop-at", "TIME", "end the run at the first sample that is longer",
	  set_stop_at, "a time (50ms)" },
	{ 0 },
};

void run_options_init(struct run_options *o)
{
	*o = (struct run_options){
		.engine = "auto",
		.duration_ns = 20 * NSEC_PER_SEC,
		.fill_fraction = 0.8,
		.object_size = 64 * MIB,
		.walker = WALKER_SPARSE,
		.walker_rate = WALKER_RATE_AUTO,
		.scratch = "/var/tmp",
		.priority = 99,
		.request_rate = REQUEST_RATE_AUTO,
		.attribution = true,
	};
}

static int complain(const struct run_option *option, const char *from, const char *value,
		    char *why, size_t size)
{
	snprintf(why, size, "%s: '%s' is not %s", from, value, option->wanted);
	return -EINVAL;
}

int run_options_set(struct run_options *o, const char *name, const char *value, char *why,
		    size_t size)
{
	char from[64];

	for (const struct run_option *option = run_option_table; option->name; option++) {
		if (strcmp(option->name, name))
			continue;
		snprintf(from, sizeof(from), "--%s", name);
		return option->set(o, value) < 0
			       ? complain(option, from, value, why, size)
			       : 0;
	}
	snprintf(why, size, "there is no option --%s", name);
	return -EINVAL;
}

static void variable_name(const char *option, char *name, size_t size)
{
	size_t n = (size_t)snprintf(name, size, "PINLAT_%s", option);

	for (size_t i = 7; i < n && i < size - 1; i++)
		name[i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
}

int run_options_from_environment(struct run_options *o, char *why, size_t size)
{
	char name[64];

	for (const struct run_option *option = run_option_table; option->name; option++) {
		const char *value;

		variable_name(option->name, name, sizeof(name));
		value = getenv(name);
		if (value && option->set(o, value) < 0)
			return complain(option, name, value, why, size);
	}
	return 0;
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

static int check_file(const char *record, const char *option, char *why, size_t size)
{
	char copy[4096];
	struct stat st;

	if (!*record)
		return 0;
	if (stat(record, &st) == 0 && S_ISDIR(st.st_mode)) {
		snprintf(why, size, "%s: %s is a directory, a file is wanted", option,
			 record);
		return -EINVAL;
	}
	snprintf(copy, sizeof(copy), "%s", record);
	return check_directory(dirname(copy), option, why, size);
}

int run_options_check(const struct run_options *o, char *why, size_t size)
{
	char arena[32], object[32];
	int ret;

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
	    (double)o->fill_bytes > (double)o->arena_bytes * FILL_MAX) {
		snprintf(why, size, "--fill: more than 90%% of the cgroup of %s",
			 format_size(o->arena_bytes, arena, sizeof(arena)));
		return -EINVAL;
	}
	if (o->interval_max_ns * 4 > o->duration_ns) {
		snprintf(why, size, "--interval: longer than a quarter of the window");
		return -EINVAL;
	}
	ret = check_directory(o->scratch, "--scratch", why, size);
	if (ret == 0 && o->walker == WALKER_TREE)
		ret = access(o->walker_tree, R_OK | X_OK) < 0 ? -EINVAL : 0;
	if (ret < 0 && o->walker == WALKER_TREE && !*why)
		snprintf(why, size, "--walker: cannot read %s: %s", o->walker_tree,
			 strerror(errno));
	if (ret == 0 && *o->keep_trace && !o->explain) {
		snprintf(why, size, "--keep-trace: there is no trace without --explain");
		return -EINVAL;
	}
	ret = ret < 0 ? ret : check_file(o->record, "--record", why, size);
	return ret < 0 ? ret : check_file(o->keep_trace, "--keep-trace", why, size);
}
