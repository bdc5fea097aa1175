// SPDX-License-Identifier: MIT
/*
 * The probe "timer": how late an absolute timer wakes a SCHED_FIFO process.
 *
 * clock_nanosleep() is as good as sigwait() and timerfd, and takes the least CPU.
 */
#include "probe/plan.h"
#include "probe/probe.h"
#include "probe/waits.h"
#include "system/units.h"

/* Every instant that a stall swallowed has its own lateness, seen from its end. */
static void record_missed(struct probe_cpu *cpu, struct plan *plan, uint64_t now)
{
	while (plan_pending(plan) && plan->next_ns <= now) {
		histogram_add(&cpu->scheduled, now - plan->next_ns);
		cpu->recorded++;
		cpu->late++;
		plan_advance(plan);
	}
}

void timer_measure(struct probe_cpu *cpu, struct plan *plan, struct waits *waits)
{
	uint64_t grown[GROWN];

	waits_begin_sleep(waits);
	while (plan_pending(plan) && !cpu->stop) {
		uint64_t now;

		sleep_until(plan->next_ns);
		now = monotonic_ns();
		histogram_add(&cpu->woken, now - plan->next_ns);
		worst_add(&cpu->worst, plan->next_ns, now);
		histogram_add(&cpu->scheduled, now - plan->next_ns);
		cpu->recorded++;
		waits_end_sleep(waits, grown);
		attribution_add(&cpu->attribution, now - plan->next_ns, grown);
		plan_advance(plan);
		record_missed(cpu, plan, now);
	}
}
