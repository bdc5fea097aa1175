// SPDX-License-Identifier: MIT
#include "pinlat.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "system/alloc.h"

/* Nothing that allocates: stdio may be what has failed. */
static void out_of_memory(void)
{
	static const char message[] = "pinlat: out of memory\n";
	ssize_t n = write(STDERR_FILENO, message, sizeof(message) - 1);

	(void)n;
	_exit(PINLAT_FAILED);
}

static int help(void)
{
	printf("pinlat measures what memory pinned for DMA costs everybody else.\n\n"
	       "Usage: pinlat COMMAND [OPTION]...\n\n");
	for (size_t i = 0; commands[i]; i++)
		printf("  %-8s %s\n", commands[i]->name, commands[i]->what);
	printf("\n`pinlat COMMAND --help` tells more. First time here: `pinlat doctor`.\n\n"
	       "Exit status: 0 ok, 1 a gate fired, 2 bad input or usage, 3 the measurement could\n"
	       "not be made, 4 stopped by --stop-at, 77 everything was skipped.\n");
	return finish_output(PINLAT_OK);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	/* Inherited as ignored, it would hide how our children end. */
	signal(SIGCHLD, SIG_DFL);
	alloc_set_handler(out_of_memory);

	if (strcmp(name, "--version") == 0) {
		printf("pinlat %s\n", PINLAT_VERSION);
		return finish_output(PINLAT_OK);
	}
	if (strcmp(name, "help") == 0 && argc > 2) {
		static char option[] = "--help";

		/* `help run` is `run --help` */
		name = argv[2];
		argv[2] = option;
		argc = 3;
	} else if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
		   strcmp(name, "-h") == 0) {
		return help();
	}
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i]->main(argc - 1, argv + 1);
	if (!*name)
		complain("a command is missing; see `pinlat help`");
	else
		complain("there is no command \"%s\"; see `pinlat help`", name);
	return PINLAT_USAGE;
}
