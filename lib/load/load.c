// SPDX-License-Identifier: MIT
#include "load/load.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load/process.h"
#include "system/clock.h"
#include "system/counters.h"
#include "system/meminfo.h"
#include "system/units.h"

#define MAX_LANES 64

/* How often the child looks for commands, and for resets of the device. */
#define LOOK_NS	      (10 * NSEC_PER_MSEC)
#define RESET_LOOK_NS (100 * NSEC_PER_MSEC)

struct child {
	const struct load_config *config;
	struct load_shared *shared;
	struct object *object;
	size_t objects;
	struct engine *engine;
	_Atomic int stop_lanes;
	_Atomic int lane_error;
};

static int fail(struct child *c, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Says why, marks the load as failed, returns @error. */
static int fail(struct child *c, int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->shared->why, sizeof(c->shared->why), format, ap);
	va_end(ap);
	c->shared->state = LOAD_FAILED;
	return error;
}

static int fill(struct child *c)
{
	const struct filler_config *f = &c->config->filler;
	uint64_t start = monotonic_ns();
	int ret;

	c->shared->state = LOAD_FILLING;
	ret = filler_fill(f, &c->object);
	if (ret < 0)
		return fail(c, ret, "cannot fill memory: %s", strerror(-ret));
	if (ret == 0)
		return fail(
			c, -ENOMEM,
			"not one object of %llu MiB fits above the floor of memory that must stay available",
			(unsigned long long)(f->object_size / MIB));
	c->objects = (size_t)ret;
	c->shared->objects = c->objects;
	c->shared->floor_reached = c->objects < f->target / f->object_size;
	c->shared->fill_ns = monotonic_ns() - start;
	return 0;
}

static int lock(struct child *c)
{
	uint64_t start = monotonic_ns();
	int ret = filler_lock(c->object, c->objects, &c->shared->locked_bytes);

	c->shared->pin_ns = monotonic_ns() - start;
	if (ret < 0)
		return fail(
			c, ret,
			"cannot mlock the objects: %s (raise `ulimit -l` or run as root)",
			strerror(-ret));
	return 0;
}

/* What @error of the engine's means. */
static const char *explain(const struct child *c, int error)
{
	const struct engine_ops *ops = c->config->engine;
	const char *text = ops->explain ? ops->explain(error) : NULL;

	return text ? text : strerror(-error);
}

static int pin_all(struct child *c)
{
	const struct engine_ops *ops = c->config->engine;
	int ret;

	for (size_t i = 0; i < c->objects; i++) {
		ret = ops->pin(c->engine, i);
		if (ret < 0)
			return fail(c, ret, "engine %s cannot pin object %zu of %zu: %s",
				    ops->name, i, c->objects, explain(c, ret));
		atomic_fetch_add(&c->shared->pinned_bytes, c->object[i].size);
	}
	return 0;
}

static int pin(struct child *c)
{
	uint64_t before = 0, after = 0, start;
	char why[200] = "";
	int ret;

	c->shared->state = LOAD_PINNING;
	ret = c->config->engine->open(&c->engine, &c->config->engine_config, c->object,
				      c->objects, &c->shared->engine, why, sizeof(why));
	if (ret < 0)
		return fail(c, ret, "%s", *why ? why : strerror(-ret));
	start = monotonic_ns();
	vmstat_pinned_pages(&before);
	ret = pin_all(c);
	if (ret < 0)
		return ret;
	c->shared->pin_ns = monotonic_ns() - start;
	if (vmstat_pinned_pages(&after) == 0 && after > before)
		c->shared->pinned_pages_seen = after - before;
	return 0;
}

static int prepare(struct child *c)
{
	int ret = fill(c);

	if (ret == 0 && c->config->hold == HOLD_LOCK)
		return lock(c);
	if (ret == 0 && c->config->hold == HOLD_PIN)
		ret = pin(c);
	/* Kernels before 5.4 cannot; the first pass of reclaim does it there. */
	if (ret == 0)
		filler_cool(c->object, c->objects);
	return ret;
}

struct lane {
	struct child *child;
	unsigned int index, count;
	pthread_t thread;
};

/* Submits at this lane's share of the rate, on an absolute schedule without bursts. */
static void *lane_run(void *data)
{
	const struct lane *lane = data;
	struct child *c = lane->child;
	const struct engine_ops *ops = c->config->engine;
	struct random_state random =
		random_stream(c->config->engine_config.seed, lane->index);
	uint64_t rate = c->config->engine_config.request_rate, due = monotonic_ns();
	int ret = 0;

	while (!c->stop_lanes && ret == 0) {
		ret = ops->submit(c->engine, lane->index, &random);
		if (rate) {
			uint64_t now = monotonic_ns();

			due += NSEC_PER_SEC * lane->count / rate;
			if (due > now)
				sleep_ns(due - now);
			else if (now - due > NSEC_PER_SEC)
				due = now;
		}
	}
	if (ret < 0)
		c->lane_error = ret;
	return NULL;
}

/* Until the command is another than @than, or the device fails. Returns 0 or -errno. */
static int wait_for_command(struct child *c, int than)
{
	uint64_t last_check = 0;
	int ret = 0;

	while (ret == 0 && c->shared->command == than && !c->lane_error) {
		sleep_ns(LOOK_NS);
		if (c->engine && monotonic_ns() - last_check > RESET_LOOK_NS) {
			ret = c->config->engine->check_resets(c->engine);
			last_check = monotonic_ns();
		}
	}
	return ret;
}

static int work(struct child *c)
{
	const struct engine_ops *ops = c->config->engine;
	unsigned int n = ops->lanes(c->engine), started = 0;
	struct lane lane[MAX_LANES];
	int ret;

	if (n > MAX_LANES)
		n = MAX_LANES;
	for (; started < n; started++) {
		lane[started] = (struct lane){ .child = c, .index = started, .count = n };
		if (pthread_create(&lane[started].thread, NULL, lane_run, &lane[started]))
			break;
	}
	if (started < n)
		c->lane_error = -EAGAIN;
	c->shared->state = LOAD_WORKING;
	ret = wait_for_command(c, LOAD_WORK);
	c->stop_lanes = 1;
	for (unsigned int i = 0; i < started; i++)
		pthread_join(lane[i].thread, NULL);
	/* What was in flight at the end of the window may be what hangs. */
	ret = c->lane_error ? c->lane_error : ret;
	if (ret == 0)
		ret = ops->idle(c->engine);
	if (ret == 0)
		ret = ops->check_resets(c->engine);
	return ret < 0 ? fail(c, ret, "engine %s failed at work: %s", ops->name,
			      explain(c, ret))
		       : 0;
}

/* The device is quiet. */
static int hold(struct child *c)
{
	int ret = wait_for_command(c, LOAD_HOLD);

	if (ret == 0 && c->shared->command == LOAD_WORK && !c->engine)
		ret = wait_for_command(c, LOAD_WORK);
	if (ret < 0)
		return fail(c, ret, "engine %s failed at rest: %s",
			    c->config->engine->name, explain(c, ret));
	return 0;
}

static void end(struct child *c)
{
	if (c->engine) {
		for (size_t i = 0; i < c->objects; i++)
			c->config->engine->unpin(c->engine, i);
		c->config->engine->close(c->engine);
	}
	filler_free(c->object, c->objects);
}

void load_child_run(const struct load_config *config, struct load_shared *shared)
{
	struct child c = { .config = config, .shared = shared };
	int ret = prepare(&c);

	if (ret == 0) {
		shared->state = LOAD_READY;
		ret = hold(&c);
		if (ret == 0 && shared->command == LOAD_WORK && c.engine)
			ret = work(&c);
	}
	end(&c);
	if (ret == 0)
		shared->state = LOAD_ENDED;
}

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

static void child_main(struct load *l, pid_t parent)
{
	const struct memcg *memcg = l->config->filler.memcg;
	int ret;

	process_die_with(parent);
	process_detach("pinlat-load", -1);
	process_sacrifice();
	ret = memcg ? memcg_enter(memcg, 0) : 0;
	if (ret < 0) {
		snprintf(l->shared->why, sizeof(l->shared->why),
			 "cannot enter the memory cgroup: %s", strerror(-ret));
		l->shared->state = LOAD_FAILED;
		_exit(1);
	}
	load_child_run(l->config, l->shared);
	_exit(l->shared->state == LOAD_FAILED);
}

int load_start(struct load *l, const struct load_config *config,
	       struct load_shared *shared)
{
	pid_t parent = getpid();

	*l = (struct load){ .config = config,
			    .shared = shared,
			    .oom_kills = vmstat_now("oom_kill") };
	if (config->filler.target == 0) {
		shared->state = LOAD_READY;
		return 0;
	}
	l->child = fork();
	if (l->child < 0)
		return -errno;
	if (l->child == 0)
		child_main(l, parent);
	shared->duties.load_pid = l->child;
	return 0;
}

static void walker_main(struct load *l, pid_t parent)
{
	const struct memcg *memcg = l->config->filler.memcg;
	int ret;

	process_die_with(parent);
	process_detach("pinlat-walker", -1);
	ret = memcg ? memcg_enter(memcg, 0) : 0;
	if (ret == 0)
		ret = walker_walk(&l->config->walker, &l->shared->walker);
	l->shared->walker.failed = -ret;
	_exit(1);
}

int load_start_walker(struct load *l)
{
	pid_t parent = getpid();

	if (l->config->walker.kind == WALKER_NONE)
		return 0;
	l->walker = fork();
	if (l->walker < 0)
		return -errno;
	if (l->walker == 0)
		walker_main(l, parent);
	l->shared->duties.walker_pid = l->walker;
	return 0;
}

void load_pace_walker(struct load *l)
{
	l->shared->walker.paced = 1;
}

static void explain_child(struct load *l, int status, char *why, size_t size)
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
	else if (WIFSIGNALED(status))
		snprintf(why, size, "the load child was killed by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(why, size, "the load child ended with status %d",
			 WEXITSTATUS(status));
}

static void explain_walker(struct load *l, int status, char *why, size_t size)
{
	int error = l->shared->walker.failed;

	if (error == EOPNOTSUPP)
		snprintf(
			why, size,
			"the walker's files would be in memory: name a directory on a disk with --scratch");
	else if (error)
		snprintf(why, size, "the walker stopped: %s", strerror(error));
	else if (WIFSIGNALED(status))
		snprintf(why, size, "the walker was killed by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(why, size, "the walker ended with status %d",
			 WEXITSTATUS(status));
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
	if (s->state == LOAD_FAILED) {
		snprintf(why, size, "%s", s->why);
		return -ECHILD;
	}
	if (reaped(&l->walker, &s->duties.walker_pid, &status)) {
		explain_walker(l, status, why, size);
		return -ECHILD;
	}
	return 0;
}

enum load_state load_state(const struct load *l)
{
	return (enum load_state)l->shared->state;
}

void load_work(struct load *l)
{
	l->shared->command = LOAD_WORK;
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
	snprintf(why, size, "%s",
		 ended ? l->shared->why
		       : "the load child did not end when it was told to: it was killed");
	return -ECHILD;
}
