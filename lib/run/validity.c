// SPDX-License-Identifier: MIT
/*
 * The validity gate: a run whose pressure did not happen is invalid, not fast.
 */
#include <math.h>

#include "run/run-private.h"
#include "stats/distribution.h"
#include "system/pages.h"
#include "system/units.h"

/* The quantile that every record must support. */
#define LAST_QUANTILE 0.99
/* Pinned pages must be seen by the kernel's own count, within this share. */
#define PIN_TOLERANCE 0.01
/* The kernel keeps up to this many uncounted on each CPU. */
#define PIN_BATCH 64
/* Below this share of its rate the walker is said to have lagged. */
#define WALKER_SHARE	0.9
#define WALKER_STILL_NS NSEC_PER_SEC

static int judge_samples(struct run *r)
{
	struct record *rec = r->record;
	uint64_t needed = quantile_samples_needed(LAST_QUANTILE);
	int ret = 0;

	if (rec->scheduled.count < needed)
		ret = record_invalidate(
			rec, "only %llu samples: p99 needs %llu (a longer --duration)",
			(unsigned long long)rec->scheduled.count,
			(unsigned long long)needed);
	if (ret == 0 && rec->expected != rec->recorded)
		ret = record_invalidate(rec, "%llu periods were planned, %llu recorded",
					(unsigned long long)rec->expected,
					(unsigned long long)rec->recorded);
	if (ret == 0 && rec->woken.count < needed && rec->scheduled.count >= needed)
		ret = record_note(
			rec,
			"stalls left room for %llu touches only, which all the planned periods share",
			(unsigned long long)rec->woken.count);
	for (size_t i = 0; ret == 0 && i < rec->cpus; i++) {
		const struct record_cpu *c = &rec->cpu[i];

		if (c->minor_faults || c->major_faults)
			ret = record_note(
				rec,
				"the probe on CPU %d took page faults of its own in the window: %llu minor, %llu major",
				c->cpu, (unsigned long long)c->minor_faults,
				(unsigned long long)c->major_faults);
	}
	return ret;
}

/* In a cgroup its own limit says so; the machine's counters count everybody's reclaim. */
static bool was_under_pressure(const struct run *r)
{
	if (_run_memcg(r))
		return r->at_end.events.limit_hits > r->at_start.events.limit_hits;
	return _run_vmstat_growth(r, "pgsteal_file") +
		       _run_vmstat_growth(r, "pgsteal_anon") >
	       0;
}

static int judge_walker(struct run *r)
{
	const struct walker_config *w = &r->load_config.walker;
	struct record *rec = r->record;
	double share = (double)rec->load.walker_bytes * 1e9 / (double)r->window_ns /
		       (double)w->rate;

	if (w->kind == WALKER_NONE)
		return record_note(
			rec,
			"no page-cache walk (--walker none): there may be no pressure");
	if (rec->load.walker_bytes == 0)
		return record_invalidate(rec, "the walker read nothing in the window");
	if (w->rate && share < WALKER_SHARE)
		return record_note(
			rec,
			"the walker reached %.0f %% of its rate: it was stuck in reclaim, or the rate is too high for this machine",
			100 * share);
	if (r->walker_still_ns > WALKER_STILL_NS)
		return record_note(rec, "the walker stood still for %.1f s",
				   (double)r->walker_still_ns / 1e9);
	return 0;
}

static int judge_pressure(struct run *r)
{
	struct record *rec = r->record;
	int ret = judge_walker(r);

	if (ret == 0 && r->load_config.walker.kind != WALKER_NONE &&
	    !was_under_pressure(r))
		ret = record_invalidate(
			rec,
			"no memory was reclaimed in the window: there was no pressure");
	if (ret == 0 && r->shared->floor_reached)
		ret = record_invalidate(
			rec,
			"memory was filled to %llu MiB of %llu only: the floor of available memory was reached",
			(unsigned long long)(rec->load.filled_bytes >> 20),
			(unsigned long long)(r->sizes.fill_bytes >> 20));
	return ret;
}

static int judge_pins(struct run *r)
{
	struct record *rec = r->record;
	double pages = (double)rec->load.pinned_bytes / (double)page_size();
	double off = fabs((double)rec->load.pinned_pages_seen - pages);
	uint64_t now;

	if (rec->load.pinned_bytes < rec->load.filled_bytes ||
	    rec->load.pinned_bytes == 0)
		return record_invalidate(rec, "not all objects were pinned");
	if (vmstat_pinned_pages(&now) < 0)
		return record_note(
			rec, "this kernel does not count pinned pages (nr_foll_pin_*)");
	if (r->engine->may_pin_uncounted &&
	    rec->load.pinned_pages_seen <= PIN_BATCH * rec->cpus)
		return record_note(
			rec,
			"this driver holds its pages without FOLL_PIN, so the kernel does not count them");
	if (off > pages * PIN_TOLERANCE + PIN_BATCH * (double)rec->cpus)
		return record_invalidate(
			rec, "the kernel counted %llu pinned pages instead of %.0f",
			(unsigned long long)rec->load.pinned_pages_seen, pages);
	return 0;
}

/* Without swap, reclaim never looks at anonymous memory: asked for by name it is a case of its own. */
static int judge_scanning(struct run *r)
{
	bool asked = r->request->options->swap == SWAP_NONE;
	double pages = (double)r->record->load.pinned_bytes / (double)page_size();
	double scanned = (double)_run_vmstat_growth(r, "pgscan_anon");

	if (scanned == 0 && asked)
		return record_note(
			r->record,
			"pinned pages not scanned: there is no swap (--swap none)");
	if (scanned == 0)
		return record_invalidate(
			r->record, "pinned pages not scanned: %s",
			*r->swap_why ? r->swap_why
				     : "reclaim never looked at anonymous memory");
	if (scanned < pages)
		return record_note(
			r->record,
			"reclaim looked at few of the pinned pages: %.2f scans of anonymous memory for each",
			scanned / pages);
	return 0;
}

static int judge_device(struct run *r)
{
	struct record_load *l = &r->record->load;
	int ret = 0;

	if (l->resets)
		ret = record_invalidate(r->record, "the device was reset %llu times",
					(unsigned long long)l->resets);
	if (ret == 0 && l->errors)
		ret = record_invalidate(r->record, "%llu requests of the device failed",
					(unsigned long long)l->errors);
	if (ret == 0 && l->requests == 0 && r->request->rung == RUNG_BUSY)
		ret = record_invalidate(r->record,
					"the device completed no request in the window");
	return ret;
}

int _run_judge(struct run *r)
{
	int stopped = probe_stopped(&r->probe), ret;

	/* What else a cut window lacks would only hide the reason. */
	if (stopped >= 0)
		return _explain_stopped(r, stopped);
	ret = judge_samples(r);
	if (ret == 0 && r->shared->watchdog_fired)
		ret = record_invalidate(r->record,
					"the watchdog killed the load child: %s",
					r->shared->watchdog_why);
	if (ret == 0 && _run_has_memory(r->request))
		ret = judge_pressure(r);
	if (ret == 0 && _run_has_device(r->request)) {
		ret = judge_pins(r);
		ret = ret < 0 ? ret : judge_scanning(r);
		ret = ret < 0 ? ret : judge_device(r);
	}
	return ret;
}
