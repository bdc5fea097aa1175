// SPDX-License-Identifier: MIT
/* From made-up events to where the time went, and to words. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "stats/random.h"
#include "trace/reduce.h"

#define PROBE 100
#define OTHER 7
#define US    1000ull
#define MS    1000000ull
#define START (1000 * MS)

static struct trace_event at(uint64_t t_ns, enum trace_kind kind)
{
	return (struct trace_event){ .t_ns = START + t_ns, .kind = kind, .pid = PROBE };
}

static struct trace_event leaves(uint64_t t_ns, bool runnable)
{
	struct trace_event e = at(t_ns, TRACE_SWITCH);

	e.switched.prev = PROBE;
	e.switched.next = OTHER;
	e.switched.runnable = runnable;
	strcpy(e.switched.next_comm, "walker");
	return e;
}

static struct trace_event enters(uint64_t t_ns)
{
	struct trace_event e = at(t_ns, TRACE_SWITCH);

	e.switched.prev = OTHER;
	e.switched.next = PROBE;
	strcpy(e.switched.prev_comm, "walker");
	return e;
}

static struct trace_event shrink(uint64_t t_ns, uint64_t scanned, uint64_t reclaimed)
{
	struct trace_event e = at(t_ns, TRACE_SHRINK);

	e.shrink.scanned = scanned;
	e.shrink.reclaimed = reclaimed;
	return e;
}

static void reduce(struct reduction *r, uint64_t length_ns, bool timer,
		   struct trace_lines *lines, const struct trace_event *e, size_t n)
{
	uint64_t sum = 0;

	reduction_init(r, START, START + length_ns, PROBE, timer, lines);
	for (size_t i = 0; i < n; i++)
		if (reduction_concerns(r, &e[i]))
			reduction_add(r, &e[i]);
	reduction_finish(r);
	for (enum trace_place p = 0; p < TRACE_PLACES; p++)
		sum += reduction_place(r, p);
	assert_int_equal(sum, length_ns);
}

#define REDUCE(r, length, timer, lines, ...)                                             \
	do {                                                                             \
		const struct trace_event list[] = { __VA_ARGS__ };                       \
		reduce(r, length, timer, lines, list, sizeof(list) / sizeof(list[0]));   \
	} while (0)

static void assert_cause(const struct reduction *r, const char *wanted)
{
	char text[400];

	assert_string_equal(reduction_cause(r, text, sizeof(text)), wanted);
}

static void test_reclaim(void **state)
{
	struct reduction r;

	(void)state;
	REDUCE(&r, 32 * MS, false, NULL, at(100 * US, TRACE_RECLAIM_BEGIN),
	       shrink(5 * MS, 4096, 0), shrink(20 * MS, 8192, 0),
	       at(31100 * US, TRACE_RECLAIM_END));
	assert_int_equal(reduction_place(&r, PLACE_RECLAIM), 31 * MS);
	assert_int_equal(r.ns[PLACE_OWN][STATE_RUNS], 1 * MS);
	assert_int_equal(r.scanned, 12288);
	assert_cause(&r, "direct reclaim 31.0ms: 12288 pages scanned, 0 reclaimed");
}

/* Time off the CPU inside reclaim is reclaim's; outside it has a name of its own. */
static void test_off_the_cpu(void **state)
{
	struct reduction r;

	(void)state;
	REDUCE(&r, 20 * MS, false, NULL, at(0, TRACE_RECLAIM_BEGIN), leaves(2 * MS, true),
	       enters(6 * MS), at(10 * MS, TRACE_RECLAIM_END), leaves(11 * MS, true),
	       enters(16500 * US));
	assert_int_equal(r.ns[PLACE_RECLAIM][STATE_WAITS], 4 * MS);
	assert_int_equal(r.ns[PLACE_RECLAIM][STATE_RUNS], 6 * MS);
	assert_int_equal(r.ns[PLACE_OWN][STATE_WAITS], 5500 * US);
	assert_cause(
		&r,
		"direct reclaim 10.0ms (4.00ms of it off the CPU): 0 pages scanned, 0 reclaimed; waited for the CPU 5.50ms (behind walker); the page fault itself 4.50ms");
}

/* Inside reclaim, and off the CPU there: it is a place of its own, and reclaim is the rest. */
static void test_notifier(void **state)
{
	struct trace_lines lines;
	struct reduction r;
	char strip[TRACE_STRIP + 1];

	(void)state;
	REDUCE(&r, 100 * MS, false, &lines, at(0, TRACE_RECLAIM_BEGIN),
	       at(5 * MS, TRACE_NOTIFIER_BEGIN), leaves(6 * MS, false),
	       at(84 * MS, TRACE_WAKING), enters(85 * MS),
	       at(85 * MS, TRACE_NOTIFIER_END), at(95 * MS, TRACE_RECLAIM_END));
	assert_int_equal(reduction_place(&r, PLACE_NOTIFIER), 80 * MS);
	assert_int_equal(r.ns[PLACE_NOTIFIER][STATE_SLEEPS], 78 * MS);
	assert_int_equal(reduction_place(&r, PLACE_RECLAIM), 15 * MS);
	assert_cause(
		&r,
		"the GPU driver's MMU notifier 80.0ms (79.0ms of it off the CPU); direct reclaim 15.0ms: 0 pages scanned, 0 reclaimed; the page fault itself 5.00ms");
	reduction_strip(&r, strip);
	assert_int_equal(strip[2], 'r');
	assert_int_equal(strip[50], 'N');
}

/* One that may not block has no event at its end: reclaim's next event says that it has ended. */
static void test_notifier_without_end(void **state)
{
	struct reduction r;

	(void)state;
	REDUCE(&r, 10 * MS, false, NULL, at(0, TRACE_RECLAIM_BEGIN),
	       at(1 * MS, TRACE_NOTIFIER_BEGIN), shrink(2 * MS, 32, 0),
	       at(9 * MS, TRACE_RECLAIM_END));
	assert_int_equal(reduction_place(&r, PLACE_NOTIFIER), 1 * MS);
	assert_int_equal(reduction_place(&r, PLACE_RECLAIM), 8 * MS);
}

static void test_sleep(void **state)
{
	struct reduction r;

	(void)state;
	REDUCE(&r, 10 * MS, false, NULL, leaves(1 * MS, false), at(8 * MS, TRACE_WAKING),
	       enters(9 * MS));
	assert_int_equal(r.ns[PLACE_OWN][STATE_SLEEPS], 7 * MS);
	assert_int_equal(r.ns[PLACE_OWN][STATE_WAITS], 1 * MS);
	assert_int_equal(r.ns[PLACE_OWN][STATE_RUNS], 2 * MS);
}

static void test_compaction(void **state)
{
	struct trace_event moved = at(3 * MS, TRACE_MIGRATED);
	struct reduction r;

	(void)state;
	moved.moved.migrated = 500;
	moved.moved.failed = 12;
	REDUCE(&r, 5 * MS, false, NULL, at(1 * MS, TRACE_COMPACTION_BEGIN), moved,
	       at(5 * MS, TRACE_COMPACTION_END));
	assert_int_equal(reduction_place(&r, PLACE_COMPACTION), 4 * MS);
	assert_cause(
		&r,
		"compaction 4.00ms: 500 pages moved, 12 failed; the page fault itself 1.00ms");
}

static void test_interrupts(void **state)
{
	struct trace_event irq = at(1 * MS, TRACE_IRQ_ENTRY);
	struct trace_event soft = at(2 * MS, TRACE_SOFTIRQ_ENTRY);
	struct reduction r;

	(void)state;
	strcpy(irq.irq.name, "nvme0q1");
	strcpy(soft.irq.name, "block");
	/* The hard interrupt comes again inside the softirq. */
	REDUCE(&r, 10 * MS, false, NULL, irq, at(2 * MS, TRACE_IRQ_EXIT), soft,
	       at(3 * MS, TRACE_IRQ_ENTRY), at(4 * MS, TRACE_IRQ_EXIT),
	       at(6 * MS, TRACE_SOFTIRQ_EXIT));
	assert_int_equal(r.ns[PLACE_OWN][STATE_INTERRUPTED], 5 * MS);
	assert_string_equal(r.irq, "block");
}

/* A timer that fires late, a CPU that is not free, then the probe runs. */
static void test_timer(void **state)
{
	struct reduction r;

	(void)state;
	REDUCE(&r, 1 * MS, true, NULL, leaves(0, false), at(700 * US, TRACE_WAKING),
	       enters(990 * US));
	assert_int_equal(r.ns[PLACE_OWN][STATE_SLEEPS], 700 * US);
	assert_int_equal(r.ns[PLACE_OWN][STATE_WAITS], 290 * US);
	assert_cause(
		&r,
		"its timer fired 700\xc2\xb5s late; waited for the CPU 290\xc2\xb5s (behind walker)");
}

/* What came before tells in which state a timer's sample begins: woken, and kept waiting. */
static void test_before_the_sample(void **state)
{
	struct trace_event woken = at(0, TRACE_WAKING);
	struct reduction r;

	(void)state;
	woken.t_ns = START - 5 * MS;
	REDUCE(&r, 1 * MS, true, NULL, woken, enters(900 * US));
	assert_int_equal(r.ns[PLACE_OWN][STATE_WAITS], 900 * US);
	assert_int_equal(r.longest_wait_ns, 900 * US);
}

/* Without the switch that it missed, what the process does shows that it runs. */
static void test_missed_switch(void **state)
{
	struct reduction r;

	(void)state;
	REDUCE(&r, 10 * MS, false, NULL, leaves(1 * MS, true),
	       at(4 * MS, TRACE_RECLAIM_BEGIN), at(9 * MS, TRACE_RECLAIM_END));
	assert_int_equal(r.ns[PLACE_OWN][STATE_WAITS], 3 * MS);
	assert_int_equal(r.ns[PLACE_RECLAIM][STATE_RUNS], 5 * MS);
}

static void test_others(void **state)
{
	struct trace_event other = at(1 * MS, TRACE_RECLAIM_BEGIN);
	struct reduction r;

	(void)state;
	other.pid = OTHER;
	REDUCE(&r, 2 * MS, false, NULL, other);
	assert_int_equal(r.events, 0);
	assert_cause(&r, "the page fault itself 2.00ms");
}

/* An end without its beginning is no reason to go below nothing. */
static void test_unpaired(void **state)
{
	struct reduction r;

	(void)state;
	REDUCE(&r, 4 * MS, false, NULL, at(1 * MS, TRACE_RECLAIM_END),
	       at(2 * MS, TRACE_COMPACTION_END), at(3 * MS, TRACE_IRQ_EXIT),
	       at(3 * MS, TRACE_SOFTIRQ_EXIT));
	assert_int_equal(r.ns[PLACE_OWN][STATE_RUNS], 4 * MS);
}

static void test_lines(void **state)
{
	static struct trace_lines lines;
	struct reduction r;

	(void)state;
	REDUCE(&r, 10 * MS, false, &lines, at(0, TRACE_RECLAIM_BEGIN),
	       shrink(1 * MS, 32, 0), shrink(2 * MS, 32, 8), shrink(3 * MS, 32, 0),
	       at(4 * MS, TRACE_RECLAIM_END));
	assert_int_equal(lines.n, 3);
	assert_string_equal(lines.line[0].text, "order 0");
	assert_string_equal(lines.line[1].text,
			    "3x anon: 96 scanned, 8 reclaimed, 0 not unmapped");
	assert_int_equal(lines.line[1].t_ns, START + 1 * MS);
}

/* The first and the last are kept, however many there are. */
static void test_many_lines(void **state)
{
	static struct trace_lines lines;
	struct reduction r;

	(void)state;
	reduction_init(&r, START, START + 100 * MS, PROBE, false, &lines);
	for (uint64_t i = 0; i < 50; i++) {
		struct trace_event out = leaves(2 * i * MS, true),
				   in = enters((2 * i + 1) * MS);

		reduction_add(&r, &out);
		reduction_add(&r, &in);
	}
	reduction_finish(&r);
	assert_int_equal(lines.n, TRACE_LINES);
	assert_int_equal(lines.left_out, 100 - TRACE_LINES);
	assert_int_equal(lines.line[0].t_ns, START);
	assert_int_equal(lines.line[TRACE_LINES / 2 - 1].t_ns,
			 START + (TRACE_LINES / 2 - 1) * MS);
	assert_int_equal(lines.line[TRACE_LINES - 1].t_ns, START + 99 * MS);
	assert_int_equal(r.ns[PLACE_OWN][STATE_WAITS], 50 * MS);
}

static void test_strip(void **state)
{
	static struct trace_lines lines;
	char strip[TRACE_STRIP + 1];
	struct reduction r;

	(void)state;
	REDUCE(&r, 100 * MS, false, &lines, at(10 * MS, TRACE_RECLAIM_BEGIN),
	       leaves(40 * MS, true), enters(60 * MS), at(80 * MS, TRACE_RECLAIM_END),
	       leaves(90 * MS, false), at(95 * MS, TRACE_WAKING));
	assert_string_equal(
		reduction_strip(&r, strip),
		"ffffffffffrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrRRRRRRRRRRRRRRRRRRRRrrrrrrrrrrrrrrrrrrrrffffffffffssssswwwww");
	/* Shorter than a hundred nanoseconds it must not divide by nothing. */
	REDUCE(&r, 7, false, &lines, at(3, TRACE_RECLAIM_BEGIN));
	assert_int_equal(strlen(reduction_strip(&r, strip)), TRACE_STRIP);
}

/* Whatever comes, the parts are the whole (reduce() says so), and the words fit. */
static void test_any_events(void **state)
{
	struct random_state random = random_stream(1, 1);

	(void)state;
	for (int round = 0; round < 2000; round++) {
		static struct trace_lines lines;
		struct trace_event e[60];
		struct reduction r;
		char text[60];
		uint64_t t = 0;

		for (size_t i = 0; i < 60; i++) {
			t += random_below(&random, 300 * US);
			e[i] = at(t, (enum trace_kind)random_below(&random, TRACE_KINDS));
			if (e[i].kind == TRACE_SWITCH)
				e[i] = random_below(&random, 2)
					       ? enters(t)
					       : leaves(t, random_below(&random, 2));
		}
		reduce(&r, 6 * MS, random_below(&random, 2), &lines, e, 60);
		reduction_cause(&r, text, sizeof(text));
		assert_true(strlen(text) < sizeof(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reclaim),
		cmocka_unit_test(test_off_the_cpu),
		cmocka_unit_test(test_notifier),
		cmocka_unit_test(test_notifier_without_end),
		cmocka_unit_test(test_sleep),
		cmocka_unit_test(test_compaction),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_before_the_sample),
		cmocka_unit_test(test_missed_switch),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_unpaired),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_strip),
		cmocka_unit_test(test_any_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
