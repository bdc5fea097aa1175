// SPDX-License-Identifier: MIT
/* From a run to its record. */
#include "run/collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "device/drivers.h"
#include "run/explain.h"
#include "run/internal.h"
#include "run/machine_json.h"
#include "run/timeline.h"
#include "system/cleanup.h"
#include "system/devices.h"
#include "system/json.h"
#include "system/process.h"
#include "system/units.h"

static void describe_walker(const struct run *r, char *text, size_t size)
{
	const struct walker_config *w = &r->load_config.walker;
	char bytes[32];

	if (!run_has_memory(r->request) || w->kind == WALKER_NONE)
		snprintf(text, size, "none");
	else if (w->kind == WALKER_TREE)
		snprintf(text, size, "tree:%s", w->tree ? w->tree : "made");
	else if (w->kind == WALKER_STREAM)
		snprintf(text, size, "stream");
	else
		snprintf(text, size, "loop:%s",
			 format_size(w->size, bytes, sizeof(bytes)));
}

/* What costs the window something because of --explain. */
static const char *tracing_of(const struct explain *e)
{
	static const char *const names[2][2] = { { "", "bpf" },
						 { "events", "events,bpf" } };

	return names[e->trace != NULL][e->pinned != NULL];
}

void run_describe_config(struct run *r)
{
	static const char *const backing[] = {
		[BACKING_4K] = "4k",
		[BACKING_THP] = "thp",
		[BACKING_SHMEM] = "shmem",
	};
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
	snprintf(c->backing, sizeof(c->backing), "%s", backing[o->backing]);
	if (!run_has_memory(r->request))
		return;
	c->walker_rate = run_has_walk(r->request) ? s->walker_rate : 0;
	c->object_size = o->object_size;
	c->fill_bytes = s->fill_bytes;
	if (!r->engine)
		return;
	snprintf(c->engine, sizeof(c->engine), "%s", r->engine->name);
	c->vms = r->load_config.engine_config.vms;
	snprintf(c->engine_mode, sizeof(c->engine_mode), "%s",
		 r->load_config.engine_config.mode ? r->load_config.engine_config.mode
						   : "");
	if (r->request->rung == RUNG_BUSY) {
		c->request_rate = r->load_config.engine_config.request_rate;
		c->request_size = r->load_config.engine_config.request_size;
		c->queue_depth = r->load_config.engine_config.queue_depth;
		c->cover = r->load_config.engine_config.cover;
	} else if (r->load_config.keep && r->engine->keep) {
		snprintf(c->keep_pinned, sizeof(c->keep_pinned), "on");
	}
}

/* The DRM device that the engine works on; NULL: it has none. */
static struct drm_device *find_device(const struct run *r)
{
	struct engine_config config = { .device = r->request->device };

	return r->engine && r->engine->device ? r->engine->device(&config) : NULL;
}

/* Said with each such run: that it shows no wait proves nothing of a patch. */
static void note_regime(struct run *r, const struct drm_device *device,
			const char *release)
{
	const struct driver_regime *regime = driver_regime(device->driver, release);
	char releases[40];

	if (r->request->rung == RUNG_BUSY && regime && !regime->waits)
		run_note(
			r,
			"the MMU notifier of %s on Linux %s %s: this load cannot show such a wait",
			regime->driver,
			driver_regime_releases(regime, releases, sizeof(releases)),
			regime->notifier);
}

int run_describe(struct run *r)
{
	CLEANUP_FREE struct facts *facts = malloc(sizeof(*facts));
	const struct run_options *o = r->request->options;
	struct drm_device *device = find_device(r);
	struct record *rec = r->record;
	char label[RUN_LABEL_SIZE];
	time_t now = time(NULL);
	struct tm tm;

	if (!facts) {
		drm_devices_free(device, device ? 1 : 0);
		return -ENOMEM;
	}
	facts_collect(facts);
	rec->subtest = strdup(r->request->subtest);
	rec->label =
		strdup(o->label ? o->label : run_options_label(facts->release, label));
	rec->boot_id = strdup(facts->boot_id);
	rec->environment = machine_environment(facts, device);
	if (device)
		note_regime(r, device, facts->release);
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
	return r->engine && r->window_ns ? run_vmstat_growth(r, "nr_foll_pin_acquired")
					 : 0;
}

/* When the window opened, and at the end of each of its seconds. */
static uint64_t least_held(const struct run *r)
{
	uint64_t least = r->at_start.held_bytes;

	for (size_t i = 0; i < r->timeline.points; i++)
		if (r->timeline.point[i].held_bytes < least)
			least = r->timeline.point[i].held_bytes;
	return least;
}

static void collect_load(const struct run *r, struct record_load *l)
{
	const struct load_shared *s = r->shared;
	const struct run_progress *a = &r->at_start, *b = &r->at_end;
	const struct walker_config *w = &r->load_config.walker;
	static const char *const kind[] = {
		[WALKER_NONE] = "",
		[WALKER_TREE] = "tree",
		[WALKER_STREAM] = "stream",
		[WALKER_LOOP] = "loop",
	};

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
	l->request_target_ns = s->engine.request_target_ns;
	memcpy(l->request_kind, s->engine.request_kind, sizeof(l->request_kind));
	memcpy(l->rings, s->engine.rings, sizeof(l->rings));
	l->collisions = b->collisions - a->collisions;
	l->submitted = b->submitted - a->submitted;
	l->held_bytes = a->held_bytes;
	l->held_least_bytes = least_held(r);
	l->requests = b->requests - a->requests;
	l->request_bytes = b->bytes - a->bytes;
	l->repinned_pages = repinned_pages(r);
	if (r->engine) {
		snprintf(l->hold, sizeof(l->hold), "%s",
			 r->engine->binds ? "bound" : "pinned");
		l->refaults = b->faults - a->faults;
		l->exec_ns = b->exec_ns - a->exec_ns;
		l->exec_longest_ns = s->engine.exec_longest_ns;
	}
	l->errors = s->engine.errors;
	l->resets = s->engine.resets;
	if (run_has_memory(r->request))
		snprintf(l->walker, sizeof(l->walker), "%s", kind[w->kind]);
	l->walker_cycle_bytes = *l->walker ? r->sizes.cycle_bytes : 0;
	l->walker_phase_bytes = r->phase_bytes;
	l->walker_warm_up_ns = r->warm_up_ns;
	l->walker_made_files = s->walker.made_files;
	l->walker_made_bytes = s->walker.made_files ? w->made_bytes : 0;
	l->walker_files = b->walker_files - a->walker_files;
	l->walker_bytes = b->walker_bytes - a->walker_bytes;
	l->walker_cached_bytes = b->walker_cached - a->walker_cached;
	l->walker_passes = b->walker_passes - a->walker_passes;
	if (l->walker_cycle_bytes)
		l->walker_cycles =
			(double)l->walker_cached_bytes / (double)l->walker_cycle_bytes;
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
	const struct {
		struct distribution *to;
		const struct histogram *from;
	} sums[] = {
		{ &rec->scheduled, &from->scheduled },
		{ &rec->woken, &from->woken },
		{ &rec->huge, &from->huge },
		{ &rec->fallback, &from->fallback },
	};
	int ret = distribution_from_histogram(&to->scheduled, &from->scheduled);

	to->cpu = from->cpu;
	to->minor_faults = from->minor_faults;
	to->major_faults = from->major_faults;
	to->voluntary_switches = from->voluntary_switches;
	to->involuntary_switches = from->involuntary_switches;
	rec->recorded += from->recorded;
	rec->late += from->late;
	rec->after_window_ns += from->after_ns;
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums) && ret == 0; i++)
		ret = add(sums[i].to, sums[i].from);
	return ret;
}

/* Why there is no such way here. */
static const char *explain_missing(const struct run *r, enum pageout_way way)
{
	int error = r->probe.pageout->missing[way];
	const struct memcg *memcg = run_memcg(r);

	if (way == PAGEOUT_OUTSIDE && error == -ENOSYS)
		return "this kernel has no pidfd_open() (Linux 5.3)";
	if (way != PAGEOUT_MEMCG)
		return strerror(-error);
	if (!memcg)
		return "the arena is the machine, which has no memory.reclaim";
	if (memcg->version == 1)
		return "memory cgroups are of version 1 here, and memory.reclaim is of version 2";
	return error == -ENOENT ? "this kernel has no memory.reclaim (Linux 5.19)"
				: strerror(-error);
}

static const char *explain_failed(enum pageout_way way, int error)
{
	if (way == PAGEOUT_OUTSIDE && error == -EPERM)
		return "process_madvise() of another process needs CAP_SYS_NICE, and to be allowed to trace it";
	if (way == PAGEOUT_OUTSIDE && error == -ENOSYS)
		return "this kernel has no process_madvise() (Linux 5.10)";
	return error ? strerror(-error) : "";
}

static int collect_pageout_row(const struct pageout *p, enum pageout_way way,
			       enum pageout_unit unit, struct record_pageout_row *to)
{
	const struct pageout_row *from = &p->row[way][unit];

	snprintf(to->way, sizeof(to->way), "%s", pageout_way_name[way]);
	snprintf(to->unit, sizeof(to->unit), "%s", pageout_unit_name[unit]);
	to->waited_ns = from->waited_ns;
	to->kept = from->fate.kept;
	to->unmapped = from->fate.unmapped;
	to->freed = from->fate.freed;
	to->failed = from->failed;
	snprintf(to->why, sizeof(to->why), "%s", explain_failed(way, from->error));
	return distribution_from_histogram(&to->time, &from->took);
}

/* What the pageout probe found. */
static int collect_pageout(struct run *r)
{
	struct record *rec = r->record;
	struct record_pageout *to = &rec->pageout;
	const struct pageout *p = r->probe.pageout;
	int ret = 0;

	/* Who called was bound to no CPU. */
	for (size_t i = 0; i < rec->cpus; i++)
		distribution_free(&rec->cpu[i].scheduled);
	rec->cpus = 0;
	to->row = calloc((size_t)PAGEOUT_WAYS * PAGEOUT_UNITS, sizeof(*to->row));
	if (!to->row)
		return -ENOMEM;
	for (int way = 0; way < PAGEOUT_WAYS; way++) {
		if (p->missing[way]) {
			run_note(r, "pageout, %s, is missing: %s", pageout_way_name[way],
				 explain_missing(r, way));
			continue;
		}
		for (int unit = 0; unit < PAGEOUT_UNITS && ret == 0; unit++)
			ret = collect_pageout_row(p, way, unit, &to->row[to->rows++]);
	}
	return ret;
}

static int collect_probe(struct run *r)
{
	struct record *rec = r->record;
	int ret = 0;

	rec->cpu = calloc(r->probe.cpus, sizeof(*rec->cpu));
	if (!rec->cpu)
		return -ENOMEM;
	rec->cpus = r->probe.cpus;
	rec->after_window_ns = 0;
	for (size_t i = 0; i < rec->cpus && ret == 0; i++) {
		ret = collect_cpu(rec, &r->probe.cpu[i], &rec->cpu[i]);
		rec->expected += probe_expected(&r->probe, i);
	}
	if (ret == 0 && r->probe.pageout)
		ret = collect_pageout(r);
	return ret;
}

static const char *explain_taskstats(int error)
{
	switch (-error) {
	case ENOENT:
	case EPROTONOSUPPORT:
		return "this kernel has none (CONFIG_TASKSTATS)";
	case EOPNOTSUPP:
		return "this kernel counts no delays (CONFIG_TASK_DELAY_ACCT)";
	case EPERM:
		return "it needs CAP_NET_ADMIN (root)";
	case EPROTO:
		return "its layout is that of Linux 6.14, which is not compatible";
	default:
		return strerror(-error);
	}
}

static void name_source(struct record_attribution *a, struct json_out *out,
			enum attribution_cause cause, const char *source)
{
	a->seen |= 1u << cause;
	json_put_text(out, out->root, attribution_name(cause), source);
}

static void name_delays(const struct run *r, struct record_attribution *a,
			struct json_out *out, json_object *missing)
{
	const struct probe_cpu *cpu = r->probe.cpu;
	char source[40];

	if (cpu->taskstats_error < 0) {
		json_put_format(
			out, missing, NULL,
			"direct reclaim, compaction, swap-in and thrashing, without taskstats: %s",
			explain_taskstats(cpu->taskstats_error));
		return;
	}
	if (r->delay_accounting < 0) {
		json_put_format(
			out, missing, NULL,
			"direct reclaim, compaction, swap-in and thrashing: kernel.task_delayacct cannot be switched on: %s",
			strerror(-r->delay_accounting));
		return;
	}
	if (r->outside.delays_off) {
		json_put_text(
			out, missing, NULL,
			"direct reclaim, compaction, swap-in and thrashing: kernel.task_delayacct was switched off in the window");
		return;
	}
	snprintf(source, sizeof(source), "taskstats %u", cpu->taskstats_version);
	name_source(a, out, CAUSE_DIRECT_RECLAIM, source);
	name_source(a, out, CAUSE_SWAPIN, source);
	if (cpu->taskstats_version >= TASKSTATS_HAS_THRASHING)
		name_source(a, out, CAUSE_THRASHING, source);
	if (cpu->taskstats_version >= TASKSTATS_HAS_COMPACTION)
		name_source(a, out, CAUSE_COMPACTION, source);
	else
		json_put_text(out, missing, NULL,
			      "compaction: taskstats has it since Linux 5.17");
}

/* Where the attribution comes from, and what this kernel does not let us see of it. */
static int name_sources(const struct run *r, struct record_attribution *a)
{
	int error = r->probe.cpu->schedstat_error;
	struct json_out out;
	json_object *missing;

	json_begin(&out);
	missing = json_put_array(&out, out.root, "missing");
	if (error < 0)
		json_put_format(&out, missing, NULL,
				"run queue, without /proc/self/schedstat: %s",
				error == -ENOENT
					? "this kernel has none (CONFIG_SCHED_INFO)"
					: strerror(-error));
	else
		name_source(a, &out, CAUSE_RUN_QUEUE, "schedstat");
	if (r->request->probe == PROBE_THP) {
		name_source(a, &out, CAUSE_ON_CPU, "CLOCK_THREAD_CPUTIME_ID");
		name_delays(r, a, &out, missing);
	}
	return json_end(&out, &a->sources);
}

/* What was seen of a cause for a part of the window alone explains nothing. */
static void forget_unseen(struct attribution_split *split, unsigned int seen)
{
	for (unsigned int i = 0; i < CAUSES; i++) {
		if (seen & 1u << i)
			continue;
		split->unexplained_ns += split->cause_ns[i];
		split->cause_ns[i] = 0;
	}
}

static int collect_attribution(struct run *r)
{
	CLEANUP_FREE struct attribution *sum = calloc(1, sizeof(*sum));
	struct record_attribution *a = &r->record->attribution;
	int ret;

	if (!r->request->options->attribution || r->request->probe == PROBE_PAGEOUT)
		return 0;
	if (!sum)
		return -ENOMEM;
	for (size_t i = 0; i < r->probe.cpus; i++)
		attribution_merge(sum, &r->probe.cpu[i].attribution);
	a->slow_from_ns = attribution_slow(sum, &a->all, &a->slow);
	a->present = true;
	ret = name_sources(r, a);
	forget_unseen(&a->all, a->seen);
	forget_unseen(&a->slow, a->seen);
	return ret;
}

static int collect_counters(struct run *r)
{
	const struct memcg_events *a = &r->at_start.events, *b = &r->at_end.events;
	struct memcg_events grown = {
		.limit_hits = counter_growth(a->limit_hits, b->limit_hits),
		.oom_kills = counter_growth(a->oom_kills, b->oom_kills),
	};
	int ret = 0;

	r->record->counters =
		machine_counters(r->before, r->after, run_memcg(r) ? &grown : NULL);
	if (r->record->counters && run_memcg(r))
		ret = machine_add_arena(r->record->counters, r->at_start.memory_stat,
					r->at_end.memory_stat);
	if (ret < 0)
		return ret;
	return r->record->counters ? outside_add(r, r->record->counters) : -ENOMEM;
}

int run_collect(struct run *r)
{
	bool measured = r->probe.cpus && r->window_ns;
	int ret = 0;

	collect_load(r, &r->record->load);
	if (r->shared->engine.noted)
		run_note(r, "%s", r->shared->engine.note);
	if (measured)
		ret = collect_probe(r);
	if (ret == 0 && measured)
		ret = collect_attribution(r);
	if (ret == 0 && r->window_ns)
		ret = collect_counters(r);
	if (ret == 0 && r->window_ns)
		ret = timeline_json(r, &r->record->timeline);
	if (ret == 0 && r->probe.cpus)
		ret = explain_collect(r);
	if (ret == 0 && r->record->environment)
		ret = machine_add_origin(r, r->record->environment);
	return ret;
}
