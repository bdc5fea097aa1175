// SPDX-License-Identifier: MIT
/*
 * The probe "thp": how long the first touch of a transparent huge page takes.
 *
 * Timed is the first touch alone, in an aligned range of a fresh mapping; making
 * and removing the mapping is not. Waiting for the CPU before it is the scheduler's
 * latency, not the allocator's, and is left out: the clock starts when the process
 * runs. (What it waits once inside the fault counts.) So "scheduled" means here: how long
 * an allocation that was wanted at a planned instant would still have been inside the fault.
 *
 * Whether the page is huge is seen by mincore(), which faults nothing in: in a fresh,
 * aligned range only a huge page maps the last small page too when the first is touched.
 * The range is unmapped each time, because a page table that a fallback left
 * behind would keep huge pages out for good.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "probe/plan.h"
#include "probe/probe.h"
#include "probe/waits.h"
#include "system/units.h"

static uint64_t faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_minflt;
}

static void touch(char *at)
{
	*(volatile char *)at = 1;
}

/* An aligned huge page, not touched yet, in a mapping of two; NULL: there is none. */
struct fresh {
	char *area, *page;
};

static int map_fresh(struct fresh *f, size_t huge)
{
	f->page = NULL;
	f->area = mmap(NULL, 2 * huge, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (f->area == MAP_FAILED)
		return -errno;
	f->page = f->area + (-(uintptr_t)f->area & (huge - 1));
	madvise(f->page, huge, MADV_HUGEPAGE);
	return 0;
}

struct touch_result {
	uint64_t start, done;
	bool huge;
	uint64_t faults;
	uint64_t grown[GROWN];
};

/* Returns 0 or -errno. */
static int touch_fresh(struct touch_result *r, const struct fresh *f,
		       const struct probe_pages *pages, struct waits *waits)
{
	unsigned char last_is_mapped;
	uint64_t before = faults();

	waits_begin(waits);
	r->start = monotonic_ns();
	touch(f->page);
	r->done = monotonic_ns();
	waits_end(waits, r->grown);
	r->faults = faults() - before;
	if (mincore(f->page + pages->huge - pages->small, pages->small, &last_is_mapped) <
	    0)
		return -errno;
	r->huge = last_is_mapped & 1;
	return 0;
}

/* One sample for each instant that had come before the touch was done. */
static void record_scheduled(struct probe_cpu *cpu, struct plan *plan,
			     const struct touch_result *r)
{
	uint64_t n = 0;

	for (; plan_pending(plan) && plan->next_ns <= r->done; n++) {
		uint64_t from = plan->next_ns > r->start ? plan->next_ns : r->start;

		histogram_add(&cpu->scheduled, r->done - from);
		plan_advance(plan);
	}
	cpu->recorded += n;
	cpu->late += n - 1;
}

static void record(struct probe_cpu *cpu, struct plan *plan, const struct touch_result *r)
{
	uint64_t took = r->done - r->start;

	histogram_add(&cpu->woken, took);
	if (r->done > plan->end_ns)
		cpu->after_ns = r->done - plan->end_ns;
	attribution_add(&cpu->attribution, took, r->grown);
	worst_add(&cpu->worst, r->start, r->done);
	histogram_add(r->huge ? &cpu->huge : &cpu->fallback, took);
	record_scheduled(cpu, plan, r);
}

int thp_measure(struct probe_cpu *cpu, struct plan *plan, const struct probe_pages *pages,
		struct waits *waits, uint64_t *own_faults)
{
	struct touch_result r = { 0 };
	struct fresh fresh;
	int ret = map_fresh(&fresh, pages->huge);

	while (fresh.page && plan_pending(plan) && !cpu->stop) {
		/* Mapped before the sleep: asking what that has waited for is expensive. */
		waits_prepare(waits);
		sleep_until(plan->next_ns);
		ret = touch_fresh(&r, &fresh, pages, waits);
		if (ret < 0)
			break;
		*own_faults += r.faults;
		record(cpu, plan, &r);
		munmap(fresh.area, 2 * pages->huge);
		ret = map_fresh(&fresh, pages->huge);
	}
	if (fresh.page)
		munmap(fresh.area, 2 * pages->huge);
	return ret;
}
