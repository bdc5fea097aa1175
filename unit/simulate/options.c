// SPDX-License-Identifier: MIT
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPERIMENTS_MAX 1000000

static int usage(FILE *f, const struct simulation *s, int status)
{
	fprintf(f,
		"usage: %s [--experiments N] [--seed N]\n"
		"%s and prints tables in Markdown.\n"
		"  --experiments N  %s (%u)\n"
		"  --seed N         of the random numbers (1)\n"
		"Exit code 1: %s.\n",
		s->name, s->what, s->of, s->experiments, s->code);
	return status;
}

static bool parse(const char *text, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

int simulation_options(struct simulation *s, int argc, char **argv)
{
	static const struct option options[] = {
		{ "experiments", required_argument, NULL, 'e' },
		{ "seed", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const struct simulation defaults = *s;
	unsigned long value;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h')
			return usage(stdout, &defaults, 0);
		if (option == '?' || !parse(optarg, &value))
			return usage(stderr, &defaults, 2);
		if (option == 's')
			s->seed = value;
		else if (value > 0 && value <= EXPERIMENTS_MAX)
			s->experiments = (unsigned int)value;
		else
			return usage(stderr, &defaults, 2);
	}
	return optind < argc ? usage(stderr, &defaults, 2) : -1;
}
