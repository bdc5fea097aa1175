// SPDX-License-Identifier: MIT
/*
 * The best kernel keeps what is pinned off the lists that reclaim scans: such runs must be valid. There is
 * none yet, but mlock() does the same: an engine that also locks what it pins makes a real run.
 */
#include "../record/cmocka_setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "run/run.h"
#include "engines/engines.h"
#include "system/units.h"

static struct engine_ops both;
static struct object *pinned;

static int open_both(struct engine **engine, const struct engine_config *config,
		     struct object *object, size_t objects,
		     struct engine_progress *progress, char *why, size_t size)
{
	pinned = object;
	return uring_engine.open(engine, config, object, objects, progress, why, size);
}

static int pin_both(struct engine *engine, size_t index)
{
	if (mlock(pinned[index].memory, pinned[index].size) < 0)
		return -errno;
	return uring_engine.pin(engine, index);
}

/* In place of engine.c. */
const struct engine_ops *const engines[] = { &both, NULL };

const struct engine_ops *engine_choose(const char *name,
				       const struct engine_config *config, char *why,
				       size_t size)
{
	(void)name;
	return both.usable(config, why, size) == 0 ? &both : NULL;
}

static int no_signal(void)
{
	return 0;
}

static void set(struct run_options *o, const char *name, const char *value)
{
	char why[300];

	if (run_options_set(o, name, value, why, sizeof(why)) < 0)
		fail_msg("%s", why);
}

/* All that is said against it is that other programs were on the CPUs, as where tests run. */
static bool is_valid_but_for_others(const struct record *rec)
{
	for (size_t i = 0; i < rec->reasons; i++)
		if (strncmp(rec->reason[i], "other programs had", 18) != 0)
			return false;
	return true;
}

static void test_left_alone_is_valid(void **state)
{
	static const char *const given[][2] = {
		{ "arena", "cgroup:512M" }, { "fill", "320M" },	  { "swap", "32M" },
		{ "duration", "2s" },	    { "walker", "loop" },
	};
	struct run_options options;
	struct run_request request = {
		.options = &options,
		.subtest = "thp-pinned",
		.probe = PROBE_THP,
		.rung = RUNG_PINNED,
		.interrupted = no_signal,
	};
	char why[400], left[400];
	struct record rec;

	(void)state;
	both = uring_engine;
	both.open = open_both;
	both.pin = pin_both;
	run_options_init(&options);
	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
		set(&options, given[i][0], given[i][1]);
	if (run_possible(&request, why, sizeof(why)) < 0) {
		print_message("%s\n", why);
		skip();
	}
	record_init(&rec);
	assert_int_equal(run_execute(&request, &rec, left, sizeof(left)), 0);
	assert_string_equal(left, "");
	for (size_t i = 0; i < rec.notes; i++)
		print_message("note: %s\n", rec.note[i]);
	if (!is_valid_but_for_others(&rec))
		fail_msg("invalid: %s", rec.reason[0]);
	assert_int_equal(rec.load.held_bytes, 320 * MIB);
	record_free(&rec);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_left_alone_is_valid) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
