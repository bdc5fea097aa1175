// SPDX-License-Identifier: MIT
/* Prints the tables of docs/history.md; scripts/simulate --history writes them there. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "tally.h"
#include "series.h"

static const size_t kernels[] = { 5, 10, 20, 50, 100 }, runs[] = { 3, 10 };
static const size_t compared[] = { 20, 50 };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

struct plan {
	unsigned int experiments;
	uint64_t seed;
	bool kept; /* no false-alarm rate is above alpha by more than chance */
};

static double percent(unsigned int part, unsigned int whole)
{
	return 100.0 * part / whole;
}

static int run(struct plan *plan, struct series_tally *t)
{
	int ret = series_run(t, plan->experiments, plan->seed++);

	fprintf(stderr, "%s, %s, %zu kernels of %zu runs\n", shape_name(t->design.shape),
		truth_name(t->design.truth), t->design.kernels, t->design.runs);
	return ret;
}

static int print_false_alarms(struct plan *plan)
{
	printf("\n### Nothing changes: series in which a change is found, %%\n\n| kernels |");
	for (enum shape s = 0; s < SHAPES; s++)
		for (size_t r = 0; r < COUNT(runs); r++)
			printf(" %s, %zu runs |", shape_name(s), runs[r]);
	printf("\n|--:|--:|--:|--:|--:|--:|--:|\n");
	for (size_t k = 0; k < COUNT(kernels); k++) {
		printf("| %zu |", kernels[k]);
		for (size_t i = 0; i < SHAPES * COUNT(runs); i++) {
			struct series_tally t = {
				.design = { (enum shape)(i / COUNT(runs)), TRUTH_NOTHING,
					    kernels[k], runs[i % COUNT(runs)] },
			};
			double share;

			if (run(plan, &t) < 0)
				return -1;
			share = (double)t.method[METHOD_PINLAT].any / t.experiments;
			plan->kept &= share <= SERIES_ALPHA + tally_error(SERIES_ALPHA,
									  t.experiments);
			printf(" %.1f |", 100 * share);
		}
		printf("\n");
	}
	printf("\n%u series a cell: a true 5.0 %% is seen as up to %.1f %%.\n",
	       plan->experiments, 5 + 100 * tally_error(SERIES_ALPHA, plan->experiments));
	return 0;
}

static void print_truth(const struct series_tally *t)
{
	printf("| %s | %zu | %zu |", truth_name(t->design.truth), t->design.kernels,
	       t->design.runs);
	if (t->design.truth == TRUTH_SPIKE || t->design.truth == TRUTH_DRIFT)
		printf(" – | %.1f | – | – | – |",
		       percent(t->method[METHOD_PINLAT].wrong, t->experiments));
	else
		printf(" %.0f | %.1f |",
		       percent(t->method[METHOD_PINLAT].all, t->experiments),
		       percent(t->method[METHOD_PINLAT].wrong, t->experiments));
	if (t->found > 0)
		printf(" %.0f | %.0f | %.0f |", percent(t->exact, t->found),
		       percent(t->placed, t->found), percent(t->sized, t->found));
	else if (t->design.truth != TRUTH_SPIKE && t->design.truth != TRUTH_DRIFT)
		printf(" – | – | – |");
	printf(" %.0f |\n", percent(t->drifts, t->experiments));
}

static int print_power(struct plan *plan)
{
	printf("\n### Something changes (Pareto tail)\n\n"
	       "| what | kernels | runs | all found, %% | something else found, %% | of those found: in the very place, %% | interval of the place holds, %% | interval of the change holds, %% | drift told, %% |\n"
	       "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
	for (enum truth truth = TRUTH_STEP_20; truth < TRUTHS; truth++) {
		for (size_t i = 0; i < 3 * COUNT(runs); i++) {
			struct series_tally t = {
				.design = { SHAPE_PARETO, truth,
					    kernels[1 + i / COUNT(runs)],
					    runs[i % COUNT(runs)] },
			};

			if (run(plan, &t) < 0)
				return -1;
			print_truth(&t);
		}
	}
	return 0;
}

static int print_methods(struct plan *plan)
{
	printf("\n### Other methods (Pareto tail, 10 runs a kernel)\n\nAll true changes found / something found that is none, %% of series.\n\n| what | kernels |");
	for (enum method m = 0; m < METHODS; m++)
		printf(" %s |", method_name(m));
	printf("\n|---|--:|--:|--:|--:|--:|\n");
	for (enum truth truth = 0; truth < TRUTHS; truth++) {
		for (size_t k = 0; k < COUNT(compared); k++) {
			struct series_tally t = {
				.design = { SHAPE_PARETO, truth, compared[k], 10 },
				.compared = true,
			};

			if (run(plan, &t) < 0)
				return -1;
			printf("| %s | %zu |", truth_name(truth), compared[k]);
			for (enum method m = 0; m < METHODS; m++) {
				if (truth == TRUTH_NOTHING || truth >= TRUTH_SPIKE)
					printf(" – / %.1f |",
					       percent(t.method[m].wrong, t.experiments));
				else
					printf(" %.0f / %.1f |",
					       percent(t.method[m].all, t.experiments),
					       percent(t.method[m].wrong, t.experiments));
			}
			printf("\n");
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct simulation s = {
		.name = "simulate-series",
		.what = "Simulates histories of kernels",
		.of = "series of each design",
		.code = "more false alarms than alpha",
		.experiments = 1000,
		.seed = 1,
	};
	int code = simulation_options(&s, argc, argv);
	struct plan plan = { .experiments = s.experiments, .seed = s.seed, .kept = true };

	if (code >= 0)
		return code;
	if (print_false_alarms(&plan) < 0 || print_power(&plan) < 0 ||
	    print_methods(&plan) < 0) {
		fprintf(stderr, "simulate-series: memory is short\n");
		return 3;
	}
	return plan.kept ? 0 : 1;
}
