// SPDX-License-Identifier: MIT
/*
 * Who looks at a history every night: how often a year in which nothing changes raises an alarm, and how
 * soon a step does. An alarm is a change within the last nights that is no drift, as
 * `pinlat history --fail-on changed:7` has it. Prints the tables of docs/history.md.
 */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "history/changepoint.h"
#include "history/fleet.h"
#include "history/scan.h"
#include "options.h"
#include "tally.h"

#define YEAR   365
#define RECENT 7
/* The most that one false alarm a year may be likely. */
#define A_YEAR .05
/* How many nights after a step are looked at. */
#define AFTER 14
/* The standard deviation between nights, of logarithms. */
#define NIGHT .05

#define THREADS 2

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* What nights are like. What is 0 is not there; in standard deviations of a night. */
struct nights {
	const char *name;
	double correlation; /* with the night before */
	double walk;	    /* a level that makes a random step of this each night */
	double slope;	    /* in a year */
	double wave;	    /* a sine of a month */
	double slow;	    /* this share of boots is 50 % slower */
	double odd;	    /* this share of nights takes three times as long */
	bool held;	    /* no more than A_YEAR is demanded */
};

static const struct nights kinds[] = {
	{ .name = "independent", .held = true },
	{ .name = "AR(1) .3", .correlation = .3, .held = true },
	{ .name = "half of the boots +50 %", .slow = .5, .held = true },
	{ .name = "one night in a hundred x3", .odd = .01, .held = true },
	{ .name = "AR(1) .5", .correlation = .5 },
	{ .name = "AR(1) .7", .correlation = .7 },
	{ .name = "AR(1) .9", .correlation = .9 },
	{ .name = "random walk, 0.1 a night", .walk = .1 },
	{ .name = "random walk, 0.3 a night", .walk = .3 },
	{ .name = "slope of 4 a year", .slope = 4 },
	{ .name = "slope of 20 a year", .slope = 20 },
	{ .name = "wave of a month, ±2", .wave = 2 },
};

/* A series that nights are added to. */
struct course {
	gsl_rng *rng;
	const struct nights *k;
	double before, level;
	size_t n;
	double value[YEAR + 1];
};

static void begin(struct course *c, gsl_rng *rng, const struct nights *k)
{
	*c = (struct course){ .rng = rng, .k = k };
	c->before = gsl_ran_gaussian_ziggurat(rng, 1);
}

static void add_night(struct course *c, double shift)
{
	const struct nights *k = c->k;
	double rho = k->correlation, at = (double)c->n, value;

	c->before =
		rho * c->before + gsl_ran_gaussian_ziggurat(c->rng, sqrt(1 - rho * rho));
	c->level += gsl_ran_gaussian_ziggurat(c->rng, 1) * k->walk;
	value = c->before + c->level + k->slope * at / YEAR +
		k->wave * sin(2 * M_PI * at / 30);
	value = NIGHT * value + shift;
	if (gsl_rng_uniform(c->rng) < k->slow)
		value += log(1.5);
	if (gsl_rng_uniform(c->rng) < k->odd)
		value += log(3);
	c->value[c->n++] = value;
}

/* What a look at a series says of its last nights. */
struct look {
	bool alarm, drift;
};

static struct look look_at(const struct course *c, double alpha, size_t recent,
			   struct scan_tables *tables)
{
	struct changepoint_options o = changepoint_defaults();
	struct changepoints found;
	struct look look = { 0 };

	o.alpha = alpha;
	o.correlation = FLEET_CORRELATION;
	o.tables = tables;
	if (changepoints_find(&found, c->value, c->n, &o) < 0)
		return look;
	for (size_t i = 0; i < found.n; i++) {
		if (c->n - found.change[i].at > recent)
			continue;
		look.alarm |= found.change[i].drift == DRIFT_NONE;
		look.drift |= found.change[i].drift != DRIFT_NONE;
	}
	changepoints_free(&found);
	return look;
}

/* A share of the years, which one thread counts. */
struct share {
	pthread_t thread;
	unsigned int first, step, end; /* years first, first + step, … */
	uint64_t seed;
	const struct nights *k;
	double alpha;
	gsl_rng *rng;
	struct scan_tables *tables; /* owned as rng is; kept from one kind to the next */
	/* how many have an alarm, and how many would if drifts raised one too */
	unsigned int alarmed, otherwise;
};

static void *count_share(void *data)
{
	struct share *of = data;

	of->alarmed = of->otherwise = 0;
	for (unsigned int i = of->first; i < of->end; i += of->step) {
		bool alarm = false, any = false;
		struct course c;

		gsl_rng_set(of->rng, of->seed + i);
		begin(&c, of->rng, of->k);
		/* what has alarmed once counts, whatever comes later */
		while (c.n < YEAR && !alarm) {
			struct look look;

			add_night(&c, 0);
			look = look_at(&c, of->alpha, RECENT, of->tables);
			alarm |= look.alarm;
			any |= look.alarm | look.drift;
		}
		of->alarmed += alarm;
		of->otherwise += any;
	}
	return NULL;
}

struct plan {
	unsigned int years;
	uint64_t seed;
	struct share share[THREADS];
	bool kept;
};

static void count_years(struct plan *p, const struct nights *k, double alpha,
			unsigned int years, unsigned int *alarmed,
			unsigned int *otherwise)
{
	*alarmed = *otherwise = 0;
	for (unsigned int i = 0; i < THREADS; i++) {
		struct share *of = &p->share[i];

		of->first = i;
		of->step = THREADS;
		of->end = years;
		of->seed = p->seed;
		of->k = k;
		of->alpha = alpha;
		if (pthread_create(&of->thread, NULL, count_share, of) != 0) {
			fprintf(stderr, "simulate-nightly: no thread can be started\n");
			exit(3);
		}
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(p->share[i].thread, NULL);
		*alarmed += p->share[i].alarmed;
		*otherwise += p->share[i].otherwise;
	}
}

static void print_kinds(struct plan *p)
{
	printf("\n### A look every night, and nothing changes: years with a false alarm, %%\n\n"
	       "| nights (walks, slopes and waves in standard deviations of a night) | at most, by design | years | with a false alarm | if drifts raised one too |\n"
	       "|---|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		/* a drift takes long to look at, and is found nearly always or hardly ever */
		unsigned int years = kinds[i].held ? p->years : (p->years + 4) / 5;
		unsigned int alarmed, otherwise;
		double share;

		count_years(p, &kinds[i], FLEET_ALPHA, years, &alarmed, &otherwise);
		share = (double)alarmed / years;
		if (kinds[i].held)
			p->kept &= share <= A_YEAR + tally_error(A_YEAR, years);
		printf("| %s | %s | %u | %.0f | %.0f |\n", kinds[i].name,
		       kinds[i].held ? "5" : "", years, 100 * share,
		       100. * otherwise / years);
		fflush(stdout);
	}
	printf("\nOne series, alpha %g a look, `--fail-on changed:%d`. %u years: a true 5.0 %% is seen as up to %.1f %%.\n",
	       FLEET_ALPHA, RECENT, p->years,
	       100 * (A_YEAR + tally_error(A_YEAR, p->years)));
}

/* A step of @by after @before nights. */
static void print_step(struct plan *p, const struct nights *k, size_t before, double by,
		       unsigned int series)
{
	static const size_t nights[] = { 4, 5, 6, 7, 10, AFTER };
	unsigned int first[AFTER + 1] = { 0 }, found = 0;
	unsigned int experiments = p->years;
	size_t at = 1;

	for (unsigned int i = 0; i < experiments; i++) {
		struct course c;

		gsl_rng_set(p->share[0].rng, p->seed + i);
		begin(&c, p->share[0].rng, k);
		while (c.n < before)
			add_night(&c, 0);
		for (size_t n = 1; n <= AFTER; n++) {
			add_night(&c, by);
			if (!look_at(&c, FLEET_ALPHA / series, AFTER, p->share[0].tables)
				     .alarm)
				continue;
			first[n]++;
			break;
		}
	}
	printf("| +%.0f %% | %zu | %u | %s |", 100 * expm1(by), before, series, k->name);
	for (size_t i = 0; i < COUNT(nights); i++) {
		for (; at <= nights[i]; at++)
			found += first[at];
		printf(" %.0f |", 100. * found / experiments);
	}
	printf("\n");
	fflush(stdout);
}

static void print_steps(struct plan *p)
{
	static const double steps[] = { .1, .2, .3 };
	/* series that share alpha: of one machine, or of a fleet of twenty */
	static const struct {
		size_t before;
		unsigned int series;
	} of[] = { { 40, 9 }, { 40, 180 }, { 250, 180 } };

	printf("\n### A step: by which night there was an alarm, %%\n\n"
	       "| step | nights before it | series that share alpha | nights | 4th | 5th | 6th | 7th | 10th | 14th |\n"
	       "|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|\n");
	for (size_t s = 0; s < COUNT(steps); s++)
		for (size_t i = 0; i < COUNT(of); i++)
			for (size_t k = 0; k < 2; k++)
				print_step(p, &kinds[k], of[i].before, log1p(steps[s]),
					   of[i].series);
	printf("\n`--fail-on changed:%d`, %u series each. Nights differ by 5 %%.\n",
	       AFTER, p->years);
}

int main(int argc, char **argv)
{
	struct simulation s = {
		.name = "simulate-nightly",
		.what = "Simulates looks at a history every night",
		.of = "years of each kind",
		.code = "more false alarms than 5 % of years",
		.experiments = 100,
		.seed = 1,
	};
	int code = simulation_options(&s, argc, argv);
	struct plan p = { .years = s.experiments, .seed = s.seed, .kept = true };

	if (code >= 0)
		return code;
	for (size_t i = 0; i < THREADS; i++) {
		p.share[i].rng = gsl_rng_alloc(gsl_rng_mt19937);
		p.share[i].tables = scan_tables_new();
	}
	print_kinds(&p);
	print_steps(&p);
	for (size_t i = 0; i < THREADS; i++) {
		scan_tables_free(p.share[i].tables);
		gsl_rng_free(p.share[i].rng);
	}
	return p.kept ? 0 : 1;
}
