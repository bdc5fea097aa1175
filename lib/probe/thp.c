// SPDX-License-Identifier: MIT
/*
 * The probe "thp": how long the first touch of a transparent huge page takes.
 *
 * Timed is the first touch alone, in an aligned range of a fresh mapping; making
 * and removing the mapping is not. Waiting for the CPU is the scheduler's latency,
 * not the allocator's, and is left out: the clock starts when the process runs.
 * So "scheduled" means here: how long an allocation that was wanted at a planned
 * instant would still have been inside the fault.
 *
 * Whether the page is huge is seen from the fault count: in a fresh, aligned
 * range only a huge page maps the last small page too when the first is touched.
 * The range is unmapped each time, because a page table that a fallback left
 * behind would keep huge pages out for good.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "probe/worker.h"
#include "system/units.h"

#define SMALL_PAGE 4096
#define HUGE_PAGE  (2 * MIB)
#define RESERVED   (2 * HUGE_PAGE)

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

struct touch_result {
	uint64_t start, done;
	bool huge;
	uint64_t faults;
};

/* Returns 0 or -errno. */
static int touch_fresh(struct touch_result *r)
{
	uint64_t before, first, last;
	char *area, *page;

	area = mmap(NULL, RESERVED, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		return -errno;
	page = area + (-(uintptr_t)area & (HUGE_PAGE - 1));
	madvise(page, HUGE_PAGE, MADV_HUGEPAGE);
	before = faults();
	r->start = _probe_now();
	touch(page);
	r->done = _probe_now();
	first = faults();
	touch(page + HUGE_PAGE - SMALL_PAGE);
	last = faults();
	r->huge = last == first;
	r->faults = last - before;
	munmap(area, RESERVED);
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

int _thp_measure(struct probe_cpu *cpu, struct plan *plan, uint64_t *own_faults)
{
	struct touch_result r = { 0 };
	int ret;

	while (plan_pending(plan)) {
		_probe_sleep_until(plan->next_ns);
		ret = touch_fresh(&r);
		if (ret < 0)
			return ret;
		*own_faults += r.faults;
		histogram_add(&cpu->woken, r.done - r.start);
		histogram_add(r.huge ? &cpu->huge : &cpu->fallback, r.done - r.start);
		record_scheduled(cpu, plan, &r);
	}
	return 0;
}
