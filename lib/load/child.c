// SPDX-License-Identifier: MIT
/* The load child: it holds the memory and the device. */
#include "load/load.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "system/units.h"
#include "system/sysfile.h"

#define MAX_LANES 64

/* How often the child looks for commands, and for resets of the device. */
#define LOOK_NS	      (10 * NSEC_PER_MSEC)
#define RESET_LOOK_NS (100 * NSEC_PER_MSEC)
/* How often it asks the engine what is under DMA: the run reads it once a second. */
#define HELD_LOOK_NS (250 * NSEC_PER_MSEC)

/* With keep: how often the quiet device uses each object. */
#define KEEP_NS (100 * NSEC_PER_MSEC)

struct child {
	const struct load_config *config;
	struct load_shared *shared;
	struct object *object;
	size_t objects;
	struct engine *engine;
	size_t kept; /* the object that is the next to be used */
	pthread_t pageout;
	bool serves_pageout;
	_Atomic int stop_pageout;
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
		if (ret == 0)
			atomic_fetch_add_explicit(&c->shared->engine.submitted, 1,
						  memory_order_relaxed);
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

/*
 * Tells the run what is under DMA now, and how often the child's pages were brought back: at work it
 * touches nothing itself, so a fault is the driver's, for a page that reclaim had taken.
 */
static void look_at_held(struct child *c)
{
	const struct engine_ops *ops = c->config->engine;
	uint64_t pinned = c->shared->pinned_bytes;
	struct rusage use;

	c->shared->held_bytes = ops->held ? ops->held(c->engine, pinned) : pinned;
	if (getrusage(RUSAGE_SELF, &use) == 0)
		c->shared->faults = (uint64_t)(use.ru_minflt + use.ru_majflt);
}

/* Each time some of the objects, so that commands are looked at in between. Returns 0 or -errno. */
static int keep_some(struct child *c)
{
	const struct engine_ops *ops = c->config->engine;
	size_t n = (c->objects * LOOK_NS + KEEP_NS - 1) / KEEP_NS;
	size_t first = c->kept < c->objects ? c->kept : 0;

	if (n > c->objects - first)
		n = c->objects - first;
	c->kept = first + n;
	return ops->keep(c->engine, first, n);
}

/* Until the command is another than @than, or the device fails. Returns 0 or -errno. */
static int wait_for_command(struct child *c, int than)
{
	uint64_t last_check = 0, last_held = 0;
	int ret = 0;

	while (ret == 0 && c->shared->command == than && !c->lane_error) {
		uint64_t now = monotonic_ns();

		if (c->engine && now - last_check > RESET_LOOK_NS) {
			ret = c->config->engine->check_resets(c->engine);
			last_check = now;
		}
		if (c->engine && now - last_held > HELD_LOOK_NS) {
			look_at_held(c);
			last_held = now;
		}
		if (ret == 0 && than == LOAD_HOLD && c->engine && c->config->keep &&
		    c->config->engine->keep)
			ret = keep_some(c);
		sleep_ns(LOOK_NS);
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

static void *serve_pageout(void *data)
{
	struct child *c = data;

	pageout_serve(&c->shared->pageout, c->object, c->objects, &c->stop_pageout);
	return NULL;
}

static int start_pageout(struct child *c)
{
	int ret;

	if (!c->config->serves_pageout)
		return 0;
	ret = pthread_create(&c->pageout, NULL, serve_pageout, c);
	c->serves_pageout = ret == 0;
	return ret ? fail(c, -ret, "cannot start the thread that pages out: %s",
			  strerror(ret))
		   : 0;
}

static void end(struct child *c)
{
	c->stop_pageout = 1;
	if (c->serves_pageout)
		pthread_join(c->pageout, NULL);
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

	if (ret == 0)
		ret = start_pageout(&c);
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
