// SPDX-License-Identifier: MIT
/*
 * What a stall is, by a truth that is known: some touches of the real thp probe meet a page that may
 * not be touched, and the handler of that signal sleeps for a while before it allows it. So the
 * touch lasts that long, in the same task, as if it were the page fault that did. Number, length
 * and time come out of the record's formulas as they were put in.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "probe/probe.h"
#include "probe-helper.h"
#include "record/record.h"
#include "sets/stalls.h"
#include "system/process.h"
#include "system/units.h"

#define WINDOW (3 * NSEC_PER_SEC)
#define LONG   (100 * NSEC_PER_MSEC)

/* What the probes of all CPUs did, in memory that they share with the test. */
static struct truth {
	_Atomic uint64_t stalls, inside_ns, after_ns;
	_Atomic uint64_t end_ns; /* of the window */
	uint64_t every, length_ns;
} * truth;

static unsigned int mapped; /* of this process */

static void stall(int number, siginfo_t *info, void *context)
{
	char *at = info->si_addr, *page = at - (uintptr_t)at % 4096;
	uint64_t start = monotonic_ns(), end, window;

	(void)number;
	(void)context;
	sleep_ns(truth->length_ns);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
	end = monotonic_ns();
	window = truth->end_ns;
	if (window == 0)
		return; /* a dry run */
	truth->stalls++;
	truth->inside_ns += end - start;
	if (end > window)
		truth->after_ns += end - (start > window ? start : window);
}

/* The linker takes the probe's mmap() to the second of these: each so-many-th mapping stalls. */
void *real_mmap(void *at, size_t size, int protection, int flags, int fd,
		off_t offset) __asm__("__real_mmap64");
void *mmap_that_stalls(void *at, size_t size, int protection, int flags, int fd,
		       off_t offset) __asm__("__wrap_mmap64");

void *mmap_that_stalls(void *at, size_t size, int protection, int flags, int fd,
		       off_t offset)
{
	struct sigaction on_touch = { .sa_sigaction = stall, .sa_flags = SA_SIGINFO };

	if ((flags & MAP_NORESERVE) && ++mapped % truth->every == 0) {
		protection = PROT_NONE;
		sigaction(SIGSEGV, &on_touch, NULL); /* a probe begins without handlers */
	}
	return real_mmap(at, size, protection, flags, fd, offset);
}

/* A run with a stall of @length_ns each @every touches, as a record. */
static void measure(struct record *r, uint64_t every, uint64_t length_ns)
{
	const struct probe_config config = {
		.kind = PROBE_THP,
		.interval_min_ns = 2 * NSEC_PER_MSEC,
		.interval_max_ns = 8 * NSEC_PER_MSEC,
		.duration_ns = WINDOW,
		.seed = 1,
	};
	uint64_t start;
	struct probe p;

	*truth = (struct truth){ .every = every, .length_ns = length_ns };
	assert_int_equal(probe_create(&p, &config), 0);
	start_probe(&p);
	start = monotonic_ns() + 20 * NSEC_PER_MSEC;
	truth->end_ns = start + WINDOW;
	probe_open_window(&p, start);
	finish_probe(&p);
	record_init(r);
	r->subtest = strdup("thp-idle");
	r->config.duration_ns = WINDOW;
	r->config.interval_min_ns = config.interval_min_ns;
	r->after_window_ns = 0;
	r->cpus = p.cpus;
	r->cpu = calloc(p.cpus, sizeof(*r->cpu));
	for (size_t i = 0; i < p.cpus; i++) {
		struct distribution d;

		assert_int_equal(distribution_from_histogram(&d, &p.cpu[i].woken), 0);
		assert_int_equal(distribution_merge(&r->woken, &d), 0);
		distribution_free(&d);
		r->after_window_ns += p.cpu[i].after_ns;
	}
	probe_destroy(&p);
}

static void assert_near(double value, double expected, double share)
{
	if (!(fabs(value - expected) <= share * expected))
		fail_msg("%g is not %g", value, expected);
}

/* Two lengths, two rates. A busy machine stalls touches too, but hardly for 100 ms. */
static void test_what_was_put_in(void **state)
{
	static const struct {
		uint64_t every, length_ns;
	} cases[] = {
		{ 40, 120 * NSEC_PER_MSEC },
		{ 40, 400 * NSEC_PER_MSEC },
		{ 10, 120 * NSEC_PER_MSEC },
	};
	double rate[3], time[3];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		double inside, cpus;
		struct record r;

		measure(&r, cases[i].every, cases[i].length_ns);
		cpus = (double)r.cpus;
		inside = (double)(truth->inside_ns - truth->after_ns);
		rate[i] = stalls_per_minute(&r, LONG);
		time[i] = stalls_time_percent(&r);
		printf("each %u touches %u ms: %u stalls, %.4g a CPU-minute, %.3g %% of the time, %.3g ms after the window\n",
		       (unsigned int)cases[i].every,
		       (unsigned int)(cases[i].length_ns / NSEC_PER_MSEC),
		       (unsigned int)truth->stalls, rate[i], time[i],
		       (double)r.after_window_ns / 1e6);
		assert_true(truth->stalls > 0);
		assert_int_equal(stalls_count(&r, LONG), truth->stalls);
		assert_near(rate[i],
			    (double)truth->stalls * 60e9 /
				    (cpus * (double)WINDOW - inside),
			    0.02);
		/* Other touches take time too. */
		assert_true(time[i] >= 98 * inside / (cpus * (double)WINDOW));
		assert_true(time[i] <= 100);
		assert_near((double)r.after_window_ns + 1e6,
			    (double)truth->after_ns + 1e6, 0.5);
		record_free(&r);
	}
	/* Longer stalls take more time and are no rarer outside of them; more are more. */
	assert_true(time[1] > time[0]);
	assert_true(rate[1] > 0.5 * rate[0]);
	assert_true(rate[2] > 1.5 * rate[0]);
	assert_true(time[2] > time[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_what_was_put_in) };

	truth = real_mmap(NULL, sizeof(*truth), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (truth == MAP_FAILED)
		return 1;
	truth->every = UINT64_MAX;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
