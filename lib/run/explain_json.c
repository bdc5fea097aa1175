// SPDX-License-Identifier: MIT
/* What tracing gave, as the record's "explain". */
#include <stdio.h>
#include <string.h>

#include "run/explain-private.h"

static void put_u64(json_object *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

static json_object *names(const char *const *name)
{
	json_object *array = json_object_new_array();

	for (; array && *name; name++)
		json_object_array_add(array, json_object_new_string(*name));
	return array;
}

/* Of a timer's sample, sleep is the time for which it should have been woken. */
static void put_times(json_object *o, const struct reduction *sum, bool timer)
{
	put_u64(o, "direct_reclaim_ns", reduction_place(sum, PLACE_RECLAIM));
	put_u64(o, "compaction_ns", reduction_place(sum, PLACE_COMPACTION));
	put_u64(o, "run_queue_ns", sum->ns[PLACE_OWN][STATE_WAITS]);
	put_u64(o, timer ? "timer_late_ns" : "sleep_ns",
		sum->ns[PLACE_OWN][STATE_SLEEPS]);
	put_u64(o, "interrupts_ns", sum->ns[PLACE_OWN][STATE_INTERRUPTED]);
	put_u64(o, "own_ns", sum->ns[PLACE_OWN][STATE_RUNS]);
}

/* Over all samples whose events were kept. */
static json_object *time_object(const struct explanation *x, bool timer)
{
	json_object *o = json_object_new_object();
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
	put_u64(o, "samples", samples);
	put_u64(o, "total_ns", total);
	put_times(o, &sum, timer);
	return o;
}

static json_object *event_array(const struct trace_line *line, uint64_t start_ns)
{
	json_object *array = json_object_new_array_ext(3);

	json_object_array_add(array, json_object_new_uint64(line->t_ns - start_ns));
	json_object_array_add(array, json_object_new_string(trace_kind_name(line->kind)));
	json_object_array_add(array, json_object_new_string(line->text));
	return array;
}

static void put_events(json_object *o, const struct reduction *r)
{
	json_object *array = json_object_new_array();
	char strip[TRACE_STRIP + 1];

	for (size_t i = 0; i < r->lines->n; i++)
		json_object_array_add(array,
				      event_array(&r->lines->line[i], r->start_ns));
	json_object_object_add(o, "events", array);
	put_u64(o, "left_out", r->lines->left_out);
	json_object_object_add(o, "strip",
			       json_object_new_string(reduction_strip(r, strip)));
}

static json_object *worst_object(const struct run *run, const struct explained *s)
{
	const struct reduction *r = &s->reduction;
	json_object *o = json_object_new_object();
	char cause[400] = "";

	if (s->overwritten)
		snprintf(cause, sizeof(cause),
			 "not known: its events were overwritten by later ones");
	else if (run->explain.trace)
		reduction_cause(r, cause, sizeof(cause));
	json_object_object_add(o, "cpu", json_object_new_int(run->probe.cpu[s->cpu].cpu));
	put_u64(o, "t_ns", r->start_ns - run->probe.start_ns);
	put_u64(o, "latency_ns", r->end_ns - r->start_ns);
	json_object_object_add(o, "cause", json_object_new_string(cause));
	if (!run->explain.trace || s->overwritten)
		return o;
	put_times(o, r, r->timer);
	put_u64(o, "scanned", r->scanned);
	put_u64(o, "reclaimed", r->reclaimed);
	put_u64(o, "unmap_failed", r->unmap_failed);
	put_u64(o, "throttled_ns", r->throttled_ns);
	put_events(o, r);
	return o;
}

static json_object *worst_array(const struct run *r, const struct explanation *x)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < x->worst; i++)
		json_object_array_add(array, worst_object(r, x->of_worst[i]));
	return array;
}

/*
 * "kept": scanned, and neither freed nor found in use. There the pinned pages are that reclaim
 * passes over, with those that are locked or being written.
 */
static json_object *pages_object(const struct trace_pages *p)
{
	json_object *o = json_object_new_object();
	uint64_t gone = p->reclaimed + p->activated + p->referenced;

	put_u64(o, "batches", p->batches);
	put_u64(o, "scanned", p->scanned);
	put_u64(o, "reclaimed", p->reclaimed);
	put_u64(o, "activated", p->activated);
	put_u64(o, "referenced", p->referenced);
	put_u64(o, "unmap_failed", p->unmap_failed);
	put_u64(o, "writeback", p->writeback);
	put_u64(o, "kept", p->scanned > gone ? p->scanned - gone : 0);
	return o;
}

static void put_trace(json_object *o, const struct run *r, const struct explanation *x)
{
	const struct trace *t = r->explain.trace;
	json_object *reclaim = json_object_new_object();
	struct trace_pages anon, file;
	uint64_t samples, batches;

	trace_lost(t, &samples, &batches);
	trace_reclaim(t, &anon, &file);
	json_object_object_add(o, "events", names(trace_events(t)));
	json_object_object_add(o, "missing", names(trace_missing(t)));
	put_u64(o, "buffer_bytes", trace_buffer_bytes(t));
	put_u64(o, "lost", samples);
	json_object_object_add(o, "time",
			       time_object(x, r->probe.config.kind == PROBE_TIMER));
	json_object_object_add(reclaim, "anon", pages_object(&anon));
	json_object_object_add(reclaim, "file", pages_object(&file));
	put_u64(reclaim, "lost", batches);
	json_object_object_add(o, "reclaim", reclaim);
}

static json_object *examined_object(const struct pinned_pages *p)
{
	json_object *o = json_object_new_object();

	put_u64(o, "examined", p->examined);
	put_u64(o, "pinned", p->pinned);
	return o;
}

/* What the BPF program counted, or why there was none. */
static json_object *pinned_object(const struct run *r)
{
	json_object *o = json_object_new_object();
	struct pinned_counts counts = { 0 };
	char why[sizeof(r->explain.pinned_why)];
	int ret = 0;

	snprintf(why, sizeof(why), "%s", r->explain.pinned_why);
	if (r->explain.pinned)
		ret = pinned_read(r->explain.pinned, &counts);
	if (ret < 0)
		snprintf(why, sizeof(why), "the BPF program's counts cannot be read: %s",
			 strerror(-ret));
	if (counts.pages) {
		json_object_object_add(o, "anon", examined_object(&counts.anon));
		json_object_object_add(o, "file", examined_object(&counts.file));
		put_u64(o, "missed", counts.missed);
	} else {
		json_object_object_add(o, "why_not", json_object_new_string(why));
	}
	if (r->explain.pinned && ret == 0)
		put_u64(o, "direct_reclaim_ns", counts.direct_reclaim_ns);
	return o;
}

json_object *_explain_json(const struct run *r, const struct explanation *x)
{
	json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	if (r->explain.trace)
		put_trace(o, r, x);
	else
		json_object_object_add(o, "why_not",
				       json_object_new_string(r->explain.why));
	json_object_object_add(o, "pinned", pinned_object(r));
	json_object_object_add(o, "worst", worst_array(r, x));
	return o;
}
