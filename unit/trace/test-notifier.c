// SPDX-License-Identifier: MIT
/* Who was in a driver's MMU notifier, and for how long, from made-up events. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "trace/notifier.h"

#define MS     1000000ull
#define KSWAPD 50
#define OWNER  300
#define TASK   700
#define ELSE   900

static struct notifier *n;

static int setup(void **state)
{
	(void)state;
	n = notifier_create();
	assert_non_null(n);
	notifier_is_kswapd(n, KSWAPD);
	notifier_is_owner(n, OWNER);
	notifier_is_owner(n, OWNER + 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	notifier_free(n);
	return 0;
}

static void take_of(uint64_t ms, int pid, enum trace_kind kind, uint64_t vma)
{
	struct trace_event e = { .t_ns = ms * MS, .pid = pid, .kind = kind };

	if (kind == TRACE_NOTIFIER_BEGIN || kind == TRACE_NOTIFIER_END)
		e.vma = vma;
	notifier_take(n, &e);
}

static void take(uint64_t ms, int pid, enum trace_kind kind)
{
	take_of(ms, pid, kind, 1);
}

static void assert_calls(enum notifier_caller who, uint64_t calls, uint64_t ms,
			 uint64_t longest_ms)
{
	const struct notifier_calls *c = &notifier_calls(n)[who];

	assert_int_equal(c->calls, calls);
	assert_int_equal(c->ns, ms * MS);
	assert_int_equal(c->longest_ns, longest_ms * MS);
}

static void by_whom(void **state)
{
	(void)state;
	take(10, KSWAPD, TRACE_NOTIFIER_BEGIN);
	take(15, KSWAPD, TRACE_NOTIFIER_END);
	take(20, TASK, TRACE_RECLAIM_BEGIN);
	take(21, TASK, TRACE_NOTIFIER_BEGIN);
	take(101, TASK, TRACE_NOTIFIER_END);
	take(102, TASK, TRACE_NOTIFIER_BEGIN);
	take(104, TASK, TRACE_NOTIFIER_END);
	take(105, TASK, TRACE_RECLAIM_END);
	take(106, TASK, TRACE_NOTIFIER_BEGIN); /* of its own, out of reclaim */
	take(107, TASK, TRACE_NOTIFIER_END);
	take(108, ELSE, TRACE_COMPACTION_BEGIN);
	take(109, ELSE, TRACE_NOTIFIER_BEGIN);
	take(112, ELSE, TRACE_NOTIFIER_END);
	take(113, ELSE, TRACE_COMPACTION_END);
	take(114, OWNER + 1, TRACE_NOTIFIER_BEGIN);
	take(121, OWNER + 1, TRACE_NOTIFIER_END);
	/* The owner in direct reclaim is a reclaimer like others. */
	take(122, OWNER, TRACE_RECLAIM_BEGIN);
	take(123, OWNER, TRACE_NOTIFIER_BEGIN);
	take(124, OWNER, TRACE_NOTIFIER_END);
	take(125, OWNER, TRACE_RECLAIM_END);
	notifier_settle(n, UINT64_MAX);
	assert_calls(NOTIFIER_KSWAPD, 1, 5, 5);
	assert_calls(NOTIFIER_RECLAIM, 3, 83, 80);
	assert_calls(NOTIFIER_COMPACTION, 1, 3, 3);
	assert_calls(NOTIFIER_OWNER, 1, 7, 7);
	assert_calls(NOTIFIER_OTHER, 1, 1, 1);
	assert_int_equal(notifier_lost(n), 0);
}

/* It sleeps on one CPU and wakes on another, whose buffer was read before. */
static void out_of_order(void **state)
{
	(void)state;
	take(80, TASK, TRACE_NOTIFIER_END);
	take(90, TASK, TRACE_RECLAIM_END);
	take(10, TASK, TRACE_RECLAIM_BEGIN);
	take(20, TASK, TRACE_NOTIFIER_BEGIN);
	notifier_settle(n, 50 * MS); /* later ones wait for those that may yet come */
	assert_calls(NOTIFIER_RECLAIM, 0, 0, 0);
	take(60, KSWAPD, TRACE_NOTIFIER_BEGIN);
	take(70, KSWAPD, TRACE_NOTIFIER_END);
	notifier_settle(n, 75 * MS);
	assert_calls(NOTIFIER_KSWAPD, 1, 10, 10);
	assert_calls(NOTIFIER_RECLAIM, 0, 0, 0);
	notifier_settle(n, 100 * MS);
	assert_calls(NOTIFIER_RECLAIM, 1, 60, 60);
}

/* New kernels let the waits for several mappings overlap: that is one time. */
static void several_at_a_time(void **state)
{
	(void)state;
	take_of(10, TASK, TRACE_NOTIFIER_BEGIN, 1);
	take_of(11, TASK, TRACE_NOTIFIER_BEGIN, 2);
	take_of(30, TASK, TRACE_NOTIFIER_END, 1);
	take_of(40, TASK, TRACE_NOTIFIER_END, 2);
	notifier_settle(n, UINT64_MAX);
	assert_calls(NOTIFIER_OTHER, 1, 30, 30);
}

static void one_that_may_not_block(void **state)
{
	(void)state;
	take_of(10, TASK, TRACE_NOTIFIER_BEGIN, 1);
	take_of(500, TASK, TRACE_NOTIFIER_BEGIN, 1);
	take_of(503, TASK, TRACE_NOTIFIER_END, 1);
	notifier_settle(n, UINT64_MAX);
	assert_calls(NOTIFIER_OTHER, 1, 3, 3);
}

/* What was under way when tracing began, and what is when it ends, is no whole call. */
static void at_the_edges(void **state)
{
	(void)state;
	take(10, TASK, TRACE_NOTIFIER_END);
	take(11, ELSE, TRACE_RECLAIM_END);
	take(20, TASK, TRACE_NOTIFIER_BEGIN);
	notifier_settle(n, UINT64_MAX);
	for (int i = 0; i < NOTIFIER_CALLERS; i++)
		assert_calls((enum notifier_caller)i, 0, 0, 0);
}

/* More than there is room for is lost, and said to be; what comes later counts again. */
static void too_many(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++)
		take(1, 1000 + i, TRACE_NOTIFIER_BEGIN);
	assert_true(notifier_lost(n) > 0);
	notifier_settle(n, UINT64_MAX);
	for (int i = 0; i < 20000; i++) {
		take(2 + (uint64_t)i, KSWAPD, TRACE_SHRINK); /* not of it */
		if (i % 1000 == 0)
			notifier_settle(n, UINT64_MAX);
	}
	for (int i = 0; i < 600; i++)
		take(30000, 1000 + i, TRACE_NOTIFIER_END);
	notifier_settle(n, UINT64_MAX);
	assert_true(notifier_calls(n)[NOTIFIER_OTHER].calls > 400);
	take(40000, KSWAPD, TRACE_NOTIFIER_BEGIN);
	take(40001, KSWAPD, TRACE_NOTIFIER_END);
	notifier_settle(n, UINT64_MAX);
	assert_calls(NOTIFIER_KSWAPD, 1, 1, 1);
}

/* Sorted, however they come: the sum is that of all calls. */
static void many_cpus(void **state)
{
	enum { TASKS = 40, CALLS = 100 };

	(void)state;
	for (int task = TASKS; task-- > 0;) {
		for (int call = 0; call < CALLS; call++) {
			uint64_t at = (uint64_t)call * 10 + (uint64_t)task % 5;

			take(at, 5000 + task, TRACE_NOTIFIER_BEGIN);
			take(at + 3, 5000 + task, TRACE_NOTIFIER_END);
		}
	}
	notifier_settle(n, UINT64_MAX);
	assert_calls(NOTIFIER_OTHER, TASKS * CALLS, 3 * TASKS * CALLS, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_whom),		 TEST(out_of_order),
		TEST(several_at_a_time), TEST(one_that_may_not_block),
		TEST(at_the_edges),	 TEST(too_many),
		TEST(many_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
