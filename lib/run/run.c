// SPDX-License-Identifier: MIT
#include "run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim/leftover.h"
#include "engines/engines.h"
#include "run/collect.h"
#include "run/internal.h"
#include "run/window.h"
#include "stats/random.h"
#include "system/units.h"
#include "system/process.h"

/* Filling 24 GiB of cold guest memory took 90 s. */
#define READY_TIMEOUT_NS (900 * NSEC_PER_SEC)
/* Each part of the warm-up, on a disk that is slow. */
#define WARM_UP_MAX_NS (180 * NSEC_PER_SEC)
/* A batch of reclaim is 32 pages. */
#define RECLAIM_HITS	128
#define RECLAIM_PAGES	(RECLAIM_HITS * 32)
#define IDLE_WARM_UP_NS (200 * NSEC_PER_MSEC)
/* Until the device is at work, and the engine has been asked what is under DMA. */
#define QUIET_WARM_UP_NS (500 * NSEC_PER_MSEC)
#define LOOK_NS		 (10 * NSEC_PER_MSEC)
/* A stream of the seed that nobody else draws from. */
#define PHASE 0x7068617365

static bool is_filled(const struct run *r)
{
	return r->shared->state == LOAD_READY;
}

static bool walks(const struct run *r)
{
	return r->shared->walker.walks;
}

static int wait_until(struct run *r, bool (*is_done)(const struct run *r),
		      const char *doing)
{
	uint64_t until = monotonic_ns() + READY_TIMEOUT_NS;
	int ret = 0;

	while (ret == 0 && !is_done(r)) {
		ret = run_all_well(r, doing);
		if (ret == 0 && monotonic_ns() > until)
			ret = run_fault(r, -ETIMEDOUT, "%s took more than %llu s", doing,
					READY_TIMEOUT_NS / NSEC_PER_SEC);
		sleep_ns(LOOK_NS);
	}
	return ret;
}

/* By the arena's own counters: pages, or hits of its limit, each of which frees some. */
static uint64_t reclaimed(const struct run *r)
{
	struct memcg_events events = { 0 };

	if (!run_memcg(r))
		return vmstat_now("pgsteal_file");
	memcg_read_events(run_memcg(r), &events);
	return events.limit_hits;
}

/* As fast as it can, until memory is reclaimed and a loop has come round. */
static int walk_until_reclaim(struct run *r)
{
	bool loops = r->load_config.walker.kind == WALKER_LOOP;
	uint64_t enough = reclaimed(r) + (run_memcg(r) ? RECLAIM_HITS : RECLAIM_PAGES);
	uint64_t until = monotonic_ns() + WARM_UP_MAX_NS;
	int ret = 0;

	while (ret == 0 &&
	       (reclaimed(r) < enough || (loops && r->shared->walker.passes == 0))) {
		if (monotonic_ns() > until)
			return run_fail(
				r, -ETIMEDOUT,
				"no memory was reclaimed in %llu s of warm-up: there was no pressure",
				WARM_UP_MAX_NS / NSEC_PER_SEC);
		ret = run_all_well(r, "warming up");
		sleep_ns(LOOK_NS);
	}
	return ret;
}

/*
 * At the rate of the window, so that reclaim is in the state that lasts: a whole cycle, and a part
 * of one that is drawn for each run, or all windows would open in the same phase.
 */
static int walk_a_cycle(struct run *r)
{
	const struct walker_progress *w = &r->shared->walker;
	struct random_state random = random_stream(r->request->options->seed, PHASE);
	uint64_t until = monotonic_ns() + WARM_UP_MAX_NS, from = w->cached, bytes;
	int ret = 0;

	r->phase_bytes = random_below(&random, r->sizes.cycle_bytes + 1);
	bytes = r->sizes.cycle_bytes + r->phase_bytes;
	r->shared->walker.paced = 1;
	while (ret == 0 && w->cached - from < bytes) {
		if (monotonic_ns() > until) {
			run_note(
				r,
				"the warm-up was ended after %llu s, in which the walker read %.2f of a cycle",
				WARM_UP_MAX_NS / NSEC_PER_SEC,
				(double)(w->cached - from) /
					(double)r->sizes.cycle_bytes);
			return 0;
		}
		ret = run_all_well(r, "warming up");
		sleep_ns(LOOK_NS);
	}
	return ret;
}

static int warm_up(struct run *r)
{
	uint64_t start = monotonic_ns();
	int ret = walk_until_reclaim(r);

	if (ret == 0)
		ret = walk_a_cycle(r);
	r->warm_up_ns = monotonic_ns() - start;
	return ret;
}

_Static_assert(REQUEST_RATE_OWN == REQUEST_RATE_AUTO, "options know no engine");

static void configure_load(struct run *r)
{
	static const enum walker_kind kind[] = {
		[WALK_TREE] = WALKER_TREE,
		[WALK_STREAM] = WALKER_STREAM,
		[WALK_LOOP] = WALKER_LOOP,
		[WALK_NONE] = WALKER_NONE,
	};
	const struct run_options *o = r->request->options;

	r->load_config = (struct load_config){
		.filler = {
			.target = r->sizes.fill_bytes,
			.object_size = o->object_size,
			.floor = r->sizes.floor,
			.huge = o->backing == BACKING_THP,
			.shared = o->backing == BACKING_SHMEM,
			.threads = r->sizes.fill_threads,
			.seed = o->seed,
			.memcg = run_memcg(r),
			.filled = &r->shared->filled_bytes,
		},
		.hold = r->request->rung == RUNG_LOCKED ? HOLD_LOCK :
			run_has_device(r->request) ? HOLD_PIN : HOLD_NOTHING,
		.engine = r->engine,
		.engine_config = {
			.scratch = o->scratch,
			.device = r->request->device,
			.request_rate = o->request_rate,
			.request_size = o->request_size,
			.queue_depth = o->queue_depth,
			.vms = o->vms,
			.mode = o->engine_mode,
			.cover = o->cover,
			.seed = o->seed,
		},
		.keep = o->keep_pinned && r->request->rung == RUNG_PINNED,
		.serves_pageout = r->request->probe == PROBE_PAGEOUT,
		.walker = {
			.kind = run_has_walk(r->request) ? kind[o->walker] : WALKER_NONE,
			.size = r->sizes.walker_size,
			.tree = r->sizes.walker_tree,
			.made = &r->shared->duties.tree,
			.made_bytes = r->sizes.made_bytes,
			.seed = o->seed,
			.rate = r->sizes.walker_rate,
			.scratch = o->scratch,
			.drop_first = !r->sizes.machine,
		},
	};
	if (r->engine)
		r->engine->defaults(&r->load_config.engine_config);
}

static int apply_load(struct run *r)
{
	int ret = load_start(&r->load, &r->load_config, r->shared);

	if (ret < 0)
		return run_fail(r, ret, "cannot start the load child: %s",
				strerror(-ret));
	if (!run_has_memory(r->request)) {
		sleep_ns(IDLE_WARM_UP_NS);
		return 0;
	}
	ret = wait_until(r, is_filled, "filling memory");
	if (ret < 0)
		return ret;
	ret = load_start_walker(&r->load);
	if (ret < 0)
		return run_fail(r, ret, "cannot start the walker: %s", strerror(-ret));
	/* Before the device works: each inode may wait for it in the driver's shrinker. */
	if (r->load_config.walker.kind != WALKER_NONE)
		ret = wait_until(r, walks, "making the walker's files");
	if (ret < 0)
		return ret;
	if (r->request->rung == RUNG_BUSY)
		r->shared->command = LOAD_WORK;
	if (r->request->probe == PROBE_PAGEOUT)
		sleep_ns(QUIET_WARM_UP_NS);
	return r->load_config.walker.kind == WALKER_NONE ? 0 : warm_up(r);
}

static int choose_engine(struct run *r)
{
	struct engine_config config = { .scratch = r->request->options->scratch,
					.device = r->request->device };
	char why[300] = "";

	if (!run_has_device(r->request))
		return 0;
	r->engine = engine_choose(r->request->options->engine, &config, why, sizeof(why));
	if (!r->engine)
		return run_fail(r, -ENODEV, "%s", why);
	if (*why)
		run_note(r, "--engine auto took %s: %s", r->engine->name, why);
	return 0;
}

static int start_watchdog(struct run *r)
{
	struct watchdog_limits limits = {
		.available_floor = r->sizes.watchdog_floor,
		/* In a cgroup all busy tasks of a quiet machine stall together: as intended. */
		.psi = r->sizes.machine,
		.lock = r->request->lock,
	};
	int ret = watchdog_start(&r->watchdog, r->shared, &limits);

	return ret < 0 ? run_fail(r, ret, "cannot start the watchdog: %s", strerror(-ret))
		       : 0;
}

static void account_delays(struct run *r)
{
	if (!r->request->options->attribution || r->request->probe != PROBE_THP)
		return;
	/* Known to the watchdog before it is done: it only switches off what was switched on. */
	r->shared->duties.has_delay_accounting = delay_accounting_is_off();
	r->delay_accounting = leftover_delays_on();
	if (r->delay_accounting <= 0)
		r->shared->duties.has_delay_accounting = 0;
}

static int set_up(struct run *r)
{
	char why[300];
	int ret;

	r->cpu_latency_fd = hold_cpu_latency();
	if (r->cpu_latency_fd < 0)
		run_note(
			r,
			"/dev/cpu_dma_latency could not be held at 0: idle CPUs may sleep deeply");
	ret = run_size(r->request, &r->sizes, why, sizeof(why));
	if (ret < 0)
		return run_fail(r, ret, "%s", why);
	ret = start_watchdog(r);
	if (ret == 0)
		ret = run_make_arena(r);
	if (ret == 0)
		account_delays(r);
	if (ret == 0)
		explain_prepare(r);
	if (ret == 0)
		configure_load(r);
	return ret;
}

/* Before the run is judged: a device that hangs, or was reset, may tell only when it is to end. */
static void end_load(struct run *r)
{
	char why[300];

	if (load_stop(&r->load, why, sizeof(why)) < 0)
		run_blame(r, "%s", why);
}

static void put_back(struct run *r, char *left, size_t size)
{
	char why[300];

	probe_destroy(&r->probe);
	if (r->load.shared)
		load_stop(&r->load, why, sizeof(why));
	if (r->explain.trace)
		trace_free(r->explain.trace);
	if (r->explain.pinned)
		pinned_free(r->explain.pinned);
	if (watchdog_finish(&r->watchdog) < 0)
		snprintf(left, size, "%s", r->shared->put_back_why);
	if (r->cpu_latency_fd >= 0)
		close(r->cpu_latency_fd);
	counters_close(&r->reader);
	timeline_destroy(&r->timeline);
	outside_free(&r->outside);
	load_shared_unmap(r->shared);
	free(r->before);
	free(r->after);
}

/* From choosing the engine to the verdict. Returns 0 or -errno; the record says what went wrong. */
static int measure(struct run *r)
{
	int chosen = choose_engine(r), ret = run_describe(r);

	if (ret == 0)
		ret = chosen;
	if (ret == 0)
		ret = set_up(r);
	if (ret == 0)
		ret = apply_load(r);
	if (ret == 0)
		ret = run_window(r);
	if (ret < 0) {
		probe_kill(&r->probe);
		run_collect(r);
		return ret;
	}
	end_load(r);
	ret = run_collect(r);
	if (ret == 0)
		run_judge(r);
	return ret < 0 ? ret : r->error;
}

int run_execute(const struct run_request *request, struct record *record, char *left,
		size_t size)
{
	/* Kept, with what is to be put back, if the test jumps out of a crash and goes on. */
	static struct run r;
	static bool under_way;
	int ret = -ENOMEM;

	*left = '\0';
	if (under_way) {
		under_way = false;
		put_back(&r, left, size);
	}
	r = (struct run){ .request = request,
			  .record = record,
			  .swappiness = -ENODATA,
			  .cpu_latency_fd = -1 };
	under_way = true;
	record->valid = true;
	r.cpus = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	counters_open(&r.reader);
	r.shared = load_shared_map();
	if (r.shared) {
		ret = measure(&r);
		run_describe_config(&r);
	}
	put_back(&r, left, size);
	under_way = false;
	/* What went wrong while measuring stands in the record; only without memory there is none. */
	return ret == -ENOMEM && record->valid ? -ENOMEM : 0;
}
