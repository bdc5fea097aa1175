// SPDX-License-Identifier: MIT
/*
 * What memory pinned for DMA costs everybody else: derived, as an idea, from IGT's
 * benchmarks/gem_syslatency. Two probes times a ladder of five loads, and a third for those that have
 * memory that may be paged out; each subtest
 * gives one record.
 */
#define IGT_LOG_DOMAIN "pinlat"
#include "igt/igt.h"

#include <errno.h>
#include <stdio.h>

#include "claim/lock.h"
#include "record/record.h"
#include "run/run.h"
#include "settings.h"
#include "output.h"

igt_test_description(
	"Measures how late a timer wakes a real-time task, and how long a transparent huge page takes to allocate, while memory is full of objects that a device has pinned.");

static const struct {
	const char *name;
	enum probe_kind kind;
	const char *measures;
	bool walks; /* beside a walk through the page cache, where memory is filled */
} probes[] = {
	{ "timer", PROBE_TIMER,
	  "How late an absolute timer wakes a real-time task on every CPU", true },
	{ "thp", PROBE_THP,
	  "How long the first touch of a transparent huge page takes on every CPU",
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

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Once for all subtests; a plan's runs inherit it from the command. What dead runs left goes. Returns it. */
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

static void measure(size_t probe, size_t load)
{
	char subtest[32], why[400] = "", left[400];
	struct run_request request = {
		.options = &settings,
		.subtest = subtest,
		.probe = probes[probe].kind,
		.rung = loads[load].rung,
		.device = igt_device_filter(),
		.interrupted = igt_pending_signal,
		.lock = lock_machine(),
	};
	struct record record;
	int ret;

	snprintf(subtest, sizeof(subtest), "%s-%s", probes[probe].name, loads[load].name);
	igt_require_f(run_possible(&request, why, sizeof(why)) == 0, "%s\n", why);
	/* The kernel may kill the load child: that is what it is for. */
	igt_ignore_dmesg("pinlat-load|oom-kill|Out of memory|invoked oom-killer");
	if (!settings.seed_given)
		settings.seed = igt_srandom_seed();
	record_init(&record);
	ret = run_execute(&request, &record, left, sizeof(left));
	igt_assert_f(ret == 0, "no memory for the record\n");
	output_record(&record, left);
}

igt_main_args(&settings_options)
{
	for (size_t p = 0; p < ARRAY_SIZE(probes); p++) {
		for (size_t l = 0; l < ARRAY_SIZE(loads); l++) {
			bool walk = probes[p].walks && loads[l].rung != RUNG_IDLE;

			if (!ladder_has(probes[p].name, loads[l].name))
				continue;
			igt_describe_f("%s while %s%s.", probes[p].measures,
				       loads[l].meanwhile, walk ? WALK : "");
			igt_subtest_f("%s-%s", probes[p].name, loads[l].name)
				measure(p, l);
		}
	}
}
