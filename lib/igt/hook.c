// SPDX-License-Identifier: MIT
/*
 * --hook: shell commands at certain points of the run. As in IGT, a descriptor is
 * "[<events>:]<cmd>", <events> is a comma list of names or "*", without it the
 * command runs at all events, and its exit status is ignored.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "igt/internal.h"

#define ALL_EVENTS ((1u << IGT__HOOK_EVENTS) - 1)
#define ENV_PREFIX "IGT_HOOK_"

struct hook {
	unsigned int events;
	const char *command;
};

static struct {
	struct hook *hooks;
	size_t count;
} list;

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

const char *igt__hook_add(const char *descriptor)
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
	hooks = reallocarray(list.hooks, list.count + 1, sizeof(*hooks));
	if (!hooks)
		return "out of memory";
	list.hooks = hooks;
	list.hooks[list.count++] = hook;
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
	for (size_t i = 0; i < list.count; i++)
		if (list.hooks[i].events & 1u << context->event)
			spawn_and_wait(list.hooks[i].command, env);
}

void igt__hook_run(const struct igt__hook_context *c)
{
	const char *prog = program_invocation_short_name;
	size_t inherited = 0, n = 0, first;
	char **env;

	if (!list.count)
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
