// SPDX-License-Identifier: MIT
/*
 * How long other tasks wait when memory is pinned for DMA: derived, as an idea, from IGT's
 * benchmarks/gem_syslatency. Two probes times a ladder of five loads, and a third for those that
 * have memory that may be paged out; each subtest gives one record. Two more assert what that
 * may cost: they give a record of each of the two loads that they compare.
 */
#define IGT_LOG_DOMAIN "pinlat"
#include "igt/igt.h"

#include <errno.h>
#include <stdio.h>

#include "claim/lock.h"
#include "record/record.h"
#include "run/run.h"
#include "limit.h"
#include "oom_report.h"
#include "output.h"
#include "settings.h"

/**
 * TEST: gem syslatency pinned
 * Description: Measures how late a timer wakes a real-time task, and how long a transparent huge
 *   page takes to allocate, while memory is full of objects that a device has pinned.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: Memory management tests
 * Functionality: userptr
 * Test category: Performance
 *
 * SUBTEST: %s-idle
 * Description: %arg[1] while nothing else is done.
 *
 * SUBTEST: %s-base
 * Description: %arg[1] while memory is filled and touched, and a walk thrashes the page cache.
 *
 * SUBTEST: %s-locked
 * Description: %arg[1] while the same memory is mlocked, off the scanned LRU (the control), and
 *   a walk thrashes the page cache.
 *
 * SUBTEST: %s-pinned
 * Description: %arg[1] while the same memory is pinned by a device that is quiet, and a walk
 *   thrashes the page cache.
 *
 * SUBTEST: %s-busy
 * Description: %arg[1] while the same memory is pinned by a device that works on it, and a walk
 *   thrashes the page cache.
 *
 * arg[1]:
 *
 * @timer: How late an absolute timer wakes a real-time task on every CPU
 * @thp: How long the first touch of a transparent huge page takes on every CPU
 */

/**
 * SUBTEST: pageout-%s
 * Description: How long it takes to reclaim one page, or one object, that is asked for by name
 *   (MADV_PAGEOUT), and what becomes of it, while %arg[1].
 *
 * arg[1]:
 *
 * @base: memory is filled and touched
 * @pinned: the same memory is pinned by a device that is quiet
 * @busy: the same memory is pinned by a device that works on it
 */

/**
 * SUBTEST: thp-%s-versus-locked
 * Description: Fails if a transparent huge page takes more than so many times as long, on
 *   average, while memory is pinned by a device that %arg[1], as while the same memory is
 *   mlocked.
 *
 * arg[1]:
 *
 * @pinned: is quiet
 * @busy: works on it
 */

igt_test_description(
	"Measures how late a timer wakes a real-time task, and how long a transparent huge page takes to allocate, while memory is full of objects that a device has pinned.");

static const struct {
	const char *name;
	enum probe_kind kind;
	const char *measures;
	bool walks; /* beside a walk through the page cache, where memory is filled */
} probes[] = {
	{ "timer", PROBE_TIMER,
	  "How late an absolute timer wakes a real-time task, on each CPU that the run may use,",
	  true },
	{ "thp", PROBE_THP,
	  "How long the first touch of a transparent huge page takes, on each CPU that the run may use,",
	  true },
	{ "pageout", PROBE_PAGEOUT,
	  "How long it takes to reclaim one page, or one object, that is asked for by name (MADV_PAGEOUT, which refuses mlocked memory), and what becomes of it,",
	  false },
};

static const struct {
	const char *name;
	enum rung rung;
	const char *meanwhile;
} loads[] = {
	{ "idle", RUNG_IDLE, "nothing else is done" },
	{ "base", RUNG_BASE, "memory is filled and touched" },
	{ "locked", RUNG_LOCKED,
	  "the same memory is mlocked, off the scanned LRU (the control)" },
	{ "pinned", RUNG_PINNED, "the same memory is pinned by a device that is quiet" },
	{ "busy", RUNG_BUSY, "the same memory is pinned by a device that works on it" },
};

#define WALK ", and a walk thrashes the page cache"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

/*
 * Once for all subtests; a plan's runs inherit it from the command. What dead runs left goes.
 * Returns it.
 */
static int lock_machine(void)
{
	static bool first = true;
	static int lock;
	char why[400] = "";

	if (lock == 0)
		lock = lock_inherited();
	if (lock == 0)
		lock = lock_take(settings.label, why, sizeof(why));
	if (lock == -EBUSY && settings.wait) {
		igt_info("%s; waiting for it\n", why);
		lock = lock_wait(settings.label, igt_pending_signal, why, sizeof(why));
	}
	if (lock < 0) {
		int error = -lock;

		lock = 0;
		igt_require_f(error != EBUSY, "%s; let it end, or add --wait\n", why);
		igt_assert_f(error == EINTR, "%s\n", why);
		igt_skip("stopped while waiting for another pinlat\n");
	}
	if (first)
		run_clear(settings.scratch);
	first = false;
	return lock;
}

/* A run of @probe under @load, which is called @subtest then; or skips. */
static struct run_request require_possible(size_t probe, size_t load, char *subtest,
					   size_t size)
{
	struct run_request request = {
		.options = &settings,
		.subtest = subtest,
		.probe = probes[probe].kind,
		.rung = loads[load].rung,
		.device = igt_device_filter(),
		.interrupted = igt_pending_signal,
		.lock = lock_machine(),
	};
	char why[400] = "";

	snprintf(subtest, size, "%s-%s", probes[probe].name, loads[load].name);
	igt_require_f(run_possible(&request, why, sizeof(why)) == 0, "%s\n", why);
	return request;
}

/* Gives one record, and its number in @run. */
static void measure(size_t probe, size_t load, struct limit_run *run)
{
	char subtest[32], left[400];
	struct run_request request =
		require_possible(probe, load, subtest, sizeof(subtest));
	struct record record;
	int ret;

	/* The kernel may kill the load child: that is what it is for. */
	igt_ignore_dmesg(oom_report_regex());
	if (!settings.seed_given)
		settings.seed = igt_srandom_seed();
	record_init(&record);
	ret = run_execute(&request, &record, left, sizeof(left));
	igt_assert_f(ret == 0, "no memory for the record\n");
	limit_take(run, &record);
	output_record(&record, left);
}

static void measure_one(size_t probe, size_t load)
{
	struct limit_run run;

	measure(probe, load, &run);
	limit_assert_baseline(&run);
}

/* In one process, one after the other: whatever the machine is like, it is so for both. */
static void measure_versus(size_t probe, size_t control, size_t load)
{
	struct limit_run locked, run;
	char subtest[32];

	(void)require_possible(probe, load, subtest, sizeof(subtest));
	measure(probe, control, &locked);
	measure(probe, load, &run);
	limit_assert_times(&locked, &run);
	limit_assert_baseline(&run);
}

static void versus_subtests(void)
{
	const size_t thp = PROBE_THP, control = RUNG_LOCKED;

	for (size_t l = RUNG_PINNED; l <= RUNG_BUSY; l++) {
		igt_describe_f(
			"Fails if a transparent huge page takes more than --limit times as long, on average, while %s, as while it is mlocked.",
			loads[l].meanwhile);
		igt_subtest_f("%s-%s-versus-%s", probes[thp].name, loads[l].name,
			      loads[control].name)
			measure_versus(thp, control, l);
	}
}

igt_main_args(&settings_options)
{
	igt_fixture {
		/* igt_runner takes a refusal for a skip, and would say nothing. */
		igt_assert_f(!*settings_complaint, "%s\n", settings_complaint);
	}

	for (size_t p = 0; p < ARRAY_SIZE(probes); p++) {
		for (size_t l = 0; l < ARRAY_SIZE(loads); l++) {
			bool walk = probes[p].walks && loads[l].rung != RUNG_IDLE;

			if (!ladder_has(probes[p].name, loads[l].name))
				continue;
			igt_describe_f("%s while %s%s.", probes[p].measures,
				       loads[l].meanwhile, walk ? WALK : "");
			igt_subtest_f("%s-%s", probes[p].name, loads[l].name)
				measure_one(p, l);
		}
	}

	versus_subtests();
}
