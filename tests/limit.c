// SPDX-License-Identifier: MIT
#define IGT_LOG_DOMAIN "pinlat"
#include "limit.h"

#include <stdio.h>
#include <string.h>

#include "igt/igt.h"
#include "record/file.h"
#include "settings.h"
#include "system/units.h"

/* So that at most one run in 21 fails by chance. */
#define STORED_LEAST 20

static bool is_timer(const char *subtest)
{
	return strncmp(subtest, "timer-", strlen("timer-")) == 0;
}

static double number_of(const struct record *r)
{
	return is_timer(r->subtest) ? (double)distribution_quantile(&r->scheduled, 0.99)
				    : distribution_mean(&r->woken);
}

static const char *time_text(double ns, char *buf, size_t size)
{
	return format_time((uint64_t)ns, buf, size);
}

void limit_take(struct limit_run *run, const struct record *record)
{
	*run = (struct limit_run){ .config = record->config, .ns = number_of(record) };
	snprintf(run->subtest, sizeof(run->subtest), "%s", record->subtest);
}

void limit_assert_times(const struct limit_run *control, const struct limit_run *run)
{
	double times = run->ns / control->ns;
	char a[32], b[32];

	time_text(run->ns, a, sizeof(a));
	time_text(control->ns, b, sizeof(b));
	igt_print("Limit: %s took %s on average, %s %s: %.2f times, at most %llu\n",
		  run->subtest, a, control->subtest, b, times,
		  (unsigned long long)settings.limit);
	igt_assert_f(
		times <= (double)settings.limit,
		"%s is over the limit: on average it took %s, and %s took %s: %.1f times, at most %llu (--limit)\n",
		run->subtest, a, control->subtest, b, times,
		(unsigned long long)settings.limit);
}

/* What the stored runs that are like @run have. */
struct stored {
	const struct limit_run *run;
	size_t n;
	double largest;
};

static int visit(struct record *r, void *data)
{
	struct stored *s = data;
	const struct record_config *c = &s->run->config;

	if (!r->valid || strcmp(r->subtest, s->run->subtest) != 0 ||
	    strcmp(r->config.engine, c->engine) != 0 ||
	    strcmp(r->config.arena, c->arena) != 0 ||
	    strcmp(r->config.walker, c->walker) != 0)
		return 0;
	s->n++;
	if (number_of(r) > s->largest)
		s->largest = number_of(r);
	return 0;
}

static int visit_problem(const char *text, void *data)
{
	(void)data;
	igt_print("Baseline: %s\n", text);
	return 0;
}

void limit_assert_baseline(const struct limit_run *run)
{
	struct stored s = { .run = run };
	const struct record_visitor visitor = { visit, visit_problem, &s, NULL };
	const char *number = is_timer(run->subtest) ? "p99" : "mean";
	char a[32], b[32];
	int ret;

	if (!settings.baseline)
		return;
	ret = records_visit(settings.baseline, &visitor);
	igt_assert_f(ret >= 0, "cannot read the baseline %s: %s\n", settings.baseline,
		     strerror(-ret));
	igt_require_f(
		s.n >= STORED_LEAST,
		"the baseline %s has too few valid runs of %s with the same engine, arena and walker: %zu, and %d are needed\n",
		settings.baseline, run->subtest, s.n, STORED_LEAST);
	time_text(run->ns, a, sizeof(a));
	time_text(s.largest, b, sizeof(b));
	igt_print("Baseline: %s of %s %s, the largest of %zu stored runs %s\n", number,
		  run->subtest, a, s.n, b);
	igt_assert_f(
		run->ns <= s.largest,
		"%s is above all stored runs: its %s is %s, the largest of %zu is %s: %.2f times; with no change one run in %zu is above\n",
		run->subtest, number, a, s.n, b, run->ns / s.largest, s.n + 1);
}
