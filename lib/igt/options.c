// SPDX-License-Identifier: MIT
/*
 * What the user asks for, on the command line, in the environment and in a configuration file;
 * and the commands of --hook.
 */
#include "igt/options.h"

#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "igt/process.h"
#include "igt/registry.h"
#include "igt/report.h"
#include "system/cleanup.h"

static const struct option core_options[] = {
	{ "list-subtests", no_argument, NULL, 'l' },
	{ "show-testlist", no_argument, NULL, 's' },
	{ "run-subtest", required_argument, NULL, 'r' },
	{ "dynamic-subtest", required_argument, NULL, 'y' },
	{ "describe", optional_argument, NULL, 'd' },
	{ "help-description", no_argument, NULL, 'p' },
	{ "debug", optional_argument, NULL, 'g' },
	{ "interactive-debug", optional_argument, NULL, 'i' },
	{ "device", required_argument, NULL, 'v' },
	{ "hook", required_argument, NULL, 'k' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
};

#define MAX_OPTIONS 64
#define CORE_COUNT  (sizeof(core_options) / sizeof(core_options[0]))

static const char usage[] =
	"  --list-subtests            list the names of the subtests\n"
	"  --show-testlist            list them as igt@binary@subtest\n"
	"  --run-subtest PATTERNS     run only these: a comma list with *, ?, [a-z], [^a-z];\n"
	"                             !PATTERN takes back; the last one that matches wins\n"
	"  --dynamic-subtest PATTERNS run only these dynamic subtests\n"
	"  --describe[=PATTERNS]      describe subtests\n"
	"  --help-description         describe the test\n"
	"  --debug[=DOMAIN]           print debug messages, of one domain\n"
	"  --interactive-debug[=DOMAIN]  on a terminal, pause when a subtest fails\n"
	"                             (domain failure)\n"
	"  --device FILTER            use this device, e.g. drm:/dev/dri/card0,\n"
	"                             sys:/sys/..., pci:slot=...\n"
	"  --hook [EVENTS:]COMMAND    run a shell command at a comma list of events, or at\n"
	"                             all: pre-test, pre-subtest, pre-dyn-subtest,\n"
	"                             post-dyn-subtest, post-subtest, post-test; it gets\n"
	"                             IGT_HOOK_EVENT, _TEST_FULLNAME, _TEST, _SUBTEST,\n"
	"                             _DYN_SUBTEST and _RESULT in its environment\n"
	"  --version                  print the version\n"
	"  -h, --help                 print this text\n";

struct igt__options igt__options;

static char complaint[512];

int igt_bad_option(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(complaint, sizeof(complaint), fmt, args);
	va_end(args);
	return -EINVAL;
}

__attribute__((format(printf, 1, 2))) _Noreturn static void usage_error(const char *fmt,
									...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs(" (see --help)\n", stderr);
	exit(IGT_EXIT_INVALID);
}

/*
 * --hook: shell commands at certain points of the run. As in IGT, a descriptor is
 * "[<events>:]<cmd>", <events> is a comma list of names or "*", without it the
 * command runs at all events, and its exit status is ignored.
 */

#define ALL_EVENTS ((1u << IGT__HOOK_EVENTS) - 1)
#define ENV_PREFIX "IGT_HOOK_"

struct hook {
	unsigned int events;
	const char *command;
};

static struct {
	struct hook *hooks;
	size_t count;
} hook_list;

static const char *const event_names[IGT__HOOK_EVENTS] = {
	[IGT__PRE_TEST] = "pre-test",
	[IGT__PRE_SUBTEST] = "pre-subtest",
	[IGT__PRE_DYN_SUBTEST] = "pre-dyn-subtest",
	[IGT__POST_DYN_SUBTEST] = "post-dyn-subtest",
	[IGT__POST_SUBTEST] = "post-subtest",
	[IGT__POST_TEST] = "post-test",
};

/* The events that the name [@name, @name + @len) stands for, 0 if it is unknown. */
static unsigned int parse_event(const char *name, size_t len)
{
	if (len == 1 && *name == '*')
		return ALL_EVENTS;
	for (unsigned int i = 0; i < IGT__HOOK_EVENTS; i++)
		if (strlen(event_names[i]) == len && !strncmp(event_names[i], name, len))
			return 1u << i;
	return 0;
}

/* NULL, or what is wrong with @descriptor. */
static const char *add_hook(const char *descriptor)
{
	const char *colon = strchr(descriptor, ':'), *p = descriptor;
	struct hook hook = { .events = colon ? 0 : ALL_EVENTS, .command = descriptor };
	struct hook *hooks;

	while (colon && p <= colon) {
		size_t len = strcspn(p, ",:");
		unsigned int events = parse_event(p, len);

		if (!events)
			return "unknown event";
		hook.events |= events;
		p += len + 1;
		hook.command = p;
	}
	hooks = reallocarray(hook_list.hooks, hook_list.count + 1, sizeof(*hooks));
	if (!hooks)
		return "out of memory";
	hook_list.hooks = hooks;
	hook_list.hooks[hook_list.count++] = hook;
	return NULL;
}

/* "IGT_HOOK_..." for the environment; the caller owns it. NULL: no memory, the list ends there. */
__attribute__((format(printf, 1, 2))) static char *entry(const char *fmt, ...)
{
	char *text;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	return n < 0 ? NULL : text;
}

static void spawn_and_wait(const char *command, char **env)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	pid_t pid;

	/* Not system(3): it would swallow an interruption meant for the test. */
	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, env))
		return;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void run_hooks(const struct igt__hook_context *context, char **env)
{
	for (size_t i = 0; i < hook_list.count; i++)
		if (hook_list.hooks[i].events & 1u << context->event)
			spawn_and_wait(hook_list.hooks[i].command, env);
}

void igt__hook_run(const struct igt__hook_context *c)
{
	const char *prog = program_invocation_short_name;
	size_t inherited = 0, n = 0, first;
	char **env;

	if (!hook_list.count)
		return;
	while (environ[inherited])
		inherited++;
	env = calloc(inherited + 7, sizeof(*env));
	if (!env)
		return;
	for (size_t i = 0; i < inherited; i++)
		if (strncmp(environ[i], ENV_PREFIX, strlen(ENV_PREFIX)))
			env[n++] = environ[i];
	first = n;
	env[n++] = entry(ENV_PREFIX "EVENT=%s", event_names[c->event]);
	env[n++] = entry(ENV_PREFIX "TEST_FULLNAME=igt@%s%s%s%s%s", prog,
			 *c->subtest ? "@" : "", c->subtest, *c->dynamic ? "@" : "",
			 c->dynamic);
	env[n++] = entry(ENV_PREFIX "TEST=%s", prog);
	env[n++] = entry(ENV_PREFIX "SUBTEST=%s", c->subtest);
	env[n++] = entry(ENV_PREFIX "DYN_SUBTEST=%s", c->dynamic);
	env[n++] = entry(ENV_PREFIX "RESULT=%s", c->result);
	run_hooks(c, env);
	for (; first < n; first++)
		free(env[first]);
	free(env);
}

_Noreturn static void print_help(const struct igt_extra_options *extra)
{
	printf("Usage: %s [OPTIONS]\n%s%s", program_invocation_short_name, usage,
	       extra && extra->help ? extra->help : "");
	exit(IGT_EXIT_SUCCESS);
}

/* The core's options, then the test's own. */
static const struct option *merge_options(const struct igt_extra_options *extra)
{
	static struct option all[MAX_OPTIONS];
	const struct option *own = extra ? extra->long_options : NULL;
	size_t n = CORE_COUNT;

	memcpy(all, core_options, sizeof(core_options));
	for (; own && own->name; own++) {
		for (size_t i = 0; i < CORE_COUNT; i++)
			if (!strcmp(own->name, core_options[i].name))
				igt__bug("option --%s is the core's", own->name);
		if (n + 1 >= MAX_OPTIONS)
			igt__bug("more than %zu options", MAX_OPTIONS - CORE_COUNT - 1);
		all[n++] = *own;
	}
	return all;
}

static void handle_core_option(int option, const struct igt_extra_options *extra)
{
	const char *error;

	switch (option) {
	case 'l': /* --list-subtests */
		igt__options.mode = IGT__LIST;
		break;
	case 's': /* --show-testlist */
		igt__options.mode = IGT__SHOW_TESTLIST;
		break;
	case 'r': /* --run-subtest */
		igt__options.subtests = optarg;
		break;
	case 'y': /* --dynamic-subtest */
		igt__options.dynamics = optarg;
		break;
	case 'd': /* --describe */
		igt__options.mode = IGT__DESCRIBE;
		if (optarg)
			igt__options.subtests = optarg;
		break;
	case 'p': /* --help-description */
		igt__registry_print_description();
		exit(IGT_EXIT_SUCCESS);
	case 'g': /* --debug */
		igt__options.debug = true;
		igt__options.debug_domain = optarg;
		break;
	case 'i': /* --interactive-debug */
		igt__options.interactive_domain = optarg ? optarg : "all";
		break;
	case 'v': /* --device */
		igt__options.device = optarg;
		break;
	case 'k': /* --hook */
		error = add_hook(optarg);
		if (error)
			usage_error("bad hook '%s': %s", optarg, error);
		break;
	case 'V': /* --version */
		igt__print_version();
		exit(IGT_EXIT_SUCCESS);
	case 'h': /* --help */
		print_help(extra);
	}
}

static void handle_extra_option(const struct option *option,
				const struct igt_extra_options *extra)
{
	complaint[0] = '\0';
	if (extra->handler(option->val, option->name, optarg, extra->data) >= 0)
		return;
	if (*complaint)
		usage_error("%s", complaint);
	usage_error("bad option --%s", option->name);
}

/* @c is what getopt_long(3) said: ':' for a missing argument, else '?'. */
_Noreturn static void complain(int c, const char *arg)
{
	if (c == ':')
		usage_error("option '%s' needs an argument", arg);
	if (strncmp(arg, "--", 2))
		usage_error("unknown option '-%c'", optopt);
	if (strchr(arg, '=') && optopt)
		usage_error("option '%s' takes no argument", arg);
	usage_error("unknown or ambiguous option '%s'", arg);
}

static void parse(int argc, char **argv, const struct option *all,
		  const struct igt_extra_options *extra)
{
	int c, index = -1;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", all, &index)) != -1) {
		/* An index is set by a good long option, and by nothing else. */
		if (index < 0 && c == 'h')
			print_help(extra);
		if (index < 0)
			complain(c, argv[optind - 1]);
		if ((size_t)index < CORE_COUNT)
			handle_core_option(c, extra);
		else
			handle_extra_option(&all[index], extra);
		index = -1;
	}
	if (optind < argc)
		usage_error("unexpected argument '%s'", argv[optind]);
}

static void run_check(const struct igt_extra_options *extra)
{
	int ret;

	complaint[0] = '\0';
	ret = extra->check(extra->data);
	if (ret < 0)
		usage_error("%s", *complaint ? complaint : "bad options");
	if (ret > 0)
		exit(ret - 1);
}

static const char *device_filter;

static char *trim(char *text)
{
	static const char space[] = " \t\r\n";
	size_t len;

	text += strspn(text, space);
	len = strlen(text);
	while (len && strchr(space, text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/*
 * The value of "Device" in section "[Common]" of a key file, the last one if there
 * are several. The caller owns it. NULL if there is none.
 */
static char *read_device(FILE *file)
{
	char *line = NULL, *device = NULL;
	bool in_common = false;
	size_t size = 0;

	while (getline(&line, &size, file) >= 0) {
		char *key = trim(line), *value;

		if (*key == '[') {
			in_common = !strcmp(key, "[Common]");
			continue;
		}
		value = strchr(key, '=');
		if (!in_common || *key == '#' || !value)
			continue;
		*value++ = '\0';
		if (strcmp(trim(key), "Device"))
			continue;
		free(device);
		device = strdup(trim(value));
	}
	free(line);
	return device;
}

static FILE *open_config(void)
{
	const char *path = getenv("IGT_CONFIG_PATH"), *home = getenv("HOME");
	char *in_home;
	FILE *file;

	if (path)
		return fopen(path, "re");
	if (!home || asprintf(&in_home, "%s/.igtrc", home) < 0)
		return NULL;
	file = fopen(in_home, "re");
	free(in_home);
	return file;
}

static void find_device(const char *option)
{
	CLEANUP_FCLOSE FILE *config = NULL;

	device_filter = option ? option : getenv("IGT_DEVICE");
	if (!device_filter && (config = open_config()))
		device_filter = read_device(config);
}

const char *igt_device_filter(void)
{
	return device_filter;
}

static uint32_t seed_from_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint32_t)now.tv_sec ^ (uint32_t)now.tv_nsec;
}

static uint32_t parse_seed(const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n > UINT32_MAX)
		usage_error("IGT_SRANDOM='%s' is not a number up to %u", text,
			    UINT32_MAX);
	return (uint32_t)n;
}

static void find_seed(void)
{
	const char *text = getenv("IGT_SRANDOM");

	igt__options.seed = text ? parse_seed(text) : seed_from_clock();
	srandom(igt__options.seed);
}

uint32_t igt_srandom_seed(void)
{
	return igt__options.seed;
}

void igt__options_parse(int argc, char **argv, const struct igt_extra_options *extra)
{
	parse(argc, argv, merge_options(extra), extra);
	/* The environment must not keep anybody from listing. */
	if (igt__options.mode != IGT__RUN)
		return;
	find_device(igt__options.device);
	find_seed();
	if (extra && extra->check)
		run_check(extra);
}
