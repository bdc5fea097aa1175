// SPDX-License-Identifier: MIT
/* Prints the tables of docs/simulation.md; scripts/simulate writes them there. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"

static int usage(FILE *f, int status)
{
	fprintf(f, "usage: simulate [--experiments N] [--seed N]\n"
		   "Simulates comparisons and prints tables in Markdown.\n"
		   "  --experiments N  of each design (2000)\n"
		   "  --seed N         of the random numbers (1)\n"
		   "Exit code 1: something that is demanded does not hold.\n");
	return status;
}

static bool parse(const char *text, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

static int simulate(unsigned int experiments, uint64_t seed)
{
	static struct results results;
	struct demand demand[RESULTS_DEMANDS];
	int ret = results_run(&results, experiments, seed, stderr);

	if (ret < 0) {
		fprintf(stderr, "simulate: %s\n", strerror(-ret));
		return 3;
	}
	results_print(&results, stdout);
	results_demands(&results, demand);
	for (size_t i = 0; i < RESULTS_DEMANDS; i++)
		if (!demand[i].kept)
			ret = 1;
	return ret;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "experiments", required_argument, NULL, 'e' },
		{ "seed", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	unsigned long experiments = 2000, seed = 1;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		bool ok = true;

		if (option == 'e')
			ok = parse(optarg, &experiments) && experiments > 0 &&
			     experiments <= 1000000;
		else if (option == 's')
			ok = parse(optarg, &seed);
		else
			return usage(option == 'h' ? stdout : stderr,
				     option == 'h' ? 0 : 2);
		if (!ok)
			return usage(stderr, 2);
	}
	if (optind < argc)
		return usage(stderr, 2);
	return simulate((unsigned int)experiments, seed);
}
