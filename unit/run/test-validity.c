// SPDX-License-Identifier: MIT
/*
 * The validity gate, rule by rule: a run that has all that was to be prepared is valid, whatever the
 * kernel made of it; each thing that was not prepared makes it invalid, with the reason.
 */
#include "../record/cmocka_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/internal.h"
#include "run/timeline.h"
#include "system/units.h"

#define FILLED (320 * MIB)
#define WINDOW (4 * NSEC_PER_SEC)

/* A run as it is when its window has closed, and all that hangs on it. */
struct made {
	struct run run;
	struct run_request request;
	struct run_options options;
	struct record record;
	struct engine_ops engine;
	struct probe_cpu cpu;
};

static void put_vmstat(struct counters *c, unsigned int anon, unsigned int file)
{
	snprintf(
		c->text[COUNTER_VMSTAT], sizeof(c->text[COUNTER_VMSTAT]),
		"nr_foll_pin_acquired 90000\nnr_foll_pin_released 0\npgscan_anon %u\npgsteal_anon 0\npgsteal_file %u\n",
		anon, file);
}

static struct kernel_thread kernel_before[] = { { 2, 1000 }, { 40, 500 } };
static struct kernel_thread kernel_after[] = { { 2, 1030 }, { 77, 10 }, { 99, 10 } };

static uint64_t tick_ns(void)
{
	return NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
}

static void put_free_swap(struct counters *c, unsigned int kib)
{
	snprintf(c->text[COUNTER_MEMINFO], sizeof(c->text[COUNTER_MEMINFO]),
		 "MemFree: 1000 kB\nSwapFree: %u kB\n", kib);
}

/* A window of 4 s on two CPUs, of whose 800 ticks others have so many. */
static void put_cpu(struct run *r, unsigned int others, unsigned int steal)
{
	snprintf(r->before->text[COUNTER_STAT], sizeof(r->before->text[COUNTER_STAT]),
		 "cpu  1000 50 1000 9000 7 0 0 100 0 0\ncpu0 9 9\n");
	snprintf(r->after->text[COUNTER_STAT], sizeof(r->after->text[COUNTER_STAT]),
		 "cpu  %u 60 1190 %u 7 0 0 %u 0 0\ncpu0 9 9\n", 1000 + others,
		 9600 - others - steal, 100 + steal);
	/* One thread of the kernel begins, one ends, one has worked. */
	r->outside.start = (struct outside_look){ .own_ns = 5 * NSEC_PER_SEC,
						  .threads = 2,
						  .thread = kernel_before };
	r->outside.end =
		(struct outside_look){ .own_ns = 5 * NSEC_PER_SEC + 150 * tick_ns(),
				       .threads = 3,
				       .thread = kernel_after };
}

/* Everybody's latencies: 1 us, two thousand times. */
static void put_samples(struct record *rec)
{
	struct histogram *h = malloc(sizeof(*h));

	assert_non_null(h);
	histogram_reset(h);
	for (int i = 0; i < 2000; i++)
		histogram_add(h, 1000);
	assert_int_equal(distribution_from_histogram(&rec->scheduled, h), 0);
	assert_int_equal(distribution_from_histogram(&rec->woken, h), 0);
	rec->expected = rec->recorded = 2000;
	free(h);
}

/* thp-busy in a cgroup, where all is as it should be. */
static struct made *make(void)
{
	struct made *m = calloc(1, sizeof(*m));
	struct run *r;

	assert_non_null(m);
	r = &m->run;
	record_init(&m->record);
	put_samples(&m->record);
	m->record.load = (struct record_load){
		.objects = 20,
		.filled_bytes = FILLED,
		.pinned_bytes = FILLED,
		.pinned_pages_seen = FILLED / page_size(),
		.held_bytes = FILLED,
		.held_least_bytes = FILLED,
		.submitted = 4000,
		.requests = 4000,
		.walker_bytes = 1024 * MIB,
		.walker_cycles = 5,
	};
	m->request = (struct run_request){ .options = &m->options,
					   .probe = PROBE_THP,
					   .rung = RUNG_BUSY };
	m->cpu.state = PROBE_DONE;
	*r = (struct run){ .request = &m->request, .record = &m->record };
	r->engine = &m->engine;
	r->shared = load_shared_map();
	r->before = calloc(1, sizeof(*r->before));
	r->after = calloc(1, sizeof(*r->after));
	assert_true(r->shared && r->before && r->after);
	put_vmstat(r->before, 1000, 1000);
	put_vmstat(r->after, 900000, 300000);
	r->shared->duties.has_memcg = 1;
	r->shared->duties.memcg.version = 1;
	put_free_swap(r->before, 65536);
	put_cpu(r, 0, 0);
	r->at_start.submitted = 100;
	r->at_end.submitted = 4100;
	r->at_end.events.limit_hits = 50;
	r->swappiness = 60;
	r->window_ns = WINDOW;
	r->load_config.walker =
		(struct walker_config){ .kind = WALKER_TREE, .rate = 256 * MIB };
	return m;
}

static void release(struct made *m)
{
	load_shared_unmap(m->run.shared);
	timeline_destroy(&m->run.timeline);
	free(m->run.before);
	free(m->run.after);
	record_free(&m->record);
	free(m);
}

/* Judges it: valid, and one note of it says @said; NULL: no note at all. */
static void expect_valid(struct made *m, const char *said)
{
	const struct record *rec = &m->record;
	size_t i = 0;

	run_judge(&m->run);
	if (!rec->valid)
		fail_msg("invalid: %s", rec->reason[0]);
	if (!said && rec->notes)
		fail_msg("a note: %s", rec->note[0]);
	while (said && i < rec->notes && !strstr(rec->note[i], said))
		i++;
	if (said && i == rec->notes)
		fail_msg("no note says '%s'", said);
	release(m);
}

/* Judges it: invalid, for the one reason that says @said. */
static void expect_invalid(struct made *m, const char *said)
{
	const struct record *rec = &m->record;

	run_judge(&m->run);
	assert_false(rec->valid);
	assert_int_equal(rec->reasons, 1);
	if (!strstr(rec->reason[0], said))
		fail_msg("'%s' instead of '%s'", rec->reason[0], said);
	release(m);
}

static void test_all_well(void **state)
{
	(void)state;
	expect_valid(make(), NULL);
}

/* What a patch may do is a result: the best one leaves what is pinned alone altogether. */
static void test_results_are_no_conditions(void **state)
{
	struct made *m = make();

	(void)state;
	put_vmstat(m->run.after, 1000, 300000);
	expect_valid(m, "reclaim left the pinned pages alone");
	m = make();
	put_vmstat(m->run.after, 2000, 300000);
	expect_valid(m, "looked at few of the pinned pages");
	m = make();
	m->record.load.held_least_bytes = FILLED / 4;
	expect_valid(m, "memory under DMA went down to 80 MiB of 320");
	m = make();
	m->record.load.held_bytes = m->record.load.held_least_bytes = FILLED / 2;
	expect_valid(m, "160 MiB were under DMA when the window opened");
	m = make();
	m->record.load.requests = 0;
	expect_valid(m, "completed no request");
	m = make();
	m->record.load.request_target_ns = 5 * NSEC_PER_MSEC;
	m->record.load.request_ns = 6 * NSEC_PER_MSEC;
	expect_valid(m, NULL);
	m = make();
	m->record.load.request_target_ns = 5 * NSEC_PER_MSEC;
	m->record.load.request_ns = 3 * NSEC_PER_MSEC;
	expect_valid(m, "works for 3.00 ms on a request, and was to for 5.00");
}

static int keep(struct engine *e, size_t first, size_t objects)
{
	(void)e;
	(void)first;
	(void)objects;
	return 0;
}

/* Where something can be done about it, that is said. */
static void test_idle_objects_that_go(void **state)
{
	struct made *m = make();

	(void)state;
	m->request.rung = RUNG_PINNED;
	m->engine.keep = keep;
	m->engine.name = "i915";
	m->record.load.held_least_bytes = FILLED / 4;
	expect_valid(m, "down to 80 MiB of 320: i915 lets go of idle objects");
}

static void test_memory_was_reclaimed(void **state)
{
	struct made *m = make();

	(void)state;
	m->run.at_end.events.limit_hits = 0;
	expect_invalid(m, "no memory was reclaimed");
	/* On the machine, its own counters tell. */
	m = make();
	m->run.shared->duties.has_memcg = 0;
	m->run.at_end.events.limit_hits = 0;
	expect_valid(m, NULL);
	m = make();
	m->run.shared->duties.has_memcg = 0;
	put_vmstat(m->run.after, 900000, 1000);
	expect_invalid(m, "no memory was reclaimed");
	m = make();
	m->record.load.walker_bytes = 0;
	expect_invalid(m, "the walker read nothing");
}

static void test_memory_was_under_dma(void **state)
{
	struct made *m = make();

	(void)state;
	m->record.load.held_bytes = m->record.load.held_least_bytes = 0;
	expect_invalid(m, "no memory was under DMA when the window opened");
	m = make();
	m->record.load.pinned_bytes = FILLED - 64 * MIB;
	expect_invalid(m, "not all objects were pinned");
	m = make();
	m->record.load.pinned_pages_seen /= 2;
	expect_invalid(m, "the kernel counted 40960 pinned pages instead of 81920");
}

static void test_swap_allowed_scanning(void **state)
{
	struct made *m = make();

	(void)state;
	m->run.swappiness = 0;
	expect_invalid(m, "the swappiness of the arena is 0");
	m = make();
	put_free_swap(m->run.before, 0);
	expect_invalid(m, "no swap was free");
	m = make();
	snprintf(m->run.swap_why, sizeof(m->run.swap_why), "the disk is full");
	expect_invalid(m, "the disk is full");
	m = make();
	m->options.swap = SWAP_NONE;
	put_free_swap(m->run.before, 0);
	expect_valid(m, "--swap none");
}

static void test_the_device_was_given_work(void **state)
{
	struct made *m = make();

	(void)state;
	m->record.load.submitted = m->record.load.requests = 0;
	m->run.at_start.submitted = m->run.at_end.submitted = 0;
	expect_invalid(m, "the device was given no work");
	m = make();
	m->record.load.errors = 3;
	expect_invalid(m, "3 requests of the device failed");
	m = make();
	m->record.load.resets = 1;
	expect_invalid(m, "the device was reset 1 times");
	/* A device that is to be quiet needs none. */
	m = make();
	m->request.rung = RUNG_PINNED;
	m->record.load.submitted = m->record.load.requests = 0;
	m->run.at_start.submitted = m->run.at_end.submitted = 0;
	expect_valid(m, NULL);
}

static void test_samples(void **state)
{
	struct made *m = make();

	(void)state;
	m->record.recorded--;
	expect_invalid(m, "2000 periods were planned, 1999 recorded");
	m = make();
	m->run.shared->watchdog_fired = 1;
	expect_invalid(m, "the watchdog killed the load child");
}

/* A window of twelve seconds, of which the second half took @second ns a sample, the first 1000 or so. */
static struct made *make_seconds(uint64_t second)
{
	struct made *m = make();
	struct timeline *t = &m->run.timeline;

	m->options.duration_ns = 12 * NSEC_PER_SEC;
	assert_int_equal(timeline_create(t, m->options.duration_ns), 0);
	for (; t->points < 12; t->points++)
		t->point[t->points] = (struct timeline_point){
			.t_ns = (t->points + 1) * NSEC_PER_SEC + t->points,
			.woken = 100,
			.woken_ns = 100 * (t->points < 6 ? 1000 : second) + t->points % 6,
		};
	return m;
}

static void test_cycles(void **state)
{
	struct made *m = make();

	(void)state;
	m->record.load.walker_cycles = 1.5;
	expect_valid(
		m,
		"the window spans 1.5 cycles of the walker, fewer than 5: --duration 14s would do");
}

static void test_halves(void **state)
{
	struct made *m;

	(void)state;
	expect_valid(make_seconds(1000), NULL);
	m = make_seconds(2000);
	/* A second without a sample tells nothing, so there are too few. */
	m->run.timeline.point[0].woken = 0;
	expect_valid(m, NULL);
	expect_valid(
		make_seconds(2000),
		"the halves of the window differ: a sample took 1.00µs on average in the first, 2.00µs in the second");
}

/* Of 800 ticks: the run has 150, the kernel's threads 50. */
static void test_nobody_else_was_there(void **state)
{
	struct made *m = make();

	(void)state;
	put_cpu(&m->run, 150, 0);
	expect_valid(m, "other programs had 19 % of the CPU time");
	m = make();
	put_cpu(&m->run, 170, 0);
	expect_invalid(m, "other programs had 21 % of the CPU time");
	m = make();
	put_cpu(&m->run, 0, 80);
	expect_valid(m, "took 10 % of the CPU time in the window (steal)");
	m = make();
	put_cpu(&m->run, 0, 170);
	expect_invalid(m, "the host of this virtual machine took 21 %");
	/* A container hides the kernel's threads: what was done in the kernel accuses nobody. */
	m = make();
	m->run.outside.end.threads = 0;
	expect_valid(m, NULL);
	m = make();
	put_cpu(&m->run, 450, 0);
	m->run.outside.end.threads = 0;
	expect_invalid(m, "other programs had 39 % of the CPU time");
	m = make();
	m->run.before->text[COUNTER_STAT][0] = '\0';
	expect_valid(m, NULL);
}

static void test_it_was_left_alone(void **state)
{
	struct made *m = make();

	(void)state;
	m->run.outside.start.suspended_ns = 3 * NSEC_PER_SEC;
	m->run.outside.end.suspended_ns = 3 * NSEC_PER_SEC + NSEC_PER_MSEC;
	expect_valid(m, NULL);
	m = make();
	m->run.outside.end.suspended_ns = 3 * NSEC_PER_SEC;
	expect_invalid(m, "suspended for 3.0 s");
	m = make();
	m->run.outside.still_ns = 1500 * NSEC_PER_MSEC;
	expect_invalid(m, "stood still for 1.50 s");
	m = make();
	m->run.outside.moved_cpu = 1;
	expect_invalid(m, "the probe on CPU 0 was bound to another");
	m = make();
	m->run.outside.delays_off = true;
	expect_valid(m, "switched kernel.task_delayacct off");
}

static void test_run_queue_is_said(void **state)
{
	struct made *m = make();
	struct record_attribution *a = &m->record.attribution;

	(void)state;
	*a = (struct record_attribution){ .present = true,
					  .seen = 1u << CAUSE_RUN_QUEUE };
	a->slow = (struct attribution_split){ .count = 20, .total_ns = 1000 };
	a->slow.cause_ns[CAUSE_RUN_QUEUE] = 400;
	expect_valid(m, NULL);
	m = make();
	a = &m->record.attribution;
	*a = (struct record_attribution){ .present = true,
					  .seen = 1u << CAUSE_RUN_QUEUE };
	a->slow = (struct attribution_split){ .count = 20, .total_ns = 1000 };
	a->slow.cause_ns[CAUSE_RUN_QUEUE] = 600;
	expect_valid(m, "spent 60 % of their time waiting for a CPU");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_well),
		cmocka_unit_test(test_results_are_no_conditions),
		cmocka_unit_test(test_idle_objects_that_go),
		cmocka_unit_test(test_memory_was_reclaimed),
		cmocka_unit_test(test_memory_was_under_dma),
		cmocka_unit_test(test_swap_allowed_scanning),
		cmocka_unit_test(test_the_device_was_given_work),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_nobody_else_was_there),
		cmocka_unit_test(test_it_was_left_alone),
		cmocka_unit_test(test_run_queue_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
