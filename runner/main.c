// SPDX-License-Identifier: MIT
#include "pinlat.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "record/pack.h"
#include "system/alloc.h"
#include "system/text.h"

/* Nothing that allocates: stdio may be what has failed. */
static void out_of_memory(void)
{
	static const char message[] = "pinlat: out of memory\n";
	ssize_t n = write(STDERR_FILENO, message, sizeof(message) - 1);

	(void)n;
	_exit(PINLAT_FAILED);
}

static void print_help(FILE *out)
{
	fprintf(out,
		"pinlat measures how long other tasks wait when a device has most of the memory\n"
		"under DMA, and compares kernels by it.\n\n"
		"Usage: pinlat COMMAND [OPTION]...\n\n");
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->what);
	fprintf(out,
		"\n`pinlat COMMAND --help` lists its options. Start with `pinlat doctor`.\n\n"
		"Exit status: 0 ok, 1 a gate fired, 2 bad input or usage, 3 the measurement could\n"
		"not be made, 4 stopped by --stop-at, 77 everything was skipped.\n");
}

static int help(void)
{
	print_help(stdout);
	return finish_output(PINLAT_OK);
}

/* There is no command @name: says which is most like it. */
static int refuse_command(const char *name)
{
	const char *names[16] = { "help" }, *meant;
	size_t n = 1;

	if (!*name) {
		print_help(stderr);
		return PINLAT_USAGE;
	}
	for (size_t i = 0; commands[i]; i++)
		names[n++] = commands[i]->name;
	meant = text_nearest(name, names, n);
	if (meant)
		complain("there is no command \"%s\"; did you mean `pinlat %s`?", name,
			 meant);
	else
		complain("there is no command \"%s\"; see `pinlat help`", name);
	return PINLAT_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	/* Inherited as ignored, it would hide how our children end. */
	signal(SIGCHLD, SIG_DFL);
	alloc_set_handler(out_of_memory);
	pack_use(&pack_xz);

	if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
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
	return refuse_command(name);
}
