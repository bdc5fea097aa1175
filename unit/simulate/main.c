// SPDX-License-Identifier: MIT
/* Prints the tables of docs/simulation.md; scripts/simulate writes them there. */
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "results.h"

static int simulate(const struct simulation *s)
{
	static struct results results;
	struct demand demand[RESULTS_DEMANDS];
	int ret = results_run(&results, s->experiments, s->seed, stderr);

	if (ret < 0) {
		fprintf(stderr, "simulate: %s\n", strerror(-ret));
		return 3;
	}
	results_print(&results, stdout);
	results_demands(&results, demand);
	for (size_t i = 0; i < RESULTS_DEMANDS; i++)
		if (!demand[i].kept_by_others)
			ret = 1;
	return ret;
}

int main(int argc, char **argv)
{
	struct simulation s = {
		.name = "simulate",
		.what = "Simulates comparisons",
		.of = "of each design",
		.code = "something that is demanded does not hold, where that is not known",
		.experiments = 2000,
		.seed = 1,
	};
	int code = simulation_options(&s, argc, argv);

	return code < 0 ? simulate(&s) : code;
}
