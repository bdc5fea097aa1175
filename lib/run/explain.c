// SPDX-License-Identifier: MIT
/* What --explain traces, from before the window to its end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/internal.h"
#include "system/cleanup.h"

/* PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h */
#define FIRST_PID_NAMESPACE 0xEFFFFFFC

static pid_t *probe_pids(const struct probe *p)
{
	pid_t *pid = calloc(p->cpus, sizeof(*pid));

	for (size_t i = 0; pid && i < p->cpus; i++)
		pid[i] = p->cpu[i].pid;
	return pid;
}

static int create_trace(struct run *r)
{
	struct watchdog_duties *d = &r->shared->duties;
	struct explain *x = &r->explain;
	int ret;

	/* Told to the watchdog before it is made. */
	d->has_tracing = 1;
	ret = tracing_open(&d->tracing, x->why, sizeof(x->why));
	if (ret < 0)
		return ret;
	tracing_remove_stale(&d->tracing);
	return trace_create(&x->trace, &d->tracing, r->request->options->duration_ns,
			    x->why, sizeof(x->why));
}

/* Some failures, of memory, come without words. */
static void say_why(char *why, size_t size, int error)
{
	if (error < 0 && !*why)
		snprintf(why, size, "%s", strerror(-error));
}

/* In a container with process ids of its own the kernel's tracer knows the probes by other numbers. */
static bool has_own_pids(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != FIRST_PID_NAMESPACE;
}

/* A run that cannot be explained is still a run; the record says so. */
void explain_prepare(struct run *r)
{
	struct explain *x = &r->explain;
	int ret;

	*x = (struct explain){ .wanted = r->request->options->explain };
	if (!x->wanted)
		return;
	if (has_own_pids()) {
		snprintf(
			x->why, sizeof(x->why),
			"processes have ids of their own in this container (docker run --pid=host)");
		snprintf(x->pinned_why, sizeof(x->pinned_why), "%s", x->why);
		return;
	}
	ret = create_trace(r);
	say_why(x->why, sizeof(x->why), ret);
	ret = pinned_create(&x->pinned, (size_t)sysconf(_SC_NPROCESSORS_CONF),
			    x->pinned_why, sizeof(x->pinned_why));
	say_why(x->pinned_why, sizeof(x->pinned_why), ret);
}

static void give_up_trace(struct explain *x, const char *what, int error)
{
	snprintf(x->why, sizeof(x->why), "%s: %s", what, strerror(-error));
	trace_free(x->trace);
	x->trace = NULL;
}

static void give_up_pinned(struct explain *x, int error)
{
	snprintf(x->pinned_why, sizeof(x->pinned_why),
		 "the BPF program cannot be told the probes: %s", strerror(-error));
	pinned_free(x->pinned);
	x->pinned = NULL;
}

int explain_begin(struct run *r)
{
	CLEANUP_FREE pid_t *pids = NULL;
	struct explain *x = &r->explain;
	int ret;

	if (!x->trace && !x->pinned)
		return 0;
	pids = probe_pids(&r->probe);
	if (!pids)
		return -ENOMEM;
	ret = x->trace ? trace_follow(x->trace, pids, r->probe.cpus) : 0;
	if (ret < 0)
		give_up_trace(x, "tracing cannot be told the probes", ret);
	ret = x->pinned ? pinned_follow(x->pinned, pids, r->probe.cpus) : 0;
	if (ret < 0)
		give_up_pinned(x, ret);
	return 0;
}

void explain_start(struct run *r)
{
	struct explain *x = &r->explain;
	int ret = x->trace ? trace_start(x->trace) : 0;

	if (ret < 0)
		give_up_trace(x, "tracing cannot be switched on", ret);
	if (x->pinned)
		pinned_start(x->pinned);
}

void explain_look(struct run *r)
{
	if (r->explain.trace)
		trace_drain(r->explain.trace);
}

void explain_end_window(struct run *r)
{
	if (r->explain.pinned)
		pinned_stop(r->explain.pinned);
	if (r->explain.trace)
		trace_end_window(r->explain.trace);
}

void explain_stop(struct run *r)
{
	if (r->explain.trace)
		trace_stop(r->explain.trace);
}

void explain_end(struct run *r)
{
	trace_free(r->explain.trace);
	r->explain.trace = NULL;
	pinned_free(r->explain.pinned);
	r->explain.pinned = NULL;
}
