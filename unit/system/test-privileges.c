// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "system/process.h"
#include "system/sysfile.h"

static void fifo_leaves_the_caller_alone(void **state)
{
	struct sched_param before, after;
	int policy = sched_getscheduler(0);

	(void)state;
	assert_int_equal(sched_getparam(0, &before), 0);
	(void)may_use_fifo(1);
	(void)may_use_fifo(99);
	assert_int_equal(sched_getscheduler(0), policy);
	assert_int_equal(sched_getparam(0, &after), 0);
	assert_int_equal(after.sched_priority, before.sched_priority);
}

static void there_is_no_such_priority(void **state)
{
	(void)state;
	assert_false(may_use_fifo(0));
	assert_false(may_use_fifo(100));
	assert_false(may_use_fifo(-1));
}

static void capabilities_as_proc_shows_them(void **state)
{
	char status[8192];
	const char *line;
	uint64_t effective;

	(void)state;
	assert_true(sysfile_read("/proc/self/status", status, sizeof(status)) > 0);
	line = strstr(status, "CapEff:");
	assert_non_null(line);
	effective = strtoull(line + 7, NULL, 16);
	for (int cap = 0; cap < 64; cap++)
		assert_int_equal(has_capability(cap), effective >> cap & 1);
	assert_false(has_capability(-1));
	assert_false(has_capability(64));
}

static uint64_t locked_kib(void)
{
	uint64_t kib = UINT64_MAX;
	char status[8192];

	assert_true(sysfile_read("/proc/self/status", status, sizeof(status)) > 0);
	assert_int_equal(sysfile_find_u64(status, "VmLck", &kib), 0);
	return kib;
}

static void asking_locks_nothing(void **state)
{
	uint64_t before = locked_kib(), bytes = may_lock_bytes();
	struct rlimit limit;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	assert_true(bytes == UINT64_MAX || bytes == limit.rlim_cur);
	assert_int_equal(locked_kib(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fifo_leaves_the_caller_alone),
		cmocka_unit_test(there_is_no_such_priority),
		cmocka_unit_test(capabilities_as_proc_shows_them),
		cmocka_unit_test(asking_locks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
