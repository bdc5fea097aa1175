// SPDX-License-Identifier: MIT
#include "sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/internal.h"
#include "stats/random.h"
#include "system/cleanup.h"
#include "system/units.h"

/* @n values over some powers of ten, so that a record has its usual some hundred buckets. */
static int sample_distribution(struct distribution *d, uint64_t seed, uint64_t n)
{
	_cleanup_free_ struct histogram *h = malloc(sizeof(*h));
	struct random_state rs = random_stream(seed, 0);

	if (!h)
		return -ENOMEM;
	histogram_reset(h);
	for (uint64_t i = 0; i < n; i++)
		histogram_add(h,
			      50000 + random_below(&rs, 100000) +
				      (i % 100 == 0 ? random_below(&rs, 50000000) : 0));
	return distribution_from_histogram(d, h);
}

static void sample_config(struct record_config *c)
{
	*c = (struct record_config){
		.arena = "cgroup:512M",
		.engine = "uring",
		.backing = "4k",
		.swap = "file:64M",
		.walker = "sparse:1G",
		.walker_rate = GIB,
		.duration_ns = 20 * NSEC_PER_SEC,
		.interval_min_ns = NSEC_PER_MSEC,
		.interval_max_ns = NSEC_PER_MSEC,
		.object_size = 64 * MIB,
		.fill_bytes = 320 * MIB,
		.request_rate = 1000,
		.request_size = 128 * KIB,
		.queue_depth = 8,
		.priority = 99,
	};
}

static void sample_load(struct record_load *l)
{
	*l = (struct record_load){
		.engine = "uring",
		.objects = 5,
		.filled_bytes = 320 * MIB,
		.pinned_bytes = 320 * MIB,
		.pinned_pages_seen = 81920,
		.fill_ns = 900 * NSEC_PER_MSEC,
		.pin_ns = 12 * NSEC_PER_MSEC,
		.create_ns = NSEC_PER_MSEC,
		.steady_ns = 2 * NSEC_PER_MSEC,
		.requests = 20000,
		.request_bytes = 20000 * 128 * KIB,
		.request_ns = 5 * NSEC_PER_MSEC,
		.repinned_pages = 16384,
		.walker = "sparse",
		.walker_files = 20,
		.walker_bytes = 20 * GIB,
		.walker_passes = 20,
	};
}

static int sample_environment(struct record *r)
{
	_cleanup_free_ struct facts *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	snprintf(f->release, sizeof(f->release), "6.1.0-pinlat");
	snprintf(f->version, sizeof(f->version), "#1 SMP PREEMPT_DYNAMIC");
	snprintf(f->cmdline, sizeof(f->cmdline), "root=/dev/vda quiet odd=\xff");
	snprintf(f->preempt, sizeof(f->preempt), "voluntary");
	snprintf(f->cpu_model, sizeof(f->cpu_model), "A model of a CPU");
	snprintf(f->thp_enabled, sizeof(f->thp_enabled), "madvise");
	f->cpus_online = 2;
	f->memory_total = 8 * GIB;
	f->virtual_machine = true;
	r->environment = machine_environment(f, NULL);
	return r->environment ? 0 : -ENOMEM;
}

/* As many entries as a real run's: a counter a line of /proc/vmstat that moved. */
static int sample_counters(struct record *r)
{
	_cleanup_free_ struct counters *before = calloc(1, sizeof(*before));
	_cleanup_free_ struct counters *after = calloc(1, sizeof(*after));
	size_t b = 0, a = 0;

	if (!before || !after)
		return -ENOMEM;
	for (unsigned int i = 0; i < 90; i++) {
		char *text = before->text[COUNTER_VMSTAT];

		b += (size_t)snprintf(text + b, sizeof(before->text[0]) - b,
				      "counter_%u 10\n", i);
		text = after->text[COUNTER_VMSTAT];
		a += (size_t)snprintf(text + a, sizeof(after->text[0]) - a,
				      "counter_%u %u\n", i, 1000 + i);
	}
	r->counters = machine_counters(before, after, NULL);
	return r->counters ? 0 : -ENOMEM;
}

/* As a traced run that --stop-at ended gives them. */
static int sample_explain(struct record *r)
{
	r->explain = json_tokener_parse(
		"{\"events\": [\"vmscan:mm_vmscan_direct_reclaim_begin\"], \"missing\": [], \"buffer_bytes\": 4194304, \"lost\": 0, \"time\": {\"samples\": 1, \"total_ns\": 900, \"direct_reclaim_ns\": 700, \"compaction_ns\": 0, \"run_queue_ns\": 100, \"timer_late_ns\": 0, \"interrupts_ns\": 0, \"own_ns\": 100}, \"pinned\": {\"anon\": {\"examined\": 32, \"pinned\": 31}, \"file\": {\"examined\": 0, \"pinned\": 0}, \"missed\": 0, \"direct_reclaim_ns\": 701}, \"worst\": [{\"cpu\": 1, \"t_ns\": 5000, \"latency_ns\": 900, \"cause\": \"direct reclaim 700ns: 32 pages scanned, 0 reclaimed\", \"events\": [[10, \"reclaim begins\", \"order 9\"]], \"left_out\": 0}]}");
	r->stopped = json_tokener_parse(
		"{\"limit_ns\": 500, \"cpu\": 1, \"t_ns\": 5000, \"latency_ns\": 900}");
	return r->explain && r->stopped ? 0 : -ENOMEM;
}

static int sample_timeline(struct record *r)
{
	r->timeline = json_object_new_array();
	for (int second = 1; second <= 20 && r->timeline; second++) {
		json_object *o = json_object_new_object();

		json_object_object_add(o, "t_ns",
				       json_object_new_uint64(second * NSEC_PER_SEC));
		json_object_object_add(o, "count", json_object_new_uint64(1000));
		json_object_object_add(o, "p50", json_object_new_uint64(65000));
		json_object_object_add(o, "p99", json_object_new_uint64(140000));
		json_object_object_add(o, "max", json_object_new_uint64(6000000));
		json_object_array_add(r->timeline, o);
	}
	return r->timeline ? 0 : -ENOMEM;
}

static int sample_latency(struct record *r)
{
	int ret = sample_distribution(&r->scheduled, r->seq, 40000);

	if (ret == 0)
		ret = sample_distribution(&r->woken, r->seq + 1, 300);
	r->cpus = 2;
	r->cpu = calloc(r->cpus, sizeof(*r->cpu));
	if (!r->cpu)
		return -ENOMEM;
	for (size_t i = 0; i < r->cpus && ret == 0; i++) {
		r->cpu[i].cpu = (int32_t)i;
		r->cpu[i].voluntary_switches = 20000 + i;
		ret = sample_distribution(&r->cpu[i].scheduled, r->seq + 2 + i, 20000);
	}
	if (ret == 0 && strncmp(r->subtest, "thp-", 4) == 0)
		ret = sample_distribution(&r->huge, r->seq + 9, 500);
	return ret;
}

/* As thp has it on a kernel without compaction's delays. */
static int sample_attribution(struct record *r)
{
	struct record_attribution *a = &r->attribution;
	const uint64_t fast[GROWN] = { [CAUSE_ON_CPU] = 300 };
	const uint64_t slow[GROWN] = {
		[CAUSE_DIRECT_RECLAIM] = 70000, [CAUSE_RUN_QUEUE] = 20
	};

	a->present = true;
	a->seen = 1u << CAUSE_DIRECT_RECLAIM | 1u << CAUSE_ON_CPU | 1u << CAUSE_RUN_QUEUE;
	a->slow_from_ns = 65536;
	attribution_split_add(&a->all, 310, fast);
	attribution_split_add(&a->all, 75000, slow);
	attribution_split_add(&a->slow, 75000, slow);
	a->sources = json_tokener_parse(
		"{\"direct_reclaim\":\"taskstats 10\",\"run_queue\":\"schedstat\",\"on_cpu\":\"clock\",\"missing\":[\"compaction\"]}");
	return a->sources ? 0 : -ENOMEM;
}

int sample_record(struct record *r, const char *subtest, uint64_t seq)
{
	int ret;

	record_init(r);
	r->subtest = strdup(subtest);
	r->label = strdup("base");
	r->boot_id = strdup("5e1f6d2c-0000-4000-8000-000000000001");
	if (!r->subtest || !r->label || !r->boot_id)
		return -ENOMEM;
	r->seq = seq;
	r->seed = UINT64_MAX - 1;
	snprintf(r->start, sizeof(r->start), "2026-01-31T10:00:00Z");
	sample_config(&r->config);
	sample_load(&r->load);
	r->expected = 40001;
	r->recorded = 40000;
	r->late = 12;
	ret = sample_latency(r);
	ret = ret ? ret : sample_environment(r);
	ret = ret ? ret : sample_counters(r);
	ret = ret ? ret : sample_timeline(r);
	ret = ret ? ret : sample_attribution(r);
	ret = ret ? ret : sample_explain(r);
	return ret ? ret : record_note(r, "swap was %s for the run", "made");
}
