// SPDX-License-Identifier: MIT
/*
 * The validity gate: a run whose pressure did not happen is invalid, not fast.
 */
#include "run/run-private.h"
#include "stats/distribution.h"

/* The quantile that every record must support. */
#define LAST_QUANTILE 0.99
/* Pinned pages must be seen by the kernel's own count, within this share. */
#define PIN_TOLERANCE 0.01
/* The kernel keeps up to this many uncounted on each CPU. */
#define PIN_BATCH 64

static uint64_t grew(const struct run *r, const char *key)
{
	uint64_t before = counters_vmstat(r->before, key), after = counters_vmstat(r->after, key);

	return after > before ? after - before : 0;
}

static int judge_samples(struct run *r)
{
	struct record *rec = r->record;
	uint64_t needed = quantile_samples_needed(LAST_QUANTILE);
	int ret = 0;

	if (rec->scheduled.count < needed)
		ret = record_invalidate(rec, "only %llu samples: p99 needs %llu (a longer --duration)",
					(unsigned long long)rec->scheduled.count,
					(unsigned long long)needed);
	if (ret == 0 && rec->expected != rec->recorded)
		ret = record_invalidate(rec, "%llu periods were planned, %llu recorded",
					(unsigned long long)rec->expected,
					(unsigned long long)rec->recorded);
	for (size_t i = 0; ret == 0 && i < rec->cpus; i++) {
		const struct record_cpu *c = &rec->cpu[i];

		if (c->minor_faults || c->major_faults)
			ret = record_note(rec, "the probe on CPU %d took page faults of its own in the "
					  "window: %llu minor, %llu major", c->cpu,
					  (unsigned long long)c->minor_faults,
					  (unsigned long long)c->major_faults);
	}
	return ret;
}

static int judge_pressure(struct run *r)
{
	struct record *rec = r->record;
	int ret = 0;

	if (rec->load.walker_bytes == 0 && r->load_config.walker.kind != WALKER_NONE)
		ret = record_invalidate(rec, "the walker read nothing in the window");
	if (ret == 0 && grew(r, "pgsteal_file") + grew(r, "pgsteal_anon") == 0)
		ret = record_invalidate(rec, "no memory was reclaimed in the window: there was no pressure");
	if (ret == 0 && r->shared->floor_reached)
		ret = record_invalidate(rec, "memory was filled to %llu MiB of %llu only: the floor of "
					"available memory was reached",
					(unsigned long long)(rec->load.filled_bytes >> 20),
					(unsigned long long)(r->sizes.fill_bytes >> 20));
	return ret;
}

static int judge_pins(struct run *r)
{
	struct record *rec = r->record;
	double pages = (double)rec->load.pinned_bytes / 4096;
	double off = (double)rec->load.pinned_pages_seen - pages;
	uint64_t now;

	if (rec->load.pinned_bytes < rec->load.filled_bytes || rec->load.pinned_bytes == 0)
		return record_invalidate(rec, "not all objects were pinned");
	if (vmstat_pinned_pages(&now) < 0)
		return record_note(rec, "this kernel does not count pinned pages (nr_foll_pin_*)");
	if (off > pages * PIN_TOLERANCE + PIN_BATCH * (double)rec->cpus ||
	    -off > pages * PIN_TOLERANCE + PIN_BATCH * (double)rec->cpus)
		return record_invalidate(rec, "the kernel counted %llu pinned pages instead of %.0f",
					 (unsigned long long)rec->load.pinned_pages_seen, pages);
	return 0;
}

/* Without swap, reclaim never looks at anonymous memory: asked for by name it is a case of its own. */
static int judge_scanning(struct run *r)
{
	bool asked = r->request->options->swap == SWAP_NONE;

	if (grew(r, "pgscan_anon") > 0)
		return 0;
	if (asked)
		return record_note(r->record, "pinned pages not scanned: there is no swap (--swap none)");
	return record_invalidate(r->record, "pinned pages not scanned: %s",
				 *r->swap_why ? r->swap_why : "reclaim never looked at anonymous memory");
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
		ret = record_invalidate(r->record, "the device completed no request in the window");
	return ret;
}

int _run_judge(struct run *r)
{
	int ret = judge_samples(r);

	if (ret == 0 && _run_has_memory(r->request))
		ret = judge_pressure(r);
	if (ret == 0 && _run_has_device(r->request)) {
		ret = judge_pins(r);
		ret = ret < 0 ? ret : judge_scanning(r);
		ret = ret < 0 ? ret : judge_device(r);
	}
	return ret;
}
