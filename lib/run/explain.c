// SPDX-License-Identifier: MIT
/*
 * Where the worst samples' time went, as the record's "explain": the kernel's trace events of the
 * window, against the samples that the probes kept.
 */
#include "run/explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/internal.h"
#include "system/cleanup.h"
#include "system/json.h"
#include "system/units.h"
#include "trace/reduce.h"

/* Samples whose events are kept. */
#define EXPLAIN_WORST 10

/* One of the worst samples. */
struct explained {
	size_t cpu;	  /* its place among the probe's */
	bool overwritten; /* its events, or some, were lost */
	struct reduction reduction;
};

struct explanation {
	const struct probe *probe;
	size_t n;
	struct explained *sample; /* by CPU, then by time */
	size_t worst;
	const struct explained *of_worst[EXPLAIN_WORST]; /* longest first */
	struct trace_lines *lines;
	struct of_cpu {
		size_t next, end;   /* the samples that its events may still be for */
		uint64_t oldest_ns; /* its first event; 0: none came */
	} * cpu;
};

static int by_time(const void *a, const void *b)
{
	const struct worst_sample *x = a, *y = b;

	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

/* Each sample of each CPU, in the order of their times. */
static int take_samples(struct explanation *x, struct probe *p)
{
	x->sample = calloc(p->cpus * WORST_SAMPLES, sizeof(*x->sample));
	x->cpu = calloc(p->cpus, sizeof(*x->cpu));
	x->lines = calloc(EXPLAIN_WORST, sizeof(*x->lines));
	if (!x->sample || !x->cpu || !x->lines)
		return -ENOMEM;
	for (size_t i = 0; i < p->cpus; i++) {
		struct worst *w = &p->cpu[i].worst;

		x->cpu[i].next = x->n;
		qsort(w->sample, w->n, sizeof(w->sample[0]), by_time);
		for (size_t k = 0; k < w->n; k++) {
			x->sample[x->n].cpu = i;
			reduction_init(&x->sample[x->n++].reduction,
				       w->sample[k].start_ns, w->sample[k].end_ns,
				       p->cpu[i].traced_pid,
				       p->config.kind == PROBE_TIMER, NULL);
		}
		x->cpu[i].end = x->n;
	}
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

/* An event is for the first sample of its process that it does not come after. */
static int take_event(const struct trace_event *e, void *data)
{
	struct explanation *x = data;
	const struct probe *p = x->probe;

	for (size_t i = 0; i < p->cpus; i++) {
		const struct reduction any = { .pid = p->cpu[i].traced_pid };
		struct of_cpu *c = &x->cpu[i];

		if (!reduction_concerns(&any, e))
			continue;
		if (!c->oldest_ns)
			c->oldest_ns = e->t_ns;
		while (c->next < c->end && x->sample[c->next].reduction.end_ns < e->t_ns)
			c->next++;
		if (c->next < c->end)
			reduction_add(&x->sample[c->next].reduction, e);
	}
	return 0;
}

/* What is left of a buffer that wrapped around begins with the oldest event. */
static void finish_samples(struct explanation *x, struct trace *trace)
{
	uint64_t lost = trace_summary(trace)->lost;

	for (size_t i = 0; i < x->n; i++) {
		struct explained *s = &x->sample[i];
		uint64_t oldest_ns = x->cpu[s->cpu].oldest_ns;

		reduction_finish(&s->reduction);
		s->overwritten =
			lost && (!oldest_ns || s->reduction.start_ns < oldest_ns);
	}
}

static void put_times(struct json_out *out, json_object *to, const struct reduction *sum,
		      bool timer)
{
	json_put_u64(out, to, "direct_reclaim_ns", reduction_place(sum, PLACE_RECLAIM));
	json_put_u64(out, to, "compaction_ns", reduction_place(sum, PLACE_COMPACTION));
	json_put_u64(out, to, "notifier_ns", reduction_place(sum, PLACE_NOTIFIER));
	json_put_u64(out, to, "run_queue_ns", sum->ns[PLACE_OWN][STATE_WAITS]);
	/* Of a timer's sample, sleep is the time for which it should have been woken. */
	json_put_u64(out, to, timer ? "timer_late_ns" : "sleep_ns",
		     sum->ns[PLACE_OWN][STATE_SLEEPS]);
	json_put_u64(out, to, "interrupts_ns", sum->ns[PLACE_OWN][STATE_INTERRUPTED]);
	json_put_u64(out, to, "own_ns", sum->ns[PLACE_OWN][STATE_RUNS]);
}

/* Over all samples whose events were kept. */
static void put_sums(struct json_out *out, json_object *to, const struct explanation *x,
		     bool timer)
{
	struct reduction sum = { 0 };
	uint64_t total = 0, samples = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct reduction *r = &x->sample[i].reduction;

		if (x->sample[i].overwritten)
			continue;
		samples++;
		total += r->end_ns - r->start_ns;
		for (enum trace_place p = 0; p < TRACE_PLACES; p++)
			for (enum trace_state s = 0; s < TRACE_STATES; s++)
				sum.ns[p][s] += r->ns[p][s];
	}
	json_put_u64(out, to, "samples", samples);
	json_put_u64(out, to, "total_ns", total);
	put_times(out, to, &sum, timer);
}

static void put_events(struct json_out *out, json_object *to, const struct reduction *r)
{
	json_object *events = json_put_array(out, to, "events");
	char strip[TRACE_STRIP + 1];

	for (size_t i = 0; i < r->lines->n; i++) {
		const struct trace_line *line = &r->lines->line[i];
		json_object *event = json_put_array(out, events, NULL);

		json_put_u64(out, event, NULL, line->t_ns - r->start_ns);
		json_put_text(out, event, NULL, trace_kind_name(line->kind));
		json_put_text(out, event, NULL, line->text);
	}
	json_put_u64(out, to, "left_out", r->lines->left_out);
	json_put_text(out, to, "strip", reduction_strip(r, strip));
}

static void put_worst(struct json_out *out, json_object *to, const struct run *run,
		      const struct explained *s)
{
	const struct reduction *r = &s->reduction;
	char cause[400] = "";

	if (s->overwritten)
		snprintf(cause, sizeof(cause),
			 "not known: its events were overwritten by later ones");
	else if (run->explain.trace)
		reduction_cause(r, cause, sizeof(cause));
	json_put_i64(out, to, "cpu", run->probe.cpu[s->cpu].cpu);
	json_put_u64(out, to, "t_ns", r->start_ns - run->probe.start_ns);
	json_put_u64(out, to, "latency_ns", r->end_ns - r->start_ns);
	json_put_text(out, to, "cause", cause);
	if (!run->explain.trace || s->overwritten)
		return;
	put_times(out, to, r, r->timer);
	json_put_u64(out, to, "scanned", r->scanned);
	json_put_u64(out, to, "reclaimed", r->reclaimed);
	json_put_u64(out, to, "unmap_failed", r->unmap_failed);
	json_put_u64(out, to, "throttled_ns", r->throttled_ns);
	put_events(out, to, r);
}

/*
 * "kept": scanned, and neither freed nor found in use. There the pinned pages are that reclaim
 * passes over, with those that are locked or being written.
 */
static void put_pages(struct json_out *out, json_object *to, const struct trace_pages *p)
{
	uint64_t gone = p->reclaimed + p->activated + p->referenced;

	json_put_u64(out, to, "batches", p->batches);
	json_put_u64(out, to, "scanned", p->scanned);
	json_put_u64(out, to, "reclaimed", p->reclaimed);
	json_put_u64(out, to, "activated", p->activated);
	json_put_u64(out, to, "referenced", p->referenced);
	json_put_u64(out, to, "unmap_failed", p->unmap_failed);
	json_put_u64(out, to, "writeback", p->writeback);
	json_put_u64(out, to, "kept", p->scanned > gone ? p->scanned - gone : 0);
}

/* A GPU driver's MMU notifier, by who called it. */
static void put_notifier(struct json_out *out, json_object *to,
			 const struct trace_summary *t)
{
	static const char *const callers[NOTIFIER_CALLERS] = {
		[NOTIFIER_KSWAPD] = "kswapd",
		[NOTIFIER_RECLAIM] = "direct_reclaim",
		[NOTIFIER_COMPACTION] = "compaction",
		[NOTIFIER_OWNER] = "owner",
		[NOTIFIER_OTHER] = "other",
	};

	for (int i = 0; i < NOTIFIER_CALLERS; i++) {
		const struct notifier_calls *c = &t->notifier[i];
		json_object *caller = json_put_object(out, to, callers[i]);

		json_put_u64(out, caller, "calls", c->calls);
		json_put_u64(out, caller, "ns", c->ns);
		json_put_u64(out, caller, "longest_ns", c->longest_ns);
	}
	json_put_u64(out, to, "lost", t->lost_calls);
}

static void put_trace(struct json_out *out, const struct run *r,
		      const struct explanation *x)
{
	const struct trace_summary *t = trace_summary(r->explain.trace);
	json_object *reclaim;

	json_put_texts(out, out->root, "events", t->events, SIZE_MAX);
	json_put_texts(out, out->root, "missing", t->missing, SIZE_MAX);
	json_put_u64(out, out->root, "buffer_bytes", t->buffer_bytes);
	json_put_u64(out, out->root, "lost", t->lost);
	put_sums(out, json_put_object(out, out->root, "time"), x,
		 r->probe.config.kind == PROBE_TIMER);
	reclaim = json_put_object(out, out->root, "reclaim");
	put_pages(out, json_put_object(out, reclaim, "anon"), &t->anon);
	put_pages(out, json_put_object(out, reclaim, "file"), &t->file);
	json_put_u64(out, reclaim, "lost", t->lost_batches);
	if (t->notifier)
		put_notifier(out, json_put_object(out, out->root, "notifier"), t);
}

static void put_examined(struct json_out *out, json_object *to,
			 const struct pinned_pages *p)
{
	json_put_u64(out, to, "examined", p->examined);
	json_put_u64(out, to, "pinned", p->pinned);
}

/* What the BPF program counted, or why there was none. */
static void put_pinned(struct json_out *out, json_object *to, const struct explain *x)
{
	struct pinned_counts counts = { 0 };
	int ret = x->pinned ? pinned_read(x->pinned, &counts) : 0;

	if (counts.pages) {
		put_examined(out, json_put_object(out, to, "anon"), &counts.anon);
		put_examined(out, json_put_object(out, to, "file"), &counts.file);
		json_put_u64(out, to, "missed", counts.missed);
	} else if (ret < 0) {
		json_put_format(out, to, "why_not",
				"the BPF program's counts cannot be read: %s",
				strerror(-ret));
	} else {
		json_put_text(out, to, "why_not", x->pinned_why);
	}
	if (x->pinned && ret == 0)
		json_put_u64(out, to, "direct_reclaim_ns", counts.direct_reclaim_ns);
}

/* The record's "explain"; the samples are reduced. */
static int make_json(const struct run *r, const struct explanation *x, json_object **root)
{
	struct json_out out;
	json_object *worst;

	json_begin(&out);
	if (r->explain.trace)
		put_trace(&out, r, x);
	else
		json_put_text(&out, out.root, "why_not", r->explain.why);
	put_pinned(&out, json_put_object(&out, out.root, "pinned"), &r->explain);
	worst = json_put_array(&out, out.root, "worst");
	for (size_t i = 0; i < x->worst; i++)
		put_worst(&out, json_put_object(&out, worst, NULL), r, x->of_worst[i]);
	return json_end(&out, root);
}

static void keep_trace(struct run *r)
{
	const char *path = r->request->options->keep_trace;
	int ret = path && r->explain.trace ? trace_keep(r->explain.trace, path) : 0;

	if (ret < 0)
		run_note(r, "the trace could not be kept in %s: %s", path,
			 strerror(-ret));
}

static void release(struct explanation *x)
{
	free(x->sample);
	free(x->cpu);
	free(x->lines);
}

static void note_what_was_done(struct run *r)
{
	const struct explain *x = &r->explain;

	if (x->trace)
		run_note(
			r,
			"--explain: the window was traced, and all latencies include what that costs");
	else if (x->pinned)
		run_note(
			r,
			"--explain: no events were traced (%s); a BPF program ran, and all latencies include what that costs",
			x->why);
	else
		run_note(r, "--explain: nothing was traced: %s", x->why);
}

int explain_collect(struct run *r)
{
	CLEANUP(release) struct explanation x = { .probe = &r->probe };
	int ret;

	if (!r->explain.wanted || !r->window_ns)
		return 0;
	note_what_was_done(r);
	keep_trace(r);
	ret = take_samples(&x, &r->probe);
	if (ret < 0)
		return ret;
	choose_worst(&x);
	if (r->explain.trace) {
		ret = trace_read(r->explain.trace, take_event, &x);
		if (ret < 0)
			run_note(r, "--explain: the trace could not be read whole: %s",
				 strerror(-ret));
		finish_samples(&x, r->explain.trace);
	}
	return make_json(r, &x, &r->record->explain);
}

/* The sample that ended the run, for the record; such a run's window is cut where it hurt. */
void explain_stopped(struct run *r, int index)
{
	const struct probe_cpu *cpu = &r->probe.cpu[index];
	const struct worst_sample *over = &cpu->worst.over;
	char limit[32], length[32];
	struct json_out out;

	json_begin(&out);
	json_put_u64(&out, out.root, "limit_ns", cpu->worst.limit_ns);
	json_put_i64(&out, out.root, "cpu", cpu->cpu);
	json_put_u64(&out, out.root, "t_ns", over->start_ns - r->probe.start_ns);
	json_put_u64(&out, out.root, "latency_ns", worst_length(over));
	run_remember(r, json_end(&out, &r->record->stopped));
	run_blame(r, "stopped: a sample of %s on CPU %d was longer than --stop-at %s",
		  format_time(worst_length(over), length, sizeof(length)), cpu->cpu,
		  format_duration(cpu->worst.limit_ns, limit, sizeof(limit)));
}
