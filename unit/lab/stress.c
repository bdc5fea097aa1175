// SPDX-License-Identifier: MIT
/*
 * Is hard on i915 and its mock GPU, and then looks whether the kernel has taken harm:
 *
 *   stress kill COUNT                        kills clients (-9) in the middle of submissions
 *   stress reload COUNT MODULE [PARAMETERS]  removes and inserts the module under load
 *
 * To be run as root in a guest of the lab. Exit codes: 0 well, 1 harm was done, 2 usage,
 * 3 could not be done.
 */
#include "stress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stats/random.h"

#define CLIENTS 4

/* Up to so long after its start a client is killed. */
#define LIFE_US 60000

static void sleep_us(uint64_t us)
{
	struct timespec t = { .tv_sec = (time_t)(us / 1000000),
			      .tv_nsec = (long)(us % 1000000) * 1000 };

	nanosleep(&t, NULL);
}

static int start_clients(pid_t *pid, uint64_t seed)
{
	/* Of those that were there before, none is. */
	memset(pid, 0, CLIENTS * sizeof(*pid));
	for (int i = 0; i < CLIENTS; i++) {
		pid[i] = client_start(seed + (uint64_t)i);
		if (pid[i] < 0)
			return pid[i];
	}
	return 0;
}

static int kill_clients(const pid_t *pid)
{
	int ret = 0;

	for (int i = 0; i < CLIENTS; i++) {
		int killed = pid[i] > 0 ? client_kill(pid[i]) : 0;

		ret = ret < 0 ? ret : killed;
	}
	return ret;
}

static int kill_many(unsigned long count)
{
	struct random_state random = random_stream(count, 0);
	pid_t pid[CLIENTS] = { 0 };
	int ret = 0;

	for (unsigned long n = 0; n < count && ret == 0; n += CLIENTS) {
		int started = start_clients(pid, n);

		sleep_us(random_below(&random, LIFE_US));
		ret = kill_clients(pid);
		ret = started < 0 ? started : ret;
	}
	return ret;
}

/* In turn, the clients are killed first, or the device is taken from under their hands. */
static int reload(unsigned long count, const char *module, const char *parameters)
{
	pid_t pid[CLIENTS] = { 0 };
	int ret = 0;

	for (unsigned long n = 0; n < count && ret == 0; n++) {
		int killed;

		ret = start_clients(pid, n);
		sleep_us(LIFE_US);
		if (ret == 0 && n % 2)
			ret = module_unbind();
		killed = kill_clients(pid);
		ret = ret < 0 ? ret : killed;
		if (ret == 0)
			ret = module_remove();
		if (ret == 0)
			ret = module_insert(module, parameters);
	}
	return ret;
}

static int stress(int argc, char **argv)
{
	unsigned long amount = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (amount > 0 && argc == 3 && strcmp(argv[1], "kill") == 0)
		return kill_many(amount);
	if (amount > 0 && (argc == 4 || argc == 5) && strcmp(argv[1], "reload") == 0)
		return reload(amount, argv[3], argc == 5 ? argv[4] : "");
	fputs("usage: stress kill COUNT | reload COUNT MODULE [PARAMETERS]\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	int ret;

	if (geteuid() != 0 || access(RENDER_NODE, R_OK | W_OK) < 0) {
		fprintf(stderr, "stress: needs root and %s, in a guest of the lab\n",
			RENDER_NODE);
		return 3;
	}
	ret = health_begin();
	if (ret == 0)
		ret = stress(argc, argv);
	if (ret < 0) {
		fprintf(stderr, "stress: %s\n", strerror(-ret));
		return 3;
	}
	if (!health_good())
		return 1;
	printf("%s %s: nothing pinned, nothing said\n", argv[1], argv[2]);
	return 0;
}
