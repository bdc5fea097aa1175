// SPDX-License-Identifier: MIT
#include "load/load.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/process.h"
#include "system/units.h"
#include "system/sysfile.h"
#include "system/text.h"

#define STOP_TIMEOUT_NS (10 * NSEC_PER_SEC)
#define FREE_TIMEOUT_NS (10 * NSEC_PER_SEC)

struct load_shared *load_shared_map(void)
{
	void *p = mmap(NULL, sizeof(struct load_shared), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void load_shared_unmap(struct load_shared *shared)
{
	if (shared)
		munmap(shared, sizeof(*shared));
}

static int enter_arena(const struct load *l)
{
	return l->config->filler.memcg ? memcg_enter(l->config->filler.memcg, 0) : 0;
}

static void child_main(struct load *l)
{
	int ret;

	process_detach("pinlat-load", -1, -1);
	process_sacrifice();
	ret = enter_arena(l);
	if (ret < 0) {
		snprintf(l->shared->why, sizeof(l->shared->why),
			 "cannot enter the memory cgroup: %s", strerror(-ret));
		l->shared->state = LOAD_FAILED;
		_exit(1);
	}
	load_child_run(l->config, l->shared);
	_exit(l->shared->state == LOAD_FAILED);
}

static void walker_main(struct load *l)
{
	int ret;

	process_detach("pinlat-walker", -1, -1);
	ret = enter_arena(l);
	if (ret == 0)
		ret = walker_walk(&l->config->walker, &l->shared->walker);
	l->shared->walker.failed = -ret;
	_exit(1);
}

static int start(struct load *l, void (*life)(struct load *l), pid_t *pid,
		 _Atomic int *duty)
{
	pid_t parent = getpid();

	*pid = fork();
	if (*pid < 0)
		return -errno;
	if (*pid == 0) {
		process_die_with(parent);
		life(l);
	}
	*duty = *pid;
	return 0;
}

int load_start(struct load *l, const struct load_config *config,
	       struct load_shared *shared)
{
	*l = (struct load){ .config = config,
			    .shared = shared,
			    .oom_kills = vmstat_now("oom_kill") };
	if (config->filler.target > 0)
		return start(l, child_main, &l->child, &shared->duties.load_pid);
	shared->state = LOAD_READY;
	return 0;
}

int load_start_walker(struct load *l)
{
	if (l->config->walker.kind == WALKER_NONE)
		return 0;
	return start(l, walker_main, &l->walker, &l->shared->duties.walker_pid);
}

/* "the walker was killed by signal 9 (Killed)" */
static void say_how(const char *who, int status, char *why, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(why, size, "%s was killed by signal %d (%s)", who,
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(why, size, "%s ended with status %d", who, WEXITSTATUS(status));
}

static void explain_child(const struct load *l, int status, char *why, size_t size)
{
	const struct load_shared *s = l->shared;

	if (s->watchdog_fired)
		snprintf(why, size, "the watchdog killed the load child: %s",
			 s->watchdog_why);
	else if (s->state == LOAD_FAILED)
		snprintf(why, size, "%s", s->why);
	else if (WIFSIGNALED(status) && vmstat_now("oom_kill") > l->oom_kills)
		snprintf(why, size,
			 "the OOM killer took the load child: memory was used up");
	else
		say_how("the load child", status, why, size);
}

static void explain_walker(const struct load *l, int status, char *why, size_t size)
{
	int error = l->shared->walker.failed;

	if (error == EOPNOTSUPP)
		snprintf(
			why, size,
			"the walker's files would be in memory: name a directory on a disk with --scratch");
	else if (error && !l->shared->walker.walks)
		snprintf(
			why, size,
			"the walker could not make its files below %s: %s (choose another directory with --scratch)",
			l->config->walker.scratch, strerror(error));
	else if (error)
		snprintf(why, size, "the walker stopped: %s", strerror(error));
	else
		say_how("the walker", status, why, size);
}

/* Reaps child *@pid, if it has ended, and forgets it everywhere. */
static bool reaped(pid_t *pid, _Atomic int *duty, int *status)
{
	if (*pid <= 0 || waitpid(*pid, status, WNOHANG) != *pid)
		return false;
	*pid = 0;
	*duty = 0;
	return true;
}

int load_check(struct load *l, char *why, size_t size)
{
	struct load_shared *s = l->shared;
	int status = 0;

	if (reaped(&l->child, &s->duties.load_pid, &status)) {
		explain_child(l, status, why, size);
		return -ECHILD;
	}
	/* It says so before it gives back its memory, which may take seconds. */
	if (s->state == LOAD_FAILED)
		return why_not(why, size, -ECHILD, "%s", s->why);
	if (reaped(&l->walker, &s->duties.walker_pid, &status)) {
		explain_walker(l, status, why, size);
		return -ECHILD;
	}
	return 0;
}

/* Waits for the child's own end. Returns whether it came. */
static bool wait_for_end(pid_t pid, uint64_t timeout_ns)
{
	uint64_t until = monotonic_ns() + timeout_ns;

	do {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		sleep_ns(2 * NSEC_PER_MSEC);
	} while (monotonic_ns() < until);
	return false;
}

/* After the wait status the kernel still frees pages: until MemFree stops growing. */
static void wait_for_memory(uint64_t before, uint64_t expected)
{
	uint64_t until = monotonic_ns() + FREE_TIMEOUT_NS;
	struct meminfo m;

	while (monotonic_ns() < until && meminfo_read(&m) == 0 &&
	       m.free < before + expected)
		sleep_ns(5 * NSEC_PER_MSEC);
}

int load_stop(struct load *l, char *why, size_t size)
{
	uint64_t held = l->shared->filled_bytes;
	struct meminfo before = { 0 };
	bool ended;

	/* The walker first: unpinning is quicker in peace. */
	process_kill(l->walker);
	l->walker = 0;
	l->shared->duties.walker_pid = 0;
	if (l->child <= 0)
		return 0;
	meminfo_read(&before);
	l->shared->command = LOAD_END;
	ended = wait_for_end(l->child, STOP_TIMEOUT_NS);
	if (!ended)
		process_kill(l->child);
	l->child = 0;
	l->shared->duties.load_pid = 0;
	/* Half: some of it may be in swap, and others take memory meanwhile. */
	wait_for_memory(before.free, held / 2);
	if (ended && l->shared->state != LOAD_FAILED)
		return 0;
	return why_not(
		why, size, -ECHILD, "%s",
		ended ? l->shared->why
		      : "the load child did not end when it was told to: it was killed");
}
