// SPDX-License-Identifier: MIT
#include "results.h"

#include <math.h>

static double percent(const struct tally *t, unsigned int count)
{
	return 100.0 * count / t->experiments;
}

static void print_demands(const struct results *r, FILE *f)
{
	struct demand demand[RESULTS_DEMANDS];

	results_demands(r, demand);
	fprintf(f, "\n## What is demanded\n\n"
		   "| | demanded | designs | in the worst of them | which is | kept |\n"
		   "|---|--:|--:|--:|---|---|\n");
	for (size_t i = 0; i < RESULTS_DEMANDS; i++) {
		const struct demand *d = &demand[i];

		fprintf(f, "| %s | %s %.0f %% | %u | %.1f %% | %s | %s |\n", d->text,
			d->at_most ? "≤" : "≥", 100 * d->limit, d->designs,
			100 * d->worst, d->where, d->kept ? "yes" : "**no**");
	}
	fprintf(f,
		"\n%u experiments a design: a true 5.0 %% is seen as %.1f to %.1f %% (three standard errors). A design within that\nkeeps its demand.\n",
		r->experiments, fmax(0, 5 - 100 * tally_error(.05, r->experiments)),
		5 + 100 * tally_error(.05, r->experiments));
}

static void print_coverage(FILE *f, const struct tally *t)
{
	double coverage = tally_coverage(t);

	if (isnan(coverage))
		fprintf(f, " – |");
	else
		fprintf(f, " %.1f |", 100 * coverage);
}

static void print_null(FILE *f, const struct tally *t)
{
	fprintf(f, "| %s | %.1f | %.1f | %.1f |", t->design.name, 100 * tally_proven(t),
		percent(t, t->verdict[VERDICT_SAME]),
		percent(t, t->verdict[VERDICT_UNCLEAR]));
	print_coverage(f, t);
	fprintf(f, " %.1f | %.1f | %.1f |\n", percent(t, t->allowed),
		100 * tally_step(t, STEP_BEFORE), percent(t, t->any[JUDGE_UNITS]));
}

static void print_nulls(FILE *f, const struct results *r)
{
	fprintf(f,
		"\n## Nothing differs between the kernels\n\n"
		"Of 100 comparisons; \"v\" stands between the runs or boots of each side.\n\n"
		"| design | worse, better or mixed | same | unclear | coverage, %% | worse, better or mixed if all is allowed | rule before: worse, better or mixed | benchstat: one number at least |\n"
		"|---|--:|--:|--:|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < designs_nulls; i++)
		print_null(f, &r->null[i]);
}

static void print_differing(FILE *f, const struct results *r)
{
	fprintf(f, "\n## Something differs\n\n"
		   "| design | same | worse, better or mixed | unclear | coverage, %% |\n"
		   "|---|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < designs_trues; i++) {
		const struct tally *t = &r->differing[i];

		fprintf(f, "| %s | %.1f | %.1f | %.1f |", t->design.name,
			percent(t, t->verdict[VERDICT_SAME]), 100 * tally_proven(t),
			percent(t, t->verdict[VERDICT_UNCLEAR]));
		print_coverage(f, t);
		fprintf(f, "\n");
	}
}

/* The line under the head of a table: a name, and so many numbers. */
static void print_under(FILE *f, size_t numbers)
{
	fprintf(f, "|---|");
	for (size_t i = 0; i < numbers; i++)
		fprintf(f, "--:|");
	fprintf(f, "\n");
}

static void print_changes(FILE *f, const char *first)
{
	fprintf(f, "\n| %s |", first);
	for (size_t k = 0; k < CANDIDATES_CHANGES; k++)
		fprintf(f, " %s |", candidates_change[k].name);
	fprintf(f, " mean of the changes |\n");
	print_under(f, CANDIDATES_CHANGES + 1);
}

/* One row for each design, one column for each change. */
static void print_grid(FILE *f, const struct results *r, const char *title,
		       enum step step)
{
	fprintf(f, "\n### %s\n", title);
	print_changes(f, "");
	for (size_t m = 0; m < MACHINES; m++) {
		for (size_t i = 0; i < DESIGNS_USUAL; i++) {
			const struct tally *t = r->usual[m][i];

			fprintf(f, "| %s, %s |", machines[m].name, t->design.name);
			for (size_t k = 0; k < CANDIDATES_CHANGES; k++)
				fprintf(f, " %.*f |", k == 0,
					100 * tally_step(&t[k], step));
			fprintf(f, " %.1f |\n", 100 * results_mean(t, step));
		}
	}
}

/* By how much today's answer finds more than the rule before, by machine. */
static void print_gain(FILE *f, const struct results *r)
{
	fprintf(f,
		"\n### The answer of pinlat less the rule before, mean of the changes, points\n\n| |");
	for (size_t m = 0; m < MACHINES; m++)
		fprintf(f, " %s |", machines[m].name);
	fprintf(f, " mean of the machines |\n");
	print_under(f, MACHINES + 1);
	for (size_t i = 0; i < DESIGNS_USUAL; i++) {
		double sum = 0;

		fprintf(f, "| %s |", designs_usual[i].name);
		for (size_t m = 0; m < MACHINES; m++) {
			double gained = -100 * results_lost(r->usual[m][i]);

			fprintf(f, " %+.1f |", gained);
			sum += gained;
		}
		fprintf(f, " %+.1f |\n", sum / MACHINES);
	}
}

/* The first of designs_usual have no boots. */
#define RUNS_ONLY 3

static const char *const step_name[STEPS + 1] = {
	[STEP_BEFORE] = "the rule before: six as scheduled, ranks, Holm over six",
	[STEP_WORK] = "three numbers of work in the family",
	[STEP_ROUNDS] = "ranks within rounds",
	[STEP_WELCH] = "Welch's test where spreads differ",
	[STEPS] = "the six of today: the answer",
};

/* From the rule before to the answer, one thing at a time: mean of the changes. */
static void print_steps(FILE *f, const struct results *r)
{
	fprintf(f,
		"\n### From the rule before to the answer, one thing at a time: %s\n\n"
		"Mean of the changes, and in brackets where nothing differs. Each line has what the ones above it have.\n\n"
		"| rule |",
		machines[MACHINE_LOOP].name);
	for (size_t i = 0; i < DESIGNS_USUAL; i++)
		fprintf(f, " %s |", designs_usual[i].name);
	fprintf(f, "\n");
	print_under(f, DESIGNS_USUAL);
	for (enum step step = 0; step <= STEPS; step++) {
		fprintf(f, "| %s |", step_name[step]);
		for (size_t i = 0; i < DESIGNS_USUAL; i++) {
			const struct tally *t = r->usual[MACHINE_LOOP][i];

			fprintf(f, " %.1f (%.1f) |", 100 * results_mean(t, step),
				100 * tally_step(t, step));
		}
		fprintf(f, "\n");
	}
}

/* The same of one design, for each change. */
static void print_steps_of(FILE *f, const struct tally usual[CANDIDATES_CHANGES])
{
	fprintf(f, "\n### The same, change by change: %s, %s\n",
		usual->design.machine->name, usual->design.name);
	print_changes(f, "rule");
	for (enum step step = 0; step <= STEPS; step++) {
		fprintf(f, "| %s |", step_name[step]);
		for (size_t k = 0; k < CANDIDATES_CHANGES; k++)
			fprintf(f, " %.*f |", k == 0, 100 * tally_step(&usual[k], step));
		fprintf(f, " %.1f |\n", 100 * results_mean(usual, step));
	}
}

/* Each rule's own power, one number for itself, mean over the changes; and how often it is wrong. */
static void print_rules(FILE *f, const struct results *r)
{
	fprintf(f,
		"\n### One number by itself: how often each rule finds a change\n\n"
		"The mean over the six numbers and all changes; most changes are of some of the numbers only. In brackets: how often\n"
		"the rule sees a change of one of the nine numbers at least where nothing differs.\n\n"
		"| | pinlat: verdict | pinlat: p before Holm | benchstat, of units |");
	for (enum rule rule = 0; rule < RULES; rule++)
		fprintf(f, " %s |", rule_name(rule));
	fprintf(f, "\n");
	print_under(f, JUDGES);
	for (size_t i = 0; i < MACHINES * DESIGNS_USUAL; i++) {
		const struct tally *t = r->usual[i / DESIGNS_USUAL][i % DESIGNS_USUAL];

		fprintf(f, "| %s, %s |", t->design.machine->name, t->design.name);
		for (enum judge judge = 0; judge < JUDGES; judge++) {
			double sum = 0;

			for (size_t k = 1; k < CANDIDATES_CHANGES; k++)
				sum += tally_found(&t[k], judge);
			fprintf(f, " %.0f (%.0f) |", 100 * sum / (CANDIDATES_CHANGES - 1),
				percent(t, t->any[judge]));
		}
		fprintf(f, "\n");
	}
}

static void print_stop_end(FILE *f, const struct stop_end *end, unsigned int n)
{
	double worst, mean = stop_coverage(end, n, &worst);

	fprintf(f, " %.1f | %.0f | %.1f | %.1f |", end->runs / n, 100.0 * end->narrow / n,
		100 * mean, 100 * worst);
}

static void print_stop(FILE *f, const struct results *r)
{
	fprintf(f,
		"\n## Runs until the interval is narrow\n\n"
		"| runs | spread between runs | runs made, mean | narrow, %% | coverage, %% | of the worst metric | look after each run: runs made | narrow, %% | coverage, %% | of the worst metric |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < RESULTS_STOP; i++) {
		const struct stop_tally *t = &r->stop[i];

		fprintf(f, "| %s%s | %.0f %% |", shape_name(t->what.shape),
			t->what.disturbed ? ", one in ten disturbed"
			: t->what.hurried ? ", time up at random"
					  : "",
			100 * t->what.run_spread);
		print_stop_end(f, &t->planned, t->sequences);
		print_stop_end(f, &t->greedy, t->sequences);
		fprintf(f, "\n");
	}
}

void results_print(const struct results *r, FILE *f)
{
	print_demands(r, f);
	print_nulls(f, r);
	print_differing(f, r);
	fprintf(f,
		"\n## Power\n\nOf 100 comparisons, in rounds. Where nothing differs that is false positives.\n");
	print_grid(f, r, "The answer of pinlat: worse, better or mixed", STEPS);
	print_grid(f, r, "The rule before: six quantiles as scheduled", STEP_BEFORE);
	print_gain(f, r);
	print_steps(f, r);
	for (size_t i = 0; i < RUNS_ONLY; i++)
		print_steps_of(f, r->usual[MACHINE_LOOP][i]);
	print_rules(f, r);
	candidates_print(&r->candidates, f);
	print_stop(f, r);
}
