// SPDX-License-Identifier: MIT
/*
 * The engine "i915": an Intel GPU works on userptr objects, which i915 pins when it first uses
 * them, and which reclaim cannot have back before the GPU is done with them.
 */
#include "engine/i915.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "engine/drm-device.h"
#include "engine/i915-gpu.h"
#include "engine/i915-lane.h"
#include "engine/i915-queue.h"
#include "system/devices.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"

#define MAX_DEPTH 16

/*
 * How often each object is in the queues, on average. Objects are drawn at random, so of those that
 * are pinned e^-3 or 5 % are in none of the requests at a time; with fewer requests, fewer.
 */
#define COVER 3

/* Long enough for reclaim to meet it at work, short enough for a GPU to seem alive. */
#define REQUEST_NS (5 * NSEC_PER_MSEC)

/* No list says which GPUs have userptr: the driver tells when it is asked for some. */
static int check_userptr(int fd, const char *node, char *why, size_t size)
{
	uint32_t handle = 0;
	void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret = page == MAP_FAILED ? -errno
				     : gem_userptr(fd, page, page_size(), false, &handle);

	if (ret == 0)
		gem_close(fd, handle);
	else if (ret == -ENODEV)
		snprintf(
			why, size,
			"%s has no userptr: its GPU does not share the CPU's caches, or the kernel is without CONFIG_MMU_NOTIFIER",
			node);
	else
		snprintf(why, size, "cannot make a userptr object on %s: %s", node,
			 strerror(-ret));
	if (page != MAP_FAILED)
		munmap(page, page_size());
	return ret;
}

static int check_alive(int fd, const char *node, char *why, size_t size)
{
	int ret = gem_throttle(fd);

	if (ret == -EIO)
		return why_not(why, size, ret,
			       "the GPU of %s is wedged: see dmesg, and reboot", node);
	if (ret < 0)
		return why_not(why, size, ret, "the GPU of %s does not answer: %s", node,
			       strerror(-ret));
	return 0;
}

/* Whether the engine can work on the device with this node. */
static int check(int fd, const char *node, char *why, size_t size)
{
	int ret = check_userptr(fd, node, why, size);

	return ret < 0 ? ret : check_alive(fd, node, why, size);
}

static int open_gpu(const char *filter, struct drm_device **device, char *why,
		    size_t size)
{
	return device_open("i915", check, filter, device, why, size);
}

/* The smallest number but 0, which means never, in the files that @pattern finds. */
static uint64_t least_of(const char *pattern)
{
	uint64_t least = UINT64_MAX;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return least;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		uint64_t value;

		if (sysfile_u64(found.gl_pathv[i], &value) == 0 && value > 0 &&
		    value < least)
			least = value;
	}
	globfree(&found);
	return least;
}

/*
 * For how long a request may run on the device @syspath with the node @card: a quarter of the
 * shortest timeout after which i915 takes a ring for hung. UINT64_MAX: there is none.
 */
static uint64_t longest_request_ns(const char *syspath, const char *card)
{
	static const char *const timeouts[] = { "heartbeat_interval_ms",
						"preempt_timeout_ms" };
	const char *name = strrchr(card, '/');
	uint64_t least = UINT64_MAX;
	char pattern[PATH_MAX];

	for (size_t i = 0; name && i < 2; i++) {
		uint64_t ms;

		snprintf(pattern, sizeof(pattern), "%s/drm%s/engine/*/%s", syspath, name,
			 timeouts[i]);
		ms = least_of(pattern);
		if (ms < least)
			least = ms;
	}
	return least == UINT64_MAX ? least : least * NSEC_PER_MSEC / 4;
}

static int i915_usable(const struct engine_config *config, char *why, size_t size)
{
	int fd = open_gpu(config->device, NULL, why, size);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static struct drm_device *i915_device(const struct engine_config *config)
{
	struct drm_device *device = NULL;
	char why[300];
	int fd = open_gpu(config->device, &device, why, sizeof(why));

	if (fd < 0)
		return NULL;
	close(fd);
	return device;
}

static void i915_defaults(struct engine_config *config)
{
	config->request_size = 0;
	config->vms = 0;
	config->mode = NULL;
	if (config->request_rate == REQUEST_RATE_AUTO)
		config->request_rate = 0;
	if (config->queue_depth == 0)
		config->queue_depth = 4;
	if (config->cover == 0)
		config->cover = COVER;
}

static const char *i915_explain(int error)
{
	switch (-error) {
	case EIO:
		return "the GPU is lost: it hung, or is wedged (see dmesg)";
	case ETIME:
		return "the GPU hangs: it completed nothing for seconds (see dmesg)";
	case ENOSPC:
		return "the GPU's address space is too small for an object: make --object-size smaller";
	case EFAULT:
		return "the memory of an object is not there any more";
	case ENOMEM:
		return "the driver found no memory for its own needs: make --fill smaller";
	case ENODEV:
		return "there is no userptr on this GPU or kernel";
	case E2BIG:
		return "an object is larger than the GPU's address space: make --object-size smaller";
	case EAGAIN:
		return "the driver could not pin the objects of a request for a minute: memory is too short, make --fill smaller";
	case EDEADLK:
		return "the driver gave up on a lock that another request holds, which is its bug";
	case ENXIO:
		return "the driver does not take memory of this kind";
	case ENOEXEC:
		return "the GPU did not execute a batch as it should";
	default:
		return NULL;
	}
}

static void i915_close(struct engine *e)
{
	if (!e)
		return;
	lanes_close(e);
	i915_close_rings(e);
	if (e->fd >= 0)
		close(e->fd);
	for (unsigned int i = 0; i < MAX_RINGS; i++)
		pace_destroy(&e->ring[i].pace);
	free(e->handle);
	free(e->offset);
	free(e);
}

static struct engine *create(const struct engine_config *config, struct object *object,
			     size_t objects, struct engine_progress *progress, bool loops)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	*e = (struct engine){
		.fd = -1,
		.object = object,
		.objects = objects,
		.handle = calloc(objects, sizeof(*e->handle)),
		.offset = calloc(objects, sizeof(*e->offset)),
		.progress = progress,
		.target_ns = REQUEST_NS,
		.lanes = engine_lanes(),
		.depth = (unsigned int)config->queue_depth,
		.cover = config->cover,
		.loops = loops,
	};
	for (unsigned int i = 0; i < MAX_RINGS; i++)
		pace_init(&e->ring[i].pace);
	if (e->handle && e->offset)
		return e;
	i915_close(e);
	return NULL;
}

/*
 * The lab's i915 has no GPU behind it. Its requests take what a parameter of the module says, or else
 * as long as their batches are, which then must not be loops.
 */
static void look_for_mock(struct engine *e, const struct drm_device *device)
{
	const char *mock = drm_device_parameter(device, "mock");
	const char *us = drm_device_parameter(device, "batch_us");

	if (!mock || *mock != 'Y')
		return;
	e->mock_ns = us ? strtoull(us, NULL, 10) * NSEC_PER_USEC : 0;
	if (e->mock_ns)
		e->target_ns = e->mock_ns;
	else
		e->loops = false;
}

static int open_device(struct engine *e, const char *filter, char *why, size_t size)
{
	struct drm_device *device = NULL; /* it stays so where none can be opened */
	uint64_t longest;

	e->fd = open_gpu(filter, &device, why, size);
	if (!device)
		return e->fd;
	longest = longest_request_ns(device->syspath, device->card);
	if (longest < e->target_ns)
		e->target_ns = longest;
	look_for_mock(e, device);
	drm_devices_free(device, 1);
	return 0;
}

static int open_all(struct engine *e, const char *filter, char *why, size_t size)
{
	int ret = open_device(e, filter, why, size);

	if (ret == 0)
		ret = i915_open_rings(e, why, size);
	if (ret == 0)
		ret = queues_open(e, why, size);
	if (ret < 0)
		return ret;
	ret = queues_calibrate(e);
	if (ret < 0)
		return why_not(why, size, ret, "the GPU does not run a batch: %s",
			       i915_explain(ret) ? i915_explain(ret) : strerror(-ret));
	snprintf(e->progress->request_kind, sizeof(e->progress->request_kind), "%s",
		 e->mock_ns ? "mock"
		 : e->loops ? "loop"
			    : "nops");
	e->progress->request_target_ns = e->target_ns;
	return 0;
}

/* Opens it, with loops as batches where the GPU can, and without where one did not run as it should. */
static int open_engine(struct engine **engine, const struct engine_config *config,
		       struct object *object, size_t objects,
		       struct engine_progress *progress, char *why, size_t size)
{
	for (bool loops = true;; loops = false) {
		struct engine *e = create(config, object, objects, progress, loops);

		bool again;
		int ret;

		if (!e)
			return -ENOMEM;
		ret = open_all(e, config->device, why, size);
		if (ret == 0) {
			if (!loops)
				i915_note(
					e,
					"this GPU did not run a loop on CTX_TIMESTAMP as it should: batches are MI_NOOPs");
			*engine = e;
			return 0;
		}
		again = e->loops && (ret == -ENOEXEC || ret == -ETIME);
		i915_close(e);
		if (!again)
			return ret;
	}
}

static int i915_open(struct engine **engine, const struct engine_config *config,
		     struct object *object, size_t objects,
		     struct engine_progress *progress, char *why, size_t size)
{
	struct engine_config c = *config;
	int ret;

	i915_defaults(&c);
	if (c.queue_depth > MAX_DEPTH)
		return why_not(
			why, size, -EINVAL,
			"i915 queues at most %d requests a CPU: make --depth smaller",
			MAX_DEPTH);
	ret = open_engine(engine, &c, object, objects, progress, why, size);
	if (ret == 0)
		/* 0 where the kernel does not count them */
		vmstat_pinned_pages(&(*engine)->pinned_before);
	return ret;
}

/* Making an object takes no page: its first use does, and is what can fail. */
static int i915_pin(struct engine *e, size_t index)
{
	struct object *o = &e->object[index];
	uint64_t start = monotonic_ns();
	int64_t ns = gem_userptr(e->fd, o->memory, o->size, e->probe, &e->handle[index]);

	if (ns < 0)
		return (int)ns;
	e->progress->create_ns += monotonic_ns() - start;
	ns = i915_use(e, index);
	if (ns >= 0)
		ns = i915_use(e, index);
	if (ns < 0)
		return (int)ns;
	e->progress->steady_ns += (uint64_t)ns;
	return 0;
}

static unsigned int i915_lanes(const struct engine *e)
{
	return e->lanes;
}

static int i915_unpin(struct engine *e, size_t index)
{
	uint32_t handle = e->handle[index];

	e->handle[index] = 0;
	return handle ? gem_close(e->fd, handle) : 0;
}

/*
 * i915 lets idle objects go when memory is short (its shrinker) and does not tell; the kernel's count of
 * pinned pages does. Where i915 takes references only, nobody counts them: then all is taken for held.
 */
static uint64_t i915_held(struct engine *e, uint64_t pinned)
{
	uint64_t lag = 2 * VMSTAT_PIN_BATCH * (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t pages;

	if (vmstat_pinned_pages(&pages) < 0)
		return pinned;
	pages = counter_growth(e->pinned_before, pages);
	if (pages > lag)
		e->pins_counted = true;
	return e->pins_counted && pages * page_size() < pinned ? pages * page_size()
							       : pinned;
}

/* A wedged GPU refuses requests; one without any is asked, which costs it nothing. */
static int i915_check_resets(struct engine *e)
{
	atomic_fetch_add(&e->progress->resets, i915_new_resets(e));
	return e->in_flight ? 0 : gem_throttle(e->fd);
}

const struct engine_ops i915_engine = {
	.name = "i915",
	.summary =
		"Intel GPU: userptr objects, which i915 pins, and batches that work on them",
	/* i915 took mere references before Linux 5.8. */
	.may_pin_uncounted = true,
	.usable = i915_usable,
	.device = i915_device,
	.open = i915_open,
	.pin = i915_pin,
	.lanes = i915_lanes,
	.submit = i915_submit,
	.held = i915_held,
	.keep = i915_keep,
	.idle = i915_idle,
	.unpin = i915_unpin,
	.check_resets = i915_check_resets,
	.explain = i915_explain,
	.close = i915_close,
	.defaults = i915_defaults,
};
