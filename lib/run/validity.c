// SPDX-License-Identifier: MIT
/*
 * The validity gate: a run whose pressure did not happen is invalid, not fast. What the machine did not give
 * invalidates; what the driver or the kernel got wrong is blamed on them (record.h: fault).
 */
#include <math.h>

#include "run/explain.h"
#include "run/internal.h"
#include "stats/distribution.h"
#include "system/sysfile.h"
#include "system/units.h"

/* The quantile that every record must support; pageout makes so many samples that it has p90. */
#define LAST_QUANTILE	 0.99
#define PAGEOUT_QUANTILE 0.9
/* Pinned pages must be seen by the kernel's own count, within this share. */
#define PIN_TOLERANCE 0.01
/* Below this share of its rate the walker is said to have lagged. */
#define WALKER_SHARE	0.9
#define WALKER_STILL_NS NSEC_PER_SEC
#define CYCLES_LEAST	5

/*
 * Other programs, as a share of all the CPU time that there was. Not the pressure that the kernel
 * counts (PSI), which the run itself makes: its probes, walker and engine wait for each other, up to
 * a quarter of a window on two quiet CPUs, where other programs had 0.0 % (timer-idle, timer-busy,
 * thp-pinned, thp-busy). With six hogs a CPU they have two thirds and more. At a fifth, one
 * sample in five meets a stranger: what is far from the tail still belongs to the kernel.
 */
#define OTHERS_MOST 0.2
#define OTHERS_SAID 0.05
/* Taken by the host of a virtual machine, which nobody inside can help: gross alone is too much. */
#define STEAL_MOST 0.2
#define STEAL_SAID 0.02
/* The clocks of a machine that never slept agree, but for two instants' distance. */
#define SUSPENDED_NS (10 * NSEC_PER_MSEC)
/* Of the time of the slow samples, waiting for a CPU. */
#define RUN_QUEUE_SAID 0.5
/* By what share of its time a request of the device may be off before that is said. */
#define REQUEST_OFF 0.3

static void judge_samples(struct run *r)
{
	const struct record *rec = r->record;
	uint64_t needed = quantile_samples_needed(LAST_QUANTILE);

	if (rec->scheduled.count < needed)
		run_invalidate(r,
			       "only %llu samples: p99 needs %llu (a longer --duration)",
			       (unsigned long long)rec->scheduled.count,
			       (unsigned long long)needed);
	if (rec->expected != rec->recorded)
		run_blame(r, "%llu periods were planned, %llu recorded",
			  (unsigned long long)rec->expected,
			  (unsigned long long)rec->recorded);
	if (rec->woken.count < needed && rec->scheduled.count >= needed)
		run_note(
			r,
			"only %llu of %llu planned faults could be made; the rest fell into stalls",
			(unsigned long long)rec->woken.count,
			(unsigned long long)rec->scheduled.count);
	for (size_t i = 0; i < rec->cpus; i++) {
		const struct record_cpu *c = &rec->cpu[i];

		if (c->minor_faults || c->major_faults)
			run_note(
				r,
				"the probe on CPU %d took page faults of its own in the window: %llu minor, %llu major",
				c->cpu, (unsigned long long)c->minor_faults,
				(unsigned long long)c->major_faults);
	}
}

/* Whether a page can be reclaimed at all, and what could not be asked for. */
static void judge_pageout(struct run *r)
{
	const struct record_pageout *p = &r->record->pageout;
	uint64_t needed = quantile_samples_needed(PAGEOUT_QUANTILE);

	if (r->record->woken.count < needed)
		run_invalidate(
			r,
			"only %llu pages were taken by their owner: p90 needs %llu (a longer --duration)",
			(unsigned long long)r->record->woken.count,
			(unsigned long long)needed);
	for (size_t i = 0; i < p->rows; i++)
		if (p->row[i].failed)
			run_note(r, "pageout, %s, %s: %llu calls failed: %s",
				 p->row[i].way, p->row[i].unit,
				 (unsigned long long)p->row[i].failed, p->row[i].why);
}

static void judge_floor(struct run *r)
{
	if (r->shared->floor_reached)
		run_invalidate(
			r,
			"memory was filled to %llu MiB of %llu only: the floor of available memory was reached",
			(unsigned long long)(r->record->load.filled_bytes >> 20),
			(unsigned long long)(r->sizes.fill_bytes >> 20));
}

/* In a cgroup its own limit says so; the machine's counters count everybody's reclaim. */
static bool was_under_pressure(const struct run *r)
{
	if (run_memcg(r))
		return r->at_end.events.limit_hits > r->at_start.events.limit_hits;
	return run_vmstat_growth(r, "pgsteal_file") +
		       run_vmstat_growth(r, "pgsteal_anon") >
	       0;
}

static void judge_walker(struct run *r)
{
	const struct walker_config *w = &r->load_config.walker;
	double bytes = (double)r->record->load.walker_bytes;
	double share = bytes * 1e9 / (double)r->window_ns / (double)w->rate;

	if (w->kind == WALKER_NONE)
		run_note(r,
			 "no page-cache walk (--walker none): there may be no pressure");
	else if (bytes == 0)
		run_blame(r, "the walker read nothing in the window");
	else if (w->rate && share < WALKER_SHARE)
		run_note(
			r,
			"the walker reached %.0f %% of its rate: it was stuck in reclaim, or the rate is too high for this machine",
			100 * share);
	else if (r->walker_still_ns > WALKER_STILL_NS)
		run_note(r, "the walker stood still for %.1f s",
			 (double)r->walker_still_ns / 1e9);
}

/* Reclaim goes round with the walker: few cycles hold the part of one by chance. */
static void note_cycles(struct run *r)
{
	double cycles = r->record->load.walker_cycles;
	double seconds = (double)r->window_ns / 1e9;

	if (cycles > 0 && cycles < CYCLES_LEAST)
		run_note(
			r,
			"the window spans %.1f cycles of the walker, fewer than %d: --duration %.0fs would do",
			cycles, CYCLES_LEAST, ceil(seconds * CYCLES_LEAST / cycles));
}

static void judge_pressure(struct run *r)
{
	judge_walker(r);
	note_cycles(r);
	if (r->load_config.walker.kind != WALKER_NONE && !was_under_pressure(r))
		run_invalidate(
			r,
			"no memory was reclaimed in the window: there was no pressure");
}

/* The kernel's own count, while the objects were pinned. */
static void judge_pins(struct run *r)
{
	const struct record_load *l = &r->record->load;
	double pages = (double)l->pinned_bytes / (double)page_size();
	double off = fabs((double)l->pinned_pages_seen - pages);
	size_t batch = VMSTAT_PIN_BATCH * r->cpus;
	uint64_t now;

	if (l->pinned_bytes < l->filled_bytes || l->pinned_bytes == 0)
		run_blame(r, "not all objects were pinned");
	else if (r->engine->binds)
		run_note(
			r,
			"%s binds memory and does not pin it: reclaim unmaps it and waits for the GPU",
			r->engine->name);
	else if (vmstat_pinned_pages(&now) < 0)
		run_note(r, "this kernel does not count pinned pages (nr_foll_pin_*)");
	else if (r->engine->may_pin_uncounted && l->pinned_pages_seen <= batch)
		run_note(
			r,
			"this driver holds its pages without FOLL_PIN, so the kernel does not count them");
	else if (off > pages * PIN_TOLERANCE + (double)batch)
		run_blame(r, "the kernel counted %llu pinned pages instead of %.0f",
			  (unsigned long long)l->pinned_pages_seen, pages);
}

static void note_loss(struct run *r)
{
	const struct record_load *l = &r->record->load;
	bool idle = r->request->rung == RUNG_PINNED && r->engine->keep;
	double least = (double)l->held_least_bytes / (double)MIB,
	       opened = (double)l->held_bytes / (double)MIB;

	if (idle && !r->load_config.keep)
		run_note(
			r,
			"in the window, memory under DMA went down to %.0f MiB of %.0f: %s lets go of idle objects when memory is short (--keep-pinned has it take them again)",
			least, opened, r->engine->name);
	else
		run_note(r,
			 "in the window, memory under DMA went down to %.0f MiB of %.0f",
			 least, opened);
}

/*
 * Memory has to be under DMA when the window opens. What the kernel takes from the device later,
 * or did before (i915's shrinker), is what is measured.
 */
static void judge_held(struct run *r)
{
	const struct record_load *l = &r->record->load;
	double pinned = (double)l->pinned_bytes,
	       batch = 2.0 * VMSTAT_PIN_BATCH * (double)(r->cpus * page_size());
	double wanted = pinned * (1 - PIN_TOLERANCE) - batch;

	if (l->held_bytes == 0)
		run_invalidate(
			r, "no memory was under DMA when the window opened: %s all of it",
			r->engine->binds ? "reclaim had unmapped"
					 : "the driver had let go of");
	else if ((double)l->held_bytes < wanted)
		run_note(
			r,
			"of %.0f MiB that were %s, %.0f MiB were under DMA when the window opened: %s the rest",
			pinned / (double)MIB, r->engine->binds ? "bound" : "pinned",
			(double)l->held_bytes / (double)MIB,
			r->engine->binds ? "reclaim had unmapped"
					 : "the driver had let go of");
	if (l->held_bytes &&
	    (double)l->held_least_bytes <
		    (double)l->held_bytes - pinned * PIN_TOLERANCE - batch)
		note_loss(r);
}

/* Whether reclaim could look at anonymous memory at all; whether it did is a result. */
static void judge_swap(struct run *r)
{
	uint64_t free_kib;

	if (r->request->options->swap == SWAP_NONE)
		run_note(
			r,
			"there is no swap (--swap none): reclaim does not look at pinned memory");
	else if (*r->swap_why)
		run_invalidate(r, "reclaim cannot look at pinned memory: %s",
			       r->swap_why);
	else if (sysfile_find_u64(r->before->text[COUNTER_MEMINFO], "SwapFree",
				  &free_kib) == 0 &&
		 free_kib == 0)
		run_invalidate(
			r,
			"reclaim cannot look at pinned memory: no swap was free when the window opened");
	else if (r->swappiness == 0)
		run_invalidate(
			r,
			"reclaim does not look at pinned memory: the swappiness of the arena is 0 (%s)",
			run_memcg(r) && run_memcg(r)->version == 1
				? "memory.swappiness of the cgroup that it was made in"
				: "sysctl vm.swappiness");
}

/* Of the whole machine: with cgroups of version 1 the kernel does not count an arena's own. */
static void note_scanning(struct run *r)
{
	const char *held = r->engine->binds ? "bound" : "pinned";
	double pages = (double)r->record->load.pinned_bytes / (double)page_size();
	double scanned = (double)run_vmstat_growth(r, "pgscan_anon");

	if (r->request->options->swap == SWAP_NONE)
		return;
	if (scanned == 0)
		run_note(
			r,
			"reclaim left the %s pages alone: it scanned no anonymous memory",
			held);
	else if (scanned < pages)
		run_note(
			r,
			"reclaim looked at few of the %s pages: %.2f scans of anonymous memory for each",
			held, scanned / pages);
}

/* How long reclaim waits hangs on it. */
static void note_request_time(struct run *r)
{
	const struct record_load *l = &r->record->load;
	double target = (double)l->request_target_ns;

	if (target > 0 && l->request_ns &&
	    fabs((double)l->request_ns - target) > target * REQUEST_OFF)
		run_note(r,
			 "the device works for %.2f ms on a request, and was to for %.2f",
			 (double)l->request_ns / 1e6, target / 1e6);
}

static void judge_device(struct run *r)
{
	const struct record_load *l = &r->record->load;

	if (l->resets)
		run_blame(r, "the device was reset %llu times",
			  (unsigned long long)l->resets);
	if (l->errors)
		run_blame(r, "%llu requests of the device failed",
			  (unsigned long long)l->errors);
	if (r->request->rung != RUNG_BUSY)
		return;
	/* A full queue takes no more until something is completed: then there was work all the time. */
	if (r->at_end.submitted == 0)
		run_blame(r, "the device was given no work");
	else if (l->requests == 0)
		run_note(r, "the device completed no request in the window");
	note_request_time(r);
}

/* Who else was on the CPUs. */
static void judge_others(struct run *r)
{
	struct cpu_times t;
	double others, steal;

	if (!outside_times(r, &t) || t.all == 0)
		return;
	others = (double)t.others / (double)t.all;
	steal = (double)t.steal / (double)t.all;
	if (others > OTHERS_MOST)
		run_invalidate(
			r,
			"other programs had %.0f %% of the CPU time in the window, at most %.0f %% is allowed: end them, or measure when they are done",
			100 * others, 100 * OTHERS_MOST);
	else if (others > OTHERS_SAID)
		run_note(r, "other programs had %.0f %% of the CPU time in the window",
			 100 * others);
	if (steal > STEAL_MOST)
		run_invalidate(
			r,
			"the host of this virtual machine took %.0f %% of the CPU time in the window: measure when the host has less to do",
			100 * steal);
	else if (steal > STEAL_SAID)
		run_note(
			r,
			"the host of this virtual machine took %.0f %% of the CPU time in the window (steal)",
			100 * steal);
}

/* Whether the run itself was left alone. */
static void judge_outside(struct run *r)
{
	const struct outside *o = &r->outside;
	uint64_t slept = counter_growth(o->start.suspended_ns, o->end.suspended_ns);

	if (slept > SUSPENDED_NS)
		run_invalidate(r, "the machine was suspended for %.1f s in the window",
			       (double)slept / 1e9);
	if (o->still_ns)
		run_invalidate(
			r,
			"all of the run stood still for %.2f s in the window: it was stopped or frozen, or its virtual machine was",
			(double)o->still_ns / 1e9);
	if (o->moved_cpu)
		run_invalidate(
			r,
			"the probe on CPU %d was bound to another in the window: that CPU went offline, or somebody changed its affinity",
			o->moved_cpu - 1);
	if (o->delays_off)
		run_note(
			r,
			"somebody switched kernel.task_delayacct off in the window: how long samples were in reclaim is not known");
}

/* A run under it stands still in every period, and that is not the kernel's doing. */
static void note_quota(struct run *r)
{
	struct cpu_limits limits;

	cgroup_cpu_limits(&limits);
	if (limits.quota < NSEC_PER_SEC / NSEC_PER_USEC * r->record->cpus)
		run_note(
			r,
			"all of the run may have %.2f CPUs only (CPU quota of its cgroup), and stands still for the rest of the time",
			(double)limits.quota / 1e6);
}

/* Of the thp probe: the timer probe waits for nothing but a CPU. */
static void note_run_queue(struct run *r)
{
	const struct record_attribution *a = &r->record->attribution;
	double share =
		(double)a->slow.cause_ns[CAUSE_RUN_QUEUE] / (double)a->slow.total_ns;

	if (r->request->probe == PROBE_THP && a->present &&
	    a->seen & 1u << CAUSE_RUN_QUEUE && a->slow.total_ns && share > RUN_QUEUE_SAID)
		run_note(r,
			 "the slow samples spent %.0f %% of their time waiting for a CPU",
			 100 * share);
}

void run_judge(struct run *r)
{
	int stopped = probe_stopped(&r->probe);

	/* What else a cut window lacks would only hide the reason. */
	if (stopped >= 0) {
		explain_stopped(r, stopped);
		return;
	}
	if (r->request->probe == PROBE_PAGEOUT) {
		judge_pageout(r);
	} else {
		judge_samples(r);
		timeline_compare_halves(r);
	}
	judge_others(r);
	judge_outside(r);
	note_quota(r);
	note_run_queue(r);
	if (r->shared->watchdog_fired)
		run_blame(r, "the watchdog killed the load child: %s",
			  r->shared->watchdog_why);
	if (run_has_walk(r->request))
		judge_pressure(r);
	if (run_has_memory(r->request))
		judge_floor(r);
	if (run_has_device(r->request) || r->request->probe == PROBE_PAGEOUT)
		judge_swap(r);
	if (run_has_device(r->request)) {
		judge_pins(r);
		judge_held(r);
		if (run_has_walk(r->request))
			note_scanning(r);
		judge_device(r);
	}
}
