// SPDX-License-Identifier: MIT
#include "probe/probe.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/process.h"
#include "probe/plan.h"
#include "probe/waits.h"
#include "system/units.h"
#include "system/sysfile.h"
#include "system/text.h"

#define STACK_TOUCHED (64 * KIB)

static size_t cpus_size(const struct probe *p)
{
	return p->cpus * sizeof(*p->cpu);
}

static void *map_shared(size_t size)
{
	void *m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);

	return m == MAP_FAILED ? NULL : m;
}

/* Nothing was measured yet; touches all of the memory. */
static void forget(struct probe_cpu *cpu)
{
	histogram_reset(&cpu->scheduled);
	histogram_reset(&cpu->woken);
	histogram_reset(&cpu->huge);
	histogram_reset(&cpu->fallback);
	attribution_reset(&cpu->attribution);
	worst_reset(&cpu->worst);
	cpu->recorded = 0;
	cpu->late = 0;
	cpu->after_ns = 0;
}

int probe_create(struct probe *p, const struct probe_config *config)
{
	cpu_set_t set;
	size_t n = 0;

	*p = (struct probe){
		.config = *config,
		.pages = { .small = page_size(), .huge = huge_page_size() },
	};
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -errno;
	p->cpus = config->kind == PROBE_PAGEOUT ? 1 : (size_t)CPU_COUNT(&set);
	p->gate = map_shared(sizeof(*p->gate));
	p->cpu = map_shared(cpus_size(p));
	if (config->kind == PROBE_PAGEOUT)
		p->pageout = map_shared(sizeof(*p->pageout));
	if (!p->gate || !p->cpu || (config->kind == PROBE_PAGEOUT && !p->pageout)) {
		probe_destroy(p);
		return -ENOMEM;
	}
	for (int cpu = 0; cpu < CPU_SETSIZE && n < p->cpus; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		p->cpu[n].cpu = cpu;
		forget(&p->cpu[n++]);
	}
	if (p->pageout) {
		p->pageout->config = config->pageout;
		pageout_forget(p->pageout);
	}
	return 0;
}

static struct plan plan_of(const struct probe_config *c, uint64_t start_ns, int cpu)
{
	return plan_begin(start_ns, c->duration_ns, c->interval_min_ns,
			  c->interval_max_ns, c->seed, cpu);
}

static int measure(struct probe_cpu *cpu, const struct probe *p, struct plan *plan,
		   struct waits *waits, uint64_t *own_faults)
{
	if (p->config.kind == PROBE_PAGEOUT)
		return pageout_measure(p->pageout, cpu, plan->end_ns);
	if (p->config.kind == PROBE_THP)
		return thp_measure(cpu, plan, &p->pages, waits, own_faults);
	timer_measure(cpu, plan, waits);
	return 0;
}

/* So that the stack does not fault later. */
static void __attribute__((noinline)) touch_stack(void)
{
	volatile char stack[STACK_TOUCHED];

	for (size_t i = 0; i < sizeof(stack); i += 4096)
		stack[i] = 0;
}

/* Every page and every code path is used once before it counts; what that gave is thrown away. */
static int dry_run(struct probe_cpu *cpu, const struct probe *p, struct waits *waits)
{
	const struct probe_config *c = &p->config;
	struct plan plan = plan_of(c, monotonic_ns(), cpu->cpu);
	struct rusage usage;
	uint64_t own_faults = 0;
	int ret;

	plan.end_ns = plan.next_ns + 4 * c->interval_max_ns;
	touch_stack();
	/* Paging out has no code of its own that could be cold: it is one call. */
	ret = p->pageout ? 0 : measure(cpu, p, &plan, waits, &own_faults);
	getrusage(RUSAGE_THREAD, &usage);
	forget(cpu);
	cpu->worst.limit_ns = c->stop_at_ns;
	return ret;
}

/* Sleepers can wait for nothing but the CPU: they do not need the expensive source. */
static void open_waits(struct probe_cpu *cpu, const struct probe *p, struct waits *waits)
{
	struct waits_errors errors;

	waits_open(waits, p->config.kind == PROBE_THP, &errors);
	cpu->schedstat_error = errors.schedstat;
	cpu->taskstats_error = errors.taskstats;
	cpu->taskstats_version = waits->taskstats.version;
}

static int prepare(struct probe_cpu *cpu, const struct probe *p, struct waits *waits)
{
	const struct probe_config *c = &p->config;
	struct sched_param fifo = { .sched_priority = c->priority };
	cpu_set_t set;
	int ret;

	/*
	 * Timer slack is for SCHED_OTHER; it would add 50 us to the thp probe's plan,
	 * though not to what it times.
	 */
	prctl(PR_SET_TIMERSLACK, 1ul);
	cpu->failed_at = "binding to its CPU";
	CPU_ZERO(&set);
	CPU_SET(cpu->cpu, &set);
	/* The thread of the load child that pages out is bound to no CPU either. */
	if (!p->pageout && sched_setaffinity(0, sizeof(set), &set) < 0)
		return -errno;
	if (c->attribute)
		open_waits(cpu, p, waits);
	cpu->failed_at = "locking its memory";
	/* MCL_CURRENT alone: MCL_FUTURE would populate the thp mapping before it is advised. */
	if (mlockall(MCL_CURRENT) < 0)
		return -errno;
	cpu->failed_at = "entering the memory cgroup";
	ret = c->memcg ? memcg_enter(c->memcg, 0) : 0;
	if (ret < 0)
		return ret;
	cpu->failed_at = "setting its real-time priority";
	if (c->priority && sched_setscheduler(0, SCHED_FIFO, &fifo) < 0)
		return -errno;
	cpu->failed_at = "its dry run";
	return dry_run(cpu, p, waits);
}

static uint64_t wait_for_gate(struct probe_gate *gate)
{
	uint64_t start;

	while ((start = gate->start_ns) == 0)
		sleep_until(monotonic_ns() + NSEC_PER_MSEC);
	return start;
}

static void account(struct probe_cpu *cpu, const struct rusage *before,
		    const struct rusage *after, uint64_t own_faults)
{
	cpu->minor_faults = (uint64_t)(after->ru_minflt - before->ru_minflt) - own_faults;
	cpu->major_faults = (uint64_t)(after->ru_majflt - before->ru_majflt);
	cpu->voluntary_switches = (uint64_t)(after->ru_nvcsw - before->ru_nvcsw);
	cpu->involuntary_switches = (uint64_t)(after->ru_nivcsw - before->ru_nivcsw);
}

static void run_worker(struct probe *p, struct probe_cpu *cpu, pid_t parent)
{
	struct rusage before, after;
	uint64_t own_faults = 0;
	struct waits waits = WAITS_NONE;
	struct plan plan;
	int ret;

	process_die_with(parent);
	process_detach("pinlat-probe", -1, -1);
	ret = prepare(cpu, p, &waits);
	if (ret == 0) {
		cpu->state = PROBE_READY;
		plan = plan_of(&p->config, wait_for_gate(p->gate), cpu->cpu);
		getrusage(RUSAGE_THREAD, &before);
		cpu->failed_at =
			p->pageout ? "looking at the load's memory" : "mapping memory";
		ret = measure(cpu, p, &plan, &waits, &own_faults);
		getrusage(RUSAGE_THREAD, &after);
		account(cpu, &before, &after, own_faults);
	}
	cpu->error = ret;
	cpu->state = ret < 0 ? PROBE_FAILED : PROBE_DONE;
	_exit(ret < 0);
}

bool probe_ready(const struct probe *p)
{
	for (size_t i = 0; i < p->cpus; i++) {
		if (p->cpu[i].state == PROBE_STARTING)
			return false;
	}
	return true;
}

int probe_start(struct probe *p, char *why, size_t size)
{
	pid_t parent = getpid();

	for (size_t i = 0; i < p->cpus; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return why_not(why, size, -errno, "cannot start the probe: %s",
				       strerror(errno));
		if (pid == 0)
			run_worker(p, &p->cpu[i], parent);
		p->cpu[i].pid = p->cpu[i].traced_pid = pid;
	}
	return 0;
}

void probe_open_window(struct probe *p, uint64_t start_ns)
{
	p->start_ns = start_ns;
	p->gate->start_ns = start_ns;
}

static void explain(const struct probe_cpu *cpu, int status, char *why, size_t size)
{
	if (cpu->state == PROBE_FAILED)
		snprintf(why, size, "the probe on CPU %d failed at %s: %s", cpu->cpu,
			 cpu->failed_at, strerror(-cpu->error));
	else
		snprintf(why, size, "the probe on CPU %d was killed by signal %d (%s)",
			 cpu->cpu, WTERMSIG(status), strsignal(WTERMSIG(status)));
}

int probe_check(struct probe *p, char *why, size_t size)
{
	int status;

	for (size_t i = 0; i < p->cpus; i++) {
		struct probe_cpu *cpu = &p->cpu[i];

		if (cpu->pid <= 0 || waitpid(cpu->pid, &status, WNOHANG) != cpu->pid)
			continue;
		cpu->pid = 0;
		if (cpu->state == PROBE_DONE)
			continue;
		explain(cpu, status, why, size);
		return -ECHILD;
	}
	return 0;
}

bool probe_ended(const struct probe *p)
{
	for (size_t i = 0; i < p->cpus; i++) {
		if (p->cpu[i].pid > 0)
			return false;
	}
	return true;
}

int probe_stopped(struct probe *p)
{
	int first = -1;

	for (size_t i = 0; i < p->cpus; i++) {
		const struct worst *w = &p->cpu[i].worst;

		if (w->is_over &&
		    (first < 0 || w->over.end_ns < p->cpu[first].worst.over.end_ns))
			first = (int)i;
	}
	for (size_t i = 0; first >= 0 && i < p->cpus; i++)
		p->cpu[i].stop = 1;
	return first;
}

uint64_t probe_expected(const struct probe *p, size_t index)
{
	struct plan plan = plan_of(&p->config, p->start_ns, p->cpu[index].cpu);
	uint64_t n = 0;

	if (p->pageout)
		return p->cpu[index].recorded;
	for (; plan_pending(&plan); n++)
		plan_advance(&plan);
	return n;
}

void probe_kill(struct probe *p)
{
	for (size_t i = 0; p->cpu && i < p->cpus; i++) {
		process_kill(p->cpu[i].pid);
		p->cpu[i].pid = 0;
	}
}

void probe_destroy(struct probe *p)
{
	probe_kill(p);
	if (p->cpu)
		munmap(p->cpu, cpus_size(p));
	if (p->gate)
		munmap(p->gate, sizeof(*p->gate));
	if (p->pageout)
		munmap(p->pageout, sizeof(*p->pageout));
	*p = (struct probe){ 0 };
}
