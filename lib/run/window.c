// SPDX-License-Identifier: MIT
/* The measuring window, and what --explain traces around it. */
#include "run/window.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/internal.h"
#include "run/timeline.h"
#include "system/cleanup.h"
#include "system/units.h"

/* PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h */
#define FIRST_PID_NAMESPACE 0xEFFFFFFC

/* From the signal to the first instant: everybody is asleep by then. */
#define LEAD_NS		 (20 * NSEC_PER_MSEC)
#define LOOK_NS		 (20 * NSEC_PER_MSEC)
#define READY_TIMEOUT_NS (30 * NSEC_PER_SEC)
/* A huge page may take seconds when all memory is pinned. */
#define GRACE_NS (60 * NSEC_PER_SEC)

int run_all_well(struct run *r, const char *doing)
{
	char why[300];
	int sig = r->request->interrupted();

	if (sig)
		return run_fail(r, -EINTR, "interrupted by signal %d (%s) while %s", sig,
				strsignal(sig), doing);
	if (load_check(&r->load, why, sizeof(why)) < 0)
		return run_fault(r, -ECHILD, "%s", why);
	return 0;
}

static pid_t *probe_pids(const struct probe *p)
{
	pid_t *pid = calloc(p->cpus, sizeof(*pid));

	for (size_t i = 0; pid && i < p->cpus; i++)
		pid[i] = p->cpu[i].pid;
	return pid;
}

static int create_trace(struct run *r)
{
	struct watchdog_duties *d = &r->shared->duties;
	struct explain *x = &r->explain;
	int ret;

	/* Told to the watchdog before it is made. */
	d->has_tracing = 1;
	ret = tracing_open(&d->tracing, x->why, sizeof(x->why));
	if (ret < 0)
		return ret;
	return trace_create(&x->trace, &d->tracing, r->request->options->duration_ns,
			    x->why, sizeof(x->why));
}

/* Some failures, of memory, come without words. */
static void say_why(char *why, size_t size, int error)
{
	if (error < 0 && !*why)
		snprintf(why, size, "%s", strerror(-error));
}

/* In a container with process ids of its own the kernel's tracer knows the probes by other numbers. */
static bool has_own_pids(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != FIRST_PID_NAMESPACE;
}

/* In a time namespace the kernel's tracer has another clock than the probes. */
static bool has_own_clock(void)
{
	char text[256];
	const char *line;
	long long seconds = 0, ns = 0;

	return sysfile_read("/proc/self/timens_offsets", text, sizeof(text)) > 0 &&
	       (line = sysfile_find(text, "monotonic")) &&
	       sscanf(line, "%lld %lld", &seconds, &ns) == 2 && (seconds || ns);
}

/* A run that cannot be explained is still a run; the record says so. */
void explain_prepare(struct run *r)
{
	struct explain *x = &r->explain;
	int ret;

	/* Its calls say themselves what they waited for and what became of the pages. */
	*x = (struct explain){ .wanted = r->request->options->explain &&
					 r->request->probe != PROBE_PAGEOUT };
	if (!x->wanted)
		return;
	if (has_own_pids()) {
		snprintf(
			x->why, sizeof(x->why),
			"processes have ids of their own in this container (docker run --pid=host)");
		snprintf(x->pinned_why, sizeof(x->pinned_why), "%s", x->why);
		return;
	}
	if (has_own_clock()) {
		snprintf(
			x->why, sizeof(x->why),
			"processes have a clock of their own here, a time namespace with an offset");
		snprintf(x->pinned_why, sizeof(x->pinned_why), "%s", x->why);
		return;
	}
	ret = create_trace(r);
	say_why(x->why, sizeof(x->why), ret);
	ret = pinned_create(&x->pinned, (size_t)sysconf(_SC_NPROCESSORS_CONF),
			    x->pinned_why, sizeof(x->pinned_why));
	say_why(x->pinned_why, sizeof(x->pinned_why), ret);
}

static void give_up_trace(struct explain *x, const char *what, int error)
{
	snprintf(x->why, sizeof(x->why), "%s: %s", what, strerror(-error));
	trace_free(x->trace);
	x->trace = NULL;
}

static void give_up_pinned(struct explain *x, int error)
{
	snprintf(x->pinned_why, sizeof(x->pinned_why),
		 "the BPF program cannot be told the probes: %s", strerror(-error));
	pinned_free(x->pinned);
	x->pinned = NULL;
}

static int explain_begin(struct run *r)
{
	CLEANUP_FREE pid_t *pids = NULL;
	struct explain *x = &r->explain;
	int ret;

	if (!x->trace && !x->pinned)
		return 0;
	pids = probe_pids(&r->probe);
	if (!pids)
		return -ENOMEM;
	ret = x->trace ? trace_follow(x->trace, pids, r->probe.cpus) : 0;
	if (ret < 0)
		give_up_trace(x, "tracing cannot be told the probes", ret);
	ret = x->pinned ? pinned_follow(x->pinned, pids, r->probe.cpus) : 0;
	if (ret < 0)
		give_up_pinned(x, ret);
	return 0;
}

static void explain_start(struct run *r)
{
	struct explain *x = &r->explain;
	int ret = 0;

	if (x->trace) {
		trace_owner(x->trace, r->load.child);
		ret = trace_start(x->trace);
	}
	if (ret < 0)
		give_up_trace(x, "tracing cannot be switched on", ret);
	if (x->pinned)
		pinned_start(x->pinned);
}

static void explain_end_window(struct run *r)
{
	if (r->explain.pinned)
		pinned_stop(r->explain.pinned);
	if (r->explain.trace)
		trace_end_window(r->explain.trace);
}

static int all_well(struct run *r, const char *doing)
{
	char why[300];
	int ret = run_all_well(r, doing);

	if (ret == 0 && probe_check(&r->probe, why, sizeof(why)) < 0)
		ret = run_fault(r, -ECHILD, "%s", why);
	return ret;
}

static void look_at_progress(const struct run *r, struct run_progress *p)
{
	const struct load_shared *s = r->shared;

	*p = (struct run_progress){
		.submitted = s->engine.submitted,
		.held_bytes = s->held_bytes,
		.faults = s->faults,
		.exec_ns = s->engine.exec_ns,
		.requests = s->engine.requests,
		.bytes = s->engine.bytes,
		.collisions = s->engine.collisions,
		.walker_files = s->walker.files,
		.walker_bytes = s->walker.bytes,
		.walker_cached = s->walker.cached,
		.walker_passes = s->walker.passes,
	};
	if (!run_memcg(r))
		return;
	memcg_read_events(run_memcg(r), &p->events);
	memcg_read_stat(run_memcg(r), p->memory_stat, sizeof(p->memory_stat));
}

static int start_probe(struct run *r)
{
	const struct run_options *o = r->request->options;
	bool timer = r->request->probe == PROBE_TIMER;
	bool pageout = r->request->probe == PROBE_PAGEOUT;
	struct probe_config config = {
		.kind = r->request->probe,
		.interval_min_ns = r->sizes.interval_min_ns,
		.interval_max_ns = r->sizes.interval_max_ns,
		.duration_ns = o->duration_ns,
		.seed = r->record->seed,
		.priority = timer ? o->priority : 0,
		.stop_at_ns = o->stop_at_ns,
		/* pageout asks from outside. */
		.memcg = pageout ? NULL : run_memcg(r),
		.attribute = o->attribution && !pageout,
		.pageout = {
			.desk = &r->shared->pageout,
			.owner = r->load.child,
			.memcg = run_memcg(r),
			.objects = r->shared->objects,
			.object_size = o->object_size,
			.seed = r->record->seed,
		},
	};
	uint64_t until = monotonic_ns() + READY_TIMEOUT_NS;
	char why[300];
	int ret = probe_create(&r->probe, &config);

	if (ret < 0)
		return run_fail(r, ret, "cannot make the probe: %s", strerror(-ret));
	ret = probe_start(&r->probe, why, sizeof(why));
	if (ret < 0)
		return run_fail(r, ret, "%s", why);
	while (ret == 0 && !probe_ready(&r->probe)) {
		ret = all_well(r, "starting the probe");
		if (ret == 0 && monotonic_ns() > until)
			ret = run_fault(r, -ETIMEDOUT,
					"the probe was not ready after 30 s");
		sleep_ns(NSEC_PER_MSEC);
	}
	return ret < 0 ? ret : all_well(r, "starting the probe");
}

/* Tracks the longest pause of the walker: while it pauses there is no memory pressure. */
static void look_at_walker(struct run *r, uint64_t now)
{
	uint64_t beat = r->shared->walker.heartbeat;

	if (beat != r->walker_beat || r->walker_beat_ns == 0) {
		r->walker_beat = beat;
		r->walker_beat_ns = now;
	}
	if (now - r->walker_beat_ns > r->walker_still_ns)
		r->walker_still_ns = now - r->walker_beat_ns;
}

/* Whether the probe is done before its time: pageout makes so many samples, and no more. */
static bool is_done(const struct run *r)
{
	return r->request->probe == PROBE_PAGEOUT && probe_ended(&r->probe);
}

/* Looks after everybody until the window closes, or until a sample passes --stop-at. */
static int watch(struct run *r, uint64_t start)
{
	uint64_t end = start + r->probe.config.duration_ns, now;
	int ret = 0;

	while (ret == 0 && (now = monotonic_ns()) < end && probe_stopped(&r->probe) < 0 &&
	       !is_done(r)) {
		ret = all_well(r, "measuring");
		if (r->explain.trace)
			trace_drain(r->explain.trace);
		look_at_walker(r, now);
		if (now >= r->timeline.next_ns) {
			outside_look_around(r);
			ret = ret < 0 ? ret : timeline_add(r, now);
		}
		outside_sleep(r, end - now < LOOK_NS ? end - now : LOOK_NS);
	}
	return ret;
}

/* The load goes on while the last touches wait for their pages: they were wanted under load. */
static int wait_for_probe(struct run *r)
{
	uint64_t until = monotonic_ns() + GRACE_NS;
	int ret = all_well(r, "measuring");

	while (ret == 0 && !probe_ended(&r->probe)) {
		if (monotonic_ns() > until)
			return run_fault(r, -ETIMEDOUT,
					 "the probe had not ended 60 s after the window");
		sleep_ns(NSEC_PER_MSEC);
		ret = all_well(r, "waiting for the last samples");
	}
	return ret < 0 ? ret : timeline_add(r, monotonic_ns());
}

/* After the probes were forked: they lock all that they have, and may not be allowed much. */
static int make_counters(struct run *r)
{
	r->before = malloc(sizeof(*r->before));
	r->after = malloc(sizeof(*r->after));
	return r->before && r->after ? 0 : -ENOMEM;
}

int run_window(struct run *r)
{
	uint64_t start;
	int ret = start_probe(r);

	if (ret == 0)
		ret = make_counters(r);
	if (ret == 0)
		ret = explain_begin(r);
	if (ret == 0)
		ret = timeline_create(&r->timeline, r->probe.config.duration_ns);
	if (ret < 0)
		return ret;
	/* Without privileges it stays unlocked; the probes, which count, have locked theirs. */
	mlockall(MCL_CURRENT);
	explain_start(r);
	look_at_progress(r, &r->at_start);
	outside_look(r, &r->outside.start);
	counters_read(&r->reader, r->before);
	start = monotonic_ns() + LEAD_NS;
	timeline_start(&r->timeline, start);
	probe_open_window(&r->probe, start);
	ret = watch(r, start);
	counters_read(&r->reader, r->after);
	explain_end_window(r);
	look_at_progress(r, &r->at_end);
	outside_look_around(r);
	outside_look(r, &r->outside.end);
	r->window_ns = r->after->t_ns - r->before->t_ns;
	if (ret == 0)
		ret = wait_for_probe(r);
	if (r->explain.trace)
		trace_stop(r->explain.trace);
	munlockall();
	return ret;
}
