// SPDX-License-Identifier: MIT
#include "results.h"

#include <math.h>

/* A number of one cell of the grid, in per cent; NAN is printed as a dash. */
typedef double cell_fn(const struct tally *t);

static double percent(unsigned int count, unsigned int of)
{
	return 100.0 * count / of;
}

static double false_positives(const struct tally *t)
{
	if (t->hopeless == t->experiments)
		return NAN;
	return percent(t->effect[EFFECT_NONE].found[JUDGE_VERDICT].any, t->experiments);
}

static double coverage(const struct tally *t)
{
	const struct tally_effect *e = &t->effect[EFFECT_20];

	if (tally_share(&e->bounded, t->experiments) == 0)
		return NAN;
	return 100 * tally_share(&e->covered, t->experiments);
}

static double false_same(const struct tally *t)
{
	return 100 * tally_share(&t->effect[EFFECT_MARGIN].same, t->experiments);
}

static double true_same(const struct tally *t)
{
	return 100 * tally_share(&t->effect[EFFECT_NONE].same, t->experiments);
}

static void print_number(FILE *f, double x)
{
	if (isnan(x))
		fprintf(f, " – |");
	else
		fprintf(f, " %.1f |", x);
}

/* One row for each number of boots and runs, one column for each shape and order. */
static void print_grid(FILE *f, const struct results *r, const char *title, cell_fn *cell)
{
	fprintf(f, "\n### %s\n\n| boots × runs a side |", title);
	for (enum shape s = 0; s < SHAPES; s++)
		fprintf(f, " %s, rounds | one after the other |", shape_name(s));
	fprintf(f, "\n|---|");
	for (int i = 0; i < SHAPES * ORDERS; i++)
		fprintf(f, "--:|");
	fprintf(f, "\n");
	for (size_t b = 0; b < RESULTS_BOOTS; b++) {
		for (size_t n = 0; n < RESULTS_RUNS; n++) {
			fprintf(f, "| %zu × %zu |", results_boots[b], results_runs[n]);
			for (enum shape s = 0; s < SHAPES; s++)
				for (enum order o = 0; o < ORDERS; o++)
					print_number(f, cell(&r->tally[s][o][b][n]));
			fprintf(f, "\n");
		}
	}
}

/* Power for each of three changes, and the false positives of the family. */
static void print_found(FILE *f, const struct tally *t, enum judge judge)
{
	static const enum effect effects[] = { EFFECT_10, EFFECT_20, EFFECT_50 };

	for (size_t i = 0; i < 3; i++)
		fprintf(f, "%s%.0f", i ? " / " : " ",
			100 * tally_share_p99(&t->effect[effects[i]].found[judge],
					      t->experiments));
	fprintf(f, " (%.0f) |",
		percent(t->effect[EFFECT_NONE].found[judge].any, t->experiments));
}

static void print_detectable(FILE *f, const struct tally *t)
{
	const struct tally_effect *e = &t->effect[EFFECT_DETECTABLE];
	double times = t->times[EFFECT_DETECTABLE];

	if (isnan(times))
		fprintf(f, " – |");
	else
		fprintf(f, " +%.0f %%: %.0f |", 100 * (times - 1),
			100 * tally_share_p99(&e->found[JUDGE_VERDICT], t->experiments));
}

static void print_power(FILE *f, const struct results *r, enum shape s, enum order o)
{
	fprintf(f,
		"\n### %s, %s\n\n| boots × runs a side | detectable with 80 %%: found | pinlat: verdict | pinlat: p before Holm | benchstat, of units |",
		shape_name(s), o == ORDER_ROUNDS ? "in rounds" : "one after the other");
	for (enum rule rule = 0; rule < RULES; rule++)
		fprintf(f, " %s |", rule_name(rule));
	fprintf(f, "\n|---|--:|");
	for (enum judge judge = 0; judge < JUDGES; judge++)
		fprintf(f, "--:|");
	fprintf(f, "\n");
	for (size_t b = 0; b < RESULTS_BOOTS; b++) {
		for (size_t n = 0; n < RESULTS_RUNS; n++) {
			const struct tally *t = &r->tally[s][o][b][n];

			fprintf(f, "| %zu × %zu |", results_boots[b], results_runs[n]);
			print_detectable(f, t);
			for (enum judge judge = 0; judge < JUDGES; judge++)
				print_found(f, t, judge);
			fprintf(f, "\n");
		}
	}
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
			d->at_most ? "≤" : "≥", 100 * d->limit, d->cells, 100 * d->worst,
			d->where, d->kept ? "yes" : "**no**");
	}
	fprintf(f,
		"\n%u experiments a design: a true 5.0 %% is seen as %.1f to %.1f %% (three standard errors), and is not held\nagainst a design within that.\n",
		r->experiments, fmax(0, 5 - 100 * results_error(.05, r->experiments)),
		5 + 100 * results_error(.05, r->experiments));
}

static void print_confounded(const struct results *r, FILE *f)
{
	fprintf(f,
		"\n## What no test can know\n\nFalse positives of the family, %%, where the two sides differ by more than the kernel:\n\n| runs a boot |");
	for (size_t b = 0; b < RESULTS_FEW; b++)
		fprintf(f, " boots differ by %.0f %%, %zu a side |",
			100 * DESIGN_BOOT_SPREAD, results_few[b]);
	fprintf(f,
		" drift of %.0f %% from first run to last, one boot after the other | of these warned of drift | warned where nothing drifts |\n|--:|",
		100 * (DESIGN_DRIFT - 1));
	for (size_t b = 0; b < RESULTS_FEW + 3; b++)
		fprintf(f, "--:|");
	fprintf(f, "\n");
	for (size_t n = 0; n < RESULTS_RUNS; n++) {
		const struct tally *t = &r->tally[SHAPE_DRIFTING][ORDER_SEQUENTIAL][0][n];
		const struct tally *still =
			&r->tally[SHAPE_LOGNORMAL][ORDER_SEQUENTIAL][0][n];
		const struct tally_effect *e = &t->effect[EFFECT_NONE];

		fprintf(f, "| %zu |", results_runs[n]);
		for (size_t b = 0; b < RESULTS_FEW; b++)
			print_number(f, false_positives(&r->few_boots[b][n]));
		print_number(f, false_positives(t));
		print_number(f, percent(e->verdicts_warned, e->found[JUDGE_VERDICT].any));
		print_number(f, percent(still->effect[EFFECT_NONE].warned.any,
					still->experiments));
		fprintf(f, "\n");
	}
	fprintf(f,
		"\nSamples of all runs thrown together and tested by Mann-Whitney (Pareto tail, %d samples a run, both sides the\nsame): ",
		POOLED_SAMPLES);
	for (size_t i = 0; i < RESULTS_POOLED; i++)
		fprintf(f, "%s%.0f %% false positives with %zu runs a side",
			i ? ", " : "", percent(r->pooled[i], r->experiments),
			results_pooled[i]);
	fprintf(f, ".\n");
}

static void print_stop_end(FILE *f, const struct stop_end *end, unsigned int n)
{
	double worst, mean = stop_coverage(end, n, &worst);

	fprintf(f, " %.1f | %.0f | %.1f | %.1f |", end->runs / n, percent(end->narrow, n),
		100 * mean, 100 * worst);
}

static void print_stop(const struct results *r, FILE *f)
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
	fprintf(f, "\n## Both sides the same, and other truths\n");
	print_grid(f, r, "False positives of the family, %", false_positives);
	print_grid(f, r, "Coverage of the 95 % interval of the change, %", coverage);
	print_grid(f, r,
		   "`same` although the change is as large as the margin, % of rows",
		   false_same);
	print_grid(f, r, "`same` where nothing changed, % of rows", true_same);
	fprintf(f,
		"\n## Power\n\nOf one row (p99) for a true +10 / +20 / +50 %%, in per cent; in brackets the false positives of the six rows\ntogether.\n");
	for (enum shape s = 0; s < SHAPES; s++)
		print_power(f, r, s, ORDER_ROUNDS);
	print_power(f, r, SHAPE_PARETO, ORDER_SEQUENTIAL);
	print_confounded(r, f);
	print_stop(r, f);
	candidates_print(&r->candidates, f);
}
