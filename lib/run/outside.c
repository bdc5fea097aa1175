// SPDX-License-Identifier: MIT
#include "run/outside.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "run/internal.h"
#include "system/cleanup.h"
#include "system/json.h"
#include "system/units.h"

/* PF_KTHREAD of the kernel's include/linux/sched.h */
#define KERNEL_THREAD 0x00200000u

static uint64_t timeval_ns(struct timeval t)
{
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_usec * NSEC_PER_USEC;
}

/* CPU time of a process that lives, all its threads; 0 of one that is gone. */
static uint64_t process_ns(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (pid <= 0 || clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t) < 0)
		return 0;
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
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
	DIR *proc = opendir("/proc");
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
	if (proc)
		closedir(proc);
}

void outside_look(const struct run *r, struct outside_look *look)
{
	*look = (struct outside_look){ .own_ns = own_ns(r) };
	look_at_kernel_threads(look);
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
