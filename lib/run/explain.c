// SPDX-License-Identifier: MIT
/*
 * Where the worst samples' time went: the kernel's trace events of the window, against the
 * samples that the probes kept.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/explain-private.h"
#include "system/cleanup.h"
#include "system/numbers.h"
#include "system/units.h"

/* PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h */
#define FIRST_PID_NAMESPACE 0xEFFFFFFC

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
	tracing_remove_stale(&d->tracing);
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

/* A run that cannot be explained is still a run; the record says so. */
void _explain_prepare(struct run *r)
{
	struct explain *x = &r->explain;
	int ret;

	*x = (struct explain){ .wanted = r->request->options->explain };
	if (!x->wanted)
		return;
	if (has_own_pids()) {
		snprintf(
			x->why, sizeof(x->why),
			"processes have ids of their own in this container (docker run --pid=host)");
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

int _explain_begin(struct run *r)
{
	_cleanup_free_ pid_t *pids = NULL;
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

void _explain_start(struct run *r)
{
	struct explain *x = &r->explain;
	int ret = x->trace ? trace_start(x->trace) : 0;

	if (ret < 0)
		give_up_trace(x, "tracing cannot be switched on", ret);
	if (x->pinned)
		pinned_start(x->pinned);
}

void _explain_look(struct run *r)
{
	if (r->explain.trace)
		trace_drain(r->explain.trace);
}

void _explain_end_window(struct run *r)
{
	if (r->explain.pinned)
		pinned_stop(r->explain.pinned);
	if (r->explain.trace)
		trace_end_window(r->explain.trace);
}

void _explain_stop(struct run *r)
{
	if (r->explain.trace)
		trace_stop(r->explain.trace);
}

void _explain_end(struct run *r)
{
	trace_free(r->explain.trace);
	r->explain.trace = NULL;
	pinned_free(r->explain.pinned);
	r->explain.pinned = NULL;
}

static int by_time(const void *a, const void *b)
{
	const struct worst_sample *x = a, *y = b;

	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

/* Each sample of each CPU, in the order of their times. */
static int take_samples(struct explanation *x, struct probe *p)
{
	x->sample = calloc(p->cpus * WORST_SAMPLES, sizeof(*x->sample));
	x->first = calloc(p->cpus + 1, sizeof(*x->first));
	x->cursor = calloc(p->cpus, sizeof(*x->cursor));
	x->oldest_ns = calloc(p->cpus, sizeof(*x->oldest_ns));
	x->lines = calloc(EXPLAIN_WORST, sizeof(*x->lines));
	if (!x->sample || !x->first || !x->cursor || !x->oldest_ns || !x->lines)
		return -ENOMEM;
	for (size_t i = 0; i < p->cpus; i++) {
		struct worst *w = &p->cpu[i].worst;

		x->first[i] = x->cursor[i] = x->n;
		qsort(w->sample, w->n, sizeof(w->sample[0]), by_time);
		for (size_t k = 0; k < w->n; k++) {
			x->sample[x->n].cpu = i;
			reduction_init(&x->sample[x->n++].reduction,
				       w->sample[k].start_ns, w->sample[k].end_ns,
				       p->cpu[i].traced_pid,
				       p->config.kind == PROBE_TIMER, NULL);
		}
	}
	x->first[p->cpus] = x->n;
	return 0;
}

static uint64_t length(const struct explained *s)
{
	return s->reduction.end_ns - s->reduction.start_ns;
}

/* The longest ones have their events kept. */
static void choose_worst(struct explanation *x)
{
	for (size_t i = 0; i < x->n; i++) {
		size_t at = x->worst < EXPLAIN_WORST ? x->worst++ : EXPLAIN_WORST;

		while (at > 0 && length(x->of_worst[at - 1]) < length(&x->sample[i])) {
			if (at < EXPLAIN_WORST)
				x->of_worst[at] = x->of_worst[at - 1];
			at--;
		}
		if (at < EXPLAIN_WORST)
			x->of_worst[at] = &x->sample[i];
	}
	for (size_t k = 0; k < x->worst; k++)
		x->sample[x->of_worst[k] - x->sample].reduction.lines = &x->lines[k];
}

struct taking {
	const struct run *r;
	struct explanation *x;
};

/* An event is for the first sample of its process that it does not come after. */
static int take_event(const struct trace_event *e, void *data)
{
	const struct taking *t = data;
	const struct probe *p = &t->r->probe;
	struct explanation *x = t->x;

	for (size_t i = 0; i < p->cpus; i++) {
		const struct reduction any = { .pid = p->cpu[i].traced_pid };

		if (!reduction_concerns(&any, e))
			continue;
		if (!x->oldest_ns[i])
			x->oldest_ns[i] = e->t_ns;
		while (x->cursor[i] < x->first[i + 1] &&
		       x->sample[x->cursor[i]].reduction.end_ns < e->t_ns)
			x->cursor[i]++;
		if (x->cursor[i] < x->first[i + 1])
			reduction_add(&x->sample[x->cursor[i]].reduction, e);
	}
	return 0;
}

/* What is left of a buffer that wrapped around begins with the oldest event. */
static void finish_samples(struct explanation *x, struct trace *trace)
{
	uint64_t lost, lost_reclaim;

	trace_lost(trace, &lost, &lost_reclaim);
	for (size_t i = 0; i < x->n; i++) {
		struct explained *s = &x->sample[i];

		reduction_finish(&s->reduction);
		s->overwritten = lost && (!x->oldest_ns[s->cpu] ||
					  s->reduction.start_ns < x->oldest_ns[s->cpu]);
	}
}

static int keep_trace(struct run *r)
{
	const char *path = r->request->options->keep_trace;
	int ret;

	if (!*path || !r->explain.trace)
		return 0;
	ret = trace_keep(r->explain.trace, path);
	return ret < 0 ? record_note(r->record, "the trace could not be kept in %s: %s",
				     path, strerror(-ret))
		       : 0;
}

static void release(struct explanation *x)
{
	free(x->sample);
	free(x->first);
	free(x->cursor);
	free(x->oldest_ns);
	free(x->lines);
}

static int note_what_was_done(struct run *r)
{
	if (!r->explain.trace && r->explain.pinned)
		return record_note(
			r->record,
			"--explain: no events were traced (%s); a BPF program ran, and all latencies include what that costs",
			r->explain.why);
	if (!r->explain.trace)
		return record_note(r->record, "--explain: nothing was traced: %s",
				   r->explain.why);
	return record_note(
		r->record,
		"--explain: the window was traced, and all latencies include what that costs");
}

int _explain_collect(struct run *r)
{
	_cleanup_(release) struct explanation x = { 0 };
	struct taking taking = { r, &x };
	int ret;

	if (!r->explain.wanted || !r->window_ns)
		return 0;
	ret = note_what_was_done(r);
	ret = ret < 0 ? ret : keep_trace(r);
	ret = ret < 0 ? ret : take_samples(&x, &r->probe);
	if (ret < 0)
		return ret;
	choose_worst(&x);
	if (r->explain.trace) {
		ret = trace_read(r->explain.trace, take_event, &taking);
		if (ret < 0)
			ret = record_note(
				r->record,
				"--explain: the trace could not be read whole: %s",
				strerror(-ret));
		finish_samples(&x, r->explain.trace);
	}
	if (ret < 0)
		return ret;
	r->record->explain = _explain_json(r, &x);
	return r->record->explain ? 0 : -ENOMEM;
}

/* The sample that ended the run, for the record; such a run's window is cut where it hurt. */
int _explain_stopped(struct run *r, int index)
{
	const struct probe_cpu *cpu = &r->probe.cpu[index];
	const struct worst_sample *over = &cpu->worst.over;
	json_object *stopped = json_object_new_object();
	char limit[32], length[32];

	if (!stopped)
		return -ENOMEM;
	json_object_object_add(stopped, "limit_ns",
			       json_object_new_uint64(cpu->worst.limit_ns));
	json_object_object_add(stopped, "cpu", json_object_new_int(cpu->cpu));
	json_object_object_add(
		stopped, "t_ns",
		json_object_new_uint64(over->start_ns - r->probe.start_ns));
	json_object_object_add(stopped, "latency_ns",
			       json_object_new_uint64(worst_length(over)));
	r->record->stopped = stopped;
	return record_invalidate(
		r->record,
		"stopped: a sample of %s on CPU %d was longer than --stop-at %s",
		format_time(worst_length(over), length, sizeof(length)), cpu->cpu,
		format_duration(cpu->worst.limit_ns, limit, sizeof(limit)));
}
