// SPDX-License-Identifier: MIT
/* From a run to its record. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/machine_json.h"
#include "run/run-private.h"
#include "system/cleanup.h"
#include "system/devices.h"
#include "system/units.h"

void _run_progress(const struct run *r, struct run_progress *p)
{
	const struct load_shared *s = r->shared;

	*p = (struct run_progress){
		.requests = s->engine.requests,
		.bytes = s->engine.bytes,
		.walker_files = s->walker.files,
		.walker_bytes = s->walker.bytes,
		.walker_passes = s->walker.passes,
	};
	if (_run_memcg(r))
		memcg_read_events(_run_memcg(r), &p->events);
}

static void describe_walker(const struct run *r, char *text, size_t size)
{
	const struct walker_config *w = &r->load_config.walker;
	char bytes[32];

	if (!_run_has_memory(r->request) || w->kind == WALKER_NONE)
		snprintf(text, size, "none");
	else if (w->kind == WALKER_TREE)
		snprintf(text, size, "tree:%s", w->tree);
	else
		snprintf(text, size, "sparse:%s",
			 format_size(w->size, bytes, sizeof(bytes)));
}

/* What costs the window something because of --explain. */
static const char *tracing_of(const struct explain *e)
{
	static const char *const names[2][2] = { { "", "bpf" },
						 { "events", "events,bpf" } };

	return names[e->trace != NULL][e->pinned != NULL];
}

void _run_describe_config(struct run *r)
{
	struct record_config *c = &r->record->config;
	const struct run_options *o = r->request->options;
	const struct run_sizes *s = &r->sizes;
	char bytes[32];

	c->duration_ns = o->duration_ns;
	c->interval_min_ns = s->interval_min_ns;
	c->interval_max_ns = s->interval_max_ns;
	c->priority = r->request->probe == PROBE_TIMER ? o->priority : 0;
	c->stop_at_ns = o->stop_at_ns;
	snprintf(c->tracing, sizeof(c->tracing), "%s", tracing_of(&r->explain));
	if (s->machine)
		snprintf(c->arena, sizeof(c->arena), "machine");
	else
		snprintf(c->arena, sizeof(c->arena), "cgroup:%s",
			 format_size(s->arena_bytes, bytes, sizeof(bytes)));
	snprintf(c->swap, sizeof(c->swap), "%s", r->swap);
	describe_walker(r, c->walker, sizeof(c->walker));
	snprintf(c->backing, sizeof(c->backing), "%s", o->huge_backing ? "thp" : "4k");
	if (!_run_has_memory(r->request))
		return;
	c->walker_rate = s->walker_rate;
	c->object_size = o->object_size;
	c->fill_bytes = s->fill_bytes;
	if (!r->engine)
		return;
	snprintf(c->engine, sizeof(c->engine), "%s", r->engine->name);
	if (r->request->rung == RUNG_BUSY) {
		c->request_rate = r->load_config.engine_config.request_rate;
		c->request_size = r->load_config.engine_config.request_size;
		c->queue_depth = r->load_config.engine_config.queue_depth;
	}
}

/* The DRM device that the engine works on; NULL: it has none. */
static struct drm_device *find_device(const struct run *r)
{
	struct engine_config config = { .device = r->request->device };

	return r->engine && r->engine->device ? r->engine->device(&config) : NULL;
}

int _run_describe(struct run *r)
{
	_cleanup_free_ struct facts *facts = malloc(sizeof(*facts));
	const struct run_options *o = r->request->options;
	struct drm_device *device = find_device(r);
	struct record *rec = r->record;
	time_t now = time(NULL);
	struct tm tm;

	if (!facts) {
		drm_devices_free(device, device ? 1 : 0);
		return -ENOMEM;
	}
	facts_collect(facts);
	rec->subtest = strdup(r->request->subtest);
	rec->label = strdup(*o->label ? o->label : facts->release);
	rec->boot_id = strdup(facts->boot_id);
	rec->environment = machine_environment(facts, device);
	drm_devices_free(device, device ? 1 : 0);
	rec->seq = o->seq;
	rec->seed = o->seed;
	strftime(rec->start, sizeof(rec->start), "%Y-%m-%dT%H:%M:%SZ",
		 gmtime_r(&now, &tm));
	return rec->subtest && rec->label && rec->boot_id && rec->environment ? 0
									      : -ENOMEM;
}

/*
 * No call tells that an object was pinned anew. The kernel's count of pinned pages does, though
 * it is everybody's: nobody else pins on a machine that is there to measure.
 */
static uint64_t repinned_pages(const struct run *r)
{
	return r->engine && r->window_ns ? _run_vmstat_growth(r, "nr_foll_pin_acquired")
					 : 0;
}

static void collect_load(const struct run *r, struct record_load *l)
{
	const struct load_shared *s = r->shared;
	const struct run_progress *a = &r->at_start, *b = &r->at_end;
	const struct walker_config *w = &r->load_config.walker;

	if (r->engine)
		snprintf(l->engine, sizeof(l->engine), "%s", r->engine->name);
	l->objects = s->objects;
	l->filled_bytes = s->filled_bytes;
	l->locked_bytes = s->locked_bytes;
	l->pinned_bytes = s->pinned_bytes;
	l->pinned_pages_seen = s->pinned_pages_seen;
	l->fill_ns = s->fill_ns;
	l->pin_ns = s->pin_ns;
	l->create_ns = s->engine.create_ns;
	l->steady_ns = s->engine.steady_ns;
	l->request_ns = s->engine.request_ns;
	l->requests = b->requests - a->requests;
	l->request_bytes = b->bytes - a->bytes;
	l->repinned_pages = repinned_pages(r);
	l->errors = s->engine.errors;
	l->resets = s->engine.resets;
	if (_run_has_memory(r->request) && w->kind != WALKER_NONE)
		snprintf(l->walker, sizeof(l->walker), "%s",
			 w->kind == WALKER_TREE ? "tree" : "sparse");
	l->walker_files = b->walker_files - a->walker_files;
	l->walker_bytes = b->walker_bytes - a->walker_bytes;
	l->walker_passes = b->walker_passes - a->walker_passes;
}

static int add(struct distribution *to, const struct histogram *from)
{
	struct distribution d;
	int ret = distribution_from_histogram(&d, from);

	if (ret == 0)
		ret = distribution_merge(to, &d);
	distribution_free(&d);
	return ret;
}

static int collect_cpu(struct record *rec, const struct probe_cpu *from,
		       struct record_cpu *to)
{
	int ret = distribution_from_histogram(&to->scheduled, &from->scheduled);

	to->cpu = from->cpu;
	to->minor_faults = from->minor_faults;
	to->major_faults = from->major_faults;
	to->voluntary_switches = from->voluntary_switches;
	to->involuntary_switches = from->involuntary_switches;
	rec->recorded += from->recorded;
	rec->late += from->late;
	ret = ret < 0 ? ret : add(&rec->scheduled, &from->scheduled);
	ret = ret < 0 ? ret : add(&rec->woken, &from->woken);
	ret = ret < 0 ? ret : add(&rec->huge, &from->huge);
	return ret < 0 ? ret : add(&rec->fallback, &from->fallback);
}

static int collect_probe(struct run *r)
{
	struct record *rec = r->record;
	int ret = 0;

	rec->cpu = calloc(r->probe.cpus, sizeof(*rec->cpu));
	if (!rec->cpu)
		return -ENOMEM;
	rec->cpus = r->probe.cpus;
	for (size_t i = 0; i < rec->cpus && ret == 0; i++) {
		ret = collect_cpu(rec, &r->probe.cpu[i], &rec->cpu[i]);
		rec->expected += probe_expected(&r->probe, i);
	}
	return ret;
}

/* The cgroup's own events: the global allocstall and pgscan_direct do not count its reclaim. */
static void collect_events(const struct run *r)
{
	const struct memcg_events *a = &r->at_start.events, *b = &r->at_end.events;
	json_object *events;

	if (!_run_memcg(r) || !r->record->counters)
		return;
	events = json_object_new_object();
	json_object_object_add(
		events, "limit_hits",
		json_object_new_uint64(counter_growth(a->limit_hits, b->limit_hits)));
	json_object_object_add(
		events, "oom_kills",
		json_object_new_uint64(counter_growth(a->oom_kills, b->oom_kills)));
	json_object_object_add(r->record->counters, "cgroup", events);
}

int _run_collect(struct run *r)
{
	int ret = 0;

	collect_load(r, &r->record->load);
	if (r->shared->engine.noted)
		ret = record_note(r->record, "%s", r->shared->engine.note);
	if (ret == 0 && r->probe.cpus && r->window_ns)
		ret = collect_probe(r);
	if (ret == 0 && r->probe.cpus && r->window_ns)
		ret = _run_collect_attribution(r);
	if (ret == 0 && r->window_ns) {
		r->record->counters = machine_counters(r->before, r->after);
		r->record->timeline = _timeline_json(&r->timeline);
		if (!r->record->counters || !r->record->timeline)
			return -ENOMEM;
		collect_events(r);
	}
	if (ret == 0 && r->probe.cpus)
		ret = _explain_collect(r);
	return ret;
}
