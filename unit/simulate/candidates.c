// SPDX-License-Identifier: MIT
#include "candidates.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "stats/estimate.h"
#include "stats/ranktest.h"

#define ALPHA	  .05
#define UNITS_MAX 20
#define RUNS_MAX  3

#define BOOT_SPREAD .05

#define BIT(number) (1u << (number))

const struct candidates_change candidates_change[CANDIDATES_CHANGES] = {
	{ "nothing", { 1, 1, 1, 1, 0, 1, 1 } },
	{ "half as many stalls", { 1, 1, .5, 1, 0, 1, 1 } },
	{ "stalls half as long", { 1, 1, 1, .5, 0, 1, 1 } },
	{ "no stalls in one run of five", { 1, 1, 1, 1, .2, 1, 1 } },
	{ "every fault +10 %", { 1.1, 1, 1, 1, 0, 1, 1 } },
	{ "slowest 2 % of faults +20 %", { 1, 1.2, 1, 1, 0, 1, 1 } },
	{ "timer +10 %", { 1, 1, 1, 1, 0, 1.1, 1 } },
	{ "slowest 2 % of timer +20 %", { 1, 1, 1, 1, 0, 1, 1.2 } },
};

const struct candidates_design candidates_design[CANDIDATES_DESIGNS] = {
	{ "6 runs a side", 6, 1 },
	{ "10 runs a side", 10, 1 },
	{ "6 boots of 3 runs a side", 6, 3 },
};

const number_set candidates_judged = BIT(NUMBER_FAULT_P50) | BIT(NUMBER_FAULT_P99) |
				     BIT(NUMBER_STALLS_10MS) | BIT(NUMBER_FAULT_TIME) |
				     BIT(NUMBER_TIMER_P50) | BIT(NUMBER_TIMER_P99);
const number_set candidates_before = BIT(NUMBER_THP_P50) | BIT(NUMBER_THP_P90) |
				     BIT(NUMBER_THP_P99) | BIT(NUMBER_TIMER_P50) |
				     BIT(NUMBER_TIMER_P90) | BIT(NUMBER_TIMER_P99);
const number_set candidates_work =
	BIT(NUMBER_HUGE) | BIT(NUMBER_REQUESTS) | BIT(NUMBER_WALKER);

#define OF_TIMER (BIT(NUMBER_TIMER_P50) | BIT(NUMBER_TIMER_P90) | BIT(NUMBER_TIMER_P99))
#define OF_SUMS	 (BIT(NUMBER_FAULT_TIME) | BIT(NUMBER_FAULT_MEAN))
/* Quantiles as scheduled that were judged before are no candidates, nor are timer's extremes. */
#define FOR_INFORMATION                                                                  \
	(BIT(NUMBER_THP_P50) | BIT(NUMBER_THP_P90) | BIT(NUMBER_TIMER_P999) |            \
	 BIT(NUMBER_TIMER_MAX))

void candidates_init(struct candidates *c, unsigned int experiments)
{
	c->experiments = experiments;
	c->family[0] = candidates_judged;
	c->family[CANDIDATES_BEFORE] = candidates_before;
	c->families = 2;
	for (number_set s = 0; s < BIT(MODEL_LATENCIES); s++)
		if (__builtin_popcount(s) == CANDIDATES_SIX && !(s & FOR_INFORMATION) &&
		    __builtin_popcount(s & OF_TIMER) >= 2 && s & OF_SUMS)
			c->family[c->families++] = s;
}

/* The value of one unit: the median of its runs. */
struct units {
	size_t n;
	double value[NUMBERS][UNITS_MAX];
};

static void draw_units(gsl_rng *rng, const struct candidates_design *d,
		       const struct machine *m, const struct change *change,
		       struct units *u)
{
	u->n = d->units;
	for (size_t i = 0; i < d->units; i++) {
		double run[NUMBERS][RUNS_MAX], number[NUMBERS];
		double boot = d->runs > 1 ? model_factor(rng, BOOT_SPREAD) : 1;

		for (size_t k = 0; k < d->runs; k++) {
			model_draw(rng, m, change, boot, number);
			for (int j = 0; j < NUMBERS; j++)
				run[j][k] = number[j];
		}
		for (int j = 0; j < NUMBERS; j++)
			u->value[j][i] = median(run[j], d->runs);
	}
}

/* By how much more often a value of @b is above one of @a than below. */
static double balance(const double *a, const double *b, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			sum += (b[j] > a[i]) - (b[j] < a[i]);
	return sum;
}

/* The numbers that became larger and smaller with p at most @alpha. */
struct found {
	double alpha;
	number_set more, less;
};

/* Fills both of @found: of a family with the numbers of work, and of the six alone. */
static int find_changes(const struct units *base, const struct units *new,
			struct found found[2])
{
	for (int i = 0; i < 2; i++)
		found[i].more = found[i].less = 0;
	for (int j = 0; j < NUMBERS; j++) {
		const double *a = base->value[j], *b = new->value[j];
		struct rank_p rank;
		int ret = mann_whitney(&rank, a, base->n, b, new->n);

		if (ret < 0)
			return ret;
		for (int i = 0; i < 2; i++)
			if (rank.p <= found[i].alpha)
				*(balance(a, b, base->n) > 0 ? &found[i].more
							     : &found[i].less) |= BIT(j);
	}
	return 0;
}

/* Whether latencies become larger. */
static bool is_worse(const struct change *c)
{
	return c->faults * c->tail * c->timer * c->timer_tail > 1;
}

/* Counts one experiment. */
static void count_families(const struct candidates *c, struct candidates_cell *cell,
			   const struct change *change, const struct found found[2])
{
	bool null = change == &candidates_change[0].change, worse = is_worse(change);

	for (size_t k = 0; k < c->families; k++) {
		bool alone = k == CANDIDATES_BEFORE;
		const struct found *f = &found[alone];
		number_set family = c->family[k];
		number_set all = family | (alone ? 0 : candidates_work);
		number_set any = f->more | f->less;
		number_set right = null ? any : worse ? f->more : f->less;

		cell->by[k] += right & (null ? all : family) && !(any & ~right & all);
	}
	for (int j = 0; j < NUMBERS; j++) {
		number_set right = null	   ? found->more | found->less
				   : worse ? found->more
					   : found->less;

		cell->found[j] += (right & BIT(j)) != 0;
	}
}

int candidates_run(struct candidates *c, size_t i, uint64_t seed)
{
	const struct change *change = &candidates_change[i % CANDIDATES_CHANGES].change;
	const struct machine *m = &machines[i / CANDIDATES_CHANGES % MACHINES];
	const struct candidates_design *d =
		&candidates_design[i / CANDIDATES_CHANGES / MACHINES];
	struct found found[] = { { .alpha = ALPHA / CANDIDATES_FAMILY },
				 { .alpha = ALPHA / CANDIDATES_SIX } };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	int ret = rng ? 0 : -ENOMEM;

	c->cell[i] = (struct candidates_cell){ .found = { 0 } };
	if (rng)
		gsl_rng_set(rng, (unsigned long)seed);
	for (unsigned int e = 0; e < c->experiments && ret == 0; e++) {
		struct units base, new;

		draw_units(rng, d, m, &change_none, &base);
		draw_units(rng, d, m, change, &new);
		ret = find_changes(&base, &new, found);
		if (ret == 0)
			count_families(c, &c->cell[i], change, found);
	}
	if (rng)
		gsl_rng_free(rng);
	return ret;
}

/* In per cent, the mean over machines, of one design. */
static double share(const struct candidates *c, size_t design, size_t change,
		    const unsigned int *(*of)(const struct candidates_cell *), size_t at)
{
	double sum = 0;

	for (size_t m = 0; m < MACHINES; m++) {
		size_t i = (design * MACHINES + m) * CANDIDATES_CHANGES + change;

		sum += 100.0 * of(&c->cell[i])[at] / c->experiments / MACHINES;
	}
	return sum;
}

static const unsigned int *of_numbers(const struct candidates_cell *cell)
{
	return cell->found;
}

static const unsigned int *of_families(const struct candidates_cell *cell)
{
	return cell->by;
}

/* What a family is worth: its mean power over the changes, machines and designs. */
static double worth(const struct candidates *c, size_t family)
{
	double sum = 0;

	for (size_t d = 0; d < CANDIDATES_DESIGNS; d++)
		for (size_t k = 1; k < CANDIDATES_CHANGES; k++)
			sum += share(c, d, k, of_families, family);
	return sum / CANDIDATES_DESIGNS / (CANDIDATES_CHANGES - 1);
}

static const char *words(enum number n, char *buf, size_t size)
{
	const char *of = n >= NUMBER_TIMER_P50 && n <= NUMBER_TIMER_MAX ? "timer "
			 : n >= NUMBER_THP_P50 && n <= NUMBER_THP_P99	? "as scheduled "
									: "";

	snprintf(buf, size, "%s%s", of, number_name(n));
	return buf;
}

static void print_head(FILE *f, const char *first, const char *last)
{
	fprintf(f, "\n| %s |", first);
	for (size_t k = 0; k < CANDIDATES_CHANGES; k++)
		fprintf(f, " %s |", candidates_change[k].name);
	fprintf(f, "%s\n|---|", last);
	for (size_t k = 0; k < CANDIDATES_CHANGES; k++)
		fprintf(f, "--:|");
	fprintf(f, "%s\n", *last ? "--:|" : "");
}

static void print_numbers(const struct candidates *c, size_t design, FILE *f)
{
	char buf[32];

	fprintf(f, "\n### Each number by itself, %s\n", candidates_design[design].name);
	print_head(f, "number", "");
	for (int j = 0; j < NUMBERS; j++) {
		fprintf(f, "| %s |", words(j, buf, sizeof(buf)));
		for (size_t k = 0; k < CANDIDATES_CHANGES; k++)
			fprintf(f, " %.*f |", k == 0,
				share(c, design, k, of_numbers, (size_t)j));
		fprintf(f, "\n");
	}
}

static void print_family(const struct candidates *c, size_t family, const char *what,
			 FILE *f)
{
	char buf[32];
	const char *between = "";

	fprintf(f, "| %s", what);
	for (int j = 0; j < NUMBERS; j++) {
		if (!(c->family[family] & BIT(j)))
			continue;
		fprintf(f, "%s%s", between, words(j, buf, sizeof(buf)));
		between = ", ";
	}
	fprintf(f, " |");
	for (size_t k = 0; k < CANDIDATES_CHANGES; k++) {
		double sum = 0;

		for (size_t d = 0; d < CANDIDATES_DESIGNS; d++)
			sum += share(c, d, k, of_families, family);
		fprintf(f, " %.*f |", k == 0, sum / CANDIDATES_DESIGNS);
	}
	fprintf(f, " %.1f |\n", worth(c, family));
}

#define BEST 4

/* The best families without a number of @without. */
static void print_best(const struct candidates *c, number_set without, FILE *f)
{
	bool is_printed[CANDIDATES_MAX] = { false };

	for (size_t n = 0; n < BEST; n++) {
		size_t best = 0;

		for (size_t k = 2; k < c->families; k++)
			if (!is_printed[k] && !(c->family[k] & without) &&
			    (!best || worth(c, k) > worth(c, best)))
				best = k;
		is_printed[best] = true;
		print_family(c, best, "", f);
	}
}

static void print_families(const struct candidates *c, FILE *f)
{
	fprintf(f, "\n### Families of six, mean of all designs\n");
	print_head(f, "family", " mean |");
	print_best(c, 0, f);
	print_best(c, BIT(NUMBER_THP_P99), f);
	print_family(c, 0, "**judged**: ", f);
	print_family(c, CANDIDATES_BEFORE, "judged before, without work: ", f);
}

void candidates_print(const struct candidates *c, FILE *f)
{
	fprintf(f,
		"\n## Which six numbers are judged\n\n"
		"How often each is found changed, in %% of %u experiments: mean of the machines loop, tree and machine.\n",
		c->experiments);
	print_numbers(c, 0, f);
	print_families(c, f);
}
