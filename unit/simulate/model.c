// SPDX-License-Identifier: MIT
#include "model.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#include "shape.h"

#define NSEC_PER_SEC	1e9
#define NSEC_PER_MINUTE 60e9
#define OBSERVED	(MODEL_CPUS * MODEL_WINDOW)
#define STALLS_MAX	8192

/* What is slow of the lognormal, or of timer. */
#define SLOW_FROM .98

/* Long stalls come more regularly than by chance: the shape of their gaps. */
#define REGULAR 4

/* Work: requests as paced, but for a few; bytes a second of the walker. */
#define REQUESTS	1000
#define REQUESTS_MISSED 3
#define WALKER		256e6
#define WALKER_SPREAD	.03

/*
 * By the runs of thp-busy and timer-busy in results/: linux-6.18-uring/cgroup-2G,
 * linux-6.18-walkers/tree and linux-6.18-uring/machine. Calm and rare are made up.
 */
#define SHORT(...) [STALLS_SHORT] = { __VA_ARGS__ }
#define LONG(...)  [STALLS_LONG] = { __VA_ARGS__ }

/* clang-format off */
/* name, median, sigma, stalls; spread of faults, rate and length, .stalling, .timer, .timer_spread, .skewed */
const struct machine machines[MACHINES_ALL] = {
	[MACHINE_LOOP] = { "loop", 220e3, .37, { SHORT(48, 1e6, 10e6), LONG(26, 100e6, 630e6) },
			   .15, .2, .07, 1, 20e3, .13, false },
	[MACHINE_TREE] = { "tree", 190e3, 1.08, { SHORT(12, 3e6, 16e6) },
			   .15, .1, .07, 1, 10e3, .04, false },
	[MACHINE_WHOLE] = { "machine", 350e3, .38, { SHORT(240, 1e6, 25e6), LONG(8, 1e9, 4e9) },
			    .15, .4, .2, 1, 30e3, .15, false },
	[MACHINE_CALM] = { "calm", 220e3, .37, { { 0 } }, .1, 0, 0, 0, 20e3, .1, false },
	[MACHINE_RARE] = { "rare", 220e3, .37, { LONG(240, 50e6, 400e6) },
			   .1, .2, .07, 0, 20e3, .1, false },
};
/* clang-format on */

const struct change change_none = { 1, 1, 1, 1, 0, 1, 1 };

const char *number_name(enum number n)
{
	static const char *const name[NUMBERS] = {
		"fault_p50",   "fault_p90",    "fault_p99",  "fault_mean", "stalls_1ms",
		"stalls_10ms", "stalls_100ms", "fault_time", "p50",	   "p90",
		"p99",	       "p50",	       "p90",	     "p99",	   "p99.9",
		"max",	       "huge",	       "requests",   "walker",
	};

	return name[n];
}

bool number_is_difference(enum number n)
{
	return n >= NUMBER_STALLS_1MS && n <= NUMBER_FAULT_TIME;
}

double model_factor(gsl_rng *rng, double sigma)
{
	return exp(gsl_ran_gaussian_ziggurat(rng, sigma));
}

/* By how much one run of @m differs from its median, with standard deviation @sigma. */
static double run_factor(gsl_rng *rng, const struct machine *m, double sigma)
{
	if (!m->skewed)
		return model_factor(rng, sigma);
	return exp(sigma * (gsl_ran_exponential(rng, 1) - M_LN2));
}

/* Of the lognormal of the machine. */
static double lognormal(const struct model_run *run, double u)
{
	return run->machine->median *
	       exp(run->machine->sigma * gsl_cdf_ugaussian_Pinv(u)) *
	       (u > SLOW_FROM ? run->change->tail : 1);
}

void model_draw_run(gsl_rng *rng, const struct machine *m, const struct change *change,
		    double scale, struct model_run *run)
{
	double rate = scale * change->number * run_factor(rng, m, m->rate_spread);

	*run = (struct model_run){ .machine = m, .change = change };
	run->body = scale * change->faults * run_factor(rng, m, m->spread);
	run->length = scale * change->faults * change->length *
		      run_factor(rng, m, m->length_spread);
	run->below = gsl_cdf_ugaussian_P(log(MODEL_STALL / m->median) / m->sigma);
	run->per_ns[STALLS_TAIL] = rate * (1 - run->below) / MODEL_PACE;
	run->per_ns[STALLS_SHORT] =
		rate * m->stalls[STALLS_SHORT].per_minute / NSEC_PER_MINUTE;
	if (gsl_rng_uniform(rng) < m->stalling)
		run->per_ns[STALLS_LONG] =
			rate * m->stalls[STALLS_LONG].per_minute / NSEC_PER_MINUTE;
	if (gsl_rng_uniform(rng) < change->cured)
		for (int class = 0; class < STALLS; class ++)
			run->per_ns[class] = 0;
	run->slow = lognormal(run, SLOW_FROM) * run->body;
}

double model_body(const struct model_run *run, double u)
{
	return run->body * lognormal(run, u * run->below);
}

/* The share of the faults that do not stall that is longer than @ns. */
static double body_above(const struct model_run *run, double ns)
{
	double slow = run->slow, tail = run->change->tail;
	double at = ns <= slow ? ns : fmax(slow, ns / tail);
	double u = gsl_cdf_ugaussian_P(log(at / run->body / run->machine->median) /
				       run->machine->sigma);

	return fmax(0, (run->below - u) / run->below);
}

double model_gap(gsl_rng *rng, const struct model_run *run, int class)
{
	double shape = class == STALLS_LONG ? REGULAR : 1, per_ns = run->per_ns[class];

	return per_ns > 0 ? gsl_ran_gamma(rng, shape, 1 / (shape * per_ns)) : INFINITY;
}

double model_stall(gsl_rng *rng, const struct model_run *run, int class)
{
	double u = gsl_rng_uniform_pos(rng), low = run->machine->stalls[class].low;

	if (class == STALLS_TAIL)
		return run->length *
		       lognormal(run, run->below + u * (1 - run->below) * (1 - 1e-9));
	return run->length * run->change->tail * low *
	       pow(run->machine->stalls[class].high / low, u);
}

/* The stalls of a run of thp. */
struct stalls {
	size_t n;
	double length[STALLS_MAX];    /* ascending */
	double above[STALLS_MAX + 1]; /* the sum of those from this one on */
	double after; /* how long the last ones went on after the window */
};

static void draw_cpu(gsl_rng *rng, const struct model_run *run, struct stalls *s)
{
	double next[STALLS], outside = 0, stalled = 0;

	for (int class = 0; class < STALLS; class ++)
		next[class] = model_gap(rng, run, class);
	while (s->n < STALLS_MAX) {
		int first = 0;
		double length;

		for (int class = 1; class < STALLS; class ++)
			if (next[class] < next[first])
				first = class;
		outside = next[first];
		if (outside + stalled >= MODEL_WINDOW)
			return;
		length = model_stall(rng, run, first);
		s->length[s->n++] = length;
		stalled += length;
		s->after += fmax(outside + stalled - MODEL_WINDOW, 0);
		next[first] += model_gap(rng, run, first);
	}
}

static void draw_stalls(gsl_rng *rng, const struct model_run *run, struct stalls *s)
{
	s->n = 0;
	s->after = 0;
	for (int cpu = 0; cpu < MODEL_CPUS; cpu++)
		draw_cpu(rng, run, s);
	gsl_sort(s->length, 1, s->n);
	s->above[s->n] = 0;
	for (size_t i = s->n; i-- > 0;)
		s->above[i] = s->above[i + 1] + s->length[i];
}

/* The index of the first stall that is longer than @ns. */
static size_t first_above(const struct stalls *s, double ns)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->length[middle] > ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/*
 * How many instants lie within a time t after an instant: the renewal function of the plan, by its
 * asymptote t / mean - (mean^2 - variance) / (2 mean^2), not below 0.
 */
#define PLAN_VARIANCE                                                                    \
	((MODEL_PACE_MAX - MODEL_PACE_MIN) * (MODEL_PACE_MAX - MODEL_PACE_MIN) / 12)
#define PLAN_BEFORE                                                                      \
	((MODEL_PACE * MODEL_PACE - PLAN_VARIANCE) / (2 * MODEL_PACE * MODEL_PACE))

/* The instants inside stalls that wait for more than @ns. */
static double waiting(const struct stalls *s, double ns)
{
	double from = ns + PLAN_BEFORE * MODEL_PACE;
	size_t i = first_above(s, from);

	/* Those after the window do not exist. */
	return (s->above[i] - from * (double)(s->n - i) - fmax(s->after - from, 0)) /
	       MODEL_PACE;
}

/* A run of thp: what its quantiles are looked for in. */
struct thp {
	struct model_run run;
	struct stalls stalls;
	double body; /* how many faults did not stall */
};

/*
 * The latency above which there are @above faults, or instants as scheduled; @chance is by how much
 * the faults that do not stall are more than the distribution says, as a share of them.
 */
static double find_quantile(const struct thp *t, double above, bool scheduled,
			    double chance)
{
	double low = log(1e3), high = log(MODEL_WINDOW);

	for (int i = 0; i < 32; i++) {
		double middle = (low + high) / 2, ns = exp(middle);
		double found = (double)(t->stalls.n - first_above(&t->stalls, ns));
		double share = body_above(&t->run, ns);

		if (share > 0)
			found += t->body * fmin(fmax(share + chance, 0), 1);
		if (scheduled)
			found += waiting(&t->stalls, ns);
		if (found > above)
			low = middle;
		else
			high = middle;
	}
	return exp(high);
}

static void draw_quantiles(gsl_rng *rng, const struct thp *t, double number[NUMBERS])
{
	static const double p[] = { .5, .9, .99 };
	double faults = t->body + (double)t->stalls.n;

	for (int i = 0; i < 3; i++) {
		double chance =
			gsl_ran_gaussian_ziggurat(rng, sqrt(p[i] * (1 - p[i]) / t->body));

		number[NUMBER_FAULT_P50 + i] = shape_bucket(find_quantile(
			t, faults - ceil(p[i] * faults - 1e-9), false, chance));
		number[NUMBER_THP_P50 + i] = shape_bucket(find_quantile(
			t, (1 - p[i]) * OBSERVED / MODEL_PACE, true, chance));
	}
}

/* The sum of the faults that do not stall: its mean, and what chance adds to that. */
static double draw_body_sum(gsl_rng *rng, const struct thp *t)
{
	const struct model_run *run = &t->run;
	double s = run->machine->sigma, scale = run->body * run->machine->median;
	double end = gsl_cdf_ugaussian_Pinv(fmin(run->below, 1 - 1e-12));
	double slow = gsl_cdf_ugaussian_Pinv(fmin(run->below, SLOW_FROM));
	double all = gsl_cdf_ugaussian_P(end - s), usual = gsl_cdf_ugaussian_P(slow - s);
	double mean =
		exp(s * s / 2) * (usual + run->change->tail * (all - usual)) / run->below;
	double square = exp(2 * s * s) * gsl_cdf_ugaussian_P(end - 2 * s) / run->below;
	double deviation = sqrt(fmax(square - mean * mean, 0) * t->body);

	return scale * (t->body * mean + gsl_ran_gaussian_ziggurat(rng, deviation));
}

/* Stalls of at least @from a CPU-minute outside of them, as lib/sets/stalls.h counts them. */
static double draw_rate(gsl_rng *rng, const struct thp *t, double from)
{
	const struct stalls *s = &t->stalls;
	size_t i = first_above(s, from);
	double count =
		(double)(s->n - i) +
		gsl_ran_binomial(rng, body_above(&t->run, from), (unsigned int)t->body);

	return count / (OBSERVED - fmax(s->above[i] - s->after, 0)) * NSEC_PER_MINUTE;
}

static void draw_thp(gsl_rng *rng, const struct machine *m, const struct change *change,
		     double scale, double number[NUMBERS])
{
	static _Thread_local struct thp t;
	double made, sum;

	model_draw_run(rng, m, change, scale, &t.run);
	draw_stalls(rng, &t.run, &t.stalls);
	made = OBSERVED / MODEL_PACE - waiting(&t.stalls, 0);
	t.body = floor(fmax(made - (double)t.stalls.n, 1));
	draw_quantiles(rng, &t, number);
	sum = draw_body_sum(rng, &t) + t.stalls.above[0];
	number[NUMBER_FAULT_MEAN] = sum / (t.body + (double)t.stalls.n);
	number[NUMBER_FAULT_TIME] = 100 * fmin((sum - t.stalls.after) / OBSERVED, 1);
	number[NUMBER_STALLS_1MS] = draw_rate(rng, &t, 1e6);
	number[NUMBER_STALLS_10MS] = draw_rate(rng, &t, 10e6);
	number[NUMBER_STALLS_100MS] = draw_rate(rng, &t, 100e6);
}

static void draw_timer(gsl_rng *rng, const struct machine *m, const struct change *change,
		       double scale, double number[NUMBERS])
{
	static const double p[] = { .5, .9, .99, .999, 1 };
	double rank[5], u[5];

	scale *= m->timer * change->timer * run_factor(rng, m, m->timer_spread);
	for (size_t i = 0; i < 5; i++)
		rank[i] = ceil(p[i] * SHAPE_SAMPLES - 1e-9);
	shape_order_statistics(rng, SHAPE_SAMPLES, rank, 5, u);
	for (size_t i = 0; i < 5; i++)
		number[NUMBER_TIMER_P50 + i] =
			shape_bucket(scale * (u[i] > SLOW_FROM ? change->timer_tail : 1) *
				     shape_latency(SHAPE_PARETO, u[i]));
}

void model_draw(gsl_rng *rng, const struct machine *machine, const struct change *change,
		double scale, double number[NUMBERS])
{
	draw_thp(rng, machine, change, scale, number);
	draw_timer(rng, machine, change, scale, number);
	number[NUMBER_HUGE] = 100;
	number[NUMBER_REQUESTS] = REQUESTS - gsl_ran_poisson(rng, REQUESTS_MISSED) /
						     (MODEL_WINDOW / NSEC_PER_SEC);
	number[NUMBER_WALKER] = WALKER / scale * model_factor(rng, WALKER_SPREAD);
}
