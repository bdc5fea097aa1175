// SPDX-License-Identifier: MIT
#include "run/outside.h"

#include <dirent.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "run/internal.h"
#include "system/cleanup.h"
#include "system/json.h"
#include "system/process.h"
#include "system/units.h"

/* PF_KTHREAD of the kernel's include/linux/sched.h */
#define KERNEL_THREAD 0x00200000u

/* A sleep that ends so late was no sleep: nothing that a kernel does to one CPU makes all stand still. */
#define STILL_NS (100 * NSEC_PER_MSEC)
/* Who goes on first after that may wake a few times before the test looks. */
#define STILL_WAKES 4
#define STILL_AFTER (10 * NSEC_PER_MSEC)

static uint64_t timeval_ns(struct timeval t)
{
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_usec * NSEC_PER_USEC;
}

/* CPU time of a process that lives, all its threads; 0 of one that is gone. */
static uint64_t process_ns(pid_t pid)
{
	clockid_t clock;

	return pid <= 0 || clock_getcpuclockid(pid, &clock) ? 0 : clock_ns(clock);
}

/* Of the test itself, of its children that ended and of those that live. */
static uint64_t own_ns(const struct run *r)
{
	uint64_t sum = process_ns(getpid()) + process_ns(r->watchdog.pid) +
		       process_ns(r->load.child) + process_ns(r->load.walker);
	struct rusage ended;

	if (getrusage(RUSAGE_CHILDREN, &ended) == 0)
		sum += timeval_ns(ended.ru_utime) + timeval_ns(ended.ru_stime);
	for (size_t i = 0; i < r->probe.cpus; i++)
		sum += process_ns(r->probe.cpu[i].pid);
	return sum;
}

/* Whether process @name is a thread of the kernel, and its CPU time. */
static bool read_kernel_thread(const char *name, struct kernel_thread *thread)
{
	unsigned int flags;
	uint64_t user, system;
	char path[300], text[1024];
	const char *rest;

	snprintf(path, sizeof(path), "/proc/%s/stat", name);
	/* What a process is called may contain anything; behind it stand only numbers. */
	if (sysfile_line(path, text, sizeof(text)) < 0 || !(rest = strrchr(text, ')')) ||
	    sscanf(rest + 1,
		   " %*c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
		   &flags, &user, &system) != 3)
		return false;
	*thread = (struct kernel_thread){ .pid = atoi(name), .ticks = user + system };
	return flags & KERNEL_THREAD;
}

static void look_at_kernel_threads(struct outside_look *look)
{
	struct kernel_thread found, *more;
	CLEANUP_CLOSEDIR DIR *proc = opendir("/proc");
	const struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    !read_kernel_thread(entry->d_name, &found))
			continue;
		more = reallocarray(look->thread, look->threads + 1, sizeof(*more));
		if (!more)
			break;
		look->thread = more;
		look->thread[look->threads++] = found;
	}
}

void outside_look(const struct run *r, struct outside_look *look)
{
	uint64_t boot = clock_ns(CLOCK_BOOTTIME);

	*look = (struct outside_look){
		.own_ns = own_ns(r),
		.suspended_ns = counter_growth(monotonic_ns(), boot),
	};
	look_at_kernel_threads(look);
}

void outside_free(struct outside *o)
{
	free(o->start.thread);
	free(o->end.thread);
}

/* How long this thread waited for a CPU so far; false: the kernel does not tell. */
static bool own_run_delay(uint64_t *ns)
{
	char text[64];

	return sysfile_line("/proc/thread-self/schedstat", text, sizeof(text)) > 0 &&
	       sscanf(text, "%*u %" SCNu64, ns) == 1;
}

static uint64_t probes_woke(const struct run *r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < r->probe.cpus; i++)
		sum += r->probe.cpu[i].woken.count;
	return sum;
}

/*
 * Stopped (SIGSTOP), frozen (by a container's engine), or the virtual machine was: the sleep ends late
 * though no CPU was waited for, and the probes woke no more than in the time that was to be @slept.
 */
static void look_for_standstill(struct run *r, uint64_t slept, uint64_t late)
{
	const struct probe_config *c = &r->probe.config;
	struct outside *o = &r->outside;
	uint64_t mean = (c->interval_min_ns + c->interval_max_ns) / 2, delay = 0, woken,
		 waited;
	bool told = own_run_delay(&delay);

	woken = probes_woke(r) - o->woken;
	waited = counter_growth(o->run_delay_ns, delay);
	o->woken += woken;
	o->run_delay_ns = delay;
	late = counter_growth(waited, late);
	if (told && late > STILL_NS && late > o->still_ns &&
	    woken <= r->probe.cpus * (STILL_WAKES +
				      (slept + STILL_AFTER + waited) / (mean ? mean : 1)))
		o->still_ns = late;
}

void outside_sleep(struct run *r, uint64_t ns)
{
	uint64_t wanted = monotonic_ns() + ns;

	sleep_ns(ns);
	look_for_standstill(r, ns, counter_growth(wanted, monotonic_ns()));
}

/* When a CPU goes offline the kernel binds what was bound to it elsewhere, as an administrator may. */
static void look_at_binding(struct run *r)
{
	for (size_t i = 0; i < r->probe.cpus; i++) {
		const struct probe_cpu *c = &r->probe.cpu[i];
		cpu_set_t set;

		if (c->pid > 0 && sched_getaffinity(c->pid, sizeof(set), &set) == 0 &&
		    (CPU_COUNT(&set) != 1 || !CPU_ISSET(c->cpu, &set)))
			r->outside.moved_cpu = c->cpu + 1;
	}
}

void outside_look_around(struct run *r)
{
	/* The pageout probe is bound to no CPU. */
	if (r->request->probe != PROBE_PAGEOUT)
		look_at_binding(r);
	if (r->request->probe == PROBE_THP && r->request->options->attribution &&
	    r->delay_accounting >= 0 && delay_accounting_is_off())
		r->outside.delays_off = true;
}

/* One that was not there before has all its time from the window; one that is gone is forgotten. */
static uint64_t kernel_ticks(const struct outside *o)
{
	uint64_t sum = 0;
	size_t j = 0;

	/* /proc lists them by ascending pid. */
	for (size_t i = 0; i < o->end.threads; i++) {
		const struct kernel_thread *now = &o->end.thread[i];

		while (j < o->start.threads && o->start.thread[j].pid < now->pid)
			j++;
		if (j < o->start.threads && o->start.thread[j].pid == now->pid)
			sum += counter_growth(o->start.thread[j].ticks, now->ticks);
		else
			sum += now->ticks;
	}
	return sum;
}

/* The first line of /proc/stat, in ticks. */
enum {
	STAT_USER,
	STAT_NICE,
	STAT_SYSTEM,
	STAT_IDLE,
	STAT_IOWAIT,
	STAT_IRQ,
	STAT_SOFTIRQ,
	STAT_STEAL,
	STATS
};

static bool read_stat(const struct counters *c, uint64_t ticks[STATS])
{
	const char *text = sysfile_find(c->text[COUNTER_STAT], "cpu");

	for (int i = 0; i < STATS; i++) {
		int used = 0;

		if (!text || sscanf(text, "%" SCNu64 "%n", &ticks[i], &used) != 1)
			return false;
		text += used;
	}
	return true;
}

bool outside_times(const struct run *r, struct cpu_times *t)
{
	uint64_t a[STATS], b[STATS], tick = NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t busy;

	if (!read_stat(r->before, a) || !read_stat(r->after, b))
		return false;
	for (int i = 0; i < STATS; i++)
		b[i] = counter_growth(a[i], b[i]) * tick;
	*t = (struct cpu_times){
		.own = counter_growth(r->outside.start.own_ns, r->outside.end.own_ns),
		.kernel = kernel_ticks(&r->outside) * tick,
		.steal = b[STAT_STEAL],
	};
	for (int i = 0; i < STATS; i++)
		t->all += b[i];
	busy = b[STAT_USER] + b[STAT_NICE];
	/* Where the kernel's threads cannot be seen, what was done in the kernel may be theirs. */
	if (r->outside.end.threads)
		busy += b[STAT_SYSTEM];
	t->others = counter_growth(t->own + t->kernel, busy);
	return true;
}

int outside_add(const struct run *r, json_object *counters)
{
	CLEANUP(json_release) json_object *none = NULL;
	struct json_out out;
	json_object *cpu;
	struct cpu_times t;

	if (!outside_times(r, &t))
		return 0;
	json_begin(&out);
	cpu = json_put_object(&out, counters, "cpu");
	json_put_u64(&out, cpu, "all_ns", t.all);
	json_put_u64(&out, cpu, "own_ns", t.own);
	json_put_u64(&out, cpu, "kernel_threads_ns", t.kernel);
	json_put_u64(&out, cpu, "others_ns", t.others);
	json_put_u64(&out, cpu, "steal_ns", t.steal);
	return json_end(&out, &none);
}
