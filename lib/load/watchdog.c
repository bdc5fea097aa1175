// SPDX-License-Identifier: MIT
#include "load/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load/process.h"
#include "system/cleanup.h"
#include "system/cgroup.h"
#include "system/units.h"
#include "system/sysfile.h"
#include "system/swap.h"
#include "system/process.h"
#include "claim/leftover.h"
#include "claim/tracing.h"

#define LOOK_EVERY_MS 250
#define LATE_NS	      (2 * NSEC_PER_SEC)
#define PSI_SPAN_NS   (10 * NSEC_PER_SEC)
#define PSI_FULL_MAX  995 /* per mille of that span */

/* Below the probes, so that it cannot be what they measure; above all else. */
#define PRIORITY 1

struct guard {
	struct load_shared *shared;
	const struct watchdog_limits *limits;
	int meminfo_fd, psi_fd;
	unsigned int short_of_memory; /* looks in a row */
	uint64_t last_look_ns;
	uint64_t psi_since_ns, psi_full_us;
};

static void kill_load(struct guard *g, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void kill_load(struct guard *g, const char *format, ...)
{
	struct load_shared *s = g->shared;
	int pid = s->duties.load_pid;
	va_list ap;

	if (pid <= 0 || s->watchdog_fired)
		return;
	va_start(ap, format);
	vsnprintf(s->watchdog_why, sizeof(s->watchdog_why), format, ap);
	va_end(ap);
	s->watchdog_fired = 1;
	kill(pid, SIGKILL);
}

/* Microseconds in which all tasks stalled on memory, since boot; 0 where there is no PSI. */
static uint64_t psi_full(int fd)
{
	char text[256];
	uint64_t us;

	return fd >= 0 && sysfile_pread(fd, text, sizeof(text)) >= 0 &&
			       psi_total(text, "full", &us)
		       ? us
		       : 0;
}

/*
 * From total=, not from avg10=, which is exponential and passes 95 % in the state that
 * is intended.
 */
static void look_at_psi(struct guard *g, uint64_t now)
{
	uint64_t full = psi_full(g->psi_fd), passed = now - g->psi_since_ns;

	if (passed < PSI_SPAN_NS)
		return;
	if (g->psi_since_ns &&
	    (full - g->psi_full_us) * NSEC_PER_USEC > passed / 1000 * PSI_FULL_MAX)
		kill_load(g, "all tasks had stalled on memory for 10 s");
	g->psi_since_ns = now;
	g->psi_full_us = full;
}

static void look(struct guard *g)
{
	uint64_t floor = g->limits->available_floor, now = monotonic_ns();
	uint64_t gap = now - g->last_look_ns;
	struct meminfo m;

	if (g->last_look_ns && gap > LOOK_EVERY_MS * NSEC_PER_MSEC + LATE_NS)
		kill_load(g, "the machine stalled: the watchdog woke %.1f s late",
			  (double)gap / 1e9);
	g->last_look_ns = now;
	if (meminfo_pread(g->meminfo_fd, &m) == 0)
		g->short_of_memory = m.available < floor ? g->short_of_memory + 1 : 0;
	if (g->short_of_memory >= 2)
		kill_load(
			g,
			"only %llu MiB of memory were left available, the floor is %llu",
			(unsigned long long)(m.available / MIB),
			(unsigned long long)(floor / MIB));
	if (g->limits->psi)
		look_at_psi(g, now);
}

/* Looks until the leash is let go, by a close or by a death. */
static void guard_until_released(struct guard *g, int leash)
{
	struct pollfd fd = { .fd = leash, .events = POLLIN };

	while (poll(&fd, 1, LOOK_EVERY_MS) == 0 || (fd.revents & (POLLIN | POLLHUP)) == 0)
		look(g);
}

/* What came of undoing the duty @has: it is done with, or it says what is left and how to remove it. */
static void settle(struct load_shared *s, _Atomic int *has, int error, const char *what,
		   const char *path)
{
	if (error >= 0) {
		*has = 0;
		return;
	}
	s->put_back_error = -error;
	snprintf(s->put_back_why, sizeof(s->put_back_why), "%s %s: %s", what, path,
		 strerror(-error));
}

/* Polled through a pidfd: nobody may be there to reap the children of a dead test. */
static void wait_until_gone(pid_t pid)
{
	CLEANUP_CLOSE int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd >= 0)
		poll(&p, 1, 30 * 1000);
}

static void put_back(struct load_shared *s)
{
	struct watchdog_duties *d = &s->duties;

	wait_until_gone(d->load_pid);
	wait_until_gone(d->walker_pid);
	/* First the cgroup: swapping its pages back in would be useless. */
	if (d->has_memcg && *d->memcg.path) {
		memcg_kill(&d->memcg);
		settle(s, &d->has_memcg, memcg_destroy(&d->memcg, 30 * NSEC_PER_SEC),
		       "cannot remove the memory cgroup", d->memcg.path);
	}
	if (d->has_swap)
		settle(s, &d->has_swap, swap_file_remove(&d->swap),
		       "cannot remove the swap file (try swapoff, then rm)",
		       d->swap.path);
	if (d->has_tree)
		settle(s, &d->has_tree, made_tree_remove(&d->tree),
		       "cannot remove the walker's tree (try rm -r)", d->tree.path);
	if (d->has_delay_accounting)
		settle(s, &d->has_delay_accounting, leftover_delays_off(),
		       "cannot switch off", "kernel.task_delayacct");
	if (d->has_tracing)
		settle(s, &d->has_tracing, tracing_put_back(&d->tracing),
		       "cannot remove the tracing instances (pinlat-*) in",
		       d->tracing.root);
}

static void run_watchdog(struct load_shared *shared, const struct watchdog_limits *limits,
			 int leash)
{
	struct sched_param fifo = { .sched_priority = PRIORITY };
	struct sched_param other = { 0 };
	struct guard g = { .shared = shared, .limits = limits };

	/* Whoever kills the test's whole process group, as igt_runner does, must not get us too. */
	setsid();
	process_detach("pinlat-watchdog", leash, limits->lock);
	process_spare();
	g.meminfo_fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	g.psi_fd = open("/proc/pressure/memory", O_RDONLY | O_CLOEXEC);
	/* Without privileges it guards as well as an ordinary process can. */
	mlockall(MCL_CURRENT);
	sched_setscheduler(0, SCHED_FIFO, &fifo);
	guard_until_released(&g, leash);
	sched_setscheduler(0, SCHED_OTHER, &other);
	put_back(shared);
	_exit(shared->put_back_error ? 1 : 0);
}

int watchdog_start(struct watchdog *w, struct load_shared *shared,
		   const struct watchdog_limits *limits)
{
	int leash[2];

	*w = (struct watchdog){ .leash = -1, .shared = shared };
	if (pipe2(leash, O_CLOEXEC) < 0)
		return -errno;
	w->pid = fork();
	if (w->pid < 0) {
		close(leash[0]);
		close(leash[1]);
		return -errno;
	}
	if (w->pid == 0) {
		close(leash[1]);
		/* Out of the way of /dev/null, should we have been started with a closed stdin. */
		run_watchdog(shared, limits, fcntl(leash[0], F_DUPFD_CLOEXEC, 3));
	}
	close(leash[0]);
	w->leash = leash[1];
	return 0;
}

int watchdog_finish(struct watchdog *w)
{
	int status = -1;

	if (w->pid <= 0)
		return 0;
	close(w->leash);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	w->pid = 0;
	if (!WIFEXITED(status) || w->shared->duties.has_memcg ||
	    w->shared->duties.has_swap || w->shared->duties.has_tree ||
	    w->shared->duties.has_delay_accounting || w->shared->duties.has_tracing)
		put_back(w->shared);
	return -w->shared->put_back_error;
}
