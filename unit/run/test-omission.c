// SPDX-License-Identifier: MIT
/*
 * No coordinated omission, by a truth that is known: the timer probe is stopped for a
 * measured time. Then every planned instant must be there, those inside the stop
 * with what was left of it, which fixes the quantiles; and the wake-ups alone must
 * hide it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "load/process.h"
#include "probe/plan.h"
#include "probe/probe.h"
#include "probe-helper.h"
#include "stats/distribution.h"
#include "system/units.h"
#include "system/process.h"

#define INTERVAL  (NSEC_PER_MSEC)
#define WINDOW	  (2 * NSEC_PER_SEC)
#define STOPPED	  (400 * NSEC_PER_MSEC)
#define LONG_LATE (100 * NSEC_PER_MSEC)

static const struct probe_config periodic = {
	.kind = PROBE_TIMER,
	.interval_min_ns = INTERVAL,
	.interval_max_ns = INTERVAL,
	.duration_ns = WINDOW,
	.seed = 1,
	.priority = 50,
};

/* Runs a probe and stops it for a while in the midst of its window. Returns how long. */
static uint64_t run_stopped(struct probe *p, const struct probe_config *config)
{
	uint64_t start, stopped, continued;

	assert_int_equal(probe_create(p, config), 0);
	start_probe(p);
	start = monotonic_ns() + 20 * NSEC_PER_MSEC;
	probe_open_window(p, start);
	sleep_ns(500 * NSEC_PER_MSEC);
	for (size_t i = 0; i < p->cpus; i++)
		kill(p->cpu[i].pid, SIGSTOP);
	stopped = monotonic_ns();
	sleep_ns(STOPPED);
	continued = monotonic_ns();
	for (size_t i = 0; i < p->cpus; i++)
		kill(p->cpu[i].pid, SIGCONT);
	finish_probe(p);
	return continued - stopped;
}

static void assert_near(uint64_t value, double expected, double tolerance)
{
	if ((double)value < expected - tolerance || (double)value > expected + tolerance)
		fail_msg("%.3f ms is not %.3f ms +- %.3f", (double)value / 1e6,
			 expected / 1e6, tolerance / 1e6);
}

/* What the as-scheduled quantile @p must be: the longest (1 - p) N lateness of the stop are above. */
static double truth(double p, uint64_t stop)
{
	return (double)stop - (1 - p) * (double)WINDOW;
}

static uint64_t later_than(const struct distribution *d, uint64_t ns)
{
	uint64_t n = 0;

	for (size_t i = 0; i < d->buckets; i++)
		n += d->bucket[i].lower >= ns ? d->bucket[i].count : 0;
	return n;
}

static void check_cpu(const struct probe *p, size_t i, uint64_t stop)
{
	const struct probe_cpu *cpu = &p->cpu[i];
	struct distribution scheduled, woken;
	/* A host that takes the CPU away when the stop ends makes it longer, by some 30 ms here. */
	double tolerance = (double)stop * 0.15;

	assert_int_equal(distribution_from_histogram(&scheduled, &cpu->scheduled), 0);
	assert_int_equal(distribution_from_histogram(&woken, &cpu->woken), 0);
	assert_int_equal(cpu->recorded, probe_expected(p, i));
	assert_int_equal(scheduled.count, WINDOW / INTERVAL - 1);
	assert_int_equal(scheduled.count, cpu->recorded);
	assert_int_equal(woken.count, cpu->recorded - cpu->late);
	/* Of these none is the host's jitter, which makes instants late too. */
	assert_near(later_than(&scheduled, LONG_LATE) * INTERVAL,
		    (double)(stop - LONG_LATE), tolerance);
	assert_near(scheduled.max, (double)stop, tolerance);
	assert_near(distribution_quantile(&scheduled, 0.99), truth(0.99, stop),
		    tolerance);
	assert_near(distribution_quantile(&scheduled, 0.95), truth(0.95, stop),
		    tolerance);
	assert_near(distribution_quantile(&scheduled, 0.90), truth(0.90, stop),
		    tolerance);
	/* The wake-ups alone know of one late one in 1600. */
	assert_true(distribution_quantile(&woken, 0.99) < stop / 4);
	printf("CPU %d, stopped %.1f ms: as scheduled p90 %.1f p99 %.1f ms, as woken p90 %.3f p99 %.3f ms\n",
	       cpu->cpu, (double)stop / 1e6,
	       (double)distribution_quantile(&scheduled, 0.9) / 1e6,
	       (double)distribution_quantile(&scheduled, 0.99) / 1e6,
	       (double)distribution_quantile(&woken, 0.9) / 1e6,
	       (double)distribution_quantile(&woken, 0.99) / 1e6);
	distribution_free(&scheduled);
	distribution_free(&woken);
}

static void test_timer_stopped(void **state)
{
	struct probe p;
	uint64_t stop = run_stopped(&p, &periodic);

	(void)state;
	for (size_t i = 0; i < p.cpus; i++)
		check_cpu(&p, i, stop);
	probe_destroy(&p);
}

/* A stop that lasts until after the window: its instants are there all the same. */
static void test_timer_stopped_beyond_the_end(void **state)
{
	struct probe_config config = periodic;
	struct probe p;

	(void)state;
	config.duration_ns = 700 * NSEC_PER_MSEC;
	run_stopped(&p, &config);
	for (size_t i = 0; i < p.cpus; i++) {
		assert_int_equal(p.cpu[i].recorded, probe_expected(&p, i));
		assert_int_equal(p.cpu[i].recorded, 699);
		assert_true(p.cpu[i].late > 100);
	}
	probe_destroy(&p);
}

/* The thp probe leaves waiting for the CPU out, but loses no instant either. */
static void test_thp_stopped(void **state)
{
	struct probe_config config = periodic;
	struct probe p;

	(void)state;
	config.kind = PROBE_THP;
	config.priority = 0;
	config.interval_min_ns = 2 * NSEC_PER_MSEC;
	config.interval_max_ns = 8 * NSEC_PER_MSEC;
	run_stopped(&p, &config);
	for (size_t i = 0; i < p.cpus; i++) {
		const struct probe_cpu *cpu = &p.cpu[i];

		assert_int_equal(cpu->recorded, probe_expected(&p, i));
		assert_int_equal(cpu->scheduled.count, cpu->recorded);
		assert_int_equal(cpu->huge.count + cpu->fallback.count, cpu->woken.count);
	}
	probe_destroy(&p);
}

/* The plan alone: within its bounds, the same for a seed, another for another. */
static void test_plan(void **state)
{
	struct plan a = plan_begin(1000, NSEC_PER_SEC, 100, 1100, 42, 0);
	struct plan same = plan_begin(1000, NSEC_PER_SEC, 100, 1100, 42, 0);
	struct plan other = plan_begin(1000, NSEC_PER_SEC, 100, 1100, 43, 0);
	uint64_t last = 1000, sum = 0, n = 0, different = 0;

	(void)state;
	while (plan_pending(&a)) {
		assert_in_range(a.next_ns - last, 100, 1100);
		assert_int_equal(a.next_ns, same.next_ns);
		different += a.next_ns != other.next_ns;
		sum += a.next_ns - last;
		last = a.next_ns;
		n++;
		plan_advance(&a);
		plan_advance(&same);
		plan_advance(&other);
	}
	assert_in_range(sum / n, 595, 605);
	assert_true(different > n / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_timer_stopped),
		cmocka_unit_test(test_timer_stopped_beyond_the_end),
		cmocka_unit_test(test_thp_stopped),
	};

	if (!may_use_fifo(periodic.priority)) {
		printf("skipped: needs SCHED_FIFO\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
