// SPDX-License-Identifier: MIT
/*
 * Comparisons on several machines, decided by decide(). Six numbers are judged, each with a level of its
 * own on each machine. Prints the tables of docs/fleet.md.
 */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "decide/decide.h"
#include "options.h"
#include "tally.h"

#define NUMBERS_JUDGED 6
#define MACHINES_MAX   8
#define UNITS_MAX      64
#define BOOTS_DIFFER   .10
#define ALPHA	       .05
/*
 * As often machines that agree may be said to disagree: the common change is taken from the same values,
 * which are then a little nearer to each other than those of other boots.
 */
#define DISAGREE .06

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Where boots are measured. Spreads are standard deviations of logarithms. */
struct layout {
	const char *name;
	size_t machines, boots; /* boots a side: of each machine; of .chance of all */
	double apart;		/* machines differ by this */
	double change
		[MACHINES_MAX]; /* on each machine, as a ratio less 1, of the first number */
	double varies;		/* that change differs by this from machine to machine */
	size_t lost; /* so many boots of the base on the first machine are lost */
	bool chance; /* each boot is on any machine */
	bool moved; /* the base is on the first machine and the new kernel on the second */
	bool disagree; /* machines do not agree in truth */
};

/* The boots of an experiment. */
struct drawn {
	size_t n[DECIDE_SIDES];
	double value[DECIDE_SIDES][NUMBERS_JUDGED][UNITS_MAX];
	double start[DECIDE_SIDES][UNITS_MAX];
	unsigned int machine[DECIDE_SIDES][UNITS_MAX];
};

/* What an experiment is drawn from. */
struct truth {
	double level[NUMBERS_JUDGED][MACHINES_MAX]; /* logarithms */
	double change[MACHINES_MAX];
};

static void draw_truth(gsl_rng *rng, const struct layout *d, struct truth *t)
{
	for (size_t m = 0; m < d->machines; m++) {
		t->change[m] = log1p(d->change[m]);
		t->change[m] += gsl_ran_gaussian_ziggurat(rng, 1) * d->varies;
		for (size_t k = 0; k < NUMBERS_JUDGED; k++)
			t->level[k][m] = gsl_ran_gaussian_ziggurat(rng, 1) * d->apart;
	}
}

static void draw_boot(gsl_rng *rng, const struct truth *t, struct drawn *x, int side,
		      size_t machine, double start)
{
	size_t i = x->n[side]++;

	x->machine[side][i] = (unsigned int)machine;
	x->start[side][i] = start;
	for (size_t k = 0; k < NUMBERS_JUDGED; k++) {
		double log_of = t->level[k][machine] +
				gsl_ran_gaussian_ziggurat(rng, BOOTS_DIFFER);

		if (side == DECIDE_NEW && k == 0)
			log_of += t->change[machine];
		x->value[side][k][i] = 1e6 * exp(log_of);
	}
}

static void draw(gsl_rng *rng, const struct layout *d, struct drawn *x)
{
	size_t turns = d->chance || d->moved ? 1 : d->machines;
	struct truth t;

	x->n[DECIDE_BASE] = x->n[DECIDE_NEW] = 0;
	draw_truth(rng, d, &t);
	for (size_t m = 0; m < turns; m++) {
		for (size_t i = 0; i < d->boots; i++) {
			for (int side = 0; side < DECIDE_SIDES; side++) {
				size_t on =
					d->chance  ? gsl_rng_uniform_int(rng, d->machines)
					: d->moved ? (size_t)side
						   : m;

				if (side == DECIDE_BASE && m == 0 && i < d->lost)
					continue;
				draw_boot(rng, &t, x, side, on, (double)(2 * i) + side);
			}
		}
	}
}

/* Decides the boots of @x; @blocked: the rows know the machines. */
static void ask(const struct drawn *x, bool blocked, double alpha,
		struct decide_row row[NUMBERS_JUDGED])
{
	struct decide_options o = decide_defaults();

	o.alpha = alpha;
	/* who moves a boot to another machine has it in any order */
	o.allow_order = true;
	memset(row, 0, NUMBERS_JUDGED * sizeof(*row));
	for (size_t k = 0; k < NUMBERS_JUDGED; k++) {
		row[k].primary = true;
		row[k].unit = UNIT_BOOT;
		row[k].margin = .05;
		for (int side = 0; side < DECIDE_SIDES; side++) {
			row[k].side[side] = (struct decide_side){
				.n = x->n[side],
				.value = x->value[side][k],
				.start = x->start[side],
			};
			row[k].machine[side] = blocked ? x->machine[side] : NULL;
		}
	}
	decide(row, NUMBERS_JUDGED, &o);
}

static bool is_proven(enum verdict v)
{
	return v == VERDICT_WORSE || v == VERDICT_BETTER || v == VERDICT_MIXED;
}

/* The boots of machine @m alone. */
static void take_machine(const struct drawn *x, size_t m, struct drawn *of)
{
	for (int side = 0; side < DECIDE_SIDES; side++) {
		of->n[side] = 0;
		for (size_t i = 0; i < x->n[side]; i++) {
			size_t n = of->n[side];

			if (x->machine[side][i] != m)
				continue;
			for (size_t k = 0; k < NUMBERS_JUDGED; k++)
				of->value[side][k][n] = x->value[side][k][i];
			of->start[side][n] = x->start[side][i];
			of->machine[side][n] = x->machine[side][i];
			of->n[side]++;
		}
	}
}

/* How often what was said, in all experiments. */
struct counts {
	unsigned int pooled, blocked, each, disagree;
};

/* Whether the change was found; where nothing changes, whether anything is called a change. */
static bool finds(const struct decide_row row[NUMBERS_JUDGED], bool changes)
{
	return is_proven(changes ? row[0].verdict : decide_overall(row, NUMBERS_JUDGED));
}

static void count(gsl_rng *rng, const struct layout *d, struct counts *c)
{
	struct decide_row row[NUMBERS_JUDGED];
	bool changes = d->varies > 0, each = false, disagree = false;
	struct drawn x, alone;

	for (size_t m = 0; m < d->machines; m++)
		changes |= d->change[m] != 0;
	draw(rng, d, &x);
	ask(&x, false, ALPHA, row);
	c->pooled += finds(row, changes);
	if (d->moved)
		return;
	ask(&x, true, ALPHA, row);
	c->blocked += finds(row, changes);
	for (size_t k = 0; k < NUMBERS_JUDGED; k++)
		disagree |= row[k].agree_adjusted <= ALPHA;
	c->disagree += disagree;
	for (size_t m = 0; m < d->machines && !d->chance; m++) {
		take_machine(&x, m, &alone);
		if (alone.n[DECIDE_BASE] == 0)
			continue;
		ask(&alone, true, ALPHA / (double)d->machines, row);
		each |= finds(row, changes);
	}
	c->each += each;
}

static struct counts run(const struct simulation *s, const struct layout *d)
{
	struct counts c = { 0 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	gsl_rng_set(rng, s->seed);
	for (unsigned int i = 0; i < s->experiments; i++)
		count(rng, d, &c);
	gsl_rng_free(rng);
	return c;
}

/* Whether so many of s->experiments are no more than @share. */
static bool is_held(const struct simulation *s, unsigned int n, double share)
{
	return (double)n / s->experiments <= share + tally_error(share, s->experiments);
}

static double percent(const struct simulation *s, unsigned int n)
{
	return 100. * n / s->experiments;
}

static bool print_false(const struct simulation *s)
{
	static const double apart[] = { .02, .05, .10, .30, .50 };
	bool held = true;

	printf("\n### Nothing differs: wrong verdicts, %%\n\n"
	       "6 boots a side, which differ by 10 %%.\n\n"
	       "| machines differ by | base on one, new on another | each boot on any of three, pooled | the same, blocked by machine |\n"
	       "|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < COUNT(apart); i++) {
		const struct layout moved = {
			.machines = 2, .boots = 6, .apart = apart[i], .moved = true
		};
		const struct layout chance = {
			.machines = 3, .boots = 6, .apart = apart[i], .chance = true
		};
		struct counts on_another = run(s, &moved), on_any = run(s, &chance);

		held &= is_held(s, on_any.blocked, ALPHA);
		printf("| %.0f %% | %.1f | %.1f | %.1f |\n", 100 * apart[i],
		       percent(s, on_another.pooled), percent(s, on_any.pooled),
		       percent(s, on_any.blocked));
		fflush(stdout);
	}
	return held;
}

#define EVERYWHERE(x)                                                                    \
	{                                                                                \
		(x), (x), (x), (x), (x), (x), (x), (x)                                   \
	}

#define ON(m, n, differ) .machines = (m), .boots = (n), .apart = (differ)

static const struct layout layouts[] = {
	{ "no change, machines differ by 2 %", ON(3, 4, .02) },
	{ "no change, by 10 %", ON(3, 4, .10) },
	{ "no change, by 30 %", ON(3, 4, .30) },
	{ "no change, by 50 %", ON(3, 4, .50) },
	{ "no change, base of one machine lost", ON(3, 5, .30), .lost = 5 },
	{ "no change, 3 of 5 boots of that base lost", ON(3, 5, .30), .lost = 3 },
	{ "+20 % everywhere, machines differ by 2 %", ON(3, 4, .02),
	  .change = EVERYWHERE(.2) },
	{ "+20 % everywhere, by 10 %", ON(3, 4, .10), .change = EVERYWHERE(.2) },
	{ "+20 % everywhere, by 30 %", ON(3, 4, .30), .change = EVERYWHERE(.2) },
	{ "+20 % everywhere, by 50 %", ON(3, 4, .50), .change = EVERYWHERE(.2) },
	{ "+20 % everywhere", ON(5, 2, .30), .change = EVERYWHERE(.2) },
	{ "+20 % everywhere", ON(2, 5, .30), .change = EVERYWHERE(.2) },
	{ "+20 % everywhere", ON(3, 6, .30), .change = EVERYWHERE(.2) },
	{ "+20 % everywhere, base of one machine lost", ON(3, 6, .30),
	  .change = EVERYWHERE(.2), .lost = 6 },
	{ "+20 % on average, ±15 % from machine to machine", ON(3, 4, .30),
	  .change = EVERYWHERE(.2), .varies = .15, .disagree = true },
	{ "+50 % on one of three", ON(3, 6, .30), .change = { .5 }, .disagree = true },
	{ "+50 % on one, −33 % on another", ON(3, 6, .30), .change = { .5, -1. / 3 },
	  .disagree = true },
};

static bool print_layouts(const struct simulation *s)
{
	bool held = true;

	printf("\n### A change is called, %%\n\n"
	       "Machines differ by 30 %% where no other number is named, boots by 10 %%. Where nothing changes: any wrong verdict.\n\n"
	       "| truth | machines × boots a side | pooled | blocked by machine | each machine by itself, Bonferroni | machines said to disagree |\n"
	       "|---|--:|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < COUNT(layouts); i++) {
		const struct layout *d = &layouts[i];
		struct counts c = run(s, d);

		if (d->change[0] == 0)
			held &= is_held(s, c.blocked, ALPHA);
		if (!d->disagree)
			held &= is_held(s, c.disagree, DISAGREE);
		printf("| %s | %zu × %zu | %.1f | %.1f | %.1f | %.1f |\n", d->name,
		       d->machines, d->boots, percent(s, c.pooled), percent(s, c.blocked),
		       percent(s, c.each), percent(s, c.disagree));
		fflush(stdout);
	}
	printf("\n%u experiments each: a true 5.0 %% is seen as up to %.1f %%.\n",
	       s->experiments, 100 * (ALPHA + tally_error(ALPHA, s->experiments)));
	return held;
}

int main(int argc, char **argv)
{
	struct simulation s = {
		.name = "simulate-fleet",
		.what = "Simulates comparisons on several machines",
		.of = "of each design",
		.code = "blocked by machine more than 5 % wrong verdicts, or more than 6 % wrong disagreements",
		.experiments = 5000,
		.seed = 1,
	};
	int code = simulation_options(&s, argc, argv);
	bool held;

	if (code >= 0)
		return code;
	held = print_false(&s);
	return print_layouts(&s) && held ? 0 : 1;
}
