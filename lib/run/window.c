// SPDX-License-Identifier: MIT
/* The measuring window, and the timeline that is drawn while it is open. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load/process.h"
#include "run/run-private.h"
#include "stats/distribution.h"
#include "system/cleanup.h"
#include "system/units.h"

/* From the signal to the first instant: everybody is asleep by then. */
#define LEAD_NS (20 * NSEC_PER_MSEC)
#define LOOK_NS (20 * NSEC_PER_MSEC)
/* A huge page may take seconds when all memory is pinned. */
#define GRACE_NS (60 * NSEC_PER_SEC)

struct timeline {
	struct histogram before, now;
	uint64_t next_ns;
};

static void merge_cpus(const struct probe *p, struct histogram *sum)
{
	histogram_reset(sum);
	for (size_t i = 0; i < p->cpus; i++)
		histogram_merge(sum, &p->cpu[i].scheduled);
}

static int add_point(struct run *r, struct timeline *t, uint64_t t_ns)
{
	json_object *point = json_object_new_object();
	struct distribution d = { 0 };
	int ret;

	merge_cpus(&r->probe, &t->now);
	ret = distribution_between(&d, &t->before, &t->now);
	t->before = t->now;
	if (ret < 0 || !point) {
		json_object_put(point);
		distribution_free(&d);
		return -ENOMEM;
	}
	json_object_object_add(point, "t_ns", json_object_new_uint64(t_ns));
	json_object_object_add(point, "count", json_object_new_uint64(d.count));
	json_object_object_add(point, "p50", json_object_new_uint64(distribution_quantile(&d, 0.5)));
	json_object_object_add(point, "p99", json_object_new_uint64(distribution_quantile(&d, 0.99)));
	json_object_object_add(point, "max", json_object_new_uint64(d.max));
	distribution_free(&d);
	return json_object_array_add(r->record->timeline, point);
}

/* Looks after everybody until the window closes. */
static int watch(struct run *r, struct timeline *t, uint64_t start)
{
	uint64_t end = start + r->probe.config.duration_ns;
	char why[300];
	uint64_t now;

	while ((now = monotonic_ns()) < end) {
		int sig = r->request->interrupted();

		if (sig)
			return _run_fail(r, -EINTR, "interrupted by signal %d (%s) after %.1f s of %.1f", sig,
					 strsignal(sig), now > start ? (double)(now - start) / 1e9 : 0.0,
					 (double)r->probe.config.duration_ns / 1e9);
		if (load_check(&r->load, why, sizeof(why)) < 0 ||
		    probe_check(&r->probe, why, sizeof(why)) < 0)
			return _run_fail(r, -ECHILD, "%s", why);
		if (now >= t->next_ns) {
			if (add_point(r, t, t->next_ns - start) < 0)
				return -ENOMEM;
			t->next_ns += NSEC_PER_SEC;
		}
		sleep_ns(end - now < LOOK_NS ? end - now : LOOK_NS);
	}
	return 0;
}

static int start_probe(struct run *r)
{
	const struct run_options *o = r->request->options;
	bool timer = r->request->probe == PROBE_TIMER;
	struct probe_config config = {
		.kind = r->request->probe,
		.interval_min_ns = r->sizes.interval_min_ns,
		.interval_max_ns = r->sizes.interval_max_ns,
		.duration_ns = o->duration_ns,
		.seed = r->record->seed,
		.priority = timer ? o->priority : 0,
		.memcg = _run_memcg(r),
	};
	char why[300];
	int ret = probe_create(&r->probe, &config);

	if (ret < 0)
		return _run_fail(r, ret, "cannot make the probe: %s", strerror(-ret));
	ret = probe_start(&r->probe, why, sizeof(why));
	return ret < 0 ? _run_fail(r, ret, "%s", why) : 0;
}

static int wait_for_probe(struct run *r)
{
	char why[300];
	int ret = probe_finish(&r->probe, GRACE_NS, why, sizeof(why));

	return ret < 0 ? _run_fail(r, ret, "%s", why) : 0;
}

int _run_window(struct run *r)
{
	_cleanup_free_ struct timeline *t = malloc(sizeof(*t));
	uint64_t start;
	int ret;

	r->record->timeline = json_object_new_array();
	if (!t || !r->record->timeline)
		return -ENOMEM;
	histogram_reset(&t->before);
	ret = start_probe(r);
	if (ret < 0)
		return ret;
	_run_progress(r, &r->at_start);
	counters_read(&r->reader, r->before);
	start = monotonic_ns() + LEAD_NS;
	t->next_ns = start + NSEC_PER_SEC;
	probe_open_window(&r->probe, start);
	ret = watch(r, t, start);
	counters_read(&r->reader, r->after);
	_run_progress(r, &r->at_end);
	r->window_ns = r->after->t_ns - r->before->t_ns;
	return ret < 0 ? ret : wait_for_probe(r);
}
